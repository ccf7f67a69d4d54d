package web_test

import (
	"strconv"
	"testing"

	"chancery/app/apptest"
)

// S0-13, S2-10, S3-6: an administrator edits a colleague's fields in their rows, with script and without.
func TestAnAdministratorEditsAColleagueInPlace(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		if err := app.Staff.SeedTitle(t.Context(), "Case assistant"); err != nil {
			t.Fatal(err)
		}
		c := app.SignIn("admin")
		base := "/users/" + app.Person("consultant").ID
		p := c.Visit(base).Has("#personal .edit", 11).In("#zone-shown", "Toronto").Has("a[href='"+base+"/edit']", 1)
		if n, err := strconv.Atoi(p.Header.Get("X-Statements")); err != nil || n > 10 {
			t.Errorf("%d statements, %v", n, err)
		}
		open := c.Fragment("GET", base+"/fields/title/edit", base, nil).Expect(200).Has("#title option", 4).Has("#title-form[data-reopen='"+base+"/fields/title/edit']", 1)
		saved := open.SubmitFragment("#title-form", "title", "Case assistant").Expect(200).In(".saved[role=status]", "Saved").In("#title-shown", "Case assistant").Has("hx-partial", 0)
		saved.Has("a.edit[data-focus][href='"+base+"/fields/title/edit']", 1)
		open = c.Fragment("GET", base+"/fields/first-name/edit", base, nil)
		open.SubmitFragment("#first-name-form", "first_name", "J").Expect(422).Has("#first-name[aria-invalid=true][value=J]", 1)
		open.SubmitFragment("#first-name-form", "first_name", "Jonathan").Expect(200).In("hx-partial", "Jonathan Okafor")
		c.Visit(base+"/fields/zone/edit").Submit("#zone-form", "zone", "America/Vancouver").At(base).In(".alert-success", "Jonathan Okafor").In("#zone-shown", "Vancouver")
		c.Visit(base+"/fields/language/edit").Submit("#language-form", "language", "tlh").Expect(422).Has("#personal #language-error", 1)
		c.Visit(base + "/fields/role/edit").Expect(404)
	})
}

// B-16: the second of two administrators is shown both values side by side, loses nothing typed, and chooses.
func TestTheSecondOfTwoAdministratorsIsShownBothValues(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		base := "/users/" + app.Person("consultant").ID
		first, second := app.SignIn("admin").Visit(base+"/edit"), app.SignIn("super").Visit(base+"/edit")
		first.Submit("#edit-form", "bio", "Families.", "zone", "America/Vancouver", "office", "+1 416 555 0100").At(base).In(".alert-success", "saved")
		for _, fragment := range []bool{true, false} {
			send := second.Submit
			if fragment {
				send = second.SubmitFragment
			}
			p := send("#edit-form", "bio", "Work permits.", "zone", "America/Halifax", "first_name", "Jonathan").Expect(409)
			p.In("#bio", "Work permits.").In("#bio-stored", "Families.").In("#zone-stored", "Vancouver").Has("#office-stored", 0).Has("#zone option[selected][value='America/Halifax']", 1)
			if p.Attr("#first-name", "value") != "Jonathan" {
				t.Error("what was typed is lost")
			}
			p.Has("#errors a", 2).In("#errors", "Bio").In("#errors", "Time zone")
			if !fragment {
				p.Submit("#edit-form").At(base).In("#bio-shown", "Work permits.").In("#zone-shown", "Halifax").In("#office-shown", "+1 416-555-0100").In("h1", "Jonathan Okafor")
			}
		}
		row := app.SignIn("admin").Visit(base + "/fields/bio/edit")
		app.SignIn("super").Visit(base+"/fields/bio/edit").Submit("#bio-form", "bio", "Third").At(base)
		row.Submit("#bio-form", "bio", "Fourth").Expect(409).In("#bio", "Fourth").In("#bio-stored", "Third")
	})
}

// S2-35, B-16: the department is on the page, and is changed in its row and among all fields, with what others do to it.
func TestADepartmentIsChangedOnThePersonsPage(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		work, err := app.Staff.SeedDepartment(t.Context(), "Work permits")
		if err != nil {
			t.Fatal(err)
		}
		base, c := "/users/"+app.Person("consultant").ID, app.SignIn("admin")
		c.Visit(base).In("#department-shown", "Family")
		row := c.Fragment("GET", base+"/fields/department/edit", base, nil).Expect(200).Has("#department option", 3)
		stale := app.SignIn("super").Visit(base+"/edit").Has("#department option[selected]", 1)
		row.SubmitFragment("#department-form", "department", work).Expect(200).In("#department-shown", "Work permits").In(".saved", "Saved")
		stale.Submit("#edit-form", "bio", "Families.").At(base).In("#department-shown", "Work permits").In("#bio-shown", "Families.") // left as it was filled in
		p := stale.Submit("#edit-form", "department", "", "bio", "Visas.").Expect(409).In("#department-stored", "Work permits").In("#bio-stored", "Families.").Has("#errors a", 2)
		p.In("#errors", "Department").Submit("#edit-form").At(base).In("#department-shown", "Not given").In("#bio-shown", "Visas.")
		stale.Submit("#edit-form", "department", "nowhere", "last_name", "").Expect(422).Has("#department[aria-invalid=true]", 1).Has("#last-name[aria-invalid=true]", 1)
		app.SignIn("other").Visit(base).Has(".edit", 0)
	})
}

// S1-35, B-18: the head says when a person was last here, on every tab, and that nobody uses an account.
func TestTheHeadSaysWhenAPersonWasLastHere(t *testing.T) {
	app := apptest.One(t)
	base, c := "/users/"+app.Person("consultant").ID, app.SignIn("admin")
	for _, tab := range []string{"", "/access", "/cases", "/sessions", "/mails", "/history", "/deactivation"} {
		c.Visit(base+tab).In("#last-sign-in time", "Last sign-in: ").Has(".page-head .tag", 0)
	}
	write(t, app, `UPDATE users SET last_sign_in_at = ? WHERE id = ?`, app.Clock.Now().AddDate(-1, 0, 0), app.Person("consultant").ID)
	c.Visit(base+"/mails").In(".page-head .tag", "Dormant")
	c.Visit("/users/"+app.Person("invited").ID).In("#last-sign-in", "never")
	app.SignIn("other").Visit(base).Has("#last-sign-in", 0)
}

// S1-32: a Super Admin's fields are shown to an administrator, and not to be edited.
func TestASuperAdminIsNotEditedByAnAdministrator(t *testing.T) {
	app := apptest.One(t)
	base := "/users/" + app.Person("super").ID
	c := app.SignIn("admin")
	c.Visit(base).Expect(200).Has(".edit", 0).Has("a[href='"+base+"/edit']", 0).In("h1", "Elena Marlow")
	for _, path := range []string{"/edit", "/fields/bio/edit", "/fields/bio"} {
		c.Visit(base+path).Expect(403).In("main h1", "This is not yours to change").In("main", "Only another Super Admin can do that").Has("main a[href='"+base+"']", 1)
	}
	token := pageToken(c.Visit(base))
	p := c.Do("POST", base+"/fields/bio", "application/x-www-form-urlencoded", "_method=PATCH&bio=Mine", map[string]string{"X-CSRF-Token": token})
	p.Expect(403).In("main", "Only another Super Admin can do that").Has("main a[href='"+base+"']", 1)
	app.SignIn("super").Visit(base + "/edit").Expect(200)
	app.SignIn("consultant").Visit(base + "/edit").Expect(403)
}
