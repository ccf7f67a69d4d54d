package web

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/views"
)

// rolesIndexView is the list of roles, and all of them side by side.
type rolesIndexView struct {
	views.Page
	Rows    []roleRow
	Matrix  matrixView
	MayEdit bool
}

// roleRow is one role of the list.
type roleRow struct {
	Name, URL, Summary string
	Parent             string
	Profiles           []string
	People, PeopleURL  string
	Rights             string // how many it grants, or all
	Declared           string // that a manifest declares it, and of which source; "" where none does
}

// roleHead names a role, with those who have it.
type roleHead struct{ Name, URL, People string }

// rolesIndex lists the roles (S1-26).
func (w *Web) rolesIndex(r *request) error {
	book, err := w.Signin.Book(r.ctx)
	if err != nil {
		return err
	}
	people, _, err := w.Access.People(r.ctx, book)
	if err != nil {
		return err
	}
	owners, err := w.Staff.Owners(r.ctx, "role")
	if err != nil {
		return err
	}
	v := rolesIndexView{Page: w.page(r, "roles.title", "roles"), MayEdit: r.cur.Rights.Can(access.RolesEdit)}
	v.Notice = w.said(r, "roles.", "deleted", "matrix-saved")
	for _, role := range book.Roles() {
		row := w.roleRowOf(r, book, role, people[role.ID])
		if owner, ok := owners[role.ID]; ok {
			row.Declared = declaredMark(r.locale(w), owner.Source)
		}
		v.Rows = append(v.Rows, row)
	}
	v.Matrix = w.matrix(r, "roles", w.roleSubjects(r, book, people), owners, false, nil, problems{})
	return w.render(r, fiber.StatusOK, "roles/index", v)
}

func (w *Web) roleRowOf(r *request, book *access.Book, role access.Role, people int64) roleRow {
	l := r.locale(w)
	row := roleRow{
		Name: roleName(l, role.ID, role.Name), URL: "/roles/" + role.ID, Summary: roleSummary(l, role),
		People: peopleText(l, people), Rights: l.T(message("rights.all")),
	}
	if people > 0 && r.cur.Rights.Can(access.UsersView) {
		row.PeopleURL = "/users?role=" + role.ID
	}
	if !role.Super {
		row.Rights = l.T(message("rights.count", "Count", len(book.Rights(role.ID, nil).List())))
	}
	if role.ParentID != nil {
		row.Parent = roleName(l, *role.ParentID, book.RoleName(*role.ParentID))
	}
	for _, id := range book.Hung(role.ID) {
		row.Profiles = append(row.Profiles, profileName(l, book.ProfileName(id)))
	}
	return row
}

// rolesShowView is one role: a form for those who may change it, else to be read.
type rolesShowView struct {
	views.Page
	ID            string
	Name, Summary string
	Super         bool
	Form          roleForm
	MayEdit       bool
	MayDelete     bool
	URL           string
	People        string
	PeopleURL     string
	Heirs         []roleHead
	Sources       []grantedGroup
	Declared      string // which fields are a manifest's
}

// roleForm is the form of a role (roles/_form).
type roleForm struct {
	CSRF       string
	Errors     *views.Errors
	Stored     []stored
	Name       inputField
	Base       bool // a name that everyone reads in their own language
	Summary    inputField
	Parent     inputField
	Parents    []choice
	Profiles   []profileChoice
	ProfileErr views.FieldError
	Groups     []rightGroup
	RightsErr  views.FieldError
	Generation string
	Fixed      map[string]string // fields that are a manifest's, and whose
	Whole      bool              // all of them are, and nothing is to be saved
}

// rolesShow shows one role.
func (w *Web) rolesShow(r *request) error {
	book, err := w.Signin.Book(r.ctx)
	if err != nil {
		return err
	}
	return w.roleShow(r, book, nil, problems{status: fiber.StatusOK})
}

// roleShow answers with a role's page; f is what was typed, nil for what is stored.
func (w *Web) roleShow(r *request, book *access.Book, f form, p problems) error {
	id := r.Params("id")
	role, ok := book.Role(id)
	if !ok {
		return errNoRoute
	}
	people, _, err := w.Access.People(r.ctx, book)
	if err != nil {
		return err
	}
	l := r.locale(w)
	row := w.roleRowOf(r, book, role, people[id])
	v := rolesShowView{
		Page: w.page(r, "roles.title", "roles"), ID: id, Name: row.Name, Summary: row.Summary, Super: role.Super, URL: row.URL, People: row.People, PeopleURL: row.PeopleURL,
		MayEdit: r.cur.Rights.Can(access.RolesEdit) && !role.Super, Sources: grantedGroups(l, book.Sources(id, nil)),
	}
	v.Title, v.Notice = row.Name, w.said(r, "roles.", "saved", "created")
	for _, heir := range book.Heirs(id)[1:] {
		h, _ := book.Role(heir)
		v.Heirs = append(v.Heirs, roleHead{roleName(l, heir, h.Name), "/roles/" + heir, peopleText(l, people[heir])})
	}
	v.MayDelete = v.MayEdit && !access.Base(id)
	if f == nil {
		f = storedRole(l, book, role)
	}
	if p.status == fiber.StatusConflict { // the next save knows what it overwrites
		f["generation"] = []string{itoa(role.Generation)}
	}
	v.Form = w.roleForm(r, book, id, f, p)
	if v.Declared, v.Form.Fixed, err = w.declaredOf(r, "role", id); err != nil {
		return err
	}
	if v.Form.Fixed["permissions"] != "" {
		fixRights(v.Form.Groups)
	}
	v.Form.Whole = wholly(v.Form.Fixed, "name", "summary", "parent", "permissions") && (len(v.Form.Profiles) == 0 || v.Form.Fixed["profiles"] != "")
	return w.render(r, p.status, "roles/show", v)
}

