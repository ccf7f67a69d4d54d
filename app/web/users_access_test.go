package web_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/apptest"
)

// B-11: each right with where it comes from; what is shown is what is enforced.
func TestRightsAreShownWithTheirSources(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		run(t, app, `UPDATE roles SET parent_id = 'viewer' WHERE id = 'consultant'`)
		run(t, app, `INSERT INTO role_profiles (role_id, profile_id) VALUES ('viewer', 'collections')`)
		run(t, app, `DELETE FROM role_permissions WHERE role_id = 'consultant' AND permission = 'cases.view'`)
		id := app.Person("consultant").ID
		p := app.SignIn("admin").Visit("/users/" + id).Follow(".tabnav a[href$='/access']").Expect(200)
		p.In("#effective", "Create cases role RCIC Consultant").In("#effective", "See the cases one is added to role Viewer, by inheritance").
			In("#effective", "Record payments profile Collections of the role Viewer")
		rights, err := app.Access.Of(t.Context(), id)
		if err != nil || p.Doc.Find("#effective li").Length() != len(rights.List()) || len(rights.List()) != 11 {
			t.Errorf("%d are shown, %v are held, %v", p.Doc.Find("#effective li").Length(), rights.List(), err)
		}
		if n := p.Header.Get("X-Statements"); n != "9" { // session, five of the head, role, profiles, which of them a manifest owns
			t.Errorf("the page costs %s statements", n)
		}
		app.SignIn("paralegal").Visit("/users/" + id + "/access").Expect(403)
	})
}

// S1-23, S1-24, B-11, B-16: role and profiles are changed after a look at what changes; the second of two is told.
func TestRoleAndProfilesAreChangedThere(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		id := app.Person("paralegal").ID
		mireille, c := app.SignIn("paralegal"), app.SignIn("admin")
		mireille.Visit("/users").Expect(403)
		form := c.Visit("/users/" + id + "/access")
		p := form.Submit("#access-form", "role", "manager", "profiles", "collections").Expect(200)
		p.In("#confirm", "The rights of Mireille Tremblay-Côté change").In("#gained", "See every case").In("#gained", "Record payments").Has("#lost", 0)
		p.Submit("#confirm-form").Expect(200).At("/users/"+id+"/access").In("[role=status]", "saved").Has("#role option[value=manager][selected]", 1)
		mireille.Visit("/users").Expect(200) // the next request
		p = form.Submit("#access-form", "role", "viewer").Expect(409).In("#stored", "Manager").Has("#role option[value=viewer][selected]", 1)
		p.Submit("#access-form").Expect(200).In("#lost", "See every case").Submit("#confirm-form").Expect(200).In("[role=status]", "saved")
		mireille.Visit("/users").Expect(403)
		if r, err := app.Staff.RightsOf(t.Context(), access.System("test"), id); err != nil || r.RoleID != access.RoleViewer || !slices.Equal(r.ProfileIDs, []string{"collections"}) {
			t.Error(r, err) // the first form had no profile, and took none
		}
		p = form.SubmitFragment("#access-form", "role", "support").Expect(409)
		if strings.Contains(p.Body, "<html") {
			t.Error("the fragment is a page")
		}
	})
}

// S1-30, S1-32
func TestAThirdSuperAdminIsAskedFor(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		admin, c := app.SignIn("admin"), app.SignIn("super")
		admin.Visit("/users/"+app.Person("consultant").ID+"/access").Has("#role option[value=super-admin]", 0)
		give := func(who string) *apptest.Page {
			return c.Visit("/users/"+app.Person(who).ID+"/access").Submit("#access-form", "role", "super-admin").Expect(200)
		}
		give("admin").Has("#confirm .alert-warning", 0).Submit("#confirm-form").Expect(200).In("[role=status]", "saved")
		p := give("consultant").In("#confirm .alert-warning", "There are 2 Super Admins already").In("#confirm .btn-primary", "Save all the same")
		p.Submit("#confirm-form").Expect(200).In("[role=status]", "saved").In(".page-head", "Okafor")
		n := c.Visit("/users/new").Has("input[name=confirmed]", 1)
		p = n.Submit("#user-form", "first_name", "Paul", "last_name", "Okeke", "email", "paul@firm.example", "role", "super-admin").Expect(422).In("#errors", "There are 3 Super Admins already")
		p.Submit("#user-form", "confirmed", "yes").Expect(200).In("h1", "Paul Okeke")
		inline := c.Visit("/users/"+app.Person("other").ID+"/role/edit").Submit("#role-form", "role", "super-admin").Expect(422).In("#role-form .alert-warning", "There are 4 Super Admins already")
		inline.Submit("#role-form").Expect(200).At("/users/"+app.Person("other").ID+"/access").In("[role=status]", "saved")
	})
}

