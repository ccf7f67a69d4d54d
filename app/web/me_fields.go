package web

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/views"
)

// profileField is one of the fields that people change of their own, and how it is edited: alone in its row, or with
// all others in one form. Both go through the same verb.
type profileField struct {
	id           string // in addresses and of the control: first-name
	key          string // in forms: first_name
	label        string // catalogue key
	hint         string // catalogue key, or ""
	kind         string // type of an input
	autocomplete string
	required     bool
	rows, max    int  // of a text of several lines
	wide         bool // takes a line of the form for itself
	stored       func(*staff.User) string
	shown        func(views.Locale, *staff.User) string // "" when there is nothing to show
}

// profileFields stand in the order of the page.
var profileFields = [...]profileField{
	{id: "first-name", key: "first_name", label: "me.first-name", kind: "text", autocomplete: "given-name", required: true,
		stored: func(u *staff.User) string { return u.FirstName }, shown: func(_ views.Locale, u *staff.User) string { return u.FirstName }},
	{id: "last-name", key: "last_name", label: "me.last-name", kind: "text", autocomplete: "family-name", required: true,
		stored: func(u *staff.User) string { return u.LastName }, shown: func(_ views.Locale, u *staff.User) string { return u.LastName }},
	{id: "display-name", key: "display_name", label: "me.display-name", hint: "me.display-name.hint", kind: "text", autocomplete: "nickname", wide: true,
		stored: func(u *staff.User) string { return u.DisplayName }, shown: func(_ views.Locale, u *staff.User) string { return u.Name() }},
	{id: "cell", key: "cell", label: "me.cell", hint: "me.cell.hint", kind: "tel", autocomplete: "mobile tel",
		stored: func(u *staff.User) string { return staff.PhoneInput(u.Cell) }, shown: func(l views.Locale, u *staff.User) string { return phoneText(l, u.Cell) }},
	{id: "office", key: "office", label: "me.office", hint: "me.office.hint", kind: "tel", autocomplete: "work tel",
		stored: func(u *staff.User) string { return staff.PhoneInput(u.Office) }, shown: func(l views.Locale, u *staff.User) string { return phoneText(l, u.Office) }},
	{id: "address", key: "address", label: "me.address", hint: "me.address.hint", autocomplete: "street-address", rows: 3, max: 500, wide: true,
		stored: func(u *staff.User) string { return u.Address }, shown: func(_ views.Locale, u *staff.User) string { return u.Address }},
	{id: "bio", key: "bio", label: "me.bio", hint: "me.bio.hint", autocomplete: "off", rows: 5, max: 1000, wide: true,
		stored: func(u *staff.User) string { return u.Bio }, shown: func(_ views.Locale, u *staff.User) string { return u.Bio }},
}

// rowView is one field in its row.
type rowView struct {
	Name, Label, Value, Note string
	None                     bool // Value only says that there is none
	Saved                    bool
	Focus                    bool // the link to edit it takes the focus, so that the keyboard stays in the row
	Edit                     *fieldView
	Shell                    *shellView
}

// fieldView is one field's control.
type fieldView struct {
	ID, Key, Label, Hint string
	Type, Autocomplete   string
	Required             bool
	Rows, Max            int
	Wide                 bool
	Value, Was           string
	Error                views.FieldError
	Refused              string // what belongs to no field
	Stored               string // what is stored now, in a conflict (B-16)
	DescribedBy          string
	Focus                bool
	Hide                 *hideView
	CSRF                 string
}

// hideView is the box beneath the cell number.
type hideView struct {
	Checked bool
	Was     string
	Error   views.FieldError
	Stored  string
}

// meFieldShow is a field's row; asked for as a page, the whole profile.
func (w *Web) meFieldShow(r *request) error {
	field, err := fieldOf(r)
	if err != nil {
		return err
	}
	row := field.row(r.locale(w), &r.cur.User)
	row.Focus = true
	return w.renderRow(r, fiber.StatusOK, row)
}

// meFieldEdit is a field's row as a form; asked for as a page, the whole profile with that row open.
func (w *Web) meFieldEdit(r *request) error {
	field, err := fieldOf(r)
	if err != nil {
		return err
	}
	return w.renderRow(r, fiber.StatusOK, w.openRow(r, field, nil, problems{}))
}

