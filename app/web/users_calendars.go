package web

import (
	"slices"

	"chancery/app/access"
	"chancery/app/calendar"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/views"
)

// userCalendars is which calendars outside the practice a person's appointments are written to, for those who may end that. Whose account it is there is the
// person's own business, and is not said.
type userCalendars struct {
	Rows   []userCalendar
	EndURL string // "" where it is not the reader's to end
}

type userCalendar struct {
	Name  string
	State status
	Since views.Time
	Why   string // why it is not well
}

// userCalendars is nil for those who may not see it, and for a person who has connected none.
func (w *Web) userCalendars(r *request, id, name string, over overs) (*userCalendars, error) {
	if !r.cur.Rights.Can(access.UsersView) {
		return nil, nil
	}
	all, err := w.Calendars.Of(r.ctx, r.actor(), id)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	l, v := r.locale(w), &userCalendars{}
	for i := range all {
		row := userCalendar{Name: calendarName(l, all[i].Kind), State: calendarState(l, &all[i]), Since: l.Time(all[i].Since)}
		if all[i].Health == calendar.Reconnect {
			row.State.Text = l.T(message("calendars.users-reconnect", "Name", name))
		}
		if all[i].Reason != "" {
			row.Why = l.T(message(calendar.ReasonKey(all[i].Reason)))
		}
		v.Rows = append(v.Rows, row)
	}
	if over.may(access.OverAccount) && r.cur.Rights.Can(access.UsersSignOut) && slices.ContainsFunc(all, func(c calendar.Connection) bool { return c.Health != calendar.Ending }) {
		v.EndURL = "/users/" + id + "/calendars/delete"
	}
	return v, nil
}

// usersCalendarsConfirm asks before a person's calendars are disconnected for them.
func (w *Web) usersCalendarsConfirm(r *request) error {
	c, err := w.Staff.Card(r.ctx, r.actor(), r.Params("id"))
	if err != nil {
		return err
	}
	if !w.Signin.Fresh(r.cur) {
		return w.toPlainProof(r, "/users/"+c.ID+"/calendars/delete")
	}
	return w.askCalendarsEnd(r, c)
}

func (w *Web) askCalendarsEnd(r *request, c *staff.Card) error {
	all, err := w.Calendars.Of(r.ctx, r.actor(), c.ID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(c calendar.Connection) bool { return c.Health != calendar.Ending }) {
		return fault.ErrNotFound
	}
	text := "calendars.users-text"
	if slices.ContainsFunc(all, func(c calendar.Connection) bool { return c.Health == calendar.Reconnect || w.calendarStuck(&c) }) {
		text = "calendars.users-text-some"
	}
	return w.renderAsk(r, c, ask{title: "calendars.title", question: "calendars.users-question", text: text, button: "calendars.end", path: "/calendars", danger: true})
}

// usersCalendarsDelete disconnects them. What they are connected to is told to the person.
func (w *Web) usersCalendarsDelete(r *request) error {
	err := w.Calendars.End(r.ctx, r.actor(), r.Params("id"))
	if wantsProof(err) {
		return w.toPlainProof(r, "/users/"+r.Params("id")+"/calendars/delete")
	}
	if err != nil {
		return err
	}
	return w.back(r, "", "calendars")
}
