package web

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"chancery/app/fault"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/zone"
	"chancery/views"
)

// resetShowView is where a new password is chosen by a recovery link.
type resetShowView struct {
	views.Page
	Action  string
	Name    string
	Email   string
	Rules   passwordRules
	Errors  *views.Errors
	New     views.FieldError
	Confirm views.FieldError
	Own     bool // they have asked for the link themselves: they say whether the other devices are signed out
	Others  bool // they are
}

// linkClosedView says why a link does not work any more, and what to do.
type linkClosedView struct {
	views.Page
	Reason string
	Next   string
}

// resetShow shows a recovery link's page. It uses nothing up: mail scanners follow links (ASVS 3.5.3).
func (w *Web) resetShow(r *request) error {
	in, err := w.Signin.Recovery(r.ctx, r.Params("token"))
	if err != nil {
		return w.linkClosed(r, err, "reset.closed-next")
	}
	return w.render(r, fiber.StatusOK, "reset/show", w.resetPage(r, in, problems{}))
}

// resetCreate sets the new password and opens a session.
func (w *Web) resetCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	keep := f["end_others"] != nil && !f.password().EndOthers
	opened, err := w.Signin.AcceptRecovery(r.ctx, r.Params("token"), f.get("new"), f.get("confirm"), keep, r.from)
	if err == nil {
		return w.enter(r, opened, nil, "/me?saved=password")
	}
	in, rerr := w.Signin.Recovery(r.ctx, r.Params("token"))
	if rerr != nil {
		return w.linkClosed(r, rerr, "reset.closed-next")
	}
	w.speakTo(r, in.User)
	p, ok := w.problems(r, err) // the form's faults, or a lock that holds for every way in: the link still works
	if !ok {
		return err
	}
	p.inOrder("new", "confirm")
	v := w.resetPage(r, in, p)
	v.Others = !keep
	v.Rules.judge(w, f.get("new"), f.get("confirm"), in.Org, in.User)
	return w.render(r, p.status, "reset/show", v)
}

// linkClosed answers for a link that was used or has expired (410); one that never was is a page that is not there.
func (w *Web) linkClosed(r *request, err error, next string) error {
	var refused *fault.Refused
	if !errors.As(err, &refused) {
		return err
	}
	l := r.locale(w)
	v := linkClosedView{Page: w.page(r, "welcome.closed-title", ""), Reason: l.T(refused.Message), Next: l.T(message(next))}
	return w.render(r, fiber.StatusGone, "reset/closed", v)
}

func (w *Web) resetPage(r *request, in *signin.Invited, p problems) resetShowView {
	w.speakTo(r, in.User)
	u := in.User
	v := resetShowView{
		Page: w.page(r, "reset.title", ""), Action: r.Path(), Name: u.Name(), Email: u.Email,
		Rules:  newPasswordRules(r.locale(w), in.Org.PasswordPolicy, "new-rules", "confirm"),
		Errors: p.summary, New: p.field("new"), Confirm: p.field("confirm"), Own: in.Own(), Others: true,
	}
	v.Rules.Whose = whose{Other: true, FirstName: u.FirstName, LastName: u.LastName, DisplayName: u.DisplayName, Email: u.Email}
	if r.cur == nil {
		v.Org = w.know(in.Org)
	}
	return v
}

// speakTo makes the answer one in a person's own language and zone, whoever's browser it is. A reader who is not signed
// in keeps the language, so that what follows is in it too: that the link is used by now, or the door.
func (w *Web) speakTo(r *request, u *staff.User) {
	r.lang = u.Language
	if r.cur == nil && r.picked != u.Language {
		w.keepLanguage(r, u.Language)
	}
	r.zone = zone.Place(u.Zone)
}
