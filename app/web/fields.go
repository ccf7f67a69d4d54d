package web

import (
	"slices"

	"chancery/app/fault"
	"chancery/app/owned"
	"chancery/app/staff"
	"chancery/views"
)

// personField is one of a person's fields, and how it is edited: alone in its row, or with all others in one form; by the
// person, or by an administrator who looks after them. All of these go through the same verbs.
type personField struct {
	id           string // in addresses and of the control: first-name
	key          string // in forms: first_name
	label        string // catalogue key
	hint         string // catalogue key, or ""
	hintOther    string // the same to an administrator, where it is to be said otherwise
	mine         bool   // nobody's but the person's
	others       bool   // an administrator's only: of one's own it is elsewhere, or not one's to change
	kind         string // type of an input
	autocomplete string
	required     bool
	rows, max    int  // of a text of several lines
	wide         bool // takes a line of the form for itself
	stored       func(*staff.User) string
	shown        func(views.Locale, *staff.User) string // "" when there is nothing to show
}

// personFields stand in the order of the pages.
var personFields = [...]personField{
	{id: "first-name", key: "first_name", label: "me.first-name", kind: "text", autocomplete: "given-name", required: true,
		stored: func(u *staff.User) string { return u.FirstName }, shown: func(_ views.Locale, u *staff.User) string { return u.FirstName }},
	{id: "last-name", key: "last_name", label: "me.last-name", kind: "text", autocomplete: "family-name", required: true,
		stored: func(u *staff.User) string { return u.LastName }, shown: func(_ views.Locale, u *staff.User) string { return u.LastName }},
	{id: "display-name", key: "display_name", label: "me.display-name", hint: "me.display-name.hint", kind: "text", autocomplete: "nickname", wide: true,
		stored: func(u *staff.User) string { return u.DisplayName }, shown: func(_ views.Locale, u *staff.User) string { return u.Name() }},
	{id: "title", key: "title", label: "me.job-title", hint: "users.job-title-hint", others: true,
		stored: func(u *staff.User) string { return u.Title }, shown: func(_ views.Locale, u *staff.User) string { return u.Title }},
	{id: "department", key: "department", label: "users.department", others: true,
		stored: departmentID, shown: func(views.Locale, *staff.User) string { return "" }},
	{id: "cell", key: "cell", label: "me.cell", hint: "me.cell.hint", hintOther: "users.cell-hint", kind: "tel", autocomplete: "mobile tel",
		stored: func(u *staff.User) string { return staff.PhoneInput(u.Cell) }, shown: func(l views.Locale, u *staff.User) string { return phoneText(l, u.Cell) }},
	{id: "office", key: "office", label: "me.office", hint: "me.office.hint", kind: "tel", autocomplete: "work tel",
		stored: func(u *staff.User) string { return staff.PhoneInput(u.Office) }, shown: func(l views.Locale, u *staff.User) string { return phoneText(l, u.Office) }},
	{id: "address", key: "address", label: "me.address", hint: "me.address.hint", autocomplete: "street-address", rows: 3, max: 500, wide: true,
		stored: func(u *staff.User) string { return u.Address }, shown: func(_ views.Locale, u *staff.User) string { return u.Address }},
	{id: "bio", key: "bio", label: "me.bio", hint: "me.bio.hint", hintOther: "users.bio-hint", autocomplete: "off", rows: 5, max: 1000, wide: true,
		stored: func(u *staff.User) string { return u.Bio }, shown: func(_ views.Locale, u *staff.User) string { return u.Bio }},
	{id: "client-bio", key: "client_bio", label: "me.client-bio", hint: "me.client-bio.hint", mine: true, autocomplete: "off", rows: 5, max: 1000, wide: true,
		stored: func(u *staff.User) string { return u.ClientBio }, shown: func(_ views.Locale, u *staff.User) string { return u.ClientBio }},
	{id: "language", key: "language", label: "me.language", required: true, others: true,
		stored: func(u *staff.User) string { return u.Language }, shown: func(_ views.Locale, u *staff.User) string { return languageName(u.Language) }},
	{id: "zone", key: "zone", label: "me.zone", required: true, others: true,
		stored: func(u *staff.User) string { return u.Zone }, shown: func(_ views.Locale, u *staff.User) string { return u.Zone }},
}

// whoseFields says whose fields a page shows.
type whoseFields struct {
	user *staff.User
	base string // address of the page
	own  bool
	// owner is the manifest that owns some of the fields; nobody changes those here.
	owner owned.Owner
}

// locked says, in words, that a field is a manifest's; "" that it is not.
func (o whoseFields) locked(l views.Locale, f *personField) string {
	if o.own {
		return lockedOwn(l, o.owner, f.key)
	}
	return lockedBy(l, o.owner, f.key)
}

// lockedBy says that a field is a manifest's, and of which source; "" that it is not.
func lockedBy(l views.Locale, owner owned.Owner, field string) string {
	if !owner.Has(field) {
		return ""
	}
	return l.T(message("declared.locked", "Source", owner.Source))
}

// lockedOwn says the same to whoever's field it is, who need not know what a manifest is.
func lockedOwn(l views.Locale, owner owned.Owner, field string) string {
	if !owner.Has(field) {
		return ""
	}
	return l.T(message("declared.locked-own", "Source", owner.Source))
}

// all are the fields that such a page shows.
func (o whoseFields) all() []*personField {
	fields := make([]*personField, 0, len(personFields))
	for i := range personFields {
		if f := &personFields[i]; o.own && !f.others || !o.own && !f.mine {
			fields = append(fields, f)
		}
	}
	return fields
}

// named is the field of the request's address.
func (o whoseFields) named(r *request) (*personField, error) {
	all := o.all()
	i := slices.IndexFunc(all, func(f *personField) bool { return f.id == r.Params("field") })
	if i < 0 {
		return nil, fault.ErrNotFound
	}
	return all[i], nil
}

// keys are the names in a form that this field's row may change.
func (f *personField) keys() []string {
	if f.key == "cell" {
		return []string{"cell", "cell_hidden"}
	}
	return []string{f.key}
}

// departmentID is the department that a person is in, or "".
func departmentID(u *staff.User) string {
	if u.DepartmentID == nil {
		return ""
	}
	return *u.DepartmentID
}

// departmentName is what a department is called.
func departmentName(r *request, id string) string {
	for _, d := range r.cur.Departments() {
		if d.ID == id {
			return d.Name
		}
	}
	return ""
}
