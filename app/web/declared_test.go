package web_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"chancery/app/apptest"
	"chancery/app/declared"
	"chancery/app/manifest"
	"chancery/app/staff"
	"chancery/app/system"
)

// declare applies manifests as the directory "practice".
func declare(t *testing.T, app *apptest.App, text string) {
	t.Helper()
	set, err := manifest.Text("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := app.Declared.Apply(t.Context(), "practice", set)
	if err != nil || plan.Count(declared.Refuse) > 0 {
		t.Fatalf("%+v, %v", plan, err)
	}
}

// B-3: declared fields are marked and locked in the forms, with the source named; what the manifest leaves out is edited as ever.
func TestDeclaredFieldsAreMarkedAndLocked(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon := app.Person("consultant")
		grace := app.SignIn("admin")
		before := grace.Visit("/users/" + jon.ID + "/edit").Expect(200)
		own := app.SignIn("consultant")
		ownBefore := own.Visit("/me/edit").Expect(200)
		declare(t, app, "apiVersion: chancery.dev/v1alpha1\nkind: User\nmetadata: {name: jon}\nspec: {email: consultant@firm.example, firstName: Jon, cell: \"+1 416 555 0118\", timeZone: America/Toronto, title: RCIC consultant}\n")
		page := grace.Visit("/users/" + jon.ID).Expect(200)
		page.In("dd:has(#first-name-shown)", "A manifest states this (practice). It is changed there.").Has("dd:has(#first-name-shown) a", 0).In("dd:has(#last-name-shown) a", "Edit")
		form := grace.Visit("/users/" + jon.ID + "/edit").Expect(200)
		form.In("#first-name[readonly] + .hint", "(practice)").In("#zone[readonly] + .hint", "(practice)").In("#title[readonly] + .hint", "(practice)").Has("#edit-form [name=first_name]", 0).Has("#edit-form [name=was_zone]", 0).Has("#last-name[readonly]", 0)
		form.Submit("#edit-form", "last_name", "Okafor-Lee", "cell_hidden", "true").Expect(200)
		grace.Visit("/users/"+jon.ID).In("h1", "Jon Okafor-Lee")
		forged := before.Submit("#edit-form", "first_name", "Ron").Expect(422)
		forged.In(".alert", "A manifest states this (practice)")
		if u, err := app.Staff.Get(t.Context(), jon.ID); err != nil || u.FirstName != "Jon" || !u.CellHidden {
			t.Errorf("he is %+v, %v", u, err)
		}

		ownBefore.Submit("#profile-form", "first_name", "Ron").Expect(422).In(".alert", "Set by your practice (practice)").Has(".alert:contains('manifest')", 0)
		me := own.Visit("/me").Expect(200)
		me.In("dd:has(#first-name-shown)", "(practice)").Has("dd:has(#first-name-shown) a", 0).In("dd:has(#bio-shown) a", "Edit").In("dd:has(#cell-shown)", "(practice)")
		if n := me.Header.Get("X-Statements"); n != "1" {
			t.Errorf("one's own page costs %s statements", n)
		}
		own.Visit("/me/edit").Expect(200).In("#first-name[readonly] + .hint", "(practice)").In("#cell[readonly] + .hint", "(practice)")
		own.Visit("/me").In("dd:has(#cell-shown)", "Set by your practice (practice)")
		typed := own.Visit("/me/preferences").Expect(200).In("#zone[readonly]:not([name]) + .hint", "(practice)").Has("#preferences-form [name=was_zone]", 0).Has("#language[readonly]", 0)
		own.Visit("/me/edit").In("#zone[readonly]:not([name]) + .hint", "(practice)")
		typed.Submit("#preferences-form", "theme", "dark").Expect(200).Has("#errors", 0)
		if u, err := app.Staff.Get(t.Context(), jon.ID); err != nil || u.Theme != "dark" || u.Zone != "America/Toronto" {
			t.Errorf("he has %+v, %v", u, err)
		}
		own.Visit("/me/fields/first-name/edit").Expect(200).Has("#first-name-form", 0)
	})
}

// watching is a house that watches a directory of manifests.
type watching struct{}

func (watching) Schedule() []system.Job { return nil }