// storedRole is a role as its form is filled in from it.
func storedRole(l views.Locale, book *access.Book, role access.Role) form {
	f := form{
		"name": {role.Name}, "summary": {role.Summary}, "parent": {""}, "permissions": permissionTexts(book.Own(role.ID)),
		"profiles": book.Hung(role.ID), "generation": {itoa(role.Generation)},
	}
	if role.ParentID != nil {
		f["parent"] = []string{*role.ParentID}
	}
	return f
}

// roleForm fills the form in from f. id is "" for a new role.
func (w *Web) roleForm(r *request, book *access.Book, id string, f form, p problems) roleForm {
	l := r.locale(w)
	in := func(name string) inputField { return inputField{f.get(name), p.field(name)} }
	v := roleForm{
		CSRF: w.token(r), Errors: p.summary, Name: in("name"), Summary: in("summary"), Parent: in("parent"), ProfileErr: p.field("profiles"),
		RightsErr: p.field("permissions"), Generation: f.get("generation"), Stored: w.storedRoleNow(l, book, p),
		Base:   access.NameKey(id, f.get("name")) != "",
		Groups: w.rightGroups(r, f["permissions"], book.Sources(f.get("parent"), f["profiles"]), true),
	}
	heirs := []string{}
	if id != "" {
		heirs = book.Heirs(id)
	}
	for _, role := range book.Roles() {
		if role.Super || slices.Contains(heirs, role.ID) {
			continue
		}
		if chosen := role.ID == f.get("parent"); chosen || r.cur.Rights.Covers(book.Rights(role.ID, nil)) {
			v.Parents = append(v.Parents, choice{role.ID, roleName(l, role.ID, role.Name), chosen})
		}
	}
	for _, profile := range book.Profiles() {
		chosen := slices.Contains(f["profiles"], profile.ID)
		if chosen || r.cur.Rights.Covers(book.Rights("", []string{profile.ID})) {
			v.Profiles = append(v.Profiles, profileChoice{profile.ID, profileName(l, profile.Name), w.adds(l, book, profile.ID), chosen})
		}
	}
	return v
}

// adds says what a profile adds: "Adds: see invoices, edit invoices."
func (w *Web) adds(l views.Locale, book *access.Book, profileID string) string {
	names := permissionNames(l, permissionTexts(book.Adds(profileID)))
	if len(names) == 0 {
		return l.T(message("rights.adds-nothing"))
	}
	return l.T(message("rights.adds", "Rights", l.List(names)))
}

// storedRoleNow is what another has saved meanwhile, in words.
func (w *Web) storedRoleNow(l views.Locale, book *access.Book, p problems) []stored {
	var all []stored
	for _, field := range []string{"name", "summary", "role", "parent", "permissions", "profiles"} {
		value, ok := p.current[field]
		if !ok {
			continue
		}
		switch field {
		case "role", "parent":
			value = roleName(l, value, book.RoleName(value))
		case "permissions":
			value = l.List(permissionNames(l, strings.Fields(value)))
		case "profiles":
			var names []string
			for _, id := range strings.Fields(value) {
				names = append(names, profileName(l, book.ProfileName(id)))
			}
			value = l.List(names)
		}
		if value == "" {
			value = l.T(message("rights.none"))
		}
		all = append(all, stored{l.T(message("rights." + field)), value})
	}
	return all
}

// roleEdit is what a form says of a role.
func (f form) roleEdit() access.RoleEdit {
	n, err := strconv.ParseInt(f.get("generation"), 10, 64)
	if err != nil {
		n = -1 // older than everything
	}
	return access.RoleEdit{Name: f.get("name"), Summary: f.get("summary"), ParentID: f.get("parent"), Permissions: f.permissions(), ProfileIDs: f["profiles"], Generation: n}
}

// rolesUpdate saves a role, which the reader has seen the effects of (roles_preview.go).
func (w *Web) rolesUpdate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	if err := w.Access.UpdateRole(r.ctx, r.actor(), r.Params("id"), f.roleEdit()); err != nil {
		return w.roleRefused(r, f, err)
	}
	return r.goTo("/roles/" + r.Params("id") + "?notice=saved")
}

// roleRefused answers with the role's form as it was typed and what is wrong with it.
func (w *Web) roleRefused(r *request, f form, err error) error {
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	p.inOrder("name", "summary", "parent", "permissions", "profiles")
	book, err := w.Access.Book(r.ctx) // as it is now, not as it was at the start of the request
	if err != nil {
		return err
	}
	return w.roleShow(r, book, f, p)
}
