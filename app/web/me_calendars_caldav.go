package web

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"chancery/app/calendar"
	"chancery/app/fault"
	"chancery/views"
)

// meCalendarsCaldavNewView asks for a CalDAV server and an app password.
type meCalendarsCaldavNewView struct {
	views.Page
	Errors *views.Errors
	Server inputField
	User   inputField
	Pass   views.FieldError // what was typed never comes back
	Retype bool             // it has to be typed again
	Alone  bool
}

const caldavAt = meCalendarsAt + "/caldav"

// caldavFields are the form's fields in their order, with what they are called.
var caldavFields = []fieldLabel{{"server", "calendars.server"}, {"user", "calendars.user"}, {"password", "calendars.password"}}

func (w *Web) meCalendarsCaldavNew(r *request) error {
	return w.caldavForm(r, nil, problems{status: fiber.StatusOK})
}

func (w *Web) caldavForm(r *request, f form, p problems) error {
	if !slices.Contains(w.Calendars.Offered(), calendar.CalDAV) {
		return fault.ErrNotFound
	}
	if !w.Signin.Fresh(r.cur) {
		return w.toPlainProof(r, caldavAt+"/new")
	}
	p.labelled(r.locale(w), caldavFields)
	v := meCalendarsCaldavNewView{Page: w.page(r, "calendars.title", "me"), Errors: p.summary, Server: inputField{f.get("server"), p.field("server")}, User: inputField{f.get("user"), p.field("user")},
		Pass: p.field("password"), Alone: !r.fragment()}
	v.Retype = f.get("password") != "" && v.Pass.Text == ""
	return w.render(r, p.status, "me/calendars/caldav/new", v)
}

// meCalendarsCaldavCreate connects a calendar at a CalDAV server, which is asked whether it takes the password.
func (w *Web) meCalendarsCaldavCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	_, err = w.Calendars.ConnectCalDAV(r.ctx, r.actor(), f.get("server"), f.get("user"), f.get("password"))
	if err == nil {
		return r.goTo(meCalendarsAt + "?notice=connected")
	}
	if wantsProof(err) {
		return w.toPlainProof(r, caldavAt+"/new")
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	return w.caldavForm(r, f, p)
}
