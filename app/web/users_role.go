package web

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/staff"
	"chancery/views"
)

// usersRoleView is a person's role, to be chosen: what fills a cell of the list of users (the part _form), or a page of
// its own.
type usersRoleView struct {
	views.Page
	Alone   bool // a page, whose form goes without script
	User    userCard
	Cell    roleCell
	Errors  *views.Errors
	Choice  inputField
	All     []choice
	Beyond  bool   // there are roles that the reader may not give
	Was     string // the role that the form was filled in from
	Stored  string // what is stored now, in a conflict (B-16)
	Back    string // the list that it was opened from, or ""
	BackURL string // where giving up leads
	Refused string
	Risk    string    // what has to be confirmed
	Proof   proofView // a Super Admin is made against a fresh proof only
	Fixed   string    // it is a manifest's, and whose
	Effect  string    // what the chosen role would change: "gains 3 rights, loses 2"
}

// roleCell is the cell that a form of a role stands in.
type roleCell struct {
	URL string // of the person's role
	Who string // for those who do not see in which row the form stands
}

// usersRoleShow is the cell as it is read; who gave up changing it stays in it.
func (w *Web) usersRoleShow(r *request) error {
	c, err := w.Staff.Card(r.ctx, r.actor(), r.Params("id"))
	if err != nil {
		return err
	}
	if !r.fragment() {
		return r.goTo("/users/" + c.ID + "/access")
	}
	return w.renderRoleCell(r, c, false)
}

func (w *Web) renderRoleCell(r *request, c *staff.Card, done bool) error {
	if c.Account == nil {
		return r.actor().Must(access.UsersView)
	}
	l := r.locale(w)
	cell := userCell{Text: roleName(l, c.Account.RoleID, c.Account.RoleName), Hint: l.T(message("people.change-role")), Done: done, Focus: true}
	over, err := w.oversOf(r, c)
	if err != nil {
		return err
	}
	if r.mayGiveRole(c.ID, over) {
		cell.URL = "/users/" + c.ID + "/role"
		cell.EditURL = withBack(cell.URL+"/edit", usersPath)
	}
	return w.render(r, fiber.StatusOK, "users/rows/_cell", cell)
}

// mayGiveRole tells whether the reader may give a person another role than the one they have: nobody to themselves. The verb
// asks again.
func (r *request) mayGiveRole(userID string, over overs) bool {
	return r.cur.Rights.Can(access.UsersEdit) && userID != r.cur.User.ID && over.may(access.OverAccount)
}

// usersRoleEdit is the cell as a form, or a page with that form. With ?role it tells what that role would change (B-11).
func (w *Web) usersRoleEdit(r *request) error {
	f := form{}
	for _, name := range []string{"role", "was_role", "back"} {
		if v := r.Query(name); v != "" {
			f[name] = []string{v}
		}
	}
	return w.renderRoleForm(r, f, problems{status: fiber.StatusOK}, nil)
}

func (w *Web) renderRoleForm(r *request, f form, p problems, risk *staff.NeedsConfirmation) error {
	c, err := w.Staff.Card(r.ctx, r.actor(), r.Params("id"))
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
	l, url := r.locale(w), "/users/"+c.ID
	e := p.entry(l, f, "role", has.RoleID, func(id string) string { return roleName(l, id, book.RoleName(id)) })
	chosen := e.Value
	v := usersRoleView{
		Page: w.page(r, "rights.role-title", "users"), Alone: !r.fragment(), User: w.userCardOf(r, c), Errors: p.summary,
		Cell: roleCell{URL: url + "/role", Who: c.Name()}, Choice: inputField{chosen, e.Error}, Was: e.Was, Stored: e.Stored, Back: r.cameFrom(f),
	}
	if v.BackURL = v.Back; v.Back == "" {
		v.BackURL = url + "/access"
	}
	if p.summary != nil {
		v.Refused = p.summary.Refused
	}
	owner, err := w.Staff.Owner(r.ctx, "user", c.ID)
	if err != nil {
		return err
	}
	v.Fixed = lockedBy(l, owner, "role")
	v.All, v.Beyond = w.roleChoices(r, book, has.RoleID, chosen)
	if v.Proof, err = w.roleProof(r, has.RoleID, chosen, p); err != nil {
		return err
	}
	if risk != nil {
		v.Risk, v.Refused, v.Errors = l.T(risk.Message), "", nil
	}
	if _, known := book.Role(chosen); known && chosen != has.RoleID && p.summary == nil {
		preview := book.PreviewUser(has.RoleID, has.ProfileIDs, chosen, has.ProfileIDs)
		v.Effect = effectText(l, preview)
	}
	if r.fragment() {
		return w.render(r, p.status, "users/role/_form", v)
	}
	return w.render(r, p.status, "users/role/edit", v)
}

// usersRoleUpdate gives a person another role.
func (w *Web) usersRoleUpdate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	id, role := r.Params("id"), f.get("role")
	edit := staff.RightsEdit{RoleID: &role, Confirmed: f.get("confirmed") == "yes"}
	if was, ok := f["was_role"]; ok {
		edit.Was = &staff.Rights{RoleID: was[0]}
	}
	token, err := w.Signin.SetRights(r.ctx, r.cur, id, edit, f.proof(), r.from)
	w.proven(r, token)
	if err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		var risk *staff.NeedsConfirmation
		_ = errors.As(err, &risk)
		return w.renderRoleForm(r, f, p, risk)
	}
	if back := r.cameFrom(f); back != "" && !r.fragment() {
		return r.goTo(told(back, "role", id))
	}
	if !r.fragment() {
		return r.goTo("/users/" + id + "/access?notice=saved")
	}
	c, err := w.Staff.Card(r.ctx, r.actor(), id)
	if err != nil {
		return err
	}
	return w.renderRoleCell(r, c, true)
}
