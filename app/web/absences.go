package web

import (
	"errors"
	"slices"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/views"
)

// What the pages of absences share: /me/absences, and /users/:id/absences for those who look after accounts (B-5). What an absence is, and who
// stands in, is staff's (absences.go and stand_in.go there).

// whoseAbsences says whose absences a page is about, and which of them.
type whoseAbsences struct {
	id      string
	base    string // address of the list
	folder  string // of the templates
	absence string // "" for the list, or a new one
	own     bool
}

func (r *request) ownAbsences() whoseAbsences {
	return whoseAbsences{r.cur.User.ID, "/me/absences", "me/absences", r.Params("id"), true}
}

func (r *request) theirAbsences() whoseAbsences {
	id := r.Params("id")
	return whoseAbsences{id, "/users/" + id + "/absences", "users/absences", r.Params("absence"), false}
}

// absencesView is a person's absences: absences/_list.
type absencesView struct {
	Base    string
	Own     bool
	MayEdit bool
	Rows    []absenceRow // ahead and running, the next first
	Past    []absenceRow // the latest first
	Duties  []absenceRow // in which the reader stands in for others; of one's own page alone
}

// absenceRow is one absence: absences/_row.
type absenceRow struct {
	Days    string
	Person  *namedPerson // who stands in or, of a duty, who is away; nil: nobody
	State   status
	Note    string
	Sees    *coverageView // how much the cover may follow; nil: nothing to say
	Warning string        // the cover is away too
	EditURL string        // "" for what is over, and for who may not
	EndURL  string
	End     string // what ending it is called
}

func (w *Web) absencesView(r *request, whose whoseAbsences, mayEdit bool) (absencesView, error) {
	v := absencesView{Base: whose.base, Own: whose.own, MayEdit: mayEdit}
	rows, err := w.Staff.Absences(r.ctx, r.actor(), whose.id)
	if err != nil {
		return v, err
	}
	l := r.locale(w)
	var ahead []*staff.AbsenceRow
	for i := range rows {
		a := &rows[i]
		row := w.absenceRow(l, r.cur.User.ID, a, a.Cover)
		if state := a.State(w.Now()); state == staff.AbsenceOver || state == staff.AbsenceOff {
			v.Past = append(v.Past, row)
			continue
		}
		if mayEdit {
			row.EditURL, row.EndURL = whose.base+"/"+a.ID+"/edit", whose.base+"/"+a.ID+"/delete"
		}
		v.Rows, ahead = append(v.Rows, row), append(ahead, a)
	}
	var duties []staff.AbsenceRow
	if whose.own {
		if duties, err = w.Staff.Duties(r.ctx, r.actor()); err != nil {
			return v, err
		}
	}
	for i := range duties {
		v.Duties = append(v.Duties, w.absenceRow(l, r.cur.User.ID, &duties[i], &duties[i].Who))
	}
	err = w.sayCoverages(r, whose, ahead, duties, v.Rows, v.Duties)
	slices.Reverse(v.Rows)
	return v, err
}

func (w *Web) absenceRow(l views.Locale, reader string, a *staff.AbsenceRow, named *staff.Named) absenceRow {
	row := absenceRow{Days: absenceDays(l, a.FirstDay, a.LastDay), Note: a.Note}
	if named != nil {
		row.Person = personNamed(l, named.ID, named.FirstName, named.LastName, named.DisplayName, named.PictureID, named.Status)
	}
	switch a.State(w.Now()) {
	case staff.AbsenceAhead:
		row.State, row.End = status{"waiting", l.T(message("absence.ahead"))}, l.T(message("absence.call-off"))
	case staff.AbsenceRunning:
		row.State, row.End = status{"running", l.T(message("absence.running"))}, l.T(message("absence.end"))
	case staff.AbsenceOff:
		row.State = status{"inactive", l.T(message("absence.off"))}
	default:
		row.State = status{"inactive", l.T(message("absence.over"))}
		if a.EndedAt != nil {
			row.State.Text = l.T(message("absence.back-early", "Day", l.Day(*a.EndedAt).Text))
		}
	}
	if g := a.Gap; g != nil && a.Cover != nil {
		days := absenceDays(l, g.FirstDay, g.LastDay)
		switch mine := a.Cover.ID == reader; {
		case mine && g.StandIn == nil:
			row.Warning = l.T(message("absence.gap-own-alone", "Days", days))
		case mine:
			row.Warning = l.T(message("absence.gap-own", "Days", days, "Other", g.StandIn.Name()))
		case g.StandIn == nil:
			row.Warning = l.T(message("absence.gap-alone", "Name", a.Cover.Name(), "Days", days))
		default:
			row.Warning = l.T(message("absence.gap", "Name", a.Cover.Name(), "Days", days, "Other", g.StandIn.Name()))
		}
	}
	return row
}

