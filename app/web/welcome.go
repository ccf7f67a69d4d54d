package web

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"chancery/app/fault"
	"chancery/app/signin"
	"chancery/views"
)

// welcomeShowView is where an invited person sets their first password.
type welcomeShowView struct {
	views.Page
	Action       string
	Name         string
	Email        string
	LanguageName string
	ZoneLabel    string
	Rules        passwordRules
	Errors       *views.Errors
	New          views.FieldError
	Confirm      views.FieldError
}

// welcomeClosedView says why a link does not work any more, and what to do.
type welcomeClosedView struct {
	views.Page
	Reason string
	Used   bool
	Ended  bool   // the account that it was for
	Done   bool   // they have a password of their own by now
	Ask    string // where a new invitation is asked for; "" where there is nothing to ask for
	Asked  bool
}

// welcomeShow shows a one-time link's page. It uses nothing up: mail scanners follow links (ASVS 3.5.3).
func (w *Web) welcomeShow(r *request) error {
	invited, err := w.Signin.Welcome(r.ctx, r.Params("token"))
	if err != nil {
		return w.welcomeClosed(r, err)
	}
	return w.render(r, fiber.StatusOK, "welcome/show", w.welcomePage(r, invited))
}

// welcomeCreate sets the first password and opens the first session.
func (w *Web) welcomeCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	opened, err := w.Signin.AcceptWelcome(r.ctx, r.Params("token"), f.get("new"), f.get("confirm"), r.from)
	if err == nil {
		return w.enter(r, opened, nil, "/me")
	}
	var invalid *fault.Invalid
	if !errors.As(err, &invalid) {
		return w.welcomeClosed(r, err)
	}
	invited, werr := w.Signin.Welcome(r.ctx, r.Params("token"))
	if werr != nil {
		return w.welcomeClosed(r, werr)
	}
	v := w.welcomePage(r, invited)
	p, _ := w.problems(r, err)
	p.labelled(r.locale(w), []fieldLabel{{"new", "welcome.new"}, {"confirm", "welcome.confirm"}})
	v.Errors, v.New, v.Confirm = p.summary, p.field("new"), p.field("confirm")
	v.Rules.judge(w, f.get("new"), f.get("confirm"), invited.Org, invited.User)
	return w.render(r, p.status, "welcome/show", v)
}

// welcomeClosed answers for a link that was used or has expired (410); one that never was is a page that is not there.
func (w *Web) welcomeClosed(r *request, err error) error {
	var refused *fault.Refused
	if !errors.As(err, &refused) {
		return err
	}
	v := welcomeClosedView{Page: w.page(r, "welcome.closed-title", ""), Used: refused.Message.Key == "welcome.used", Done: refused.Message.Key == "welcome.done"}
	v.Ended = refused.Message.Key == "welcome.ended"
	in, err := w.Signin.ExpiredInvitation(r.ctx, r.Params("token"))
	switch {
	case err == nil:
		w.speakTo(r, in.User)
		v.Page, v.Ask = w.page(r, "welcome.closed-title", ""), "/welcome/"+r.Params("token")+"/requests"
		if r.cur == nil {
			v.Org = w.know(in.Org)
		}
	case !errors.Is(err, fault.ErrNotFound):
		return err
	}
	v.Reason = r.locale(w).T(refused.Message)
	return w.render(r, fiber.StatusGone, "welcome/closed", v)
}

// welcomeRequestsCreate asks those who may invite for a new invitation, at the wish of whose one has expired.
func (w *Web) welcomeRequestsCreate(r *request) error {
	in, err := w.Signin.AskInvitation(r.ctx, r.Params("token"), r.from)
	if err != nil {
		return err
	}
	w.speakTo(r, in.User)
	v := welcomeClosedView{Page: w.page(r, "welcome.asked-title", ""), Asked: true}
	if r.cur == nil {
		v.Org = w.know(in.Org)
	}
	return w.render(r, fiber.StatusOK, "welcome/closed", v)
}

// welcomePage is in the invited person's language and zone: they have not chosen any other here yet.
func (w *Web) welcomePage(r *request, invited *signin.Invited) welcomeShowView {
	u := invited.User
	w.speakTo(r, u)
	v := welcomeShowView{
		Page: w.page(r, "welcome.title", ""), Action: r.Path(), Name: u.Name(), Email: u.Email,
		LanguageName: languageName(u.Language), ZoneLabel: w.zoneLabel(r, u.Zone),
		Rules: newPasswordRules(r.locale(w), invited.Org.PasswordPolicy, "new-rules", "confirm"),
	}
	v.Rules.Whose = whose{Other: true, FirstName: u.FirstName, LastName: u.LastName, DisplayName: u.DisplayName, Email: u.Email}
	if r.cur == nil {
		v.Org = w.know(invited.Org)
	}
	return v
}

// languageName is a language's own name for itself.
func languageName(code string) string {
	for _, l := range views.Languages() {
		if l.Code == code {
			return l.Name
		}
	}
	return code
}

// field is what is wrong with one field, ready for shared/_field-error.
func (p problems) field(name string) views.FieldError {
	if p.fields[name] == "" {
		return views.FieldError{}
	}
	return views.FieldError{ID: fieldID(name), Text: p.fields[name]}
}
