package web_test

import (
	"net/url"
	"testing"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/staff"
)

// S2-35, issue 3: departments are created, renamed, and deleted when nobody is in them; by plain forms and by fragments.
func TestDepartmentsAreKept(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c := app.SignIn("admin")
		p := c.Visit("/me").Follow(".side a[href='/departments']").In("tbody", "Family").In("tbody", "8 people").In("tbody", "1 of them has left")
		if n := p.Header.Get("X-Statements"); n != "2" { // session, list
			t.Errorf("the list costs %s statements", n)
		}
		p = p.Follow("a[href='/departments/new']").In("h1", "Create department")
		p.Submit("#name-form", "name", "").Expect(422).In("#name-error", "Enter a name").Has("#errors a[href='#name']", 1)
		p.Submit("#name-form", "name", "FAMILY").Expect(422).In("#name-error", "already a department Family").Has("#name[value=FAMILY]", 1)
		f := c.Fragment("GET", "/departments/new", "/departments", nil).Has("dialog[data-autoshow] form[hx-target='#dialog']", 1).Has("h1", 0)
		f.SubmitFragment("#name-form", "name", "family").Expect(422).Has("dialog #name-error", 1).Has("html", 1).Has("main", 0)
		if got := f.SubmitFragment("#name-form", "name", "Appeals").Header.Get("HX-Redirect"); got != "/departments?notice=created" {
			t.Error(got)
		}
		p = p.Submit("#name-form", "name", " Refugees ").At("/departments").In("[role=status]", "was created").Has("tbody tr", 3)
		row := "tbody tr:contains(Refugees)"
		p.Follow(row+" a[href$='/edit']").Has("#name[value=Refugees]", 1).Submit("#name-form", "name", "Refugees and humanitarian").In("[role=status]", "was renamed").In("tbody", "Refugees and humanitarian")
		ask := c.Visit("/departments").Follow(row+" a[href$='/delete']").In("h2", "Delete Refugees and humanitarian?").Has(".btn-error", 1)
		ask.Submit("#department-delete").In("[role=status]", "was deleted").Has("tbody tr", 2)
		ask.Submit("#department-delete").Expect(404)
	})
}

// B-16: who renames what was renamed meanwhile sees both names, loses nothing typed, and can then choose.
func TestTwoWhoRenameADepartmentSeeEachOther(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		mine := app.SignIn("admin").Visit("/departments").Follow("tbody a[href$='/edit']")
		app.SignIn("super").Visit("/departments").Follow("tbody a[href$='/edit']").Submit("#name-form", "name", "Theirs").At("/departments")
		p := mine.Submit("#name-form", "name", "Mine").Expect(409).In("#name-stored", "Theirs").Has("#name[value=Mine][aria-invalid=true]", 1)
		p.Submit("#name-form").At("/departments").In("tbody", "Mine")
	})
}

// Issue 3: a department with people cannot be deleted: the page says who, and offers the merge, which asks with counts.
func TestADepartmentWithPeopleIsMerged(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c := app.SignIn("admin")
		c.Visit("/departments").Follow("a[href$='/merge/new']").In("#dialog-text", "no other department").Has(".btn-error", 0)
		if _, err := app.Staff.CreateDepartment(t.Context(), access.System("test"), "Appeals"); err != nil {
			t.Fatal(err)
		}
		ask := c.Visit("/departments").Follow("tbody tr:contains(Family) a[href$='/delete']")
		ask.In("#dialog-text", "8 people").Has(".list a", 5).In(".list", "and 3 more").Has(".btn-error", 0)
		ask.Submit("#department-delete").Expect(422).In("#dialog-text", "8 people") // also by those who do not ask first
		p := ask.Follow("a[href$='/merge/new']").In("h2", "Merge Family into").In("#dialog-text", "8 people").In("#into", "Appeals (0 people)")
		p.Submit("#merge-form").Expect(422).Has("#into[aria-invalid=true]", 1)
		p.Submit("#merge-form", "generation", "7", "into", chosen(p, "Appeals")).Expect(409).In("#into-error", "now called Family")
		p.Submit("#merge-form", "into", chosen(p, "Appeals")).At("/departments").In("[role=status]", "Everyone has moved").Has("tbody tr", 1).In("tbody", "8 people")
		c.Visit("/users/"+app.Person("other").ID+"/history").In(".log li", "Department changed").In(".log li", "Family").In(".log li", "Appeals").In(".log li", "Grace Mbeki")
	})
}

// chosen is the value of the option that says a text.
func chosen(p *apptest.Page, text string) string {
	return p.Attr("option:contains('"+text+"')", "value")
}

