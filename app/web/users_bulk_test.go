package web_test

import (
	"net/url"
	"strings"
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
		c.Visit(run.Path).In("h1", "Role Accountant for 4 people").In(".facts", "Done1").In(".facts", "As it was already1").In(".facts", "Refused2")
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
		p.Submit("#bulk-confirm").At(strings.TrimSuffix(run.Path, "?notice=asked"))
		finish(t, app)
		c.Visit(run.Path).In(".facts", "Done7").In(".facts", "Refused1")
		if n, err := app.Staff.CountSupers(ctx); err != nil || n != 1 {
			t.Errorf("%d Super Admins, %v", n, err)
		}
	})
}

// B-1, B-17, S1-18: those who leave in one go hand their cases over by one plan. Nobody who leaves takes any, the dry run
// names who gets what, and each has a receipt.
func TestManyLeaveAndHandTheirCasesOver(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon, lucia, grace := app.Person("consultant"), app.Person("other"), app.Person("admin")
		give(t, app, "consultant", 3)
		give(t, app, "other", 2)
		c := app.SignIn("super")
		p := c.Visit(bulk("deactivation", jon, lucia, grace)).Expect(200).In(".facts", "Would be done1").In(".facts", "Would be refused2")
		p.In("tbody tr:has(a[href='/users/"+jon.ID+"'])", "3 open cases would be left without an owner. Choose who takes them over.")
		p.Has("#successor option", 3).Has("#successor option[value='"+jon.ID+"']", 0).Has("#successor option[value='"+grace.ID+"']", 0) // to choose, Elena, Mireille
		c.Visit(bulk("deactivation", jon)+"&way=elsewhere").Expect(422).In("#way-error", "Choose who takes over").Has("#bulk-confirm", 0)
		c.Visit(bulk("deactivation", jon, lucia)+"&way=one&successor="+lucia.ID).Expect(422).In("#successor-error", "Lucía Fernández Ortega is one of those who leave").Has("#bulk-confirm", 0)
		mireille := app.Person("paralegal")
		p = c.Visit(bulk("deactivation", jon, lucia, grace)+"&way=one&successor="+mireille.ID).Expect(200).In(".facts", "Would be done3").In("tbody tr:has(a[href='/users/"+lucia.ID+"'])", "Open cases: 2, to "+mireille.Name()+" (2)")
		if n, err := app.Cases.CountOpen(t.Context(), app.Actor("super"), jon.ID); err != nil || n != 3 {
			t.Errorf("the dry run left %d cases, %v", n, err)
		}
		p.Submit("#bulk-confirm", "reason", strings.Repeat("x", 501)).Expect(422).In("#reason-error", "1").Has("#bulk-confirm input[name=successor][value='"+mireille.ID+"']", 1)
		run := p.Submit("#bulk-confirm", "reason", "The office in Halifax closes").Expect(200)
		finish(t, app)
		c.Visit(run.Path).In(".facts", "Done3").In("tbody tr:has(a[href='/users/"+jon.ID+"'])", "Open cases: 3, to "+mireille.Name()+" (3)")
		c.Visit("/users/"+jon.ID+"/deactivation").In(".list", "3 open cases were handed over").In(".list", mireille.Name()+": 3")
		c.Visit("/users/"+jon.ID+"/history").In("main", "The office in Halifax closes")
		if n, err := app.Cases.CountOpen(t.Context(), app.Actor("super"), mireille.ID); err != nil || n != 5 {
			t.Errorf("%d cases, %v", n, err)
		}
	})
}

// B-1: spread over the department, a case goes to the one who has the fewest and stays, never to a companion.
func TestWhoLeavesWithOthersIsNoSuccessorOfTheirs(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon, lucia, grace := app.Person("consultant"), app.Person("other"), app.Person("admin")
		family := department(t, app, "Halifax", jon, lucia, grace)
		give(t, app, "consultant", 3)
		give(t, app, "admin", 9)
		c := app.SignIn("super")
		p := c.Visit(bulk("deactivation", jon, lucia)+"&way=department").Expect(200).In(".facts", "Would be done2").In("tbody tr:has(a[href='/users/"+jon.ID+"'])", "Open cases: 3, to "+grace.Name()+" (3)")
		run := p.Submit("#bulk-confirm").Expect(200)
		finish(t, app)
		c.Visit(run.Path).In(".facts", "Done2")
		if n, err := app.Cases.CountOpen(t.Context(), app.Actor("super"), grace.ID); err != nil || n != 12 {
			t.Errorf("%d cases in %s, %v", n, family, err)
		}
		c.Visit(bulk("deactivation", grace)+"&way=department").Expect(200).In(".facts", "Would be refused1").In("tbody", "Nobody else in the department works on cases").Has("#bulk-confirm", 0)
	})
}

// department makes a department of these people.
func department(t *testing.T, app *apptest.App, name string, people ...*staff.User) string {
	t.Helper()
	id, err := app.Staff.SeedDepartment(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range people {
		if err := app.Staff.SetDepartment(t.Context(), app.Actor("admin"), u.ID, id); err != nil {
			t.Fatal(err)
		}
	}
	return id
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
