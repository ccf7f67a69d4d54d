package web

import (
	"errors"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/staff"
	"chancery/views"
)

// usersAccessShowView is a person's rights, where each comes from, and the form that changes what they come from.
type usersAccessShowView struct {
	views.Page
	Head          userHead
	URL           string
	Errors        *views.Errors
	Stored        []stored
	MayEdit       bool
	Why           string // it may not be edited
	RoleFixed     string // it is a manifest's, and whose; so of ProfilesFixed
	Role          inputField
	RoleName      string
	Roles         []choice
	Beyond        bool // there are roles that the reader may not give
	Profiles      []profileChoice
	ProfilesFixed string
	ProfileErr    views.FieldError
	Was           staff.Rights
	WasList       string
	Super         bool
	Count         string
	Granted       []grantedGroup
	MayRoles      bool
}

// usersAccessShow is a person's page of rights (B-11).
func (w *Web) usersAccessShow(r *request) error {
	return w.userAccess(r, nil, problems{status: fiber.StatusOK})
}

// userAccess answers with the page; f is what was typed, nil for what is stored.
func (w *Web) userAccess(r *request, f form, p problems) error {
	head, c, err := w.userHeadOf(r, r.Params("id"), "access")
	if err != nil {
		return err
	}
	has, err := w.Staff.RightsOf(r.ctx, r.actor(), c.ID)
	if err != nil {
		return err
	}
	book, err := w.Signin.Book(r.ctx)
	if err != nil {
		return err
	}
	l := r.locale(w)
	role, _ := book.Role(has.RoleID)
	sources := book.Sources(has.RoleID, has.ProfileIDs)
	v := usersAccessShowView{
		Page: w.page(r, "users.access-title", "users"), Head: head, URL: head.User.URL + "/access", Errors: p.summary,
		RoleName: roleName(l, role.ID, role.Name), Super: role.Super, Count: l.Number(len(sources)), Granted: grantedGroups(l, sources),
		MayRoles: r.cur.Rights.Can(access.RolesView), ProfileErr: p.field("profiles"), Stored: w.storedRoleNow(l, book, p),
	}
	v.Title, v.Notice = c.Name(), w.said(r, "rights.", "saved")
	switch {
	case !r.cur.Rights.Can(access.UsersEdit):
	case head.Own:
		v.Why = l.T(message("rights.own-account"))
	case !head.over.may(access.OverAccount):
		v.Why = w.detail(r, head.over.account)
	default:
		v.MayEdit = true
	}
	owner, err := w.Staff.Owner(r.ctx, "user", c.ID)
	if err != nil {
		return err
	}
	v.RoleFixed, v.ProfilesFixed = lockedBy(l, owner, "role"), lockedBy(l, owner, "profiles")
	if v.MayEdit && v.RoleFixed != "" && v.ProfilesFixed != "" {
		v.MayEdit, v.Why = false, v.RoleFixed
	}
	if f == nil {
		f = form{"role": {has.RoleID}, "profiles": has.ProfileIDs}
	}
	if p.status == fiber.StatusConflict { // what the reader left as it was filled in is no wish of theirs
		if f.get("role") == f.get("was_role") {
			f["role"] = []string{has.RoleID}
		}
		if slices.Equal(slices.Sorted(slices.Values(f["profiles"])), strings.Fields(f.get("was_profiles"))) {
			f["profiles"] = has.ProfileIDs
		}
	}
	v.Role, v.Was, v.WasList = inputField{f.get("role"), p.field("role")}, has, strings.Join(has.ProfileIDs, " ")
	v.Roles, v.Beyond = w.roleChoices(r, book, has.RoleID, f.get("role"))
	for _, profile := range book.Profiles() {
		chosen := slices.Contains(f["profiles"], profile.ID)
		held := slices.Contains(has.ProfileIDs, profile.ID)
		if (!v.MayEdit || v.ProfilesFixed != "") && !held || !chosen && !held && !r.cur.Rights.Covers(book.Rights("", []string{profile.ID})) {
			continue
		}
		v.Profiles = append(v.Profiles, profileChoice{profile.ID, profileName(l, profile.Name), w.adds(l, book, profile.ID), chosen})
	}
	return w.render(r, p.status, "users/access/show", v)
}

// roleChoices are the roles that the reader may give to someone who has one, which is among them; more tells whether
// there are others.
func (w *Web) roleChoices(r *request, book *access.Book, has, chosen string) (all []choice, more bool) {
	l := r.locale(w)
	for _, role := range book.Roles() {
		if role.ID != has && role.ID != chosen && !r.cur.Rights.Covers(book.Rights(role.ID, nil).Less(book.Rights(has, nil))) {
			more = true
			continue
		}
		all = append(all, choice{role.ID, roleName(l, role.ID, role.Name), role.ID == chosen})
	}
	return all, more
}

// rightsEdit is what the form says of a person's rights.
func (f form) rightsEdit() staff.RightsEdit {
	role, profiles := f.get("role"), f["profiles"]
	e := staff.RightsEdit{RoleID: &role, ProfileIDs: &profiles, Confirmed: f.get("confirmed") == "yes"}
	if was, ok := f["was_role"]; ok {
		e.Was = &staff.Rights{RoleID: was[0], ProfileIDs: strings.Fields(f.get("was_profiles"))}
	}
	return e
}

// usersAccessUpdate saves a person's role and profiles, which the reader has seen the effects of.
func (w *Web) usersAccessUpdate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	token, err := w.Signin.SetRights(r.ctx, r.cur, r.Params("id"), f.rightsEdit(), f.proof(), r.from)
	w.proven(r, token)
	if p, ok := w.problems(r, err); err != nil && ok && p.ofProof() {
		return w.userAccessPreview(r, f, p)
	}
	var risk *staff.NeedsConfirmation
	if errors.As(err, &risk) { // another became one between the question and the answer
		return w.userAccessPreview(r, f, problems{status: fiber.StatusOK})
	}
	if err != nil {
		return w.userAccessRefused(r, f, err)
	}
	return r.goTo("/users/" + r.Params("id") + "/access?notice=saved")
}

func (w *Web) userAccessRefused(r *request, f form, err error) error {
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	p.inOrder("role", "profiles")
	return w.userAccess(r, f, p)
}
