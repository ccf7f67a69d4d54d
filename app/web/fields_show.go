package web

import (
	"html/template"
	"slices"
	"strings"

	"chancery/app/staff"
	"chancery/views"
)

// rowView is one field in its row.
type rowView struct {
	Base                     string // address of the page that the row stands on
	Name, Label, Value, Note string
	None                     bool      // Value only says that there is none
	State                    *rowState // nil for nothing
	Saved                    bool
	Locked                   string // it is a manifest's, and whose; "" that it is people's
	Focus                    bool   // the link to edit it takes the focus, so that the keyboard stays in the row
	Edit                     *fieldView
	Shell                    *shellView
	Renamed                  string // the name of somebody else, when it became another
}

// rowState is what else is known of a value, and what can be done about it.
type rowState struct{ Status, Text, URL, LinkText string }

// fieldView is one field's control.
type fieldView struct {
	Base                 string
	ID, Key, Label, Hint string
	Type, Autocomplete   string
	Required             bool
	Rows, Max            int
	Wide                 bool
	Mirror               string   // selector of what shows the value as it is typed
	Options              []choice // of a select
	Zone                 *zoneView
	Value, Was           string
	Error                views.FieldError
	Refused              string // what belongs to no field
	Stored               string // what is stored now, in a conflict (B-16)
	DescribedBy          string
	Locked               string // as in rowView; Value is then in words
	Focus                bool
	Copy                 string // where the control comes filled in from the bio, or ""
	Hide                 *hideView
	CSRF                 string
	Proof                *proofView // of a number that signs in (ASVS 7.5.1)
}

// hideView is the box beneath the cell number.
type hideView struct {
	Label   string
	Checked bool
	Was     string
	Error   views.FieldError
	Stored  string
}

// zoneView is what stands in the select of a time zone.
type zoneView struct {
	Label   string // of the chosen one
	Options template.HTML
}

// fieldRow is the field as it is shown.
func (w *Web) fieldRow(r *request, f *personField, o whoseFields) rowView {
	l, u := r.locale(w), o.user
	v := rowView{Base: o.base, Name: f.id, Label: l.T(message(f.label)), Value: f.shown(l, u), Locked: o.locked(l, f)}
	switch f.key {
	case "zone":
		v.Value = w.zoneLabel(r, u.Zone)
	case "department":
		v.Value = departmentName(r, departmentID(u))
	}
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
	if f.key == "cell" {
		v.State = w.cellState(l, o)
	}
	return v
}

// cellState tells whether a number signs in (S3-13). It is said to its owner, who can change that, where texts are sent.
func (w *Web) cellState(l views.Locale, o whoseFields) *rowState {
	verified := o.user.CellVerifiedAt != nil
	switch {
	case !w.Signin.Texts():
		return nil
	case verified && o.own:
		return &rowState{Status: "ok", Text: l.T(message("cell.verified"))}
	case verified:
		return &rowState{Status: "ok", Text: l.T(message("cell.verified-other"))}
	case o.own:
		return &rowState{Status: "waiting", Text: l.T(message("cell.unverified")), URL: "/me/cell-verification/new", LinkText: l.T(message("cell.verify"))}
	}
	return &rowState{Status: "waiting", Text: l.T(message("cell.unverified-other"))}
}

// openRow is the field's row as a form.
func (w *Web) openRow(r *request, field *personField, o whoseFields, f form, p problems) (rowView, error) {
	if field.key != "cell" && o.locked(r.locale(w), field) != "" { // beneath the number stands what is theirs
		return w.fieldRow(r, field, o), nil
	}
	edit, err := w.fieldEdit(r, field, o, f, p)
	if err != nil {
		return rowView{}, err
	}
	edit.CSRF, edit.Focus = w.token(r), true
	if field.key == "client_bio" && o.user.Bio != "" {
		if edit.Copy = o.base + "/fields/client-bio/edit?copy=bio"; f == nil && r.Query("copy") == "bio" {
			edit.Value, edit.Copy = o.user.Bio, ""
		}
	}
	if field.key == "cell" && w.Signin.AsksForCell(r.cur, o.user) {
		hint := "cell.proof-hint-other"
		if o.own {
			hint = "cell.proof-hint"
		}
		proof, err := w.proofView(r, p, hint, false)
		if err != nil {
			return rowView{}, err
		}
		edit.Proof = &proof
	}
	if p.summary != nil {
		edit.Refused = p.summary.Refused
	}
	return rowView{Base: o.base, Name: field.id, Edit: &edit}, nil
}