// S1-32: the last one stays, and the page says so.
func TestTheLastSuperAdminStaysOnItsPage(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		run(t, app, `UPDATE users SET role_id = 'super-admin' WHERE id = ?`, app.Person("invited").ID) // has not come in yet, and does not count
		c := app.SignIn("super")
		run(t, app, `UPDATE users SET role_id = 'super-admin' WHERE id = ?`, app.Person("admin").ID)
		form := c.Visit("/users/" + app.Person("admin").ID + "/access")
		run(t, app, `UPDATE users SET role_id = 'administrator' WHERE id = ?`, app.Person("super").ID)
		run(t, app, `UPDATE role_permissions SET permission = permission`) // nothing
		form.Submit("#access-form", "role", "viewer").Expect(403).In("main", "Only another Super Admin can do that")
		grace := app.SignIn("admin")
		grace.Visit("/users/"+app.Person("admin").ID+"/access").Has("#access-form", 0)
		err := app.Staff.SetRole(t.Context(), access.System("command"), app.Person("admin").ID, access.RoleViewer, false)
		if err == nil || !strings.Contains(err.Error(), "staff.last-super-admin") {
			t.Error(err)
		}
	})
}

// S1-34, B-11: in the list the role is chosen in its cell, which tells at once what it would change.
func TestARoleIsChosenInACellOfTheList(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c, id := app.SignIn("admin"), app.Person("paralegal").ID
		at := "/users/" + id + "/role"
		c.Fragment("GET", at, "/users", nil).Expect(200).In("body", "Paralegal").Has("a[hx-get='"+at+"/edit']", 1)
		c.Fragment("GET", at+"/edit?role=viewer", "/users", nil).Expect(200).Has("option[value=viewer][selected]", 1).In(".hint", "Gains 0 rights, loses 3.")
		p := c.Fragment("GET", at+"/edit", "/users", nil).Expect(200).Has("option[value=paralegal][selected]", 1).Has(".hint", 0)
		p = p.SubmitFragment("#role-form", "role", "viewer").Expect(200).In("body", "Viewer").Has(".saved", 1).Has("a[data-focus]", 1)
		if strings.Contains(p.Body, "<html") || len(p.Body) > fragmentLimit {
			t.Errorf("%d bytes", len(p.Body))
		}
		c.Fragment("GET", "/users/"+app.Person("admin").ID+"/role", "/users", nil).Has("a", 0) // one's own
		c.Fragment("GET", "/users/"+app.Person("super").ID+"/role", "/users", nil).Has("a", 0)
		if p := c.Visit(at); p.Path != "/users/"+id+"/access" {
			t.Error(p.Path)
		}
		c.Visit(at+"/edit").Expect(200).Submit("#role-form", "role", "nothing").Expect(422).In("#role-error", "Choose a role")
		app.SignIn("consultant").Visit(at + "/edit").Expect(403)
	})
}

// C-11: a title that sounds like a role opens nothing.
func TestATitleOpensNothing(t *testing.T) {
	app := apptest.One(t)
	c := app.SignIn("consultant")
	for _, title := range []string{"Administrator", "Super Admin", access.RoleSuperAdmin} {
		run(t, app, `UPDATE users SET title = ? WHERE id = ?`, title, app.Person("consultant").ID)
		c.Visit("/users").Expect(403)
		c.Visit("/roles").Expect(403)
	}
}