func (watching) Depths(context.Context) ([]system.Depth, error) {
	return []system.Depth{{Name: "manifests"}}, nil
}

// B-3: the System page lists what is declared, what is refused and why, and what had drifted; who may operate pauses an object, and what is paused is left alone.
func TestTheSystemPageShowsWhatIsDeclared(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		const text = "apiVersion: chancery.dev/v1alpha1\nkind: User\nmetadata: {name: jon}\nspec: {email: consultant@firm.example, lastName: Okafor}\n"
		app.SignIn("admin").Visit("/system").Expect(200).Has("a[href='/system/declared']", 0)
		declare(t, app, text)
		drift := func() {
			t.Helper()
			if _, err := app.DB.Exec(t.Context(), `UPDATE users SET last_name = 'Wrong' WHERE email = 'consultant@firm.example'`); err != nil {
				t.Fatal(err)
			}
		}
		drift()
		declare(t, app, text)
		set, err := manifest.Text("wrong.yaml", []byte("apiVersion: chancery.dev/v1alpha1\nkind: User\nmetadata: {name: ann}\nspec: {email: paralegal@firm.example, title: Sorcerer}\n"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := app.Declared.Apply(t.Context(), "other", set); err != nil {
			t.Fatal(err)
		}
		if err := app.Declared.Unread(t.Context(), "directory", "a.yaml:3: unknown field"); err != nil {
			t.Fatal(err)
		}

		grace := app.SignIn("admin")
		grace.Visit("/system").Expect(200).In("#needs", "The manifests of directory cannot be read").In("#needs a[href='/system/declared?state=refused']", "1 declared object is not as it is stated")
		page := grace.Visit("/system/declared").Expect(200).Has("#declared tbody tr", 2).In(".alert", "a.yaml:3: unknown field").
			In("#declared", "Changed elsewhere and put right: Last name.").In("#declared", "Job title: This title is not in the list.")
		grace.Visit("/system/declared?state=refused").Has("#declared tbody tr", 1).In("#declared th", "User/ann").In("#declared th a[href='/users/"+app.Person("paralegal").ID+"']", "Mireille")
		grace.Visit("/system/declared?state=drifted").Has("#declared tbody tr", 1).In("#declared a", "Jon Okafor")
		grace.Visit("/system/declared?state=released").Has("#declared tbody tr", 0).In("#declared", "Nothing declared is in this state")
		page.In("#declared tbody tr:first-child th", "User/ann")
		app.House.Shows(watching{})
		grace.Visit("/system").In("main", "1 as stated, 0 paused").In("#loop-manifests", "Cannot be read")

		page = page.Submit("#declared tr:contains('User/jon') form").Expect(200).In(".alert-success", "left alone").In("#declared tr:contains('User/jon')", "Paused by Grace Mbeki")
		drift()
		declare(t, app, text)
		if u, err := app.Staff.Get(t.Context(), app.Person("consultant").ID); err != nil || u.LastName != "Wrong" {
			t.Errorf("what is paused was put right: %+v, %v", u, err)
		}
		grace.Visit("/system/declared").In("#declared tr:contains('User/jon')", "Last name: Not as it is stated")
		page.Submit("#declared tr:contains('User/jon') form").Expect(200).In(".alert-success", "compared with its manifest again").In("#declared tr:contains('User/jon') .status", "To be compared again")
		declare(t, app, text)
		if u, err := app.Staff.Get(t.Context(), app.Person("consultant").ID); err != nil || u.LastName != "Okafor" {
			t.Errorf("what was resumed was not put right: %+v, %v", u, err)
		}
		app.SignIn("consultant").Visit("/system/declared").Expect(403)
		app.SignIn("super").Visit("/history").In(".log", "Manifest paused")
	})
}