// absenceDays is "23 November 2026 – 27 November 2026", or the one day.
func absenceDays(l views.Locale, first, last string) string {
	if first == last {
		return dayOnly(l, first).Text
	}
	return dayOnly(l, first).Text + " – " + dayOnly(l, last).Text
}

// absenceFormView is the form of an absence, new or to be changed: absences/_form.
type absenceFormView struct {
	views.Page
	Alone    bool // a page of its own, with no other heading
	Errors   *views.Errors
	Question string
	Action   string
	Back     string
	Patch    bool
	Stamp    int64
	Fields   []fieldView
	Sees     *coverageView // of the cover who is chosen
	Button   string
}

func (w *Web) absenceForm(r *request, whose whoseAbsences, f form, p problems) error {
	v := absenceFormView{Page: w.page(r, "absence.title", nav(whose)), Alone: !r.fragment(), Errors: p.summary, Action: whose.base, Back: whose.base}
	l, template := r.locale(w), whose.folder+"/new"
	v.Question, v.Button = l.T(message("absence.new")), l.T(message("absence.plan"))
	part := r.fragment() && r.Query("part") == "cover" // one was chosen: what there is to say of them, alone
	if part {
		f = form{"cover": {r.Query("cover")}}
	}
	choices, err := w.Staff.CoverChoices(r.ctx, r.actor(), whose.id)
	if err != nil {
		return err
	}
	if whose.absence != "" {
		a, err := w.Staff.AbsenceOf(r.ctx, r.actor(), whose.id, whose.absence)
		if err != nil {
			return err
		}
		template = whose.folder + "/edit"
		v.Question, v.Button, v.Action, v.Patch, v.Stamp = l.T(message("absence.edit")), l.T(message("form.save")), whose.base+"/"+a.ID, true, a.Generation
		if f == nil {
			f = form{"first_day": {a.FirstDay}, "last_day": {a.LastDay}, "cover": {pointed(a.CoverID)}, "note": {a.Note}}
		} else if p.status != fiber.StatusConflict {
			v.Stamp = formGeneration(f)
		}
		if a.Cover != nil && !slices.ContainsFunc(choices, func(c staff.CoverChoice) bool { return c.ID == a.Cover.ID }) {
			choices = append(choices, staff.CoverChoice{Named: *a.Cover})
		}
	}
	named := func(id string) string {
		if i := slices.IndexFunc(choices, func(c staff.CoverChoice) bool { return c.ID == id }); i >= 0 {
			return choices[i].Name()
		}
		return id
	}
	field := func(key, label, hint, kind string, required bool, say func(string) string) fieldView {
		e := p.entry(l, f, key, f.get(key), say)
		fv := fieldView{ID: fieldID(key), Key: key, Label: l.T(message(label)), Type: kind, Autocomplete: "off", Required: required, Value: e.Value, Was: e.Was, Error: e.Error, Stored: e.Stored}
		if hint != "" {
			fv.Hint, fv.DescribedBy = l.T(message(hint)), fv.ID+"-hint"
		}
		return fv.described()
	}
	day := func(s string) string { return dayOnly(l, s).Text }
	first, last := field("first_day", "absence.first-day", "", "date", true, day), field("last_day", "absence.last-day", "", "date", true, day)
	cover := field("cover", "absence.cover", "absence.cover-hint", "", true, named)
	cover.Wide, cover.Options = true, coverChoices(l, choices, cover.Value)
	if v.Sees, err = w.sayCoverageOfChoices(r, whose, cover.Options, named); err != nil {
		return err
	}
	if i := slices.IndexFunc(choices, func(c staff.CoverChoice) bool { return c.ID == cover.Value && c.AwayFrom != "" }); i >= 0 {
		c := &choices[i]
		if v.Sees == nil {
			v.Sees = &coverageView{}
		}
		v.Sees.Away = l.T(message("absence.cover-away", "Name", c.Name(), "Days", absenceDays(l, c.AwayFrom, c.AwayTo)))
	}
	if part {
		return w.render(r, fiber.StatusOK, "absences/_sees", v.Sees)
	}
	v.Fields = []fieldView{first, last, cover}
	if len(choices) >= staff.CoverChoicesMost {
		other := field("cover_email", "absence.cover-email", "", "email", false, func(s string) string { return s })
		other.Wide = true
		v.Fields = append(v.Fields, other)
	}
	note := field("note", "absence.note", "absence.note-hint", "", false, func(s string) string { return s })
	note.Wide, note.Rows, note.Max = true, 3, staff.AbsenceNoteMax
	v.Fields = append(v.Fields, note)
	labelErrors(l, v.Errors, v.Fields)
	if !r.fragment() {
		return w.render(r, p.status, template, v)
	}
	v.Page.CSRF = "" // what is sent small holds no token: with script that goes in a header
	if err := w.render(r, p.status, template, v); err != nil {
		return err
	}
	r.compress()
	return nil
}