// S2-35, S1-34: a person's department is changed in a cell of the list, or on a page of its own.
func TestAPersonsDepartmentIsChangedInItsCell(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		appeals, err := app.Staff.CreateDepartment(t.Context(), access.System("test"), "Appeals")
		if err != nil {
			t.Fatal(err)
		}
		jon := "/users/" + app.Person("consultant").ID + "/department"
		app.SignIn("consultant").Visit(jon + "/edit").Expect(403)
		c := app.SignIn("admin")
		c.Fragment("GET", jon, "/users", nil).In("body", "Family").Has("a[hx-get='"+jon+"/edit'][hx-target='closest td']", 1)
		f := c.Fragment("GET", jon+"/edit", "/users", nil).Has("form[hx-target='closest td']", 1).In("option[selected]", "Family").Has("html main", 0)
		f.SubmitFragment("form", "department", "nonsense").Expect(422).Has("select[aria-invalid=true]", 1)
		done := f.SubmitFragment("form", "department", appeals.ID).Expect(200).In("body", "Appeals").Has(".saved", 1).Has("a[data-focus]", 1)
		if n := done.Header.Get("X-Statements"); n == "" {
			t.Error("nothing was counted")
		}
		p := c.Visit(jon+"/edit").In("h1", "Change the department").Has("form[hx-post]", 0)
		p.Submit("#department-form", "department", "").At("/users/"+app.Person("consultant").ID).In("[role=status]", "The department was changed")
		if u, err := app.Staff.Get(t.Context(), app.Person("consultant").ID); err != nil || u.DepartmentID != nil {
			t.Error(u, err)
		}
	})
}

// C-11: titles are kept in a list; to rename one renames everyone's, and one that someone has stays.
func TestTitlesAreKeptInAList(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c := app.SignIn("admin")
		p := c.Visit("/me").Follow(".side a[href='/titles']").Has("tbody tr", 2)
		p.In("tbody tr:contains(RCIC)", "8 people").In("tbody tr:contains(Paralegal)", "Nobody")
		if n := p.Header.Get("X-Statements"); n != "2" {
			t.Errorf("the list costs %s statements", n)
		}
		p.Follow("a[href='/titles/new']").Submit("#name-form", "name", "paralegal").Expect(422).In("#name-error", "already has Paralegal").
			Submit("#name-form", "name", "Case officer").At("/titles").In("[role=status]", "was added")
		p.Follow("tbody tr:contains(RCIC) a[href$='/delete']").In("#dialog-text", "8 people still have").Has(".btn-error", 0).Submit("#title-delete").Expect(422)
		p.Follow("tbody tr:contains(Paralegal) a[href$='/delete']").Submit("#title-delete").At("/titles").Has("tbody tr", 2)
		edit := p.Follow("tbody tr:contains(RCIC) a[href$='/edit']")
		edit.Submit("#name-form", "name", "Regulated consultant").In("[role=status]", "also for everyone")
		edit.Submit("#name-form", "name", "Another").Expect(409).In("#name-stored", "Regulated consultant")
		c.Visit("/users/"+app.Person("consultant").ID).In(".page-head", "Regulated consultant")
		app.SignIn("paralegal").Visit("/titles").Expect(403)
	})
}

// C-11: the form of a new colleague offers the list, takes nothing else, and lets those who may add to it.
func TestANewColleaguesTitleIsOneOfTheList(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c := app.SignIn("admin")
		p := c.Visit("/users/new").Has("#title option", 3).Has("a[href='/titles/new'][hx-target='#dialog']", 1)
		forged := url.Values{"_csrf": {pageToken(p)}, "first_name": {"Gabriel"}, "last_name": {"Roy"}, "email": {"g@firm.example"}, "role": {"viewer"}, "language": {"en"}, "zone": {"UTC"}, "first": {"link"}, "title": {"Wizard"}}
		c.Do("POST", "/users", "application/x-www-form-urlencoded", forged.Encode(), nil).Expect(422).In("#title-error", "not in the list")
		added := c.Fragment("GET", "/titles/new?for=person", "/users/new", nil).SubmitFragment("#name-form", "name", "Wizard").Expect(200)
		added.Has("hx-partial[hx-target='#title']", 1).Has("option[value=Wizard][selected]", 1).Has("select[data-focus]", 1)
		c.Visit("/users/new").Submit("#user-form", "first_name", "Gabriel", "last_name", "Roy", "email", "g@firm.example", "role", "viewer", "title", "Wizard").Expect(200).In(".page-head", "Wizard")
		if _, err := app.Staff.UpdateOrganization(t.Context(), access.System("test"), staff.OrganizationChange{"contact": {Value: "the office"}}); err != nil {
			t.Fatal(err)
		}
		app.SignIn("consultant").Visit("/me").In("#job-title", "ask the office") // C-11: read-only to oneself
	})
}
