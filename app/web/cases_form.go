package web

import (
	"slices"

	"chancery/app/cases"
	"chancery/views"
)

// caseFormView is a small form about one case, or a question with nothing to fill in: a dialog with script, a page of its
// own without (cases/_form).
type caseFormView struct {
	views.Page
	Alone    bool
	Case     caseHead
	Question string
	Text     string // what follows from it
	Errors   *views.Errors
	Action   string
	Method   string // "" or PATCH
	Stamp    int64  // the generation that was read; 0 for none
	Back     string
	Fields   []fieldView
	Button   string
	Danger   bool
}

// caseForm begins a form about the case of the address, which leads back to one of its pages.
func (w *Web) caseForm(r *request, titleKey, tab string, p problems) (*caseFormView, *cases.Shown, error) {
	head, s, err := w.caseHeadOf(r, r.Params("id"), tab)
	if err != nil {
		return nil, nil, err
	}
	v := &caseFormView{Page: w.page(r, titleKey, "cases"), Alone: !r.fragment(), Case: head, Errors: p.summary, Back: head.URL + "/" + tab}
	v.Question = v.Title
	return v, s, nil
}

// renderCaseForm answers with the form. What is sent small holds no token: with script that goes in a header.
func (w *Web) renderCaseForm(r *request, status int, name string, v *caseFormView) error {
	v.labelErrors(r.locale(w))
	if !r.fragment() {
		return w.render(r, status, name, v)
	}
	v.Page.CSRF = ""
	if err := w.render(r, status, name, v); err != nil {
		return err
	}
	r.compress()
	return nil
}

// labelErrors puts the summary's lines into the order of the fields, each beginning with its field's name (S0-26).
func (v *caseFormView) labelErrors(l views.Locale) { labelErrors(l, v.Errors, v.Fields) }

func labelErrors(l views.Locale, bad *views.Errors, fields []fieldView) {
	if bad == nil {
		return
	}
	var lines []views.FieldError
	for i := range fields {
		if f := &fields[i]; f.Error.Text != "" {
			lines = append(lines, views.FieldError{ID: f.ID, Text: l.T(message("form.labelled", "Label", f.Label, "Text", f.Error.Text))})
		}
	}
	named := func(e views.FieldError) bool {
		return slices.ContainsFunc(lines, func(n views.FieldError) bool { return n.ID == e.ID })
	}
	bad.Fields = append(lines, slices.DeleteFunc(bad.Fields, named)...)
}

// formField is a field of a small form, filled in with what was typed or with what is stored.
func (p problems) formField(l views.Locale, f form, key, label, kind string, required bool) fieldView {
	e := p.entry(l, f, key, f.get(key), func(s string) string { return s })
	return fieldView{ID: fieldID(key), Key: key, Label: l.T(message(label)), Type: kind, Autocomplete: "off", Required: required, Wide: true, Value: e.Value, Was: e.Was, Error: e.Error, Stored: e.Stored}.described()
}

// today is a form that begins with the practice's day in one of its fields.
func (w *Web) today(r *request, name string) form { return form{name: {w.practiceDay(r)}} }
