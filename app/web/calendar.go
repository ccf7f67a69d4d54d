package web

import (
	"cmp"
	"net/url"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"chancery/app/access"
	"chancery/app/agenda"
	"chancery/app/zone"
	"chancery/views"
)

// calendarIndexView is appointments and deadlines by their days, in the reader's zone: a month, a week, or a list of four
// weeks. On a narrow screen each of them is a list of the days that have something.
type calendarIndexView struct {
	views.Page
	Heading  string // what is shown, in words
	Shapes   []userTab
	Previous string // URLs
	Next     string
	Today    string
	People   []choice // whose appointments
	Keep     []keptValue
	Case     string // of which case alone; "" of all
	All      string // the same without that; "" for all
	Shape    string
	Days     []string // of the week
	Weeks    [][]calendarDay
	List     []calendarDay
	More     string // there were too many to show
	New      string // "" for who may not
}

// calendarDay is a day with what it has.
type calendarDay struct {
	Day    string // of the month, or with it
	Name   string // in full
	ISO    string
	URL    string
	Today  bool
	Beside bool   // of the month before or after
	Clocks string // in words, on the two days of the year on which they change
	Lines  []calendarLine
}

// calendarLine is an appointment or a deadline on a day.
type calendarLine struct {
	Time      string // "09:30 – 10:00"; "" for a deadline
	Title     string
	URL       string
	About     string // the client or the case
	Place     string
	Owner     string // "" for the reader's own
	Deadline  bool
	Late      bool
	Cancelled bool
}

const calendarAt = "/calendar"

// calendarMost is how many appointments, and deadlines, a calendar shows.
const calendarMost = 500

// The shapes of a calendar.
const (
	shapeMonth = "month"
	shapeWeek  = "week"
	shapeList  = "list"
)

// calendarQuery is what the address asks for. The reader's own appointments are what is shown when it names nobody.
type calendarQuery struct {
	shape  string
	on     time.Time // a day: its midnight in UTC
	person string    // "" the reader, everybody, or an id
	caseID string
}

// everybody is what the address says for all appointments that the reader sees.
const everybody = "all"

func (q calendarQuery) url() string {
	v := url.Values{}
	if q.shape != shapeMonth {
		v.Set("shape", q.shape)
	}
	if !q.on.IsZero() {
		v.Set("on", q.on.Format(time.DateOnly))
	}
	if q.person != "" {
		v.Set("person", q.person)
	}
	if q.caseID != "" {
		v.Set("case", q.caseID)
	}
	return address(calendarAt, v)
}

// with is the address of the same for another shape or day.
func (q calendarQuery) with(shape string, on time.Time) string {
	q.shape, q.on = shape, on
	return q.url()
}

// calendarQuery reads the address; what it says wrong counts as not said.
func (w *Web) calendarQuery(r *request) calendarQuery {
	q := calendarQuery{shape: r.Query("shape"), person: r.Query("person"), caseID: r.Query("case")}
	if q.shape != shapeWeek && q.shape != shapeList {
		q.shape = shapeMonth
	}
	if day, err := time.Parse(time.DateOnly, r.Query("on")); err == nil && day.Year() >= 2000 && day.Year() <= 2100 {
		q.on = day
	}
	if q.person != everybody && uuid.Validate(q.person) != nil || q.person == r.cur.User.ID {
		q.person = ""
	}
	if uuid.Validate(q.caseID) != nil {
		q.caseID = ""
	}
	return q
}

