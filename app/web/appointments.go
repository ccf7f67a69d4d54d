package web

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/agenda"
	"chancery/app/fault"
	"chancery/app/zone"
	"chancery/views"
)

// appointmentsShowView is one appointment.
type appointmentsShowView struct {
	views.Page
	Errors    *views.Errors
	Title     string
	When      views.Time
	Agreed    string // the same in the zone in which it was agreed on, where that is another
	Cancelled bool
	Place     string
	Notes     string
	Case      string // "MR-2026-00001 · Kowalczyk, Aneta"; "" of none
	CaseURL   string
	Owner     *namedPerson
	People    []namedPerson
	Back      string // its day in the calendar
	EditURL   string // "" for who may not, and for a cancelled one
	CancelURL string
	Restore   string // where a cancelled one is planned again
}

const appointmentsAt = "/appointments"

func (w *Web) appointmentsShow(r *request) error {
	return w.appointmentShow(r, problems{status: fiber.StatusOK})
}

func (w *Web) appointmentShow(r *request, p problems) error {
	e, ids, err := w.Agenda.Get(r.ctx, r.actor(), r.Params("id"))
	if err != nil {
		return err
	}
	people, err := w.Agenda.Named(r.ctx, r.actor(), append(slices.Clone(ids), e.OwnerID))
	if err != nil {
		return err
	}
	l := r.locale(w)
	v := appointmentsShowView{
		Page: w.page(r, "calendar.appointment", "calendar"), Title: e.Title, When: spanOf(l, r.zone, e), Cancelled: e.Status == agenda.Cancelled, Place: e.Place, Notes: e.Notes,
		Errors: p.summary, Back: asking(calendarAt, "on", e.StartsAt.In(r.zone).Format(time.DateOnly)),
	}
	v.Page.Title, v.Notice = e.Title, w.said(r, "calendar.done.", "planned", "changed", "cancelled", "restored")
	if place, err := zone.Load(e.Zone); err == nil && place.String() != r.zone.String() {
		v.Agreed = l.T(message("calendar.agreed", "When", spanOf(l, place, e).Text, "Zone", w.zoneLabel(r, e.Zone)))
	}
	if e.CaseID != nil {
		v.Case, v.CaseURL = e.Number+" · "+e.Client, casesAt+"/"+*e.CaseID+"/appointments"
	}
	for i := range people {
		one := &people[i]
		n := personNamed(l, one.ID, one.FirstName, one.LastName, one.DisplayName, one.PictureID, one.Status)
		if one.ID == e.OwnerID {
			v.Owner = n
		} else {
			v.People = append(v.People, *n)
		}
	}
	there := []*namedPerson{v.Owner}
	for i := range v.People {
		there = append(there, &v.People[i])
	}
	if err := w.sayAway(r, e.StartsAt, there...); err != nil {
		return err
	}
	if at := appointmentsAt + "/" + e.ID; r.cur.Rights.Can(access.AppointmentsEdit) {
		if v.Cancelled {
			v.Restore = at + "/cancellation"
		} else {
			v.EditURL, v.CancelURL = at+"/edit", at+"/cancellation/new"
		}
	}
	return w.render(r, p.status, "appointments/show", v)
}

// spanOf is from when to when, in a zone.
func spanOf(l views.Locale, place *time.Location, e *agenda.Entry) views.Time {
	l.Zone = place
	v := views.Time{ISO: e.StartsAt.In(place).Format(time.RFC3339)}
	from, to := e.StartsAt.In(place), e.EndsAt.In(place)
	v.Text = l.Weekday(from) + " " + l.Date(from) + ", " + clock(l, place, from) + " – "
	if !dayOf(from).Equal(dayOf(to)) {
		v.Text += l.Date(to) + ", "
	}
	v.Text += clock(l, place, to)
	return v
}

// appointmentsNew is the empty form, for the day and the case of the address.
func (w *Web) appointmentsNew(r *request) error {
	at := dayOf(w.Now().In(r.zone)).Add(time.Duration(w.Now().In(r.zone).Hour()+1) * time.Hour)
	if day, err := time.Parse(time.DateOnly, r.Query("on")); err == nil && !day.Equal(dayOf(at)) {
		at = day.Add(9 * time.Hour)
	}
	f := form{"starts": {at.Format(wallForm)}, "ends": {at.Add(30 * time.Minute).Format(wallForm)}, "zone": {r.zone.String()}, "case": {r.Query("case")}}
	return w.appointmentForm(r, nil, f, problems{status: fiber.StatusOK})
}

// appointmentsCreate plans an appointment. A time that the clocks skip is refused, and one that they show twice is asked about.
func (w *Web) appointmentsCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	plan, bad := w.appointmentPlan(r, f)
	plan.CaseID = f.get("case")
	if plan.CaseID != "" { // before anything is said of what was typed
		if err := w.Cases.MustSee(r.ctx, r.actor(), plan.CaseID); err != nil {
			return err
		}
	}
	var made *agenda.Appointment
	if err = bad.Err(); err == nil {
		made, err = w.Agenda.Create(r.ctx, r.actor(), plan)
	}
	if err != nil {
		return w.appointmentRefused(r, nil, f, err)
	}
	return r.goTo(appointmentsAt + "/" + made.ID + "?notice=planned")
}

func (w *Web) appointmentsEdit(r *request) error {
	e, people, err := w.Agenda.Get(r.ctx, r.actor(), r.Params("id"))
	if err != nil {
		return err
	}
	f := appointmentTyped(e)
	f["people"] = people
	return w.appointmentForm(r, e, f, problems{status: fiber.StatusOK})
}

// appointmentTyped is an appointment as its form has it: in its own zone.
func appointmentTyped(e *agenda.Entry) form {
	place := zone.Place(e.Zone)
	f := form{"title": {e.Title}, "place": {e.Place}, "notes": {e.Notes}, "zone": {e.Zone}, "owner": {e.OwnerID}}
	for name, at := range map[string]time.Time{"starts": e.StartsAt, "ends": e.EndsAt} {
		f[name] = []string{at.In(place).Format(wallForm)}
		if first, twice, err := zone.Instant(at.In(place), place); err == nil && twice {
			f["which_"+name] = []string{"first"}
			if !first.Equal(at) {
				f["which_"+name] = []string{"second"}
			}
		}
	}
	return f
}

func (w *Web) appointmentsUpdate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	id := r.Params("id")
	e, _, err := w.Agenda.Get(r.ctx, r.actor(), id)
	if err != nil {
		return err
	}
	plan, bad := w.appointmentPlan(r, f)
	if err = bad.Err(); err == nil {
		_, err = w.Agenda.Update(r.ctx, r.actor(), id, formGeneration(f), plan)
	}
	if conflict := (*fault.Conflict)(nil); errors.As(err, &conflict) {
		err = &fault.Conflict{Current: appointmentMeanwhile(e, f)}
	}
	if err != nil {
		return w.appointmentRefused(r, e, f, err)
	}
	return r.goTo(appointmentsAt + "/" + id + "?notice=changed")
}

// appointmentMeanwhile is what another has stored of the fields that were typed otherwise (B-16).
func appointmentMeanwhile(e *agenda.Entry, f form) map[string]string {
	now := map[string]string{}
	for name, stored := range appointmentTyped(e) {
		if _, asked := f[name]; asked && strings.ReplaceAll(f.get(name), "\r\n", "\n") != stored[0] {
			now[name] = stored[0]
		}
	}
	return now
}