// fieldEdits are the controls of all fields.
func (w *Web) fieldEdits(r *request, o whoseFields, typed form, p problems) (fields []fieldView, err error) {
	for _, f := range o.all() {
		v, err := w.fieldEdit(r, f, o, typed, p)
		if err != nil {
			return nil, err
		}
		fields = append(fields, v)
	}
	return fields, nil
}

// fieldEdit is the field's control: as it was typed, with what is wrong with it, or as it is stored when typed is nil.
func (w *Web) fieldEdit(r *request, f *personField, o whoseFields, typed form, p problems) (fieldView, error) {
	l, u := r.locale(w), o.user
	v := fieldView{
		Base: o.base, ID: f.id, Key: f.key, Label: l.T(message(f.label)), Type: f.kind, Autocomplete: f.autocomplete, Required: f.required,
		Rows: f.rows, Max: f.max, Wide: f.wide,
	}
	hint := f.hint
	if !o.own {
		v.Autocomplete = "off" // it is somebody else's
		if f.hintOther != "" {
			hint = f.hintOther
		}
	}
	e := p.entry(l, typed, f.key, f.stored(u), func(s string) string { return w.fieldSaid(r, f, s) })
	v.Value, v.Was, v.Error, v.Stored = e.Value, e.Was, e.Error, e.Stored
	if v.Locked = o.locked(l, f); v.Locked != "" {
		v.Value, hint = w.fieldSaid(r, f, f.stored(u)), ""
	} else if err := w.fieldChoices(r, f, u, &v); err != nil {
		return v, err
	}
	var by []string
	if hint != "" || v.Locked != "" {
		if hint != "" {
			v.Hint = l.T(message(hint))
		}
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
		v.Hide = &hideView{Label: l.T(message("me.cell.hide")), Checked: h.Value == "true", Was: h.Was, Error: h.Error, Stored: h.Stored}
		if !o.own {
			v.Hide.Label = l.T(message("users.cell-hide"))
		}
	}
	return v, nil
}

// fieldSaid is a stored value in words.
func (w *Web) fieldSaid(r *request, f *personField, stored string) string {
	switch f.key {
	case "language":
		return languageName(stored)
	case "zone":
		return w.zoneLabel(r, stored)
	case "department":
		if stored == "" {
			return r.locale(w).T(message("users.no-department"))
		}
		return departmentName(r, stored)
	}
	return stored
}

// fieldChoices adds what can be chosen where a value is not typed. A title that the list no longer has is offered to who
// has it.
func (w *Web) fieldChoices(r *request, f *personField, u *staff.User, v *fieldView) error {
	switch f.key {
	case "language":
		for _, lang := range views.Languages() {
			v.Options = append(v.Options, choice{lang.Code, lang.Name, lang.Code == v.Value})
		}
	case "zone":
		v.Zone = &zoneView{w.zoneLabel(r, v.Value), w.zoneOptions(r)}
	case "department":
		v.Options = []choice{{"", r.locale(w).T(message("users.no-department")), v.Value == ""}}
		for _, d := range r.cur.Departments() {
			v.Options = append(v.Options, choice{d.ID, d.Name, d.ID == v.Value})
		}
	case "title":
		titles, err := w.Staff.Titles(r.ctx)
		if err != nil {
			return err
		}
		names := []string{u.Title}
		for _, t := range titles {
			names = append(names, t.Name)
		}
		slices.Sort(names[1:])
		v.Options = []choice{{"", r.locale(w).T(message("users.no-title")), v.Value == ""}}
		for i, name := range names {
			if name != "" && !slices.Contains(names[i+1:], name) {
				v.Options = append(v.Options, choice{name, name, name == v.Value})
			}
		}
	}
	return nil
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
