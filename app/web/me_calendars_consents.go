package web

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"chancery/app/calendar"
	"chancery/app/fault"
	"chancery/views"
)

// A calendar at Google or Microsoft is connected in three steps: here the reader says that they want it, and reads what will be written there; at the keeper they
// say yes; and the keeper sends them back to /me/calendars/callback with a code (RFC 6749 §4.1).

// meCalendarsConsentsNewView asks before the reader is sent to the keeper.
type meCalendarsConsentsNewView struct {
	views.Page
	Kind     string
	Question string
	Text     string
	Button   string
	Errors   *views.Errors
	Alone    bool
}

func (w *Web) meCalendarsConsentsNew(r *request) error {
	return w.askConsent(r, fiber.StatusOK, r.Query("kind"), problems{})
}

func (w *Web) askConsent(r *request, code int, asked string, p problems) error {
	kind := calendar.Kind(asked)
	if kind == calendar.CalDAV || !slices.Contains(w.Calendars.Offered(), kind) {
		return fault.ErrNotFound
	}
	if !w.Signin.Fresh(r.cur) {
		return w.toPlainProof(r, connectURL(kind))
	}
	l := r.locale(w)
	name := calendarName(l, kind)
	v := meCalendarsConsentsNewView{Page: w.page(r, "calendars.title", "me"), Kind: asked, Errors: p.summary, Alone: !r.fragment(),
		Question: l.T(message("calendars.connect-question", "Name", name)), Text: l.T(message("calendars.consent." + asked)), Button: l.T(message("calendars.go-on." + asked))}
	return w.render(r, code, "me/calendars/consents/new", v)
}

// meCalendarsConsentsShowView leads to the keeper.
type meCalendarsConsentsShowView struct {
	views.Page
	URL  string
	Text string
	Link string
}

// meCalendarsConsentsCreate begins, and leads to the keeper. Without script that is a page that goes on by itself, with a link that does, too: a redirect would be
// part of the form's way, which the content security policy keeps within the house (form-action), and the policy stays as it is.
func (w *Web) meCalendarsConsentsCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	kind := calendar.Kind(f.get("kind"))
	to, err := w.Calendars.Begin(r.ctx, r.actor(), r.cur.Session.ID, kind)
	if wantsProof(err) {
		return w.toPlainProof(r, connectURL(kind))
	}
	if err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		return w.askConsent(r, p.status, string(kind), p)
	}
	if r.fragment() {
		return r.goTo(to)
	}
	l := r.locale(w)
	r.Set("Refresh", "0; url="+to)
	return w.render(r, fiber.StatusOK, "me/calendars/consents/show", meCalendarsConsentsShowView{Page: w.page(r, "calendars.title", "me"), URL: to,
		Text: l.T(message("calendars.on-the-way." + string(kind))), Link: l.T(message("calendars.go-on." + string(kind)))})
}
