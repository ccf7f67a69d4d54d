package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/views"
)

// releaseView asks before a role or profile that nobody has is taken away.
type releaseView struct {
	views.Page
	Alone    bool // a page of its own, with no other heading
	Question string
	Refused  string
	URL      string
}

// rolesConfirm asks before a role is taken away.
func (w *Web) rolesConfirm(r *request) error {
	return w.roleRelease(r, problems{status: fiber.StatusOK})
}

func (w *Web) roleRelease(r *request, p problems) error {
	book, err := w.Signin.Book(r.ctx)
	if err != nil {
		return err
	}
	role, ok := book.Role(r.Params("id"))
	if !ok {
		return errNoRoute
	}
	l := r.locale(w)
	v := releaseView{Page: w.page(r, "roles.delete", "roles"), Alone: !r.fragment(), URL: "/roles/" + role.ID, Question: l.T(message("roles.delete-question", "Name", roleName(l, role.ID, role.Name)))}
	if p.summary != nil {
		v.Refused = p.summary.Refused
	}
	return w.render(r, p.status, "roles/delete", v)
}

// rolesDelete takes a role away.
func (w *Web) rolesDelete(r *request) error {
	if err := w.Access.DeleteRole(r.ctx, r.actor(), r.Params("id")); err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		return w.roleRelease(r, p)
	}
	return r.goTo("/roles?notice=deleted")
}
