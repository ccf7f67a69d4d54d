package web_test

import (
	"net/url"
	"strings"
	"testing"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/audit"
)

// S1-26: the list tells how many people have each role, and the matrix what each grants.
func TestTheRolesStandSideBySide(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c := app.SignIn("admin")
		p := c.Visit("/users").Follow(".side a[href='/roles']").Expect(200).Has("#roles tbody tr", 8).Has("#matrix thead th", 9)
		p.In("#roles tr:has(a[href='/roles/consultant'])", "2 people").In("#roles tr:has(a[href='/roles/super-admin'])", "All rights")
		p.In("#roles tr:has(a[href='/roles/paralegal'])", "2 people") // who has left does not count
		if got := len(access.All()); p.Doc.Find("#matrix tbody th[scope=row]").Length() != got {
			t.Errorf("%d rights are shown, there are %d", p.Doc.Find("#matrix tbody th[scope=row]").Length(), got)
		}
		if n := p.Header.Get("X-Statements"); n != "3" { // session, people, what is declared
			t.Errorf("the list costs %s statements", n)
		}
		if n := c.Visit("/roles/consultant").Expect(200).Header.Get("X-Statements"); n != "3" {
			t.Errorf("a role costs %s statements", n)
		}
		if n := c.Visit("/profiles").Expect(200).Header.Get("X-Statements"); n != "3" {
			t.Errorf("the profiles cost %s statements", n)
		}
		if n := c.Visit("/profiles/collections").Expect(200).Header.Get("X-Statements"); n != "3" {
			t.Errorf("a profile costs %s statements", n)
		}
		app.SignIn("consultant").Visit("/roles").Expect(403)
	})
}

// B-11, ASVS 8.3.2: a change is foretold with the number of people, saved after a yes, and counts from the next request.
func TestARoleIsChangedAfterItsEffectsWereSeen(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		consultant := app.SignIn("consultant")
		consultant.Visit("/users").Expect(403)
		c := app.SignIn("admin")
		form := c.Visit("/roles/consultant").Expect(200)
		for _, fragment := range []bool{false, true} {
			send := form.Submit
			if fragment {
				send = form.SubmitFragment
			}
			p := send("#role-form", "summary", "Works on cases", "permissions", "users.view").Expect(200)
			p.In("dialog h2", "What will change").In("dialog", "The rights of 2 people change").In("#gained", "See the users").In("#gained", "2 people").In("#lost", "Create cases")
			consultant.Visit("/users").Expect(403) // nothing is saved yet
			if fragment != (!strings.Contains(p.Body, "<html")) {
				t.Error("page or fragment")
			}
		}
		p := form.Submit("#role-form", "summary", "Works on cases", "permissions", "users.view")
		p = p.Submit("#confirm-form").Expect(200).At("/roles/consultant").In("[role=status]", "The role is saved")
		p.Has("input[name=permissions][value='users.view'][checked]", 1).Has("input[name=permissions][value='cases.create'][checked]", 0)
		if p.Attr("#summary", "value") != "Works on cases" {
			t.Error(p.Attr("#summary", "value"))
		}
		consultant.Visit("/users").Expect(200)
		lines, err := audit.Of(t.Context(), app.DB, "role", "consultant", 5)
		if err != nil || len(lines) != 1 || lines[0].ActorName != "Grace Mbeki" || !strings.Contains(lines[0].Changes, `"after":"users.view"`) {
			t.Errorf("%+v, %v", lines, err)
		}
	})
}

// Without script one can go back from the question to the form, and nothing typed is lost.
func TestTheQuestionLeadsBackToTheForm(t *testing.T) {
	app := apptest.One(t)
	c := app.SignIn("admin")
	p := c.Visit("/roles/consultant").Submit("#role-form", "name", "Adviser", "permissions", "users.view").Expect(200)
	p = p.Has("#confirm button[form=back-form]", 1).Submit("#back-form").Expect(200)
	p.Has("#role-form", 1).Has("#confirm", 0).Has("input[value='users.view'][checked]", 1)
	if p.Attr("#name", "value") != "Adviser" {
		t.Error(p.Attr("#name", "value"))
	}
}

