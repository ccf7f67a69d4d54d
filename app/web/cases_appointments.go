package web

import (
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/agenda"
	"chancery/app/cases"
	"chancery/views"
)

// casesAppointmentsIndexView is what is due in a case, and its appointments.
type casesAppointmentsIndexView struct {
	views.Page
	Head        caseHead
	Deadlines   []deadlineRow
	Coming      []appointmentRow
	Past        []appointmentRow // the last first
	New         string           // "" for who may not
	NewDeadline string
	Calendar    string
}

// deadlineRow is a deadline with what can be done about it.
type deadlineRow struct {
	CSRF    string
	Title   string
	Day     views.Time
	Late    bool
	Done    string // "Done on 3 May 2026"; "" for what is still to be done
	Edit    string // "" for who may not, and for what is done
	DoneURL string
}

// appointmentRow is an appointment of the case.
type appointmentRow struct {
	Title     string
	URL       string
	When      views.Time
	Place     string
	Owner     namedPerson
	Cancelled bool
}

// caseDates is how many appointments before now and after it the page of a case shows, and how many deadlines.
const caseDates = 100

// casesAppointmentsIndex is a case's deadlines, its appointments to come, and those that were.
func (w *Web) casesAppointmentsIndex(r *request) error {
	head, s, err := w.caseHeadOf(r, r.Params("id"), "appointments")
	if err != nil {
		return err
	}
	l, now := r.locale(w), w.Now()
	v := casesAppointmentsIndexView{Page: w.page(r, "calendar.tab", "cases"), Head: head, Calendar: asking(asking(calendarAt, "case", s.ID), "person", everybody)}
	v.Title, v.Notice = s.Number+" · "+v.Title, w.said(r, "calendar.deadline.", "set", "moved", "done", "open")
	may := r.cur.Rights.Can(access.AppointmentsEdit)
	if may {
		v.NewDeadline = head.URL + "/deadlines/new"
	}
	if may && s.Status == cases.Open {
		v.New = asking("/appointments/new", "case", s.ID)
	}
	due, err := w.Agenda.Deadlines(r.ctx, r.actor(), agenda.Days{CaseID: s.ID, Done: true, Limit: caseDates})
	if err != nil {
		return err
	}
	today, token := w.practiceDay(r), w.token(r)
	for i := range due {
		d := &due[i]
		row := deadlineRow{CSRF: token, Title: d.Title, Day: dueDay(l, d.DueOn), Late: d.DoneAt == nil && d.DueOn < today}
		if d.DoneAt != nil {
			row.Done = l.T(message("calendar.done-on", "Day", l.Date(*d.DoneAt)))
		}
		if may {
			row.DoneURL = head.URL + "/deadlines/" + d.ID + "/completion"
			if d.DoneAt == nil {
				row.Edit = head.URL + "/deadlines/" + d.ID + "/edit"
			}
		}
		v.Deadlines = append(v.Deadlines, row)
	}
	slices.SortStableFunc(v.Deadlines, func(a, b deadlineRow) int { return len(a.Done) - len(b.Done) }) // what is done comes last
	coming, err := w.Agenda.List(r.ctx, r.actor(), agenda.Query{From: now, Until: now.AddDate(100, 0, 0), CaseID: s.ID, Cancelled: true, Limit: caseDates})
	if err != nil {
		return err
	}
	past, err := w.Agenda.List(r.ctx, r.actor(), agenda.Query{From: now.AddDate(-30, 0, 0), Until: now, CaseID: s.ID, Cancelled: true, Latest: true, Limit: caseDates})
	if err != nil {
		return err
	}
	past = slices.DeleteFunc(past, func(e agenda.Entry) bool { return e.EndsAt.After(now) }) // it is among those to come
	v.Coming, v.Past = appointmentRows(l, r.zone, coming), appointmentRows(l, r.zone, past)
	return w.render(r, fiber.StatusOK, "cases/appointments/index", v)
}

// dueDay is a deadline's day. It has no zone: it is the same for every reader.
func dueDay(l views.Locale, day string) views.Time {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return views.Time{ISO: day, Text: day}
	}
	l.Zone = time.UTC
	return views.Time{ISO: day, Text: l.Weekday(at) + " " + l.Date(at)}
}

func appointmentRows(l views.Locale, place *time.Location, all []agenda.Entry) (rows []appointmentRow) {
	for i := range all {
		e := &all[i]
		rows = append(rows, appointmentRow{
			Title: e.Title, URL: appointmentsAt + "/" + e.ID, When: spanOf(l, place, e), Place: e.Place, Cancelled: e.Status == agenda.Cancelled,
			Owner: *personNamed(l, e.OwnerID, e.FirstName, e.LastName, e.DisplayName, e.PictureID, ""),
		})
	}
	return rows
}
