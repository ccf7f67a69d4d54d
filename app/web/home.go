package web

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/agenda"
	"chancery/views"
)

// homePart is how much of each thing the first page shows.
const homePart = 6

// homeDays is how far ahead deadlines are shown.
const homeDays = 7

// homeShowView is what waits for the reader today.
type homeShowView struct {
	views.Page
	Greeting string
	Today    string
	Talks    *homeTalks
	Dates    *homeDates
	Notices  []bulletinRow
	Waiting  string // exceptions of the sync that are the reader's to see to; "" for none
}

// Beside tells whether the notices stand beside something: who reads no messages and sees no dates has them alone.
func (v homeShowView) Beside() bool { return v.Talks != nil || v.Dates != nil }

// homeTalks is what clients wrote that is not read: home/_talks.
type homeTalks struct {
	Rows []talkRow
	More string // how many cases there are beyond those
}

// homeDates is what takes place today, and what is due.
type homeDates struct {
	Appointments []homeAppointment
	Deadlines    []homeDeadline
}

// homeAppointment is an appointment of today.
type homeAppointment struct {
	Title, Place string
	URL          string
	Client       string
	CaseURL      string
	Number       string
	From         views.Time
	Until        string
	Over         bool
}

// homeDeadline is something that is due.
type homeDeadline struct {
	Title, Client, CaseURL, Number string
	Day                            views.Time
	Late                           bool
	Today                          bool
}

// homeShow is the first page of a signed-in person. As a fragment it is what clients wrote, asked for again when more came.
func (w *Web) homeShow(r *request) error {
	l, v := r.locale(w), homeShowView{}
	var err error
	if v.Talks, err = w.homeTalks(r, l); err != nil {
		return err
	}
	if r.fragment() {
		if v.Talks == nil {
			return r.SendStatus(fiber.StatusNoContent)
		}
		return w.render(r, fiber.StatusOK, "home/_talks", v.Talks)
	}
	if v.Dates, err = w.homeDates(r, l); err != nil {
		return err
	}
	all, _, err := w.Notices.Bulletins(r.ctx, r.actor(), "", homePart)
	if err != nil {
		return err
	}
	waiting, err := w.Sync.Waiting(r.ctx, r.actor())
	if err != nil {
		return err
	}
	if waiting > 0 {
		v.Waiting = l.T(message("sync.waiting", "Count", int(waiting)))
	}
	if v.Notices, err = w.bulletinRows(r, all); err != nil {
		return err
	}
	v.Page = w.page(r, "home.title", "home")
	now := w.Now().In(r.zone)
	v.Greeting, v.Today = l.T(message(greeting(now), "Name", r.cur.User.FirstName)), l.Date(now)
	return w.render(r, fiber.StatusOK, "home/show", v)
}

// greeting is the catalogue key of what is said at this time of the reader's day.
func greeting(now time.Time) string {
	switch h := now.Hour(); {
	case h < 5 || h >= 18:
		return "home.evening"
	case h < 12:
		return "home.morning"
	}
	return "home.afternoon"
}

// homeTalks are the cases in which the reader has not read everything; nil for who may read no messages.
func (w *Web) homeTalks(r *request, l views.Locale) (*homeTalks, error) {
	if !r.cur.Rights.Can(access.MessagesView) || !r.cur.Rights.Can(access.CasesView) {
		return nil, nil
	}
	all, err := w.Messages.Waiting(r.ctx, r.actor(), homePart+1)
	if err != nil {
		return nil, err
	}
	v := &homeTalks{}
	for i := range all[:min(len(all), homePart)] {
		v.Rows = append(v.Rows, talkRowOf(l, &all[i], r.cur.User.ID))
	}
	if len(all) > homePart {
		v.More = l.T(message("home.more-talks"))
	}
	return v, nil
}

// homeDates are the reader's appointments of today, by their own zone (S0-18), and what is due in their cases within a week or was
// before, by the day of the practice; nil for who may not see them.
func (w *Web) homeDates(r *request, l views.Locale) (*homeDates, error) {
	if !r.cur.Rights.Can(access.AppointmentsView) {
		return nil, nil
	}
	now := w.Now().In(r.zone)
	y, m, d := now.Date()
	from, until := time.Date(y, m, d, 0, 0, 0, 0, r.zone), time.Date(y, m, d+1, 0, 0, 0, 0, r.zone)
	entries, err := w.Agenda.List(r.ctx, r.actor(), agenda.Query{From: from.UTC(), Until: until.UTC(), UserID: r.cur.User.ID, Limit: 2 * homePart})
	if err != nil {
		return nil, err
	}
	v := &homeDates{}
	for i := range entries {
		e := &entries[i]
		a := homeAppointment{Title: e.Title, URL: "/appointments/" + e.ID, Place: e.Place, Client: e.Client, Number: e.Number, From: views.Time{ISO: l.Time(e.StartsAt).ISO, Text: l.Clock(e.StartsAt)}, Until: l.Clock(e.EndsAt), Over: !e.EndsAt.After(now)}
		if e.CaseID != nil {
			a.CaseURL = "/cases/" + *e.CaseID
		}
		v.Appointments = append(v.Appointments, a)
	}
	if !r.cur.Rights.Can(access.CasesView) {
		return v, nil
	}
	today := w.practiceDay(r)
	due, err := w.Agenda.Deadlines(r.ctx, r.actor(), agenda.Days{Until: now.AddDate(0, 0, homeDays).Format(time.DateOnly), UserID: r.cur.User.ID, Limit: homePart})
	if err != nil {
		return nil, err
	}
	for i := range due {
		e := &due[i]
		v.Deadlines = append(v.Deadlines, homeDeadline{Title: e.Title, Client: e.Client, CaseURL: "/cases/" + e.CaseID, Number: e.Number, Day: dayOnly(l, e.DueOn), Late: e.DueOn < today, Today: e.DueOn == today})
	}
	return v, nil
}
