package web

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/staff"
	"chancery/views"
)

var departmentsAt = namePlace{"/departments", "departments."}

// departmentsIndex lists the departments with who is in them (S2-35).
func (w *Web) departmentsIndex(r *request) error {
	rows, err := w.Staff.DepartmentRows(r.ctx, r.actor())
	if err != nil {
		return err
	}
	v := namesIndexView{Page: w.page(r, "departments.title", "departments"), Rows: make([]nameRow, len(rows))}
	v.Notice = w.said(r, "departments.", "created", "renamed", "merged", "deleted")
	for i := range rows {
		v.Rows[i] = w.departmentRow(r, &rows[i])
	}
	return w.render(r, fiber.StatusOK, "departments/index", v)
}

func (w *Web) departmentRow(r *request, d *staff.DepartmentRow) nameRow {
	l := r.locale(w)
	row := nameRow{ID: d.ID, Name: d.Name, URL: "/departments/" + d.ID, People: departmentPeople(l, d.People), Used: d.People > 0 || d.Cases > 0}
	if d.Left > 0 {
		row.Left = l.T(message("departments.left", "Count", d.Left))
	}
	if d.Source != "" {
		row.Declared, row.Kept = declaredMark(l, d.Source), l.T(message("declared.locked-whole", "Source", d.Source))
	}
	if d.Cases > 0 {
		row.Cases = l.T(message("departments.cases", "Count", d.Cases))
	}
	if d.People > 0 && r.cur.Rights.Can(access.UsersView) {
		row.PeopleURL = "/users?department=" + url.QueryEscape(d.ID)
	}
	return row
}

// departmentPeople is how many people are in a department, or have a title.
func departmentPeople(l views.Locale, n int) string {
	if n == 0 {
		return l.T(message("departments.nobody"))
	}
	return l.T(message("departments.people", "Count", n))
}

func (w *Web) departmentsNew(r *request) error {
	return w.nameForm(r, departmentsAt, "", "", 0, problems{})
}

func (w *Web) departmentsCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	_, err = w.Staff.CreateDepartment(r.ctx, r.actor(), f.get("name"))
	if err == nil {
		return r.goTo("/departments?notice=created")
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	return w.nameForm(r, departmentsAt, "", f.get("name"), 0, p)
}

func (w *Web) departmentsEdit(r *request) error {
	d, err := w.Staff.DepartmentRow(r.ctx, r.actor(), r.Params("id"))
	if err != nil {
		return err
	}
	return w.nameForm(r, departmentsAt, d.ID, d.Name, d.Generation, problems{})
}

func (w *Web) departmentsUpdate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	id, generation := r.Params("id"), formGeneration(f)
	err = w.Staff.RenameDepartment(r.ctx, r.actor(), id, f.get("name"), generation)
	if err == nil {
		return r.goTo("/departments?notice=renamed")
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	if p.status == fiber.StatusConflict { // from here on the form knows what is stored
		d, err := w.Staff.DepartmentRow(r.ctx, r.actor(), id)
		if err != nil {
			return err
		}
		generation = d.Generation
	}
	return w.nameForm(r, departmentsAt, id, f.get("name"), generation, p)
}

// departmentsDeleteView asks before a department goes, or says who is still in it.
type departmentsDeleteView struct {
	views.Page
	Alone      bool
	Department nameRow
	Question   string
	People     []personLink // some of those in it
	More       string       // how many others
	MergeURL   string       // "" where there is no other department to merge into
}

// personLink leads to a person's page.
type personLink struct {
	Name, URL string
	Avatar    views.Avatar
}

// peopleNamed is how many people a question names before it counts the rest.
const peopleNamed = 5

func (w *Web) departmentsConfirm(r *request) error {
	return w.renderDepartmentDelete(r, fiber.StatusOK)
}

func (w *Web) renderDepartmentDelete(r *request, status int) error {
	d, err := w.Staff.DepartmentRow(r.ctx, r.actor(), r.Params("id"))
	if err != nil {
		return err
	}
	l := r.locale(w)
	v := departmentsDeleteView{
		Page: w.page(r, "departments.delete-title", "departments"), Alone: !r.fragment(), Department: w.departmentRow(r, d),
		Question: l.T(message("departments.delete-question", "Name", d.Name)),
	}
	if v.Department.Used {
		people, err := w.Staff.DepartmentPeople(r.ctx, r.actor(), d.ID, peopleNamed)
		if err != nil {
			return err
		}
		for _, c := range people {
			v.People = append(v.People, personLink{c.Name(), "/users/" + c.ID, avatarFor(c.ID, c.FirstName, c.LastName, c.PictureID, 64)})
		}
		if more := d.People - len(people); more > 0 {
			v.More = l.T(message("departments.more", "Count", more))
		}
		others, err := w.Staff.Departments(r.ctx)
		if err != nil {
			return err
		}
		if len(others) > 1 {
			v.MergeURL = v.Department.URL + "/merge/new"
		}
	}
	return w.render(r, status, "departments/delete", v)
}

// departmentsDelete removes an empty department. Should someone have come in meanwhile, the question comes again and
// says who.
func (w *Web) departmentsDelete(r *request) error {
	err := w.Staff.DeleteDepartment(r.ctx, r.actor(), r.Params("id"))
	if err == nil {
		return r.goTo("/departments?notice=deleted")
	}
	if p, ok := w.problems(r, err); ok {
		return w.renderDepartmentDelete(r, p.status)
	}
	return err
}

// departmentsMergeView asks where everyone of a department goes.
type departmentsMergeView struct {
	views.Page
	Alone      bool
	Errors     *views.Errors
	Department nameRow
	Question   string
	Into       inputField
	Others     []choice
	Generation int64
}

func (w *Web) departmentsMergeNew(r *request) error {
	return w.renderDepartmentMerge(r, "", problems{status: fiber.StatusOK})
}

func (w *Web) renderDepartmentMerge(r *request, into string, p problems) error {
	d, err := w.Staff.DepartmentRow(r.ctx, r.actor(), r.Params("id"))
	if err != nil {
		return err
	}
	rows, err := w.Staff.DepartmentRows(r.ctx, r.actor())
	if err != nil {
		return err
	}
	l := r.locale(w)
	v := departmentsMergeView{
		Page: w.page(r, "departments.merge-title", "departments"), Alone: !r.fragment(), Errors: p.summary, Department: w.departmentRow(r, d),
		Question: l.T(message("departments.merge-question", "Name", d.Name)), Into: inputField{into, p.field("into")}, Generation: d.Generation,
	}
	if p.current != nil { // it was renamed meanwhile: the page now says how it is called
		v.Into.Error.Text = l.T(message("departments.merge-stale", "Name", d.Name))
		v.Errors.Fields[0].Text = v.Into.Error.Text
	}
	for i := range rows {
		if o := &rows[i]; o.ID != d.ID {
			text := o.Name + " (" + l.T(message("departments.people", "Count", o.People)) + ")"
			v.Others = append(v.Others, choice{o.ID, text, o.ID == into})
		}
	}
	return w.render(r, p.status, "departments/merge/new", v)
}

func (w *Web) departmentsMergeCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	_, err = w.Staff.MergeDepartment(r.ctx, r.actor(), r.Params("id"), f.get("into"), formGeneration(f))
	if err == nil {
		return r.goTo("/departments?notice=merged")
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	return w.renderDepartmentMerge(r, f.get("into"), p)
}