// C-20, V-2: what a role has by its parent or by a profile is shown, locked, with where it comes from.
func TestWhatIsInheritedIsShownAndLocked(t *testing.T) {
	app := apptest.One(t)
	c := app.SignIn("admin")
	p := c.Visit("/roles").Follow("a[href='/roles/new']").Submit("#role-form", "name", "Junior", "parent", "viewer", "profiles", "collections", "permissions", "cases.create").Expect(200)
	p.In("[role=status]", "The role is created").In("h1", "Junior")
	p.Has("input[value='cases.view'][checked][disabled]", 1).In("label:has([value='cases.view'])", "role Viewer").In("label:has([value='invoices.view'])", "profile Collections")
	p.Has("input[value='cases.create'][checked]:not([disabled])", 1).Has("input[type=hidden][name=permissions]", 0)
	id := strings.TrimSuffix(strings.TrimPrefix(p.Path, "/roles/"), "?notice=created")
	c.Visit("/roles").In("#roles tr:has(a[href='/roles/"+id+"'])", "Viewer").In("#roles tr:has(a[href='/roles/"+id+"'])", "8 rights")
	c.Visit("/roles/viewer").In("aside", "Junior").Has("#parent option[value='"+id+"']", 0) // no circle is offered
	c.Visit("/roles/viewer").Submit("#role-form", "permissions", "cases.view").In("#lost", "Read messages")
}

// The issue: what one does not hold is not offered, and refused when it is sent all the same.
func TestNobodyIsOfferedWhatTheyDoNotHold(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		run(t, app, `INSERT INTO role_permissions (role_id, permission) VALUES ('accountant', 'roles.view'), ('accountant', 'roles.edit'), ('accountant', 'users.view'), ('accountant', 'users.edit')`)
		c := app.SignIn("accountant")
		p := c.Visit("/roles/viewer").Expect(200).Has("input[value='users.create'][disabled]", 1).In("label:has([value='users.create'])", "You do not hold this right yourself")
		p.Has("input[value='messages.view'][checked][disabled]", 1).Has("input[type=hidden][value='messages.view']", 1) // nor is it taken
		p.Has("input[value='cases.view'][checked]:not([disabled])", 1)
		p.Has("#parent option[value=administrator]", 0)
		p = p.Submit("#role-form", "permissions", "users.create").Expect(422)
		p.In("#permissions-error", "rights that you do not hold").Has("#errors a[href='#permissions']", 1)
		c.Visit("/users/"+app.Person("consultant").ID+"/access").Has("#access-form", 0).In("[role=note]", "may do what you may not")
		run(t, app, `UPDATE users SET role_id = 'accountant' WHERE id = ?`, app.Person("consultant").ID)
		p = c.Visit("/users/"+app.Person("consultant").ID+"/access").Has("#role option[value=administrator]", 0).Has("#role option[value=accountant]", 1)
		p.Submit("#access-form", "role", "administrator").Expect(422).In("#role-error", "rights that you do not hold")
		c.Visit("/users/"+app.Person("super").ID+"/access").Has("#access-form", 0).In("[role=note]", "Only another Super Admin can do that")
		c.Visit("/users/"+app.Person("accountant").ID+"/access").Has("#access-form", 0).In("[role=note]", "Nobody changes their own rights")
	})
}

// S1-31
func TestTheSuperAdminIsOnlyRead(t *testing.T) {
	app := apptest.One(t)
	c := app.SignIn("super")
	c.Visit("/roles/super-admin").Expect(200).Has("#role-form", 0).In("main", "Super Admin passes every check").Has("a[href$='/delete']", 0)
	tok := pageToken(c.Visit("/roles"))
	body := url.Values{"_method": {"PATCH"}, "_csrf": {tok}, "name": {"Boss"}, "generation": {"1"}}
	if p := c.Do("POST", "/roles/super-admin", "application/x-www-form-urlencoded", body.Encode(), nil); p.Status != 422 {
		t.Errorf("%d", p.Status)
	}
}

