package web

import (
	"errors"
	"html/template"
	"slices"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/views"
)

// usersNewView is the form of a new colleague, empty or as it was refused.
type usersNewView struct {
	views.Page
	Errors      *views.Errors
	FirstName   inputField
	LastName    inputField
	Email       inputField
	Titles      titlesSelect
	MayAddTitle bool
	Role        inputField
	Department  inputField
	Language    inputField
	Zone        inputField
	Profiles    inputField
	First       inputField
	Password    inputField
	SingleNames bool
	Roles       []roleChoice
	Departments []choice
	Languages   []choice
	ZoneLabel   string
	ZoneOptions template.HTML
	ProfileList []profileChoice
	Ways        []firstChoice
	SwitchedOff bool // not all ways are the practice's
	MayType     bool
	Rules       passwordRules
	Confirmed   bool      // the warning was read and is meant
	Proof       proofView // a Super Admin is made against a fresh proof only
	Supers      string    // warning for who is about to make one Super Admin too many; "" where it has no place
}

// inputField is a field's value and what is wrong with it.
type inputField struct {
	Value string
	Error views.FieldError
}

type choice struct {
	Value, Text string
	Chosen      bool
}

type roleChoice struct {
	ID, Name, Summary string
	Super             bool
	Chosen            bool
}

type profileChoice struct {
	ID, Name, Summary string
	Chosen            bool
}

type firstChoice struct {
	Value, Text, Hint string
	Typed             bool // opens the password field
	Chosen            bool
}

// supersMeant is how many Super Admins a practice should have at most (S1-30).
const supersMeant = 2

// usersNew shows the empty form, with the practice's own language and zone.
func (w *Web) usersNew(r *request) error {
	org, err := w.Staff.Organization(r.ctx)
	if err != nil {
		return err
	}
	f := form{"language": {org.Language}, "zone": {org.Zone}, "first": {string(signin.FirstLink)}}
	v, err := w.usersForm(r, f, problems{})
	if err != nil {
		return err
	}
	return w.render(r, fiber.StatusOK, "users/new", v)
}

// usersCreate invites a colleague (S1-2…S1-10) and shows their page.
func (w *Web) usersCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	token, err := w.Signin.ConfirmRole(r.ctx, r.cur, "", f.get("role"), f.proof(), r.from)
	w.proven(r, token)
	if err != nil {
		return w.usersRefused(r, f, err)
	}
	u, err := w.Signin.Invite(r.ctx, r.actor(), staff.NewUser{
		FirstName: f.get("first_name"), LastName: f.get("last_name"), Email: f.get("email"), Title: f.get("title"),
		RoleID: f.get("role"), DepartmentID: f.get("department"), ProfileIDs: f["profiles"],
		Language: f.get("language"), Zone: f.get("zone"), Confirmed: f.get("confirmed") == "yes",
	}, signin.FirstPassword{Way: signin.First(f.get("first")), Typed: f.get("first_password")})
	if err == nil {
		return r.goTo("/users/" + u.ID + "?notice=created")
	}
	var bad *fault.Invalid
	if errors.As(err, &bad) {
		bad.Rename("password", "first_password")
	}
	return w.usersRefused(r, f, err)
}

func (w *Web) usersRefused(r *request, f form, err error) error {
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	p.labelled(r.locale(w), append([]fieldLabel{
		{"first_name", "users.first-name"}, {"last_name", "users.last-name"}, {"email", "users.email"}, {"role", "users.role"},
		{"department", "users.department"}, {"title", "users.job-title"}, {"language", "users.language"}, {"zone", "users.zone"},
		{"first", "users.first-password"}, {"first_password", "users.password"}, {"profiles", "users.profiles"},
	}, proofLabels...))
	v, err := w.usersForm(r, f, p)
	if err != nil {
		return err
	}
	if err := w.render(r, p.status, "users/new", v); err != nil {
		return err
	}
	r.compress() // it was sent, with its token
	return nil
}