// B-3: an object that its own manifest pauses says so; nobody is offered a pause of it. What asks for somebody stands first, on every page of the list.
func TestWhatItsManifestPausesSaysSo(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		const head = "apiVersion: chancery.dev/v1alpha1\nkind: "
		text := head + "User\nmetadata: {name: jon, annotations: {chancery.dev/paused: \"true\"}}\nspec: {email: consultant@firm.example, lastName: Other}\n"
		for i := range 41 {
			text += fmt.Sprintf("---\n"+head+"Department\nmetadata: {name: d%02d}\nspec: {name: Team %02d}\n", i, i)
		}
		declare(t, app, text)
		grace := app.SignIn("admin")
		page := grace.Visit("/system/declared").Expect(200).Has("#declared tbody tr", 40).In("#declared tbody tr:first-child th", "User/jon")
		page.In("#declared tbody tr:first-child", "Its manifest says so").In("#declared tbody tr:first-child", "Last name: Not as it is stated").Has("#declared tbody tr:first-child form", 0)
		next := page.Follow("#declared .pager a[rel=next]").Expect(200).Has("#declared tbody tr", 2).Has("#declared tr:contains('User/jon')", 0)
		if page.Text("#declared tbody tr:last-child th") == next.Text("#declared tbody tr:first-child th") {
			t.Error("the next page begins with the last row")
		}
	})
}

// B-3: what else is declared says so where it is edited: the practice, roles, profiles and departments; and a preview refuses what the save would.
func TestDeclaredRightsAndSettingsSaySo(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		grace := app.SignIn("admin")
		grace.Visit("/roles/paralegal").Expect(200).Has(".alert-info", 0)
		before := grace.Visit("/organization").Expect(200)
		family := "/departments/" + departmentOf(t, app) + "/edit"
		called := grace.Visit(family).Expect(200)
		declare(t, app, "apiVersion: chancery.dev/v1alpha1\nkind: Organization\nmetadata: {name: us}\nspec: {tagline: Wills, policies: {lockTries: 10}}\n---\n"+
			"apiVersion: chancery.dev/v1alpha1\nkind: Role\nmetadata: {name: paralegal}\nspec: {summary: Helps, permissions: [cases.view, messages.view]}\n---\n"+
			"apiVersion: chancery.dev/v1alpha1\nkind: Profile\nmetadata: {name: collections}\nspec: {name: Collections}\n---\n"+
			"apiVersion: chancery.dev/v1alpha1\nkind: Department\nmetadata: {name: family}\nspec: {name: Family}\n")
		grace.Visit("/organization").Expect(200).In(".alert-info", "stated by a manifest (practice) and changed there: Wrong passwords that lock an account, Line beneath the name.")
		grace.Visit("/profiles/collections").Expect(200).In(".alert-info", "changed there: Name.")
		grace.Visit("/profiles/collections").Has("#name[readonly]", 1).In("#name-fixed", "(practice)").Has("#summary[readonly]", 0).Has("#permissions > .hint", 0)
		role := grace.Visit("/roles/paralegal").Expect(200).In(".alert-info", "changed there: Rights, What it is for.")
		role.Has("#summary[readonly]", 1).In("#summary-fixed", "(practice)").In("#permissions > .hint", "(practice)").Has("#permissions input[type=checkbox]:not([disabled])", 0).Has("#parent[readonly]", 0)
		role.Submit("#role-form", "summary", "Else").Expect(422).In(".alert", "A manifest states this (practice)")
		role.Submit("#role-form", "name", "Paralegals").Expect(200).Has("#errors", 0)
		grace.Visit(family).Expect(200).In("#name[readonly]:not([name]) + p + .hint, #name[readonly]:not([name]) + .hint", "A manifest states this (practice)").Has("#name-form button", 0)
		called.Submit("#name-form", "name", "Families").Expect(422).In("#name-error", "It is changed there.")
		before.Submit("#passwords-form", "lock_tries", "9").Expect(422).In("#passwords", "A manifest states this (practice)")
		settings := grace.Visit("/organization").Expect(200).Has("#org-lock-tries[readonly]:not([name])", 1).In("#org-lock-tries-fixed", "(practice)").Has("#org-tagline[readonly]", 1).Has("#org-name[readonly]", 0)
		settings.Submit("#passwords-form", "lock_minutes", "20").Expect(200).In(".alert-success", "Saved")
		if o, err := app.Staff.Organization(t.Context()); err != nil || o.LockTries != 10 || o.LockMinutes != 20 {
			t.Errorf("the practice is %+v, %v", o, err)
		}
	})
}

