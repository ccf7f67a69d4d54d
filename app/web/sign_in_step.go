package web

import (
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"

	"chancery/app/fault"
	"chancery/app/signin"
	"chancery/views"
)

// The second step of a sign-in: a code of the authenticator app, a passkey, or a recovery code. Between the two steps the
// browser holds a secret in a cookie of its own that opens nothing else.

// signInStepShowView asks for the second proof.
type signInStepShowView struct {
	views.Page
	Name     string
	Next     string
	Kept     *keptForm
	Errors   *views.Errors
	App      bool
	Recovery bool // a recovery code can be used
	Options  string
	Code     views.FieldError
	Lost     views.FieldError // at the recovery code
	Failed   views.FieldError // at the passkey
}

// enter goes in by a way that was found good: to the page that was wanted, or to the second step first.
func (w *Web) enter(r *request, opened signin.Opened, kept *keptForm, next string) error {
	switch {
	case opened.Step != "" && kept != nil:
		w.setStep(r, opened.Step, opened.ExpiresAt)
		return w.renderStep(r, opened.Step, kept, next, nil)
	case opened.Step != "":
		w.setStep(r, opened.Step, opened.ExpiresAt)
		return r.goTo("/sign-in/step" + nextQuery(next))
	}
	w.setSession(r, opened.Token, opened.ExpiresAt)
	switch {
	case opened.MustChange:
		return r.goTo("/me/password/edit")
	case kept != nil:
		return w.signInKept(r, opened.Token, kept, next)
	}
	return r.goTo(next)
}

// signInStepShow shows the second step. Where none is awaited it leads to the first.
func (w *Web) signInStepShow(r *request) error {
	next := localOr(r.Query("next"), "/")
	if r.cur != nil {
		return r.goTo(next)
	}
	return w.renderStep(r, r.Cookies(w.cookieName(cookieStep)), nil, next, nil)
}

// signInStepCreate takes the second proof and goes where the person was going.
func (w *Web) signInStepCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	next := localOr(f.get("next"), "/")
	if r.cur != nil {
		return r.goTo(next)
	}
	token, kept := r.Cookies(w.cookieName(cookieStep)), keptFrom(f)
	answer := signin.Answer{Code: f.get("code"), Recovery: f.get("recovery"), Passkey: f.get("passkey")}
	opened, err := w.Signin.FinishStep(r.ctx, token, answer, r.from)
	if err == nil {
		w.setStep(r, "", time.Time{})
		return w.enter(r, opened, kept, next)
	}
	return w.renderStep(r, token, kept, next, err)
}

// renderStep shows the step, with what was wrong with an answer to it, in its person's language: they have proved half of who
// they are. A step that is over leads to the door, with what was typed before.
func (w *Web) renderStep(r *request, token string, kept *keptForm, next string, wrong error) error {
	st, err := w.Signin.Step(r.ctx, token)
	var over *fault.Refused
	if errors.As(err, &over) {
		return w.stepOver(r, kept, next)
	}
	if err != nil {
		return err
	}
	w.speakTo(r, st.User)
	status, p := fiber.StatusOK, problems{}
	if wrong != nil {
		var ok bool
		if p, ok = w.problems(r, wrong); !ok {
			return wrong
		}
		if status = p.status; len(p.fields) > 0 {
			p.summary = nil // one field, which has the focus and says it; and nothing was to be saved
		}
	}
	v := signInStepShowView{
		Page: w.page(r, "factor.step-title", ""), Name: st.User.Name(), Next: next, Kept: kept, Errors: p.summary, App: st.App, Recovery: st.Recovery,
		Options: string(st.Passkey), Code: p.field("code"), Lost: p.field("recovery"), Failed: p.field("passkey"),
	}
	v.Org = w.know(st.Org)
	return w.render(r, status, "sign-in/step/show", v)
}

// stepOver is the door, saying that the first step has to be done again.
func (w *Web) stepOver(r *request, kept *keptForm, next string) error {
	w.setStep(r, "", time.Time{})
	if kept == nil {
		query := "?notice=step-over"
		if next != "/" {
			query = nextQuery(next) + "&notice=step-over"
		}
		return r.goTo("/sign-in" + query)
	}
	v, err := w.signInPage(r, next)
	if err != nil {
		return err
	}
	v.Kept, v.Note = kept, r.locale(w).T(message("signin.step-over"))
	return w.render(r, fiber.StatusUnprocessableEntity, "sign-in/new", v)
}

// setStep gives the browser a step's secret; an empty one takes it away.
func (w *Web) setStep(r *request, token string, expires time.Time) {
	c := &fiber.Cookie{Name: w.cookieName(cookieStep), Value: token, Path: "/", HTTPOnly: true, Secure: w.secure, SameSite: "Lax", Expires: expires}
	if token == "" {
		c.Expires = time.Unix(1, 0)
	}
	r.Cookie(c)
}
