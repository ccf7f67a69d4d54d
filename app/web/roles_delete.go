package web

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/views"
)

// releaseView asks before a role or profile that nobody has is taken away; where someone has it, it says so and what to
// do, and asks nothing.
type releaseView struct {
	views.Page
	Alone     bool // a page of its own, with no other heading
	Question  string
	Refused   string
	PeopleURL string // who has it, for those who may see
	URL       string
	used      bool
}

// stands fills in why it cannot be: err is what the verb would return, or returned.
func (v *releaseView) stands(l views.Locale, err error) error {
	var refused *fault.Refused
	if errors.As(err, &refused) {
		v.Refused, v.used = l.T(refused.Message), refused.Message.Key == "access.role-in-use"
		return nil
	}
	return err
}

// rolesConfirm asks before a role is taken away.
func (w *Web) rolesConfirm(r *request) error {
	return w.roleRelease(r, fiber.StatusOK, nil)
}

func (w *Web) roleRelease(r *request, status int, why error) error {
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
	if why == nil {
		why = w.Access.MayDeleteRole(r.ctx, r.actor(), book, role.ID)
	}
	if err := v.stands(l, why); err != nil {
		return err
	}
	if v.used && r.cur.Rights.Can(access.UsersView) {
		v.PeopleURL = "/users?role=" + role.ID
	}
	return w.render(r, status, "roles/delete", v)
}

// rolesDelete takes a role away.
func (w *Web) rolesDelete(r *request) error {
	if err := w.Access.DeleteRole(r.ctx, r.actor(), r.Params("id")); err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		return w.roleRelease(r, p.status, err)
	}
	return r.goTo("/roles?notice=deleted")
}