// B-3: a person's role, profiles and department are marked and locked on their own pages, too; leaving is nobody's to forbid, and the sheet says what follows.
func TestDeclaredRightsOfAPersonAreMarkedAndLocked(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		grace, ana := app.SignIn("admin"), app.Person("paralegal")
		base := "/users/" + ana.ID
		before := grace.Visit(base+"/access").Expect(200).Has("#role-hint", 0)
		grace.Visit(base+"/deactivation/new").Expect(200).Has("#departure-form .alert-info", 0)
		const head = "apiVersion: chancery.dev/v1alpha1\nkind: User\nmetadata: {name: ana}\nspec: {email: paralegal@firm.example, active: true, "
		declare(t, app, head+"role: paralegal}\n")
		page := grace.Visit(base+"/access").Expect(200).Has("input#role[readonly]", 1).In("#role-hint", "A manifest states this (practice)").Has("fieldset#profiles", 1)
		page.Submit("#access-form", "profiles", "collections").Expect(200).In("main", "See invoices")
		before.Submit("#access-form", "role", "viewer").Expect(422).In("#role-error", "A manifest states this (practice)")
		grace.Visit(base+"/role/edit").Expect(200).In("#role-hint", "(practice)").Has("#role-form button", 0)
		declare(t, app, head+"role: paralegal, profiles: [], department: \"\"}\n")
		grace.Visit(base+"/access").Expect(200).Has("#access-form", 0).In(".alert-info", "A manifest states this (practice)")
		grace.Visit(base).Expect(200).In("aside .kv div:contains('Role') .hint", "A manifest states this (practice)").In("aside .kv div:contains('Profiles') .hint", "(practice)")
		grace.Visit(base+"/department/edit").Expect(200).In("#department-hint", "(practice)").Has("#department-form button", 0)

		sheet := grace.Visit(base+"/deactivation/new").Expect(200).In("#departure-form .alert-info", "A manifest declares this person (practice)")
		sheet.Submit("#departure-form").Expect(200)
		if u, err := app.Staff.Get(t.Context(), ana.ID); err != nil || u.Status != staff.Inactive {
			t.Errorf("she is %+v, %v", u, err)
		}
		set, err := manifest.Text("test.yaml", []byte(head+"role: paralegal, profiles: [], department: \"\"}\n"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := app.Declared.Apply(t.Context(), "practice", set); err != nil {
			t.Fatal(err)
		}
		grace.Visit("/system/declared").Expect(200).In("#declared", "They were deactivated here")
	})
}

// A source from which too many people have gone is said on the System page and above the list, with what is to be done.
func TestASourceThatDropsManyPeopleIsShown(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		const one = "apiVersion: chancery.dev/v1alpha1\nkind: Department\nmetadata: {name: wills}\nspec: {name: Wills}\n"
		text := one
		for _, name := range []string{"ann", "ben", "cem", "dan"} {
			text += "---\napiVersion: chancery.dev/v1alpha1\nkind: User\nmetadata: {name: " + name + "}\nspec: {email: " + name + "@firm.example, firstName: Per, lastName: Son, role: viewer}\n"
		}
		declare(t, app, text)
		declare(t, app, one)
		grace := app.SignIn("admin")
		grace.Visit("/system").Expect(200).In("#needs", "Of 4 people, 4 have gone from the manifests of practice; nobody was deactivated")
		grace.Visit("/system/declared").Expect(200).In(".alert-warning", "nobody was deactivated").In(".alert-warning", "chancery apply --deactivate-many").Has("#declared tbody tr", 5).
			In("#declared tbody tr:first-child .status", "Manifest gone").In("#declared tbody tr:first-child", "Its manifest is gone, with those of too many others").In("#declared tbody tr:last-child .status", "As stated")
		grace.Visit("/system/declared?state=missing").Expect(200).Has("#declared tbody tr", 4)
		grace.Visit("/system/declared?state=applied").Expect(200).Has("#declared tbody tr", 1)
		declare(t, app, text)
		grace.Visit("/system/declared").Expect(200).Has(".alert-warning", 0).Has("#declared .status:contains('Manifest gone')", 0)
	})
}