// usersForm fills the form in from f. The password is never shown again.
func (w *Web) usersForm(r *request, f form, p problems) (*usersNewView, error) {
	l := r.locale(w)
	in := func(name string) inputField { return inputField{f.get(name), p.field(name)} }
	v := &usersNewView{
		Page: w.page(r, "users.new-title", "users"), Errors: p.summary,
		FirstName: in("first_name"), LastName: in("last_name"), Email: in("email"), Role: in("role"),
		Department: in("department"), Language: in("language"), Zone: in("zone"), Profiles: in("profiles"), First: in("first"),
		Password: inputField{Error: p.field("first_password")}, SingleNames: r.cur.Org.SingleNames,
		ZoneLabel: w.zoneLabel(r, f.get("zone")), ZoneOptions: w.zoneOptions(r),
		Ways:  firstChoices(l, f.get("first"), &r.cur.Org),
		Rules: newPasswordRules(l, r.cur.Org.PasswordPolicy, "password-rules", ""),
	}
	v.Rules.Whose = whose{Other: true, Form: true}
	v.MayType, v.SwitchedOff = r.cur.Org.AllowTypedPassword, !r.cur.Org.AllowMailedPassword || !r.cur.Org.AllowTypedPassword
	if p.summary != nil {
		v.Rules.judge(w, f.get("first_password"), "", &r.cur.Org, &staff.User{FirstName: f.get("first_name"), LastName: f.get("last_name"), Email: staff.Address(f.get("email"))})
	}
	for _, lang := range views.Languages() {
		v.Languages = append(v.Languages, choice{lang.Code, lang.Name, lang.Code == f.get("language")})
	}
	if err := w.usersPlaces(r, f, v); err != nil {
		return nil, err
	}
	var err error
	if r.cur.Rights.Super() {
		if v.Proof, err = w.proofView(r, p, "users.proof-hint", false); err != nil {
			return nil, err
		}
	}
	if v.Titles, err = w.titlesSelect(r, f.get("title")); err != nil {
		return nil, err
	}
	v.Titles.Error, v.MayAddTitle = p.field("title"), r.cur.Rights.Can(access.TitlesEdit)
	return v, nil
}

// usersPlaces adds the roles, departments and profiles that this administrator may give.
func (w *Web) usersPlaces(r *request, f form, v *usersNewView) error {
	l := r.locale(w)
	book, err := w.Signin.Book(r.ctx)
	if err != nil {
		return err
	}
	for _, role := range book.Roles() {
		if r.cur.Rights.Covers(book.Rights(role.ID, nil)) { // S1-32, and nobody gives what they do not hold
			v.Roles = append(v.Roles, roleChoice{role.ID, roleName(l, role.ID, role.Name), roleSummary(l, role), role.Super, role.ID == f.get("role")})
		}
	}
	if r.cur.Rights.Super() {
		n, err := w.Staff.CountSupers(r.ctx)
		if err != nil {
			return err
		}
		if n >= supersMeant {
			v.Supers = l.T(message("users.supers-warning", "Count", n))
			v.Confirmed = f.get("confirmed") == "yes"
		}
	}
	departments, err := w.Staff.Departments(r.ctx)
	if err != nil {
		return err
	}
	for _, d := range departments {
		v.Departments = append(v.Departments, choice{d.ID, d.Name, d.ID == f.get("department")})
	}
	for _, p := range book.Profiles() {
		if r.cur.Rights.Covers(book.Rights("", []string{p.ID})) {
			v.ProfileList = append(v.ProfileList, profileChoice{p.ID, profileName(l, p.Name), profileSummary(l, p), slices.Contains(f["profiles"], p.ID)})
		}
	}
	return nil
}

// firstChoices are the ways to a first password that the practice allows (C-14).
func firstChoices(l views.Locale, chosen string, org *staff.Organization) []firstChoice {
	var all []firstChoice
	for _, c := range []struct {
		way  signin.First
		text string
		why  fault.Message
		is   bool
	}{
		{signin.FirstLink, "users.first-link", message("users.first-link-hint", "Count", org.InvitationDays), true},
		{signin.FirstRandom, "users.first-random", message("users.first-random-hint"), org.AllowMailedPassword},
		{signin.FirstTyped, "users.first-typed", message("users.first-typed-hint"), org.AllowTypedPassword},
	} {
		if !c.is {
			continue
		}
		all = append(all, firstChoice{string(c.way), l.T(message(c.text)), l.T(c.why), c.way == signin.FirstTyped, string(c.way) == chosen})
	}
	return all
}

// roleSummary is what a role is for: a base role's in the reader's language, else as the practice wrote it.
func roleSummary(l views.Locale, role access.Role) string {
	if key := access.SummaryKey(role.ID, role.Summary); key != "" {
		return l.T(message(key))
	}
	return role.Summary
}

// profileName is a profile's name in the reader's language where it is the one every practice starts with, else as the
// practice wrote it.
func profileName(l views.Locale, name string) string {
	if key := access.ProfileKey(name); key != "" {
		return l.T(message(key))
	}
	return name
}

func profileSummary(l views.Locale, p access.Profile) string {
	if key := access.ProfileSummaryKey(p.Summary); key != "" {
		return l.T(message(key))
	}
	return p.Summary
}
