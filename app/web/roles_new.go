package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/views"
)

// rolesNewView is the form of a new role.
type rolesNewView struct {
	views.Page
	Form roleForm
	From []choice // roles to begin with a copy of
}

// rolesNew shows the form of a new role, empty or as a copy of the role that ?from names.
func (w *Web) rolesNew(r *request) error {
	book, err := w.Signin.Book(r.ctx)
	if err != nil {
		return err
	}
	f := form{}
	if role, ok := book.Role(r.Query("from")); ok && !role.Super {
		f = storedRole(r.locale(w), book, role)
		f["name"], f["summary"] = nil, nil
	}
	f["generation"] = []string{"0"}
	return w.newRole(r, book, f, problems{status: fiber.StatusOK})
}

func (w *Web) newRole(r *request, book *access.Book, f form, p problems) error {
	l := r.locale(w)
	v := rolesNewView{Page: w.page(r, "roles.new", "roles"), Form: w.roleForm(r, book, "", f, p)}
	for _, role := range book.Roles() {
		if !role.Super {
			v.From = append(v.From, choice{role.ID, roleName(l, role.ID, role.Name), role.ID == r.Query("from")})
		}
	}
	return w.render(r, p.status, "roles/new", v)
}

// rolesCreate makes a role. Nobody has it yet, so that there is nothing to foretell.
func (w *Web) rolesCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	e := f.roleEdit()
	e.Generation = 0
	role, err := w.Access.CreateRole(r.ctx, r.actor(), e)
	if err == nil {
		return r.goTo("/roles/" + role.ID + "?notice=created")
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	p.inOrder("name", "summary", "parent", "permissions", "profiles")
	book, err := w.Access.Book(r.ctx)
	if err != nil {
		return err
	}
	return w.newRole(r, book, f, p)
}
