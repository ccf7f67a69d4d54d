package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/app/cases"
	"chancery/app/fault"
	"chancery/views"
)

// caseField is one of a case's fields, and how it is edited in its row (D-1).
type caseField struct {
	id, label string
	required  bool
	hint      string
	stored    func(*cases.Shown) string
	change    func(*cases.Change, string)
}

// caseFields stand in the order of the page.
var caseFields = [...]caseField{
	{"title", "cases.field-title", true, "", func(s *cases.Shown) string { return s.Title }, func(c *cases.Change, v string) { c.Title = &v }},
	{"number", "cases.field-number", true, "", func(s *cases.Shown) string { return s.Number }, func(c *cases.Change, v string) { c.Number = &v }},
	{"stage", "cases.column-stage", false, "", func(s *cases.Shown) string { return s.Stage }, func(c *cases.Change, v string) { c.Stage = &v }},
	{"department", "users.department", false, "", func(s *cases.Shown) string { return pointed(s.DepartmentID) }, func(c *cases.Change, v string) { c.DepartmentID = &v }},
	{"private", "cases.field-private", true, "cases.field-private-hint", func(s *cases.Shown) string { return boolText(s.Private) }, func(c *cases.Change, v string) { private := v == "true"; c.Private = &private }},
}

func pointed(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// casesFieldView is a field's row and, when it was saved, the line above the page that says what the case is.
type casesFieldView struct {
	Row  rowView
	Head caseHead
}

// caseRow is the field as it is shown.
func (w *Web) caseRow(r *request, f *caseField, s *cases.Shown) rowView {
	l := r.locale(w)
	v := rowView{Base: casesAt + "/" + s.ID, Name: f.id, Label: l.T(message(f.label)), Value: w.caseSaid(r, f, f.stored(s))}
	if v.Value == "" {
		v.Value, v.None = l.T(message("me.none")), true
	}
	return v
}

// caseSaid is a stored value in words.
func (w *Web) caseSaid(r *request, f *caseField, stored string) string {
	l := r.locale(w)
	switch {
	case f.id == "department":
		return departmentName(r, stored)
	case f.id == "private" && stored == "true":
		return l.T(message("cases.private-is"))
	case f.id == "private":
		return l.T(message("cases.private-not"))
	}
	return stored
}

// caseEdit is the field's row as a form.
func (w *Web) caseEdit(r *request, f *caseField, s *cases.Shown, typed form, p problems) (rowView, error) {
	l := r.locale(w)
	v := fieldView{
		Base: casesAt + "/" + s.ID, ID: f.id, Key: f.id, Label: l.T(message(f.label)), Type: "text", Autocomplete: "off", Required: f.required,
		CSRF: w.token(r), Focus: true,
	}
	e := p.entry(l, typed, f.id, f.stored(s), func(stored string) string { return w.caseSaid(r, f, stored) })
	v.Value, v.Was, v.Error, v.Stored = e.Value, e.Was, e.Error, e.Stored
	switch f.id {
	case "stage":
		stages, err := w.Cases.Stages(r.ctx)
		if err != nil {
			return rowView{}, err
		}
		v.Options = stageChoices(l, stages, v.Value)
	case "department":
		v.Options = departmentChoices(r, l, v.Value)
	case "private":
		for _, value := range []string{"false", "true"} {
			v.Options = append(v.Options, choice{value, w.caseSaid(r, f, value), value == v.Value})
		}
	}
	if f.hint != "" {
		v.Hint, v.DescribedBy = l.T(message(f.hint)), f.id+"-hint"
	}
	if v.Error.Text != "" {
		v.DescribedBy += " " + f.id + "-error"
	}
	if v.Stored != "" {
		v.DescribedBy += " " + f.id + "-stored"
	}
	if p.summary != nil {
		v.Refused = p.summary.Refused
	}
	return rowView{Base: v.Base, Name: f.id, Edit: &v}, nil
}

func stageChoices(l views.Locale, stages []cases.Stage, chosen string) []choice {
	all := []choice{{"", l.T(message("cases.no-stage")), chosen == ""}}
	for _, s := range stages {
		all = append(all, choice{s.Name, s.Name, s.Name == chosen})
	}
	return all
}

func departmentChoices(r *request, l views.Locale, chosen string) []choice {
	all := []choice{{"", l.T(message("users.no-department")), chosen == ""}}
	for _, d := range r.cur.Departments() {
		all = append(all, choice{d.ID, d.Name, d.ID == chosen})
	}
	return all
}

// casesFieldShow is a field's row; asked for as a page, the whole case.
func (w *Web) casesFieldShow(r *request) error {
	f, err := caseFieldNamed(r)
	if err != nil {
		return err
	}
	v, s, err := w.casesShowView(r)
	if err != nil {
		return err
	}
	row := w.caseRow(r, f, s)
	row.Focus = true
	return w.renderCaseRow(r, fiber.StatusOK, v, row)
}

// casesFieldEdit is a field's row as a form; asked for as a page, the case with that row open.
func (w *Web) casesFieldEdit(r *request) error {
	return w.casesFieldForm(r, nil, problems{status: fiber.StatusOK})
}

func (w *Web) casesFieldForm(r *request, typed form, p problems) error {
	f, err := caseFieldNamed(r)
	if err != nil {
		return err
	}
	v, s, err := w.casesShowView(r)
	if err != nil {
		return err
	}
	row, err := w.caseEdit(r, f, s, typed, p)
	if err != nil {
		return err
	}
	return w.renderCaseRow(r, p.status, v, row)
}

func (w *Web) casesFieldUpdate(r *request) error {
	f, err := caseFieldNamed(r)
	if err != nil {
		return err
	}
	typed, err := r.parse()
	if err != nil {
		return err
	}
	typed = typed.only(f.id)
	edit := typed.edit(f.id)
	if edit == nil {
		return errMalformed
	}
	var c cases.Change
	f.change(&c, edit.Value)
	if edit.Was != nil {
		c.Was = map[string]string{f.id: *edit.Was}
	}
	if err := w.Cases.Edit(r.ctx, r.actor(), r.Params("id"), 0, c); err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		return w.casesFieldForm(r, typed, p)
	}
	if !r.fragment() {
		return r.goTo(casesAt + "/" + r.Params("id") + "?notice=edited")
	}
	v, s, err := w.casesShowView(r)
	if err != nil {
		return err
	}
	row := w.caseRow(r, f, s)
	row.Saved, row.Focus = true, true
	return w.renderCaseRow(r, fiber.StatusOK, v, row)
}

// caseFieldNamed is the field of the request's address.
func caseFieldNamed(r *request) (*caseField, error) {
	for i := range caseFields {
		if caseFields[i].id == r.Params("field") {
			return &caseFields[i], nil
		}
	}
	return nil, fault.ErrNotFound
}

// renderCaseRow answers with one row or, where a page is asked for, with the case around it.
func (w *Web) renderCaseRow(r *request, status int, v *casesShowView, row rowView) error {
	if r.fragment() {
		return w.render(r, status, "cases/fields/_row", casesFieldView{row, v.Head})
	}
	for i := range v.Rows {
		if v.Rows[i].Name == row.Name && row.Edit != nil {
			v.Rows[i] = row
		}
	}
	return w.render(r, status, "cases/show", v)
}
