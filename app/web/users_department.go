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
	Fixed  string // it is a manifest's, and whose
	Is     string // what it is called then
	Was    string // the department that the form was filled in from
	Stored string // what is stored now, in a conflict (B-16)
	Back   string // the page that it was opened from, or ""
	// BackURL is where giving up leads.
	BackURL string
}

// departmentCell is the cell that a form of a department stands in.
type departmentCell struct {
	URL string // of the person's department
	Who string // for those who do not see in which row the form stands
}

// usersDepartmentShow is the cell as it is read; who gave up changing it stays in it.
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
	cell := userCell{Text: c.Department, None: l.T(message("users.no-department")), Hint: l.T(message("people.change-department")), Done: done, Focus: true}
	over, err := w.oversOf(r, c)
	if err != nil {
		return err
	}
	if r.cur.Rights.Can(access.UsersEdit) && over.may(access.OverRecord) {
		cell.URL = "/users/" + c.ID + "/department"
		cell.EditURL = withBack(cell.URL+"/edit", usersPath)
	}
	return w.render(r, fiber.StatusOK, "users/rows/_cell", cell)
}

// usersDepartmentEdit is the cell as a form, or a page with that form.
func (w *Web) usersDepartmentEdit(r *request) error {
	return w.renderDepartmentForm(r, form{"back": {r.Query("back")}}, problems{status: fiber.StatusOK})
}

func (w *Web) renderDepartmentForm(r *request, f form, p problems) error {
	c, err := w.Staff.Card(r.ctx, r.actor(), r.Params("id"))
	if err != nil {
		return err
	}
	u, err := w.Staff.Get(r.ctx, c.ID)
	if err != nil {
		return err
	}
	is := ""
	if u.DepartmentID != nil {
		is = *u.DepartmentID
	}
	departments, err := w.Staff.Departments(r.ctx)
	if err != nil {
		return err
	}
	l, url := r.locale(w), "/users/"+c.ID
	e := p.entry(l, f, "department", is, func(id string) string { return departmentName(r, id) })
	v := usersDepartmentView{
		Page: w.page(r, "departments.user-title", "users"), Alone: !r.fragment(), User: w.userCardOf(r, c), Errors: p.summary,
		Cell: departmentCell{URL: url + "/department", Who: c.Name()}, Choice: inputField{e.Value, e.Error}, Was: e.Was, Stored: e.Stored, Back: r.cameFrom(f),
	}
	if v.BackURL = v.Back; v.Back == "" {
		v.BackURL = url
	}
	v.ID = "department"
	if !v.Alone {
		v.ID += "-" + c.ID
	}
	v.Choice.Error.ID = v.ID
	owner, err := w.Staff.Owner(r.ctx, "user", c.ID)
	if err != nil {
		return err
	}
	v.Fixed, v.Is = lockedBy(l, owner, "department"), departmentName(r, is)
	for _, d := range departments {
		v.All = append(v.All, choice{d.ID, d.Name, d.ID == e.Value})
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
	id, edit := r.Params("id"), f.edit("department")
	if edit == nil {
		return errMalformed
	}
	if err := w.Staff.EditDepartment(r.ctx, r.actor(), id, *edit); err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		return w.renderDepartmentForm(r, f, p)
	}
	if back := r.cameFrom(f); back != "" && !r.fragment() {
		return r.goTo(told(back, "department", id))
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
