package web_test

import (
	"net/url"
	"testing"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/staff"
)

func bulk(kind string, people ...*staff.User) string {
	v := url.Values{"kind": {kind}}
	for _, u := range people {
		v.Add("id", u.ID)
	}
	return "/users/bulk/new?" + v.Encode()
}

// B-17: a role for many: what would happen is shown row by row, nothing is changed until it is asked for, and then by the
// same rules.
func TestManyAreGivenARole(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c := app.SignIn("admin")
		jon, elena, peter, grace := app.Person("consultant"), app.Person("super"), app.Person("accountant"), app.Person("admin")
		c.Visit(bulk("role", jon, elena, peter, grace)).Expect(200).In("h1", "Change role").In(".page-head", "4 people are selected").Has("#bulk-confirm", 0).Has("#value option[value=super-admin]", 0)
		p := c.Visit(bulk("role", jon, elena, peter, grace)+"&value="+access.RoleAccountant).Expect(200).Has("tbody tr", 4).In(".facts", "Would be done1").In(".facts", "As it was already1").In(".facts", "Would be refused2")
		p.In("tbody tr:has(a[href='/users/"+elena.ID+"'])", "Super Admin").In("tbody tr:has(a[href='/users/"+peter.ID+"'])", "So already")
		if u, err := app.Staff.Get(t.Context(), jon.ID); err != nil || u.RoleID != jon.RoleID {
			t.Errorf("the dry run changed %s, %v", u.RoleID, err)
		}
		run := p.In("#bulk-confirm", "Change the role of 1 person").Submit("#bulk-confirm")
		finish(t, app)
		c.Visit(run.Path).In("h1", "Role of 4 people").In(".facts", "Done1").In(".facts", "As it was already1").In(".facts", "Refused2")
		if u, err := app.Staff.Get(t.Context(), jon.ID); err != nil || u.RoleID != access.RoleAccountant {
			t.Errorf("%s, %v", u.RoleID, err)
		}
		if u, err := app.Staff.Get(t.Context(), elena.ID); err != nil || u.RoleID != access.RoleSuperAdmin {
			t.Errorf("%s, %v", u.RoleID, err)
		}
	})
}

// S1-32, B-20: of all Super Admins the last one stays, and the dry run says so; all of a search are meant by its words.
func TestManyAreDeactivated(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		ctx := t.Context()
		if err := app.DB.In(ctx).Exec(`UPDATE users SET role_id = 'super-admin' WHERE id IN (?, ?)`, app.Person("consultant").ID, app.Person("other").ID).Error; err != nil {
			t.Fatal(err)
		}
		c := app.SignIn("super")
		p := c.Visit("/users/bulk/new?kind=deactivation&all=1&q=rcic").Expect(200).In(".page-head", "8 people are selected").In(".facts", "Would be done6").In(".facts", "As it was already1").In(".facts", "Would be refused1")
		hire(t, app, staff.NewUser{FirstName: "New", LastName: "Person", Email: "rcic@firm.example", RoleID: access.RoleViewer})
		p = p.Submit("#bulk-confirm").Expect(409).In("[role=alert]", "changed meanwhile").In(".page-head", "9 people")
		run := p.Submit("#bulk-confirm").Expect(200)
		p.Submit("#bulk-confirm").At(run.Path)
		finish(t, app)
		c.Visit(run.Path).In(".facts", "Done7").In(".facts", "Refused1")
		if n, err := app.Staff.CountSupers(ctx); err != nil || n != 1 {
			t.Errorf("%d Super Admins, %v", n, err)
		}
	})
}

func TestManyAreInvitedAgainSignedOutAndMoved(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c, jon := app.SignIn("admin"), app.SignIn("consultant")
		owen := app.Person("invited")
		for _, kind := range []string{"invitation", "sign-out", "department"} {
			path := bulk(kind, owen, app.Person("consultant"))
			if kind == "department" {
				path += "&value="
			}
			run := c.Visit(path).Expect(200).Has("tbody tr", 2).Submit("#bulk-confirm").Expect(200)
			finish(t, app)
			c.Visit(run.Path).In("h1 .status", "Finished")
		}
		jon.Visit("/me").At("/sign-in")
		if u, err := app.Staff.Get(t.Context(), owen.ID); err != nil || u.DepartmentID != nil {
			t.Errorf("%v, %v", u.DepartmentID, err)
		}
		var mails int
		if err := app.DB.Row(t.Context(), `SELECT count(*) FROM mails WHERE kind = 'welcome' AND user_id = $1`, owen.ID).Scan(&mails); err != nil || mails != 1 {
			t.Errorf("%d mails, %v", mails, err)
		}
	})
}

func TestNobodySelectedAndNoSuchKind(t *testing.T) {
	app := apptest.One(t)
	c := app.SignIn("admin")
	c.Visit("/users/bulk/new?kind=role").Expect(422).In("[role=alert]", "Nobody is selected").Has("tbody", 0)
	c.Visit(bulk("magic", app.Person("consultant"))).Expect(404)
	c.Visit(bulk("import", app.Person("consultant"))).Expect(404)
	c.Visit("/users/bulk/new?id="+app.Person("consultant").ID).Expect(200).Has("#kind option", 5).Has("tbody", 0)
	manager := app.SignIn("consultant")
	manager.Visit(bulk("role", app.Person("other"))).Expect(403)
	if err := app.DB.In(t.Context()).Exec(`UPDATE users SET role_id = 'manager' WHERE id = ?`, app.Person("consultant").ID).Error; err != nil {
		t.Fatal(err)
	}
	manager.Visit(bulk("deactivation", app.Person("other"))).Expect(403)
}