// S2-13: one's own profile shows the role with the rights it grants, and what grants the others; it costs no query more.
func TestOnesOwnRightsAreShownWithTheirSources(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		run(t, app, `UPDATE roles SET parent_id = 'viewer' WHERE id = 'accountant'`)
		run(t, app, `INSERT INTO user_profiles (user_id, profile_id, created_at) VALUES (?, 'collections', ?)`, app.Person("paralegal").ID, app.Clock.Now())
		run(t, app, `UPDATE users SET language = 'en'`)
		c := app.SignIn("paralegal")
		p := c.Visit("/me").In("#role", "Paralegal").In("#permissions", "Record payments profile Collections").Has("#permissions li", 10).Has("#permissions li small", 4)
		if n := p.Header.Get("X-Statements"); n != "1" {
			t.Errorf("the page costs %s statements", n)
		}
		app.SignIn("accountant").Visit("/me").In("#permissions", "Read messages role Viewer, by inheritance")
		app.SignIn("super").Visit("/me").Has("#permissions li", len(access.All())).Has("#permissions li small", 0)
	})
}

// ASVS 7.5.1, S1-30: whoever makes somebody a Super Admin proves who they are, by each form that can; a fresh proof is
// enough, and nothing is asked for what is refused anyway, or for any other role.
func TestMakingASuperAdminWantsAFreshProof(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		is := func(who, role string) {
			t.Helper()
			if u, err := app.Staff.Get(t.Context(), app.Person(who).ID); err != nil || u.RoleID != role {
				t.Errorf("%s is %s, want %s (%v)", who, u.RoleID, role, err)
			}
		}
		jon, lucia := "/users/"+app.Person("consultant").ID, "/users/"+app.Person("other").ID
		app.SignIn("admin").Visit(jon+"/role/edit").Has("#password", 0)
		stale := func() *apptest.Client {
			c := app.SignIn("super")
			app.Clock.Add(time.Hour)
			return c
		}
		c := stale()
		form := c.Visit(jon+"/role/edit").Has("#password", 0)
		form.Submit("#role-form", "role", "viewer").At(jon + "/access") // nothing is asked for that
		is("consultant", "viewer")
		p := c.Visit(jon+"/role/edit").Submit("#role-form", "role", "super-admin").Expect(422).Has("#password[aria-invalid=true]", 1).Has("#errors a[href='#password']", 1)
		is("consultant", "viewer")
		p.Submit("#role-form", "password", "wrong").Expect(422).Has("#password-error", 1)
		is("consultant", "viewer")
		p.Submit("#role-form", "password", apptest.Password).At(jon + "/access")
		is("consultant", "super-admin")
		c.Visit(jon+"/role/edit?role=viewer").Submit("#role-form", "role", "viewer").At(jon + "/access")
		c.Visit(jon+"/role/edit?role=super-admin").Has("#password", 0).Submit("#role-form").At(jon + "/access") // proven a moment ago

		write(t, app, `UPDATE users SET role_id = 'viewer' WHERE id = ?`, app.Person("consultant").ID)
		c = stale()
		p = c.Visit(lucia+"/access").Submit("#access-form", "role", "super-admin").Has("#confirm-form #password", 1)
		p = p.Submit("#confirm-form", "password", "").Expect(422).Has("#confirm-form #password[aria-invalid=true]", 1)
		is("other", "consultant")
		p.Submit("#confirm-form", "password", apptest.Password).At(lucia + "/access")
		is("other", "super-admin")

		write(t, app, `UPDATE users SET role_id = 'viewer' WHERE id = ?`, app.Person("other").ID)
		c = stale()
		p = c.Visit("/users/new").Submit("#user-form", "first_name", "Ann", "last_name", "Bell", "email", "ann@firm.example", "role", "super-admin").Expect(422)
		p.Has("#password[aria-invalid=true]", 1).Submit("#user-form", "password", apptest.Password).Expect(200).In("h1", "Ann Bell")
	})
}
