package web

import (
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/views"
)

// profilesIndexView is the list of profiles.
type profilesIndexView struct {
	views.Page
	Rows    []profileRow
	Matrix  matrixView
	MayEdit bool
}

// profileRow is one profile of the list.
type profileRow struct {
	Name, URL, Summary string
	Adds               string
	Roles              []roleHead // that it hangs on
	People, PeopleURL  string
	Declared           string // that a manifest declares it, and of which source; "" where none does
}

// profilesIndex lists the profiles (S1-27).
func (w *Web) profilesIndex(r *request) error {
	book, err := w.Signin.Book(r.ctx)
	if err != nil {
		return err
	}
	_, people, err := w.Access.People(r.ctx, book)
	if err != nil {
		return err
	}
	owners, err := w.Staff.Owners(r.ctx, "profile")
	if err != nil {
		return err
	}
	v := profilesIndexView{Page: w.page(r, "profiles.title", "profiles"), MayEdit: r.cur.Rights.Can(access.RolesEdit)}
	v.Notice = w.said(r, "profiles.", "deleted", "matrix-saved")
	for _, p := range book.Profiles() {
		row := w.profileRowOf(r, book, p, people[p.ID])
		if owner, ok := owners[p.ID]; ok {
			row.Declared = declaredMark(r.locale(w), owner.Source)
		}
		v.Rows = append(v.Rows, row)
	}
	v.Matrix = w.matrix(r, "profiles", w.profileSubjects(r, book, people), owners, false, nil, problems{})
	return w.render(r, fiber.StatusOK, "profiles/index", v)
}

func (w *Web) profileRowOf(r *request, book *access.Book, p access.Profile, people int64) profileRow {
	l := r.locale(w)
	row := profileRow{
		Name: profileName(l, p.Name), URL: "/profiles/" + p.ID, Summary: profileSummary(l, p), Adds: l.List(permissionNames(l, permissionTexts(book.Adds(p.ID)))),
		People: peopleText(l, people),
	}
	if r.cur.Rights.Can(access.UsersView) && people > 0 {
		row.PeopleURL = "/users?profile=" + p.ID
	}
	for _, role := range book.Roles() {
		if slices.Contains(book.Hung(role.ID), p.ID) {
			row.Roles = append(row.Roles, roleHead{Name: roleName(l, role.ID, role.Name), URL: "/roles/" + role.ID})
		}
	}
	return row
}

// profilesShowView is one profile: a form for those who may change it, else to be read. With no URL it is a new one.
type profilesShowView struct {
	views.Page
	Row      profileRow
	Form     profileForm
	MayEdit  bool
	Declared string // which fields are a manifest's
}

// profileForm is the form of a profile (profiles/_form).
type profileForm struct {
	CSRF       string
	Errors     *views.Errors
	Stored     []stored
	Name       inputField
	Base       bool // a name that everyone reads in their own language
	Summary    inputField
	Groups     []rightGroup
	RightsErr  views.FieldError
	Generation string
	Fixed      map[string]string // fields that are a manifest's, and whose
	Whole      bool              // all of them are, and nothing is to be saved
}

// profilesShow shows one profile.
func (w *Web) profilesShow(r *request) error {
	book, err := w.Signin.Book(r.ctx)
	if err != nil {
		return err
	}
	return w.profileShow(r, book, nil, problems{status: fiber.StatusOK})
}

// profileShow answers with a profile's page; f is what was typed, nil for what is stored.
func (w *Web) profileShow(r *request, book *access.Book, f form, p problems) error {
	id := r.Params("id")
	profile, ok := book.Profile(id)
	if !ok {
		return errNoRoute
	}
	_, people, err := w.Access.People(r.ctx, book)
	if err != nil {
		return err
	}
	v := profilesShowView{Page: w.page(r, "profiles.title", "profiles"), Row: w.profileRowOf(r, book, profile, people[id]), MayEdit: r.cur.Rights.Can(access.RolesEdit)}
	v.Title, v.Notice = v.Row.Name, w.said(r, "profiles.", "saved", "created")
	if f == nil {
		f = form{"name": {profile.Name}, "summary": {profile.Summary}, "permissions": permissionTexts(book.Adds(id)), "generation": {itoa(profile.Generation)}}
	}
	if p.status == fiber.StatusConflict { // the next save knows what it overwrites
		f["generation"] = []string{itoa(profile.Generation)}
	}
	v.Form = w.profileForm(r, book, f, p, v.MayEdit)
	if v.Declared, v.Form.Fixed, err = w.declaredOf(r, "profile", id); err != nil {
		return err
	}
	if v.MayEdit && v.Form.Fixed["permissions"] != "" {
		fixRights(v.Form.Groups)
	}
	v.Form.Whole = wholly(v.Form.Fixed, "name", "summary", "permissions")
	return w.render(r, p.status, "profiles/show", v)
}

func (w *Web) profileForm(r *request, book *access.Book, f form, p problems, editable bool) profileForm {
	return profileForm{
		CSRF: w.token(r), Errors: p.summary, Name: inputField{f.get("name"), p.field("name")}, Summary: inputField{f.get("summary"), p.field("summary")},
		RightsErr: p.field("permissions"), Generation: f.get("generation"), Stored: w.storedRoleNow(r.locale(w), book, p),
		Base:   access.ProfileKey(f.get("name")) != "",
		Groups: w.rightGroups(r, f["permissions"], nil, editable),
	}
}

// profilesNew shows the form of a new profile.
func (w *Web) profilesNew(r *request) error {
	return w.newProfile(r, form{"generation": {"0"}}, problems{status: fiber.StatusOK})
}

func (w *Web) newProfile(r *request, f form, p problems) error {
	book, err := w.Signin.Book(r.ctx)
	if err != nil {
		return err
	}
	v := profilesShowView{Page: w.page(r, "profiles.new", "profiles"), MayEdit: true, Form: w.profileForm(r, book, f, p, true)}
	return w.render(r, p.status, "profiles/new", v)
}

// profileEdit is what a form says of a profile.
func (f form) profileEdit() access.ProfileEdit {
	n, err := strconv.ParseInt(f.get("generation"), 10, 64)
	if err != nil {
		n = -1 // older than everything
	}
	return access.ProfileEdit{Name: f.get("name"), Summary: f.get("summary"), Permissions: f.permissions(), Generation: n}
}

// profilesCreate makes a profile.
func (w *Web) profilesCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	e := f.profileEdit()
	e.Generation = 0
	profile, err := w.Access.CreateProfile(r.ctx, r.actor(), e)
	if err == nil {
		return r.goTo("/profiles/" + profile.ID + "?notice=created")
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	p.inOrder("name", "summary", "permissions")
	return w.newProfile(r, f, p)
}

// profilesUpdate saves a profile, which the reader has seen the effects of (profiles_preview.go).
func (w *Web) profilesUpdate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	if err := w.Access.UpdateProfile(r.ctx, r.actor(), r.Params("id"), f.profileEdit()); err != nil {
		return w.profileRefused(r, f, err)
	}
	return r.goTo("/profiles/" + r.Params("id") + "?notice=saved")
}

func (w *Web) profileRefused(r *request, f form, err error) error {
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	p.inOrder("name", "summary", "permissions")
	book, err := w.Access.Book(r.ctx) // as it is now, not as it was at the start of the request
	if err != nil {
		return err
	}
	return w.profileShow(r, book, f, p)
}
