package browser

import (
	"testing"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/apptest/chrome"
	"chancery/app/staff"
)

// Issue 3: departments are made, renamed and merged in dialogs; what is refused comes back in its dialog.
func TestDepartmentsAreKeptInDialogs(t *testing.T) {
	app := practice(t)
	p := signedIn(t, app, "admin").Click(".side a[href='/departments']").At("/departments").Click(".page-head .btn-primary").Until(`document.querySelector("dialog:modal")`).Focused("#name")
	p.Write("family").Press(chrome.Enter).Sees("#name-error", "already").Focused("#errors").Until(`document.querySelectorAll("dialog").length === 1`)
	p.Fill("#name", "Appeals").Load(func() { p.Press(chrome.Enter) }).Sees(".alert-success", "created").Sees("tbody", "Appeals")
	p.Click("a[href$='/edit']").Until(`document.querySelector("dialog:modal")`).Press(chrome.Escape).Gone("dialog").Focused("a[href$='/edit']")
	family := `[...document.querySelectorAll("tbody tr")].find((tr) => tr.innerText.includes("Family"))`
	p.Eval(family + `.querySelector("a[href$='/delete']").focus()`)
	p.Press(chrome.Enter).Sees("dialog", "8 people").Click("dialog .btn-primary").Sees("#into", "Appeals").Until(`document.querySelectorAll("dialog").length === 1`)
	p.Click("dialog .btn-error").Sees("#into-error", "").Focused("#errors")
	p.Eval(`document.querySelector("#into").selectedIndex = 1`)
	p.Load(func() { p.Click("dialog .btn-error") }).Sees(".alert-success", "Everyone has moved").Sees("tbody", "8 people")
}

// C-11: a title that is missing is added from the form of a new colleague, and nothing typed there is lost.
func TestATitleIsAddedFromTheFormOfANewColleague(t *testing.T) {
	p := signedIn(t, practice(t), "admin").Visit("/users/new").Fill("#first-name", "Wilhelmina")
	p.Click("#title-hint a").Until(`document.querySelector("dialog:modal")`).Focused("#name").Write("Case officer").Press(chrome.Enter).Gone("dialog").Focused("#title")
	p.Until(`document.querySelector("#title").value === "Case officer" && document.querySelector("#first-name").value === "Wilhelmina"`)
}

// S2-34: a section is saved in its place, and the name shows in the menu at once; the logo is cropped and shown there too.
func TestTheOrganizationIsChangedInItsPlace(t *testing.T) {
	p := signedIn(t, practice(t), "admin").Visit("/organization").Fill("#org-lock-tries", "1").Click("#passwords-form .btn-primary").Sees("#org-lock-tries-error", "3").Focused("#errors")
	p.Click("#errors a").Focused("#org-lock-tries").Fill("#org-lock-tries", "5").Click("#passwords-form .btn-primary").Sees("#passwords .alert-success", "Saved").Gone("#errors")
	p.Fill("#org-name", "Marlow & Daughters").Press(chrome.Enter).Sees(".side .brand", "Marlow & Daughters").Sees("#identity .alert-success", "")
	p.Pick("#logo-file", "logo.png", picture(400, 300)).Until(cropping).Press(chrome.Enter).Gone("dialog").Sees("#logo .saved", "Logo saved")
	p.Until(`document.querySelector(".side .brand img").src.includes("/logo/") && document.querySelector("#logo img").naturalWidth === 256`)
	p.Click("#logo a").Until(`document.querySelector("dialog:modal")`).Click("dialog .btn-error").Gone("dialog").Sees("#logo .saved", "removed").Focused("#logo-file")
	p.Until(`document.querySelector(".side .brand img").src.includes("mark.svg")`)
}

