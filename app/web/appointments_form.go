package web

import (
	"errors"
	"slices"
	"strings"
	"time"

	"chancery/app/agenda"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/zone"
	"chancery/views"
)

// appointmentsFormView is the form of an appointment, new or to be changed.
type appointmentsFormView struct {
	views.Page
	Errors     *views.Errors
	Action     string
	Back       string
	Patch      bool
	Generation int64
	CaseID     string
	Case       string // of which case; "" of none
	Fields     []fieldView
	Again      []againChoice // which of two times is meant, for an hour that the clocks show twice
	Owner      fieldView
	People     []choice
	PeopleBad  views.FieldError
	Submit     string
}

// againChoice asks which of two is meant where a time is shown twice.
type againChoice struct {
	ID, Legend string
	Error      views.FieldError
	Choices    []againOne
}

// againOne is one of the two.
type againOne struct {
	Name string
	choice
}

// wallForm is a day and a time as a form has them (HTML's datetime-local).
const wallForm = "2006-01-02T15:04"

// appointmentPlan reads the form. The wall times are those of the zone that was chosen.
func (w *Web) appointmentPlan(r *request, f form) (agenda.Plan, *fault.Invalid) {
	p, bad := agenda.Plan{Title: f.get("title"), Place: f.get("place"), Notes: f.get("notes"), Zone: f.get("zone"), OwnerID: f.get("owner"), People: f["people"]}, &fault.Invalid{}
	place, err := zone.Load(p.Zone)
	if err != nil {
		bad.Add("zone", "agenda.no-zone")
		return p, bad
	}
	p.StartsAt = w.instant(r, bad, f, "starts", place)
	p.EndsAt = w.instant(r, bad, f, "ends", place)
	return p, bad
}

// instant is when a place's clocks show what was typed into a field. A time that they skip is refused; of one that they show
// twice the form has to say which is meant (S0-18).
func (w *Web) instant(r *request, bad *fault.Invalid, f form, name string, place *time.Location) time.Time {
	wall, err := time.Parse(wallForm, strings.Replace(strings.TrimSpace(f.get(name)), " ", "T", 1))
	if err != nil || wall.Year() < 2000 || wall.Year() > 2100 {
		bad.Add(name, "calendar.no-time")
		return time.Time{}
	}
	at, twice, err := zone.Instant(wall, place)
	if err != nil {
		l := r.locale(w)
		l.Zone = time.UTC
		bad.Add(name, "calendar.skipped", "Time", l.Clock(wall), "Day", l.Date(wall), "Zone", w.zoneLabel(r, place.String()))
		return time.Time{}
	}
	if !twice {
		return at
	}
	switch f.get("which_" + name) {
	case "first":
	case "second":
		at = secondOf(at, wall, place)
	default:
		l := r.locale(w)
		l.Zone = time.UTC
		bad.Add("which_"+name, "calendar.twice", "Time", l.Clock(wall), "Day", l.Date(wall))
	}
	return at
}

// secondOf is the second of two instants at which a place's clocks show the same: the one by the offset of a day later.
func secondOf(first, wall time.Time, place *time.Location) time.Time {
	_, after := first.Add(24 * time.Hour).In(place).Zone()
	return wall.Add(-time.Duration(after) * time.Second)
}

func (w *Web) appointmentRefused(r *request, e *agenda.Entry, f form, err error) error {
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	l := r.locale(w)
	refused := p.summary.Refused
	p.labelled(l, []fieldLabel{
		{"title", "calendar.title-of"}, {"starts", "calendar.starts"}, {"which_starts", "calendar.starts"}, {"ends", "calendar.ends"}, {"which_ends", "calendar.ends"}, {"zone", "calendar.zone"},
		{"place", "calendar.place"}, {"notes", "calendar.notes"}, {"owner", "calendar.owner"}, {"people", "calendar.people"},
	})
	p.summary.Refused = refused
	if err := w.appointmentForm(r, e, f, p); err != nil {
		return err
	}
	r.compress() // it was sent, with its token
	return nil
}

