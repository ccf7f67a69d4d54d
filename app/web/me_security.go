package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/views"
)

// meSecurityShowView is the password, the sessions and the history.
type meSecurityShowView struct {
	views.Page
	Shell     *shellView
	Saved     noticeView
	Rail      railView
	Errors    *views.Errors
	ChangedAt views.Time
	Password  passwordView
	Sessions  sessionsView
	SignIns   signInsView
}

func (w *Web) meSecurityShow(r *request) error {
	return w.renderSecurity(r, fiber.StatusOK, w.savedBefore(r), nil, problems{})
}

func (w *Web) renderSecurity(r *request, status int, saved *views.Notice, f form, p problems) error {
	l, page := r.locale(w), w.page(r, "me.security", "me")
	v := meSecurityShowView{
		Page: page, Shell: w.shell(r, page), Saved: noticeView{saved, r.fragment()}, Rail: w.rail(r, page, "security"),
		Errors: p.summary, ChangedAt: moment(l, r.cur.PasswordChangedAt), Password: w.passwordView(r, f, p),
	}
	var err error
	if v.Sessions, err = w.sessionsView(r); err != nil {
		return err
	}
	if v.SignIns, err = w.signInsView(r, ""); err != nil {
		return err
	}
	return w.render(r, status, "me/security/show", v)
}