func (w *Web) meFieldUpdate(r *request) error {
	field, err := fieldOf(r)
	if err != nil {
		return err
	}
	f, err := r.parse()
	if err != nil {
		return err
	}
	saved, err := w.Signin.Save(r.ctx, r.cur, f.only(field.keys()...).profile(), noPassword, r.from)
	if err != nil {
		p, ok := w.meProblems(r, err)
		if !ok {
			return err
		}
		return w.renderRow(r, p.status, w.openRow(r, field, f, p))
	}
	w.hold(r, saved, "profile", "/me")
	if !r.fragment() {
		return r.goTo("/me?saved=profile")
	}
	row := field.row(r.locale(w), &r.cur.User)
	row.Saved, row.Focus, row.Shell = true, true, w.persona(r)
	return w.render(r, fiber.StatusOK, "me/fields/_row", row)
}

// renderRow answers with one row or, where a page is asked for, with the profile around it.
func (w *Web) renderRow(r *request, status int, row rowView) error {
	if r.fragment() {
		return w.render(r, status, "me/fields/_row", row)
	}
	v := w.meShowView(r, nil)
	for i := range v.Rows {
		if v.Rows[i].Name == row.Name && row.Edit != nil {
			v.Rows[i] = row
		}
	}
	return w.render(r, status, "me/show", v)
}

func fieldOf(r *request) (*profileField, error) {
	i := slices.IndexFunc(profileFields[:], func(f profileField) bool { return f.id == r.Params("field") })
	if i < 0 {
		return nil, fault.ErrNotFound
	}
	return &profileFields[i], nil
}

// keys are the names in a form that this field's row may change.
func (f *profileField) keys() []string {
	if f.key == "cell" {
		return []string{"cell", "cell_hidden"}
	}
	return []string{f.key}
}

// row is the field as it is shown.
func (f *profileField) row(l views.Locale, u *staff.User) rowView {
	v := rowView{Name: f.id, Label: l.T(message(f.label)), Value: f.shown(l, u)}
	if v.Value == "" {
		v.Value, v.None = l.T(message("me.none")), true
		return v
	}
	switch {
	case f.key == "display_name" && u.DisplayName == "":
		v.Note = l.T(message("me.display-name.made"))
	case f.key == "cell" && u.CellHidden:
		v.Note = l.T(message("me.cell.hidden"))
	case f.key == "cell":
		v.Note = l.T(message("me.cell.seen"))
	}
	return v
}

func (w *Web) openRow(r *request, field *profileField, f form, p problems) rowView {
	edit := field.edit(r.locale(w), &r.cur.User, f, p)
	edit.CSRF, edit.Focus = w.token(r), true
	if p.summary != nil {
		edit.Refused = p.summary.Refused
	}
	return rowView{Name: field.id, Edit: &edit}
}

// edit is the field's control: as it was typed, with what is wrong with it, or as it is stored when f is nil.
func (f *profileField) edit(l views.Locale, u *staff.User, typed form, p problems) fieldView {
	v := fieldView{
		ID: f.id, Key: f.key, Label: l.T(message(f.label)), Type: f.kind, Autocomplete: f.autocomplete, Required: f.required,
		Rows: f.rows, Max: f.max, Wide: f.wide,
	}
	e := p.entry(l, typed, f.key, f.stored(u), func(s string) string { return s })
	v.Value, v.Was, v.Error, v.Stored = e.Value, e.Was, e.Error, e.Stored
	var by []string
	if f.hint != "" {
		v.Hint = l.T(message(f.hint))
		by = append(by, f.id+"-hint")
	}
	if v.Error.Text != "" {
		by = append(by, f.id+"-error")
	}
	if v.Stored != "" {
		by = append(by, f.id+"-stored")
	}
	v.DescribedBy = strings.Join(by, " ")
	if f.key == "cell" {
		h := p.entry(l, typed, "cell_hidden", boolText(u.CellHidden), func(s string) string {
			if s == "true" {
				return l.T(message("me.cell.hidden"))
			}
			return l.T(message("me.cell.seen"))
		})
		v.Hide = &hideView{Checked: h.Value == "true", Was: h.Was, Error: h.Error, Stored: h.Stored}
	}
	return v
}

func boolText(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// phoneText is a stored number as people read it.
func phoneText(l views.Locale, stored string) string {
	number, extension := staff.PhoneParts(stored)
	if extension == "" {
		return number
	}
	return l.T(message("me.office.extension", "Number", number, "Extension", extension))
}
