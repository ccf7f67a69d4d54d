package web_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/audit"
)

// tick sends a matrix as it is shown, with some boxes ticked and some cleared ("consultant users.view").
func tick(t *testing.T, c *apptest.Client, p *apptest.Page, fragment bool, give, take []string) *apptest.Page {
	t.Helper()
	form := p.Has("#matrix-form", 1).Doc.Find("#matrix-form")
	values := url.Values{}
	for _, in := range form.Find("input").EachIter() {
		name, value := in.AttrOr("name", ""), in.AttrOr("value", "")
		_, on := in.Attr("checked")
		_, off := in.Attr("disabled")
		if name == "" || off && !slices.Contains(give, value) {
			continue
		}
		if in.AttrOr("type", "") != "checkbox" || (on || slices.Contains(give, value)) && !slices.Contains(take, value) {
			values.Add(name, value)
		}
	}
	for _, box := range slices.Concat(give, take) {
		p.Has(`#matrix-form [type=checkbox][value="`+box+`"]`, 1)
	}
	headers := map[string]string{}
	if fragment {
		headers["HX-Request"] = "true"
	}
	return c.Do("POST", form.AttrOr("action", ""), "application/x-www-form-urlencoded", values.Encode(), headers)
}

// The issue: the matrix edits roles. S1-26, B-11: what changes is told by role, with people, before it is saved.
func TestTheMatrixOfRolesIsChangedInItsPlace(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		run(t, app, `UPDATE roles SET parent_id = 'viewer' WHERE id = 'accountant'`)
		consultant, c := app.SignIn("consultant"), app.SignIn("admin")
		p := c.Visit("/roles").Has("#matrix input", 0).Follow("#compare header a").At("/roles/matrix/edit").Expect(200)
		if n := p.Header.Get("X-Statements"); n != "3" { // session, people, what is declared
			t.Errorf("the matrix costs %s statements", n)
		}
		p.Has("#matrix thead th[scope=col]", 9).Has("#matrix thead a[href='/roles/consultant']", 1).Has(`#matrix input[value^="super-admin "]`, 0)
		if boxes := p.Doc.Find("#matrix [type=checkbox]").Length(); boxes != 7*len(access.All())-len(inherited) {
			t.Errorf("%d boxes", boxes)
		}
		for _, right := range inherited { // C-20: at least what the parent grants
			p.Has(`#matrix [type=checkbox][value="accountant `+right+`"]`, 0)
		}
		give, take := []string{"consultant users.view", "viewer users.view"}, []string{"consultant cases.create", "support messages.send"}
		for _, fragment := range []bool{true, false} {
			q := tick(t, c, p, fragment, give, take).Expect(200).In("dialog h2", "What will change").In("#confirm-text", "people change")
			q.Has("dialog h3", 4).In("dialog .body", "RCIC Consultant").In("dialog .body", "Accountant").In("dialog [data-effect=gained]", "See the users").In("dialog [data-effect=lost]", "Create cases")
			if fragment == strings.Contains(q.Body, "<html") {
				t.Error("page or fragment")
			}
			p = p.Has("#matrix-form", 1)
			if !fragment {
				back := q.Submit("#back-form").Expect(200).Has(`#matrix td.changed`, 4).Has(`[value="consultant users.view"][checked]`, 1).Has(`[value="support messages.send"][checked]`, 0)
				p = tick(t, c, back, false, nil, nil).Submit("#confirm-form").At("/roles").In("[role=status]", "The roles are saved")
			}
		}
		consultant.Visit("/users").Expect(200)
		consultant.Visit("/roles/matrix/edit").Expect(403)
		for role, changes := range map[string]int{"consultant": 1, "support": 1, "viewer": 1, "accountant": 0, "manager": 0} {
			if lines, err := audit.Of(t.Context(), app.DB, "role", role, 5); err != nil || len(lines) != changes {
				t.Errorf("%s: %+v, %v", role, lines, err)
			}
		}
	})
}

var inherited = []string{"cases.view", "messages.view", "appointments.view"}

// The issue: nobody grants a right that they do not hold; what is ticked comes back with the reason.
func TestTheMatrixDoesNotGrantWhatOneDoesNotHold(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		run(t, app, `INSERT INTO role_permissions (role_id, permission) VALUES ('accountant', 'roles.view'), ('accountant', 'roles.edit')`)
		c := app.SignIn("accountant")
		p := c.Visit("/roles/matrix/edit").Has(`[value="viewer users.create"][disabled]`, 1).Has(`[value="viewer messages.view"][checked][disabled]`, 1).Has(`[value="viewer cases.view"][checked]:not([disabled])`, 1)
		p = tick(t, c, p, false, []string{"viewer users.create", "support invoices.view"}, nil).Expect(422).In("#errors", "Viewer: ").In("#errors", "rights that you do not hold").Has("#errors a[href='#c-viewer']", 1)
		p.Has(`[value="support invoices.view"][checked]`, 1).Has("#matrix td.changed", 2)
	})
}