// appointmentForm fills the form in; e is what is to be changed, nil for a new one.
func (w *Web) appointmentForm(r *request, e *agenda.Entry, f form, p problems) error {
	l := r.locale(w)
	v := appointmentsFormView{Page: w.page(r, "calendar.new-title", "calendar"), Errors: p.summary, Action: appointmentsAt, Back: calendarAt, CaseID: f.get("case"), Submit: l.T(message("calendar.plan"))}
	name := "appointments/new"
	if e != nil {
		name = "appointments/edit"
		v.Title, v.Submit = l.T(message("calendar.edit-title")), l.T(message("form.save"))
		v.Action, v.Patch, v.Generation = appointmentsAt+"/"+e.ID, true, e.Generation
		v.Back, v.CaseID = v.Action, pointed(e.CaseID)
	}
	owner := r.cur.User.ID
	if v.CaseID != "" {
		s, err := w.Cases.Show(r.ctx, r.actor(), v.CaseID)
		if err != nil {
			return err
		}
		v.Case = s.Number + " · " + s.Client.Name
		if s.OwnerID != nil {
			owner = *s.OwnerID
		}
		if e == nil {
			v.Back = casesAt + "/" + s.ID + "/appointments"
		}
	}
	if f.get("owner") == "" {
		f["owner"] = []string{owner}
	}
	people, err := w.Agenda.People(r.ctx, r.actor(), v.CaseID, append(slices.Clone(f["people"]), f.get("owner"))...)
	if err != nil {
		return err
	}
	for _, field := range []struct {
		key, label, kind string
		required, wide   bool
		rows, most       int
		say              func(string) string
	}{
		{"title", "calendar.title-of", "text", true, true, 0, 0, nil},
		{"starts", "calendar.starts", "datetime-local", true, false, 0, 0, func(s string) string { return wallText(l, s) }},
		{"ends", "calendar.ends", "datetime-local", true, false, 0, 0, func(s string) string { return wallText(l, s) }},
		{"zone", "calendar.zone", "", true, false, 0, 0, func(id string) string { return w.zoneLabel(r, id) }},
		{"place", "calendar.place", "text", false, false, 0, 0, nil},
		{"notes", "calendar.notes", "", false, true, 4, 4000, nil},
	} {
		say := field.say
		if say == nil {
			say = func(s string) string { return s }
		}
		e := p.entry(l, f, field.key, f.get(field.key), say)
		fv := fieldView{ID: field.key, Key: field.key, Label: l.T(message(field.label)), Type: field.kind, Autocomplete: "off", Required: field.required, Wide: field.wide,
			Rows: field.rows, Max: field.most, Value: e.Value, Was: e.Was, Error: e.Error, Stored: e.Stored}
		if field.rows > 0 {
			fv.DescribedBy = field.key + "-hint"
		}
		if field.key == "zone" {
			fv.Zone = &zoneView{w.zoneLabel(r, e.Value), w.zoneOptions(r)}
		}
		v.Fields = append(v.Fields, fv.described())
	}
	for _, name := range []string{"starts", "ends"} {
		if c := f.get("which_" + name); c != "" || p.fields["which_"+name] != "" {
			legend := "calendar.which-starts"
			if name == "ends" {
				legend = "calendar.which-ends"
			}
			v.Again = append(v.Again, againChoice{ID: "which-" + name, Legend: l.T(message(legend)), Error: p.field("which_" + name), Choices: []againOne{
				{"which_" + name, choice{"first", l.T(message("calendar.the-first")), c == "first"}}, {"which_" + name, choice{"second", l.T(message("calendar.the-second")), c == "second"}},
			}})
		}
	}
	o := p.entry(l, f, "owner", f.get("owner"), func(id string) string { return personIn(people, id) })
	v.Owner = fieldView{ID: "owner", Key: "owner", Label: l.T(message("calendar.owner")), Required: true, Value: o.Value, Was: o.Was, Error: o.Error, Stored: o.Stored}.described()
	for i := range people {
		one := &people[i]
		if one.Status != staff.Inactive || one.ID == o.Value {
			v.Owner.Options = append(v.Owner.Options, choice{one.ID, one.Name(), one.ID == o.Value})
		}
		v.People = append(v.People, choice{one.ID, one.Name(), slices.Contains(f["people"], one.ID)})
	}
	at := w.appointmentAt(f)
	if err := errors.Join(w.markAway(r, v.Owner.Options, at), w.markAway(r, v.People, at)); err != nil {
		return err
	}
	v.PeopleBad = p.field("people")
	return w.render(r, p.status, name, v)
}

// appointmentAt is when an appointment begins as it is typed or, of one whose time cannot be read, now.
func (w *Web) appointmentAt(f form) time.Time {
	place, err := zone.Load(f.get("zone"))
	if err != nil {
		return w.Now()
	}
	at, err := time.ParseInLocation(wallForm, f.get("starts"), place)
	if err != nil {
		return w.Now()
	}
	return at
}

// described names what stands beneath a control, for who cannot see it.
func (f fieldView) described() fieldView {
	if f.Error.Text != "" {
		f.DescribedBy = strings.TrimSpace(f.DescribedBy + " " + f.ID + "-error")
	}
	if f.Stored != "" {
		f.DescribedBy = strings.TrimSpace(f.DescribedBy + " " + f.ID + "-stored")
	}
	return f
}

// wallText is a form's day and time in words.
func wallText(l views.Locale, s string) string {
	at, err := time.Parse(wallForm, s)
	if err != nil {
		return s
	}
	l.Zone = time.UTC
	return l.DateTime(at)
}

func personIn(people []agenda.Person, id string) string {
	if i := slices.IndexFunc(people, func(p agenda.Person) bool { return p.ID == id }); i >= 0 {
		return people[i].Name()
	}
	return ""
}