// B-16
func TestAStaleRoleFormSaysWhatIsStoredNow(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		mine, theirs := app.SignIn("admin"), app.SignIn("super")
		form := mine.Visit("/roles/support")
		theirs.Visit("/roles/support").Submit("#role-form", "name", "Reception").Submit("#confirm-form").Expect(200)
		p := form.Submit("#role-form", "name", "Front desk", "summary", "Answers").Expect(409)
		p.In("#stored", "Reception").Has("#name[aria-invalid=true]", 1).In("#name-error", "changed")
		if p.Attr("#name", "value") != "Front desk" || p.Attr("#summary", "value") != "Answers" || p.Attr("input[name=generation]", "value") != "2" {
			t.Error("what was typed is lost, or the next save is stale again")
		}
		p.Submit("#role-form").Expect(200).Submit("#confirm-form").Expect(200).In("h1", "Front desk")
		form = mine.Visit("/profiles/collections")
		theirs.Visit("/profiles/collections").Submit("#profile-form", "name", "Debts").Submit("#confirm-form").Expect(200)
		p = form.Submit("#profile-form", "name", "Arrears").Expect(409).In("#stored", "Debts")
		p.Submit("#profile-form").Submit("#confirm-form").Expect(200).In("h1", "Arrears")
	})
}

func TestRolesAndProfilesThatNobodyHasAreDeleted(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c := app.SignIn("admin")
		p := c.Visit("/roles/new?from=paralegal").Has("input[name=permissions][checked]", 6).Submit("#role-form", "name", "Clerk").Expect(200)
		path, _, _ := strings.Cut(p.Path, "?")
		p = p.Follow("a[href$='/delete']").In("dialog h2", "Delete the role Clerk?")
		run(t, app, `UPDATE users SET role_id = ? WHERE id = ?`, strings.TrimPrefix(path, "/roles/"), app.Person("other").ID)
		p.Submit("dialog form").Expect(422).In("#errors", "1 person has it").Has("dialog .btn-error", 0)
		p = c.Visit(path+"/delete").Expect(200).In("#errors", "1 person has it").Has("#errors a[href*='role=']", 1).Has("dialog .btn-error", 0)
		if strings.Contains(p.Text("dialog"), "Nobody has it") {
			t.Error(p.Text("dialog"))
		}
		run(t, app, `UPDATE users SET role_id = 'viewer' WHERE id = ?`, app.Person("other").ID)
		c.Visit(path+"/delete").In("dialog", "Nobody has it").Submit("dialog form").Expect(200).At("/roles").In("[role=status]", "The role is deleted")
		c.Visit(path).Expect(404)
		c.Visit("/roles/viewer").Has("a[href$='/delete']", 0)
		p = c.Visit("/profiles/new").Submit("#profile-form", "name", "collections").Expect(422).In("#name-error", "already one of this name")
		p = p.Submit("#profile-form", "name", "Front desk", "permissions", "appointments.edit").Expect(200).In("[role=status]", "created")
		p.Follow("a[href$='/delete']").Submit("dialog form").Expect(200).At("/profiles").Has("#profiles tbody tr", 1)
	})
}

// S1-27: a profile is changed as a role is.
func TestAProfileIsChangedAfterItsEffectsWereSeen(t *testing.T) {
	app := apptest.One(t)
	run(t, app, `INSERT INTO user_profiles (user_id, profile_id, created_at) VALUES (?, 'collections', ?)`, app.Person("consultant").ID, app.Clock.Now())
	c := app.SignIn("admin")
	p := c.Visit("/profiles").In("#profiles tbody", "1 person").Follow("#profiles tbody a").In("aside", "1 person")
	p.Submit("#profile-form", "permissions", "invoices.view").In("#lost", "Record payments").In("dialog", "The rights of 1 person change").Submit("#confirm-form").In("[role=status]", "saved")
	c.Visit("/users/"+app.Person("consultant").ID+"/access").In("#effective", "See invoices").In("#effective", "profile Collections")
}

func run(t *testing.T, app *apptest.App, sql string, args ...any) {
	t.Helper()
	if err := app.DB.In(t.Context()).Exec(sql, args...).Error; err != nil {
		t.Fatal(err)
	}
}