// B-16: of two who change one role, the second is told what the first did, keeps what they ticked, and undoes nothing.
func TestAStaleMatrixKeepsWhatWasTicked(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		mine, theirs := app.SignIn("admin"), app.SignIn("super")
		page := mine.Visit("/roles/matrix/edit")
		tick(t, theirs, theirs.Visit("/roles/matrix/edit"), false, []string{"viewer cases.edit"}, []string{"viewer messages.view", "support cases.view"}).Submit("#confirm-form").At("/roles")
		for _, fragment := range []bool{true, false} {
			p := tick(t, mine, page, fragment, []string{"viewer users.view", "manager audit.view"}, nil).Expect(409)
			p.In("#stored", "Viewer").In("#stored", "given: Edit cases").In("#stored", "taken: Read messages").Has("#errors a[href='#c-viewer']", 1).Has("#stored dt", 1)
			p.Has(`[value="viewer users.view"][checked]`, 1).Has(`[value="manager audit.view"][checked]`, 1)
			p.Has(`[value="viewer cases.edit"][checked]`, 1).Has(`[value="viewer messages.view"][checked]`, 0).Has("#matrix td small", 3) // one of them in the column that I left alone
			if fragment {
				continue
			}
			tick(t, mine, p, false, nil, nil).Expect(200).Submit("#confirm-form").At("/roles")
		}
		book, err := app.Access.Book(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := book.Own("viewer"); !slices.Contains(got, access.UsersView) || !slices.Contains(got, access.CasesEdit) || slices.Contains(got, access.MessagesView) {
			t.Error(got)
		}
		if slices.Contains(book.Own("support"), access.CasesView) {
			t.Error("a column that was not touched has undone what another did")
		}
	})
}

// S1-27: the same of profiles; and a role or profile that is gone meanwhile is said.
func TestTheMatrixOfProfilesIsChangedInItsPlace(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		run(t, app, `INSERT INTO user_profiles (user_id, profile_id, created_at) VALUES (?, 'collections', ?)`, app.Person("consultant").ID, app.Clock.Now())
		c := app.SignIn("admin")
		c.Visit("/profiles/new").Submit("#profile-form", "name", "Front desk", "permissions", "appointments.edit").Expect(200)
		p := c.Visit("/profiles").Follow("#compare header a").At("/profiles/matrix/edit").Has("#matrix thead th", 3)
		p = tick(t, c, p, false, nil, []string{"collections payments.record"}).Expect(200).In("dialog .body", "Collections").In("#confirm-text", "1 person").In("[data-effect=lost]", "Record payments")
		p.Submit("#confirm-form").At("/profiles").In("[role=status]", "The profiles are saved")
		p = c.Visit("/profiles/matrix/edit")
		var front string
		for _, in := range p.Doc.Find(`[value$=" appointments.edit"][checked]`).EachIter() {
			front = in.AttrOr("value", "")
		}
		run(t, app, `DELETE FROM profile_permissions WHERE profile_id <> 'collections'`)
		run(t, app, `DELETE FROM profiles WHERE id <> 'collections'`)
		tick(t, c, p, false, []string{"collections payments.record"}, []string{front}).Expect(409).In("#stored", "is deleted").Has(`[value="collections payments.record"][checked]`, 1).Has("#matrix thead th", 2)
	})
}

// A matrix that nothing was ticked in changes nobody; one that makes no sense is refused, and none is endless.
func TestAMatrixIsReadStrictly(t *testing.T) {
	app := apptest.One(t)
	c := app.SignIn("admin")
	p := c.Visit("/roles/matrix/edit")
	tick(t, c, p, false, nil, nil).Expect(200).In("#confirm-text", "Nobody").Submit("#confirm-form").At("/roles")
	token := pageToken(p)
	for body, want := range map[string]int{
		"columns=viewer": 400, "columns=viewer+x": 400, "columns=viewer+1&grants=viewer+users.fly": 422, "columns=super-admin+1&grants=super-admin+users.view": 422,
		"columns=viewer+1" + strings.Repeat("&grants=x+y", 10_000): 400, "columns=viewer+1" + strings.Repeat("&grants=x+y", 9_000): 200,
		"columns=viewer+1+" + strings.Repeat("x", 1024*1024): 413,
	} {
		if p := c.Do("POST", "/roles/matrix/preview", "application/x-www-form-urlencoded", "_csrf="+url.QueryEscape(token)+"&"+body, nil); p.Status != want {
			t.Errorf("%.60s: %d, want %d", body, p.Status, want)
		}
	}
}