// calendarIndex shows appointments in the reader's zone (S0-18, S0-34), and deadlines on their day.
func (w *Web) calendarIndex(r *request) error {
	q, l := w.calendarQuery(r), r.locale(w)
	today := dayOf(w.Now().In(r.zone))
	on := q.on
	if on.IsZero() {
		on = today
	}
	first, days := spread(q.shape, on)
	v := calendarIndexView{Page: w.page(r, "calendar.title", "calendar"), Shape: q.shape}
	v.Notice = w.said(r, "calendar.done.", "cancelled", "restored")
	filled, full, err := w.calendarDays(r, q, first, days, today)
	if err != nil {
		return err
	}
	if full {
		v.More = l.T(message("calendar.too-many", "Max", calendarMost))
	}
	w.calendarHead(l, &v, q, on, first, days)
	if err := w.calendarFilters(r, l, &v, q); err != nil {
		return err
	}
	if q.shape == shapeList {
		v.List = slices.DeleteFunc(filled, func(d calendarDay) bool { return len(d.Lines) == 0 })
	} else {
		for i := range filled {
			d := &filled[i]
			d.Beside = q.shape == shapeMonth && first.AddDate(0, 0, i).Month() != on.Month()
		}
		for week := range slices.Chunk(filled, 7) {
			v.Weeks = append(v.Weeks, week)
		}
		_, short := l.Weekdays()
		v.Days = short[:]
	}
	if r.cur.Rights.Can(access.AppointmentsEdit) {
		v.New = asking("/appointments/new", "on", cmp.Or(q.on, today).Format(time.DateOnly))
		if q.caseID != "" {
			v.New = asking(v.New, "case", q.caseID)
		}
	}
	return w.render(r, fiber.StatusOK, "calendar/index", v)
}

