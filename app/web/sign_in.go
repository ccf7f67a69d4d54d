package web

import (
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"chancery/app/fault"
	"chancery/views"
)

// signInNewView is the sign-in page, fresh or after a refusal.
type signInNewView struct {
	views.Page
	Email     string
	Next      string // where to go afterwards: a path of ours, or ""
	Refused   string // why the try before failed
	Pauses    string // how many tries there are, after one that was wrong
	Errors    signInErrors
	Note      string // why one has to sign in
	Kept      *keptForm
	Passkey   string // what the script asks a passkey by; "" where there can be none
	Phone     string // where a PIN is asked for; "" where no texts are sent
	Demo      []demoAccount
	Languages []languageChoice
	pauses    string
}

// signInErrors is what was left out, by field.
type signInErrors struct{ Email, Password views.FieldError }

type demoAccount struct{ Email, Role, URL string }

type languageChoice struct {
	Code, Name string
	Current    bool
}

// signInNew shows the door. Who is in already goes on.
func (w *Web) signInNew(r *request) error {
	next := localOr(r.Query("next"), "")
	if r.cur != nil {
		return r.goTo(localOr(next, "/"))
	}
	v, err := w.signInPage(r, next)
	if err != nil {
		return err
	}
	v.Email = clipped(r.Query("email"), 254)
	switch r.Query("notice") {
	case "signed-out":
		v.Notice = &views.Notice{Text: r.locale(w).T(message("signin.signed-out"))}
	case "guessed":
		v.Note = r.locale(w).T(message("signin.guessed-note"))
	case "kept":
		v.Note = r.locale(w).T(message("signin.again-note"))
	case "step-over":
		v.Note = r.locale(w).T(message("signin.step-over"))
	case "ended":
		v.Note = r.locale(w).T(message("signin.again-note-short"))
	}
	return w.render(r, fiber.StatusOK, "sign-in/new", v)
}

// signInCreate signs in by e-mail and password, and goes where the person was going.
func (w *Web) signInCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	next := localOr(f.get("next"), "/")
	if r.cur != nil {
		return r.goTo(next)
	}
	if strings.TrimSpace(f.get("email")) == "" || f.get("password") == "" {
		return w.signInUnfinished(r, f)
	}
	opened, err := w.Signin.SignIn(r.ctx, f.get("email"), f.get("password"), r.from)
	if err != nil {
		return w.signInRefused(r, f, err)
	}
	return w.enter(r, opened, keptFrom(f), next)
}

// signInUnfinished says what was left out, beneath its field (C-6). It asks nobody who the person is: an empty field is
// no try, and says nothing about any account.
func (w *Web) signInUnfinished(r *request, f form) error {
	v, err := w.signInPage(r, localOr(f.get("next"), ""))
	if err != nil {
		return err
	}
	v.Email, v.Kept = clipped(f.get("email"), 254), keptFrom(f)
	l := r.locale(w)
	if strings.TrimSpace(v.Email) == "" {
		v.Email, v.Errors.Email = "", views.FieldError{ID: "email", Text: l.T(message("signin.email-missing"))}
	}
	if f.get("password") == "" {
		v.Errors.Password = views.FieldError{ID: "password", Text: l.T(message("signin.password-missing"))}
	}
	return w.render(r, fiber.StatusUnprocessableEntity, "sign-in/new", v)
}

// signInRefused shows the door again with what was typed, but the password. An unknown address and a wrong password
// get the same words and status (ASVS 6.3.8).
func (w *Web) signInRefused(r *request, f form, err error) error {
	p, ok := w.problems(r, untilInMinutes(err, w.Now()))
	if !ok {
		return err
	}
	var refused *fault.Refused
	wrong := errors.As(err, &refused) && refused.Message.Key == "signin.wrong"
	v, err := w.signInPage(r, localOr(f.get("next"), ""))
	if err != nil {
		return err
	}
	v.Email, v.Refused, v.Kept = clipped(f.get("email"), 254), p.summary.Refused, keptFrom(f)
	if wrong {
		v.Pauses = v.pauses
	}
	return w.render(r, p.status, "sign-in/new", v)
}

// untilInMinutes says the end of a lock as minutes from now: nobody knows yet in whose zone a clock would read.
func untilInMinutes(err error, now time.Time) error {
	var refused *fault.Refused
	if !errors.As(err, &refused) || refused.Message.Key != "signin.locked" {
		return err
	}
	until, _ := refused.Message.Args["Until"].(time.Time)
	minutes := max(1, int((until.Sub(now)+time.Minute-1)/time.Minute))
	return fault.Refuse("signin.locked", "Until", message("signin.minutes", "Count", minutes))
}

// signInDelete signs out. The browser's cookie goes in any case.
func (w *Web) signInDelete(r *request) error {
	w.setSession(r, "", time.Time{})
	if err := w.Signin.SignOut(r.ctx, r.cur, r.from); err != nil {
		return err
	}
	return r.goTo("/sign-in?notice=signed-out")
}

// languageUpdate keeps the language picked at the door in a cookie, until the person's own preference takes over.
func (w *Web) languageUpdate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	if lang := f.get("language"); views.Speaks(lang) {
		w.keepLanguage(r, lang)
	}
	return r.goTo(signInPath(localOr(f.get("next"), "")))
}

func (w *Web) keepLanguage(r *request, lang string) {
	r.Cookie(&fiber.Cookie{Name: w.cookieName(cookieLanguage), Value: lang, Path: "/", MaxAge: 365 * 24 * 3600, HTTPOnly: true, Secure: w.secure, SameSite: "Lax"})
}

// signInPage is what every form of the door shows.
func (w *Web) signInPage(r *request, next string) (*signInNewView, error) {
	v := &signInNewView{Page: w.page(r, "signin.title", ""), Next: next}
	org, err := w.Staff.Organization(r.ctx)
	if err != nil {
		return nil, err
	}
	v.Org = w.know(org)
	if v.Passkey, err = w.doorPasskey(r); err != nil {
		return nil, err
	}
	if w.Signin.Texts() {
		v.Phone = phonePath(next)
	}
	v.pauses = r.locale(w).T(message("signin.pauses", "Count", org.LockTries, "For", message("signin.minutes", "Count", org.LockMinutes)))
	for _, l := range views.Languages() {
		v.Languages = append(v.Languages, languageChoice{l.Code, l.Name, l.Code == r.lang})
	}
	for _, d := range w.Demo {
		path := "/sign-in?email=" + url.QueryEscape(d.Email)
		if next != "" {
			path += "&next=" + url.QueryEscape(next)
		}
		v.Demo = append(v.Demo, demoAccount{d.Email, r.locale(w).T(message("role." + d.Role)), path})
	}
	return v, nil
}

func signInPath(next string) string { return "/sign-in" + nextQuery(next) }

// nextQuery carries a path to come back to.
func nextQuery(next string) string {
	if next == "" {
		return ""
	}
	return "?next=" + url.QueryEscape(next)
}

// localOr is a path to come back to when it is one of ours, else the other.
func localOr(path, other string) string {
	if local(path) {
		return path
	}
	return other
}

// clipped is text that came in, short enough to be shown again.
func clipped(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}