// nav is the entry of the sidebar that a page of absences belongs to.
func nav(whose whoseAbsences) string {
	if whose.own {
		return "me"
	}
	return "users"
}

// coverChoices are who could stand in; of who is away themselves, it is said when.
func coverChoices(l views.Locale, people []staff.CoverChoice, chosen string) []choice {
	all := []choice{{"", l.T(message("absence.nobody")), chosen == ""}}
	for i := range people {
		c := choice{people[i].ID, people[i].Name(), people[i].ID == chosen}
		if people[i].AwayFrom != "" {
			c.Text = l.T(message("absence.choice-away", "Name", c.Text, "Days", absenceDays(l, people[i].AwayFrom, people[i].AwayTo)))
		}
		all = append(all, c)
	}
	return all
}

// saveAbsence plans or changes one, and leads to the list.
func (w *Web) saveAbsence(r *request, whose whoseAbsences) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	plan := staff.AbsencePlan{FirstDay: f.get("first_day"), LastDay: f.get("last_day"), CoverID: f.get("cover"), Note: f.get("note")}
	if err = w.coverByEmail(r, f.get("cover_email"), &plan); err == nil {
		if whose.absence == "" {
			_, err = w.Staff.PlanAbsence(r.ctx, r.actor(), whose.id, plan)
		} else if _, err = w.Staff.AbsenceOf(r.ctx, r.actor(), whose.id, whose.absence); err == nil {
			_, err = w.Staff.ChangeAbsence(r.ctx, r.actor(), whose.absence, formGeneration(f), plan)
		}
	}
	if err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		return w.absenceForm(r, whose, f, p)
	}
	if whose.absence == "" {
		return r.goTo(whose.base + "?notice=planned")
	}
	return r.goTo(whose.base + "?notice=changed")
}

// coverByEmail takes somebody as the cover who is named by their address, where not everybody is in the list.
func (w *Web) coverByEmail(r *request, address string, plan *staff.AbsencePlan) error {
	if address == "" {
		return nil
	}
	u, err := w.Staff.ByEmail(r.ctx, address)
	if errors.Is(err, fault.ErrNotFound) {
		return fault.Field1("cover_email", "absence.cover-gone")
	}
	if err != nil {
		return err
	}
	plan.CoverID = u.ID
	return nil
}

// absenceEndView asks before an absence ends: absences/_end.
type absenceEndView struct {
	views.Page
	Alone                  bool
	Errors                 *views.Errors
	Question, Text, Button string
	Action, Back           string
}

func (w *Web) askAbsenceEnd(r *request, whose whoseAbsences, p problems) error {
	a, err := w.Staff.AbsenceOf(r.ctx, r.actor(), whose.id, whose.absence)
	if err != nil {
		return err
	}
	l := r.locale(w)
	v := absenceEndView{Page: w.page(r, "absence.title", nav(whose)), Alone: !r.fragment(), Errors: p.summary, Action: whose.base + "/" + a.ID, Back: whose.base,
		Text: absenceDays(l, a.FirstDay, a.LastDay) + ". " + l.T(message("absence.end-text")), Question: l.T(message("absence.end-question")), Button: l.T(message("absence.end"))}
	if a.State(w.Now()) == staff.AbsenceAhead {
		v.Question, v.Button = l.T(message("absence.call-off-question")), l.T(message("absence.call-off"))
	}
	return w.render(r, p.status, whose.folder+"/delete", v)
}

func (w *Web) endAbsence(r *request, whose whoseAbsences) error {
	_, err := w.Staff.AbsenceOf(r.ctx, r.actor(), whose.id, whose.absence)
	if err == nil {
		err = w.Staff.EndAbsence(r.ctx, r.actor(), whose.absence)
	}
	if err == nil {
		return r.goTo(whose.base + "?notice=ended")
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	return w.askAbsenceEnd(r, whose, p)
}

func (w *Web) absenceSaid(r *request) *views.Notice {
	return w.said(r, "absence.", "planned", "changed", "ended")
}

// mayEditAbsences tells whether the reader may plan absences of the person of a page.
func mayEditAbsences(r *request, h userHead) bool {
	return h.Own || r.cur.Rights.Can(access.UsersEdit) && h.over.may(access.OverRecord)
}
