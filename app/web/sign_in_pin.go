package web

import (
	"errors"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"chancery/app/fault"
	"chancery/views"
)

// signInPINNewView asks for the PIN that was sent (S3-13).
type signInPINNewView struct {
	views.Page
	Next    string
	Kept    *keptForm
	Ending  string // of the number; "" when it is not known here
	Again   bool   // another was sent
	PIN     views.FieldError
	Refused string
	Over    bool // this PIN is over: only another helps
	Phone   string
	Door    string
}

// signInPINNew shows the form to a browser that has asked for a PIN.
func (w *Web) signInPINNew(r *request) error {
	next := localOr(r.Query("next"), "")
	if r.cur != nil {
		return r.goTo(localOr(next, "/"))
	}
	browser, ending := w.pinBrowser(r)
	if browser == "" {
		return r.goTo(phonePath(next))
	}
	return w.renderSignInPIN(r, fiber.StatusOK, signInPINNewView{Next: next, Ending: ending, Again: r.Query("again") != ""})
}

// signInPINCreate signs in by the PIN, and goes where the person was going. For ten minutes the password may then be set
// without the old one (S3-14), which the first page says.
func (w *Web) signInPINCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	next, kept := localOr(f.get("next"), ""), keptFrom(f)
	if r.cur != nil {
		return r.goTo(localOr(next, "/"))
	}
	browser, ending := w.pinBrowser(r)
	v := signInPINNewView{Next: next, Kept: kept, Ending: ending}
	typed := strings.Map(digitsOnly, clipped(f.get("pin"), 32))
	if len(typed) != 6 { // no try: nobody is asked
		v.PIN = views.FieldError{ID: "pin", Text: r.locale(w).T(message("pin.missing"))}
		return w.renderSignInPIN(r, fiber.StatusUnprocessableEntity, v)
	}
	opened, err := w.Signin.SignInByPIN(r.ctx, browser, typed, r.from)
	if err != nil {
		return w.signInPINRefused(r, v, err)
	}
	w.keepPIN(r, "", time.Time{})
	return w.enter(r, opened, kept, localOr(next, "/me?saved=pin"))
}

func (w *Web) signInPINRefused(r *request, v signInPINNewView, err error) error {
	var refused *fault.Refused
	v.Over = errors.As(err, &refused) && refused.Message.Key == "pin.over"
	p, ok := w.problems(r, untilInMinutes(err, w.Now()))
	if !ok {
		return err
	}
	v.PIN, v.Refused = p.field("pin"), p.summary.Refused
	return w.renderSignInPIN(r, p.status, v)
}

func (w *Web) renderSignInPIN(r *request, status int, v signInPINNewView) error {
	v.Page = w.page(r, "pin.enter-title", "")
	v.Phone, v.Door = phonePath(v.Next), signInPath(v.Next)
	org, err := w.Staff.Organization(r.ctx)
	if err != nil {
		return err
	}
	v.Org = w.know(org)
	return w.render(r, status, "sign-in/pin/new", v)
}
