package web

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/views"
)

// meSecurityShowView is how safe an account is, at a glance, and then the password, the sessions and the timeline (B-6).
type meSecurityShowView struct {
	views.Page
	Shell     *shellView
	Rail      railView
	Locked    views.Time // end of a lock; empty when there is none
	Facts     []securityFact
	Password  passwordSectionView
	Sessions  sessionsView
	SignIns   signInsView
	Extension bool // the reader can pair a browser extension
}

// securityFact is one thing to know about an account, with what can be done about it, and where.
type securityFact struct{ Name, Value, Note, Action, URL string }

// meSecurityShow is only ever asked for as a page: a form on it that is swapped brings its own section.
func (w *Web) meSecurityShow(r *request) error {
	return w.renderSecurity(r, fiber.StatusOK, w.savedBefore(r), nil, problems{})
}

func (w *Web) renderSecurity(r *request, status int, saved *views.Notice, f form, p problems) error {
	page := w.page(r, "me.security", "me")
	v := meSecurityShowView{
		Page: page, Shell: w.shell(r, page), Rail: w.rail(r, page, "security"), Password: w.passwordSection(r, saved, f, p),
	}
	v.Extension = r.cur.Rights.Can(access.MessagesView)
	_, _, v.Locked = w.status(r.locale(w), r.cur)
	var err error
	if v.Facts, err = w.securityFacts(r); err != nil {
		return err
	}
	if v.Sessions, err = w.sessionsView(r); err != nil {
		return err
	}
	if v.SignIns, err = w.signInsView(r, ""); err != nil {
		return err
	}
	return w.render(r, status, "me/security/show", v)
}

// securityFacts are in the order in which they matter.
func (w *Web) securityFacts(r *request) ([]securityFact, error) {
	l, u := r.locale(w), &r.cur.User
	password := securityFact{Name: l.T(message("me.security.password")), Value: l.T(message("me.security.no-password"))}
	if at := r.cur.PasswordChangedAt; at != nil {
		password.Value = l.T(message("me.security.age-today"))
		if days := int(w.Now().Sub(*at) / (24 * time.Hour)); days > 0 {
			password.Value = l.T(message("me.security.age", "Count", days))
		}
	}
	const number = "/me/fields/cell/edit"
	phone := securityFact{Name: l.T(message("me.security.phone")), Value: l.T(message("me.security.no-phone")), Action: l.T(message("me.security.add")), URL: number}
	switch {
	case u.CellVerifiedAt != nil:
		phone.Value, phone.Note, phone.Action = l.T(message("me.verified.yes")), phoneText(l, u.Cell), l.T(message("me.security.change"))
	case u.Cell != "" && w.Signin.Texts():
		phone.Value, phone.Note, phone.Action, phone.URL = l.T(message("me.verified.no")), phoneText(l, u.Cell), l.T(message("cell.verify")), "/me/cell-verification/new"
	case u.Cell != "":
		phone.Value, phone.Note, phone.Action = l.T(message("me.verified.no")), phoneText(l, u.Cell), l.T(message("me.security.change"))
	}
	email := securityFact{Name: l.T(message("me.security.email")), Value: l.T(message("me.verified.no")), Note: u.Email, Action: l.T(message("cell.verify")), URL: "/me"}
	if u.EmailVerifiedAt != nil {
		email.Value, email.Note, email.Action = l.T(message("me.verified.yes")), l.Day(*u.EmailVerifiedAt).Text, ""
	}
	f, err := w.Signin.Factors(r.ctx, r.actor(), u.ID)
	if err != nil {
		return nil, err
	}
	second := securityFact{Name: l.T(message("factor.title")), Value: l.T(message("me.security.no-factor")), Action: l.T(message("me.security.set-up")), URL: "/me/factors"}
	if n := len(f.List); n > 0 {
		second.Value, second.Note, second.Action = l.Number(n), l.T(message("factor.codes-left", "Count", f.Codes)), l.T(message("me.security.manage"))
	}
	return []securityFact{password, second, phone, email}, nil
}