// B-3: lists and matrices mark what is declared; nobody is led to free what a manifest keeps, nor offered a box or a save that would be refused.
func TestWhatIsDeclaredIsNotOfferedForNothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		grace := app.SignIn("admin")
		if err := app.Staff.SetDepartment(t.Context(), app.Actor("super"), app.Person("consultant").ID, departmentOf(t, app)); err != nil {
			t.Fatal(err)
		}
		before := grace.Visit("/roles/matrix/edit").Expect(200).Has("#matrix-form input[name=columns][value^='paralegal ']", 1)
		const head = "apiVersion: chancery.dev/v1alpha1\nkind: "
		declare(t, app, head+"Role\nmetadata: {name: lead}\nspec: {name: Lead, summary: Leads, parent: paralegal, permissions: [], profiles: []}\n---\n"+
			head+"Role\nmetadata: {name: below}\nspec: {name: Below, parent: lead}\n---\n"+
			head+"Role\nmetadata: {name: paralegal}\nspec: {permissions: [cases.view, messages.view]}\n---\n"+
			head+"Profile\nmetadata: {name: desk}\nspec: {name: Desk, summary: Sits, permissions: [invoices.view]}\n---\n"+
			head+"Department\nmetadata: {name: family}\nspec: {name: Family}\n---\n"+
			head+"Role\nmetadata: {name: bearer}\nspec: {name: Bearer, profiles: [desk]}\n")

		roles := grace.Visit("/roles").Expect(200).In("#roles tr:contains('Lead') .tag", "Declared (practice)").Has("#roles tr:contains('Consultant') .tag:contains('Declared')", 0).Has("#matrix th .sr-only:contains('A manifest states this')", 2)
		profiles := grace.Visit("/profiles").Expect(200).In("#profiles tr:contains('Desk') .tag", "Declared (practice)")
		grace.Visit("/departments").Expect(200).In("tr:contains('Family') .tag", "Declared (practice)").Has("tbody .tag", 1)

		lead := roles.Follow("#roles a:contains('Lead')").Expect(200).Has("#role-form", 1).Has("#role-form footer", 0)
		lead.Follow("a[href$='/delete']").Expect(200).In("#errors", "A manifest declares this (practice)").Has("#confirm button", 0)
		desk := profiles.Follow("#profiles a:contains('Desk')").Expect(200).Has("#profile-form footer", 0)
		desk.Follow("a[href$='/delete']").Expect(200).In("#errors", "A manifest declares this (practice)")
		grace.Visit("/roles/paralegal").Has("#role-form footer", 1)

		family := "/departments/" + departmentOf(t, app)
		for _, sheet := range []string{"/delete", "/merge/new"} {
			grace.Visit(family+sheet).Expect(200).In("#dialog-text", "A manifest declares this (practice)").Has("#department-delete button, #merge-form button, #merge-form select", 0)
		}
		matrix := grace.Visit("/roles/matrix/edit").Expect(200).Has("#matrix-form input[name=columns][value^='paralegal ']", 0).Has("#matrix-form input[name=grants][value^='paralegal ']", 0).In("#matrix th:has(#c-paralegal)", "A manifest states this (practice)")
		matrix.Has("#matrix-form input[name=columns][value^='consultant ']", 1)
		if n := matrix.Header.Get("X-Statements"); n != "3" { // session, people, what is declared
			t.Errorf("the matrix costs %s statements", n)
		}
		before.Submit("#matrix-form", "grants", "paralegal cases.edit").Expect(409).In("#matrix th:has(#c-paralegal)", "A manifest states this (practice)").Has("#matrix-form input[name=columns][value^='paralegal ']", 0)
		grants := grace.Visit("/profiles/matrix/edit").Expect(200).In("#matrix th", "A manifest states this (practice)")
		if n := grants.Header.Get("X-Statements"); n != "3" {
			t.Errorf("the matrix of profiles costs %s statements", n)
		}
	})
}

// departmentOf is the department that is called Family.
func departmentOf(t *testing.T, app *apptest.App) string {
	t.Helper()
	all, err := app.Staff.Departments(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(d staff.Department) bool { return d.Name == "Family" })
	if i < 0 {
		t.Fatalf("none of %+v is it", all)
	}
	return all[i].ID
}
