package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/staff"
	"chancery/views"
)

// usersDepartmentView is a person's department, to be chosen: what fills a cell of the list of users (the part _form), or
// a page of its own.
type usersDepartmentView struct {
	views.Page
	Alone  bool // a page, whose form goes without script
	User   userCard
	Cell   departmentCell
	ID     string // of the control: there may be others in the list
	Errors *views.Errors
	Choice inputField
	All    []choice
}

// departmentCell is the cell that a form of a department stands in.
type departmentCell struct {
	URL string // of the person's department
	Who string // for those who do not see in which row the form stands
}

// usersDepartmentShow is the cell as it is read.
func (w *Web) usersDepartmentShow(r *request) error {
	c, err := w.Staff.Card(r.ctx, r.actor(), r.Params("id"))
	if err != nil {
		return err
	}
	return w.renderDepartmentCell(r, c, false)
}

func (w *Web) renderDepartmentCell(r *request, c *staff.Card, done bool) error {
	if !r.fragment() {
		return r.goTo("/users/" + c.ID)
	}
	l := r.locale(w)
	cell := userCell{Text: c.Department, None: l.T(message("users.no-department")), Hint: l.T(message("people.change-department")), Done: done}
	over, err := w.oversOf(r, c)
	if err != nil {
		return err
	}
	if r.cur.Rights.Can(access.UsersEdit) && over.may(access.OverRecord) {
		cell.URL = "/users/" + c.ID + "/department"
	}
	return w.render(r, fiber.StatusOK, "users/rows/_cell", cell)
}

// usersDepartmentEdit is the cell as a form, or a page with that form.
func (w *Web) usersDepartmentEdit(r *request) error {
	u, err := w.Staff.Get(r.ctx, r.Params("id"))
	if err != nil {
		return err
	}
	chosen := ""
	if u.DepartmentID != nil {
		chosen = *u.DepartmentID
	}
	return w.renderDepartmentForm(r, chosen, problems{status: fiber.StatusOK})
}

func (w *Web) renderDepartmentForm(r *request, chosen string, p problems) error {
	c, err := w.Staff.Card(r.ctx, r.actor(), r.Params("id"))
	if err != nil {
		return err
	}
	departments, err := w.Staff.Departments(r.ctx)
	if err != nil {
		return err
	}
	v := usersDepartmentView{
		Page: w.page(r, "departments.user-title", "users"), Alone: !r.fragment(), User: w.userCardOf(r, c), Errors: p.summary,
		Cell: departmentCell{URL: "/users/" + c.ID + "/department", Who: c.Name()}, Choice: inputField{chosen, p.field("department")},
	}
	v.ID = "department"
	if !v.Alone {
		v.ID += "-" + c.ID
	}
	v.Choice.Error.ID = v.ID
	for _, d := range departments {
		v.All = append(v.All, choice{d.ID, d.Name, d.ID == chosen})
	}
	if r.fragment() {
		return w.render(r, p.status, "users/department/_form", v)
	}
	return w.render(r, p.status, "users/department/edit", v)
}

// usersDepartmentUpdate puts a person into a department, or into none.
func (w *Web) usersDepartmentUpdate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	id := r.Params("id")
	if err := w.Staff.SetDepartment(r.ctx, r.actor(), id, f.get("department")); err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		return w.renderDepartmentForm(r, f.get("department"), p)
	}
	if !r.fragment() {
		return r.goTo("/users/" + id + "?notice=department")
	}
	c, err := w.Staff.Card(r.ctx, r.actor(), id)
	if err != nil {
		return err
	}
	return w.renderDepartmentCell(r, c, true)
}
