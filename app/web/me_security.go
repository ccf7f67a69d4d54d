package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/views"
)

// meSecurityShowView is the password, the sessions and the history.
type meSecurityShowView struct {
	views.Page
	Shell    *shellView
	Rail     railView
	Password passwordSectionView
	Sessions sessionsView
	SignIns  signInsView
}

// meSecurityShow is only ever asked for as a page: a form on it that is swapped brings its own section.
func (w *Web) meSecurityShow(r *request) error {
	return w.renderSecurity(r, fiber.StatusOK, w.savedBefore(r), nil, problems{})
}

func (w *Web) renderSecurity(r *request, status int, saved *views.Notice, f form, p problems) error {
	page := w.page(r, "me.security", "me")
	v := meSecurityShowView{
		Page: page, Shell: w.shell(r, page), Rail: w.rail(r, page, "security"), Password: w.passwordSection(r, saved, f, p),
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