// dayOf is the calendar's day of an instant, as its midnight in UTC: days are counted there, where each has 24 hours.
func dayOf(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// spread is the first day that a shape shows, and how many.
func spread(shape string, on time.Time) (first time.Time, days int) {
	switch shape {
	case shapeList:
		return on, 28
	case shapeWeek:
		return on.AddDate(0, 0, -int(on.Weekday())), 7
	}
	first = on.AddDate(0, 0, 1-on.Day())
	last := first.AddDate(0, 1, -1)
	first = first.AddDate(0, 0, -int(first.Weekday()))
	return first, int(last.Sub(first).Hours()/24)/7*7 + 7
}

// calendarHead says what is shown, and where the times beside it are.
func (w *Web) calendarHead(l views.Locale, v *calendarIndexView, q calendarQuery, on, first time.Time, days int) {
	plain := l
	plain.Zone = time.UTC // days are counted there
	v.Today = q.with(q.shape, time.Time{})
	switch q.shape {
	case shapeMonth:
		v.Heading = plain.Month(on)
		start := on.AddDate(0, 0, 1-on.Day())
		v.Previous, v.Next = q.with(q.shape, start.AddDate(0, -1, 0)), q.with(q.shape, start.AddDate(0, 1, 0))
	default:
		v.Heading = l.T(message("calendar.from-to", "From", plain.Date(first), "To", plain.Date(first.AddDate(0, 0, days-1))))
		v.Previous, v.Next = q.with(q.shape, on.AddDate(0, 0, -days)), q.with(q.shape, on.AddDate(0, 0, days))
	}
	for _, shape := range []string{shapeMonth, shapeWeek, shapeList} {
		v.Shapes = append(v.Shapes, userTab{Text: l.T(message("calendar.shape." + shape)), URL: q.with(shape, q.on), Current: shape == q.shape})
	}
}

// calendarFilters are whose appointments are shown, and of which case.
func (w *Web) calendarFilters(r *request, l views.Locale, v *calendarIndexView, q calendarQuery) error {
	named := []string{}
	if q.person != "" && q.person != everybody {
		named = append(named, q.person)
	}
	people, err := w.Agenda.People(r.ctx, r.actor(), "", named...)
	if err != nil {
		return err
	}
	v.People = []choice{{"", l.T(message("calendar.mine")), q.person == ""}, {everybody, l.T(message("calendar.everybody")), q.person == everybody}}
	for i := range people {
		if p := &people[i]; p.ID != r.cur.User.ID {
			v.People = append(v.People, choice{p.ID, p.Name(), p.ID == q.person})
		}
	}
	if q.shape != shapeMonth {
		v.Keep = append(v.Keep, keptValue{"shape", q.shape})
	}
	if !q.on.IsZero() {
		v.Keep = append(v.Keep, keptValue{"on", q.on.Format(time.DateOnly)})
	}
	if q.caseID != "" {
		s, err := w.Cases.Show(r.ctx, r.actor(), q.caseID)
		if err != nil {
			return err
		}
		v.Keep = append(v.Keep, keptValue{"case", q.caseID})
		v.Case = s.Number + " · " + s.Client.Name
		q.caseID = ""
		v.All = q.url()
	}
	return nil
}

// calendarDays are the days with what they have, and whether there was more than is shown.
func (w *Web) calendarDays(r *request, q calendarQuery, first time.Time, n int, today time.Time) (days []calendarDay, full bool, err error) {
	l, last := r.locale(w), first.AddDate(0, 0, n-1)
	from, _ := zone.Day(first.Year(), first.Month(), first.Day(), r.zone)
	_, until := zone.Day(last.Year(), last.Month(), last.Day(), r.zone)
	user := q.person
	switch {
	case user == everybody || q.caseID != "" && user == "":
		user = ""
	case user == "":
		user = r.cur.User.ID
	}
	all, err := w.Agenda.List(r.ctx, r.actor(), agenda.Query{From: from, Until: until, UserID: user, CaseID: q.caseID, Limit: calendarMost + 1})
	if err != nil {
		return nil, false, err
	}
	var due []agenda.Due
	if r.cur.Rights.Can(access.CasesView) {
		due, err = w.Agenda.Deadlines(r.ctx, r.actor(), agenda.Days{From: first.Format(time.DateOnly), Until: last.Format(time.DateOnly), UserID: user, CaseID: q.caseID, Limit: calendarMost + 1})
		if err != nil {
			return nil, false, err
		}
	}
	full = len(all) > calendarMost || len(due) > calendarMost
	all, due = all[:min(len(all), calendarMost)], due[:min(len(due), calendarMost)]
	overdue := w.practiceDay(r)
	plain := l
	plain.Zone = time.UTC
	for i := range n {
		at := first.AddDate(0, 0, i)
		d := calendarDay{Day: plain.Number(at.Day()), Name: plain.Weekday(at) + " " + plain.Date(at), ISO: at.Format(time.DateOnly), URL: q.with(shapeList, at), Today: at.Equal(today)}
		begins, ends := zone.Day(at.Year(), at.Month(), at.Day(), r.zone)
		switch length := ends.Sub(begins); {
		case length < 24*time.Hour:
			d.Clocks = l.T(message("calendar.clocks-forward"))
		case length > 24*time.Hour:
			d.Clocks = l.T(message("calendar.clocks-back"))
		}
		for j := range due {
			if due[j].DueOn == d.ISO {
				d.Lines = append(d.Lines, deadlineLine(&due[j], overdue))
			}
		}
		for j := range all {
			if e := &all[j]; e.StartsAt.Before(ends) && e.EndsAt.After(begins) {
				d.Lines = append(d.Lines, appointmentLine(l, r.zone, e, begins, ends, r.cur.User.ID))
			}
		}
		days = append(days, d)
	}
	return days, full, nil
}

// practiceDay is today where the practice is: what is due, is due there.
func (w *Web) practiceDay(r *request) string { return r.cur.Org.Day(w.Now()) }

func deadlineLine(d *agenda.Due, today string) calendarLine {
	return calendarLine{Title: d.Title, URL: casesAt + "/" + d.CaseID + "/appointments", About: d.Number + " · " + d.Client, Deadline: true, Late: d.DueOn < today}
}

func appointmentLine(l views.Locale, place *time.Location, e *agenda.Entry, begins, ends time.Time, me string) calendarLine {
	v := calendarLine{Title: e.Title, URL: "/appointments/" + e.ID, About: e.Client, Place: e.Place, Cancelled: e.Status == agenda.Cancelled}
	if e.OwnerID != me {
		v.Owner = e.Owner()
	}
	starts, over := !e.StartsAt.Before(begins), !e.EndsAt.After(ends)
	switch {
	case starts && over:
		v.Time = clock(l, place, e.StartsAt) + " – " + clock(l, place, e.EndsAt)
	case starts:
		v.Time = l.T(message("calendar.from", "Time", clock(l, place, e.StartsAt)))
	case over:
		v.Time = l.T(message("calendar.until", "Time", clock(l, place, e.EndsAt)))
	default:
		v.Time = l.T(message("calendar.all-day"))
	}
	return v
}

// clock is the time that a place's clocks show; where they show it twice that night, with which of the two it is.
func clock(l views.Locale, place *time.Location, at time.Time) string {
	l.Zone = place
	text := l.Clock(at)
	first, twice, err := zone.Instant(at.In(place), place)
	switch {
	case err != nil || !twice:
		return text
	case first.Equal(at.Truncate(time.Second)):
		return l.T(message("calendar.first-time", "Time", text))
	}
	return l.T(message("calendar.second-time", "Time", text))
}