// Issue 3: the history narrows when a filter changes, and its address can be shared.
func TestTheHistoryNarrows(t *testing.T) {
	p := signedIn(t, practice(t), "admin").Visit("/history").Choose("select[name=action]", "organization.edit").Sees("#history .empty", "").Until(`location.search.includes("action=organization.edit")`)
	p.Choose("select[name=action]", "user.create").Until(`document.querySelectorAll("#history .log li").length === 8`)
	p.Fill("#actor", "nobody@firm.example").Press(chrome.Enter).Sees("#history .empty", "Nobody has or had")
}

// The practice's pages in every theme and on every screen, in the language with the longest words; see pages_test.go.
func TestThePracticesPagesAreSoundOnEveryScreen(t *testing.T) {
	app := practice(t)
	settle(t, app)
	write(t, app, `UPDATE users SET language = 'fr'`)
	p := signedIn(t, app, "super")
	jon := "/users/" + app.Person("consultant").ID
	opens := func(link, shows string) func() {
		return func() { p.Click(link).Sees(shows, "") }
	}
	for _, page := range []struct {
		name, path string
		then       func()
	}{
		{"departments", "/departments", nil},
		{"departments-new", "/departments", opens(".page-head .btn-primary", "dialog:modal")},
		{"departments-edit-page", "/departments/" + *app.Person("consultant").DepartmentID + "/edit", nil},
		{"departments-delete", "/departments/" + *app.Person("consultant").DepartmentID + "/delete", nil},
		{"departments-merge", "/departments/" + *app.Person("consultant").DepartmentID + "/merge/new", nil},
		{"users-department", jon + "/department/edit", nil},
		{"titles", "/titles", nil},
		{"titles-new", "/titles", opens(".page-head .btn-primary", "dialog:modal")},
		{"titles-delete", "/titles", opens("tbody tr:last-child a[href$='/delete']", "dialog:modal")},
		{"organization", "/organization", nil},
		{"organization-refused", "/organization", func() { p.Fill("#org-name", "").Press(chrome.Enter).Sees("#org-name-error", "") }},
		{"organization-saved", "/organization?saved=sessions", nil},
		{"organization-logo-delete", "/organization/logo/delete", nil},
		{"history", "/history", nil},
		{"history-none", "/history?actor=nobody@firm.example", nil},
		{"users-history", jon + "/history", nil},
		{"me-account", "/me", nil},
	} {
		p.Become()
		p.Visit(page.path)
		if page.then != nil {
			page.then()
		}
		for _, d := range []string{"1280-light", "1280-dark", "390-light", "390-dark"} {
			p.Become(devices[d]...)
			look(t, p, page.name+"-fr-"+d, "fr")
		}
	}
}

// settle gives the practice something to show: departments, titles, and a past.
func settle(t *testing.T, app *apptest.App) {
	t.Helper()
	ctx, by := t.Context(), app.Actor("admin")
	by.Network = "198.51.100.7"
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"Refugee and humanitarian applications", "Work permits", "Office and finance"} {
		_, err := app.Staff.CreateDepartment(ctx, by, name)
		must(err)
	}
	_, err := app.Staff.CreateTitle(ctx, by, "Regulated Canadian Immigration Consultant")
	must(err)
	jon := app.Person("consultant").ID
	must(app.Staff.SetDepartment(ctx, by, jon, ""))
	must(app.Staff.SetDepartment(ctx, by, jon, *app.Person("consultant").DepartmentID))
	bio := "Spousal and family class applications, humanitarian and compassionate grounds.\nSpeaks Spanish, French and some Portuguese."
	_, err = app.Staff.UpdateProfile(ctx, app.Actor("consultant"), jon, staff.ProfileChange{Bio: &staff.Edit{Value: bio}, Cell: &staff.Edit{Value: "+14165550118"}})
	must(err)
	_, err = app.Staff.UpdateOrganization(ctx, by, staff.OrganizationChange{"lock_tries": {Value: "5"}, "idle_minutes": {Value: "30"}, "tagline": {Value: "Immigration law since 1998"}})
	must(err)
	must(app.Staff.SetRole(ctx, app.Actor("super"), jon, access.RoleManager, true))
}
