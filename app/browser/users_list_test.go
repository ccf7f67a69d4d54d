package browser

import (
	"context"
	"fmt"
	"testing"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/apptest/chrome"
	"chancery/app/staff"
)

// crowded is a practice whose list of users has three pages.
func crowded(t *testing.T) *apptest.App {
	t.Helper()
	app := practice(t)
	for i := range 60 {
		_, err := app.Staff.Create(context.Background(), access.System("test"), staff.NewUser{FirstName: "Extra", LastName: fmt.Sprintf("Person %02d", i),
			Email: fmt.Sprintf("extra%02d@firm.example", i), RoleID: access.RoleViewer, Language: "en", Zone: "America/Toronto"})
		if err != nil {
			t.Fatal(err)
		}
	}
	return app
}

// S1-34: filters narrow the list at once, the address says so, and one link takes them away.
func TestTheListIsFilteredAtOnce(t *testing.T) {
	p := signedIn(t, crowded(t), "admin").Visit("/users")
	p.Choose(".filters [name=role]", "paralegal").Until(`document.querySelectorAll("#people tbody tr").length === 3 && location.search === "?role=paralegal"`)
	p.Choose(".filters [name=status]", "inactive").Until(`document.querySelectorAll("#people tbody tr").length === 1`).Sees("#people [role=status]", "1 person")
	p.Type("#people-q", "zzz").Sees("#people .empty", "zzz").Focused("#people-q").Click("#people .empty a").At("/users").Sees("#people [role=status]", "68 people")
	p.Click("a[rel=next]").Sees(".pager", "26 to 50 of 68").Until(`location.search.includes("after=")`)
	p.Reload().Sees(".pager", "26 to 50 of 68").Click("a[rel=prev]").Sees(".pager", "1 to 25 of 68")
}

// A cell is changed in its place, by keys alone; Escape leaves it as it was, and the focus stays in the row.
func TestACellIsChangedInItsPlace(t *testing.T) {
	app := practice(t)
	jon := app.Person("consultant").ID
	p, cell := signedIn(t, app, "admin").Visit("/users"), "#row-"+jon+" a.cell[href*='/role/edit']"
	p.Eval(`document.querySelector("` + cell + `").focus()`)
	p.Press(chrome.Enter).Focused("td select[name=role]").Press(chrome.Escape).Gone("td select").Sees(cell, "RCIC Consultant")
	p.Click(cell).Focused("td select[name=role]").Choose("td select[name=role]", "paralegal").Sees("td form [role=status]", "").Focused("td select[name=role]")
	p.Press(chrome.Enter).Gone("td select").Sees(cell, "Paralegal").Focused(cell).Sees("#row-"+jon+" td .saved", "")
	department := "#row-" + jon + " a.cell[href*='/department/edit']"
	p.Click(department).Focused("td select[name=department]").Choose("td select[name=department]", "").Press(chrome.Enter).Gone("td select").Sees(department, "None").Focused(department)
	p.Reload().Sees(cell, "Paralegal").Sees(department, "None")
}

// What is selected outlives paging, sorting and searching, and leads to the page that asks first.
func TestWhatIsSelectedOutlivesPaging(t *testing.T) {
	app := crowded(t)
	p := signedIn(t, app, "super").Visit("/users?q=extra")
	p.Click("tbody tr:nth-child(1) .checkbox").Click("tbody tr:nth-child(2) .checkbox").Sees("[data-selected]", "2 selected")
	p.Click("a[rel=next]").Sees(".pager", "26 to 50 of 60").Sees("[data-selected]", "2 selected").Until(`!document.querySelector("tbody :checked")`)
	p.Click("tbody tr:nth-child(3) .checkbox").Sees("[data-selected]", "3 selected").Load(func() { p.Click("thead th[aria-sort] a") })
	p.Sees("[data-selected]", "3 selected").Visit("/users?q=okafor").Sees("[data-selected]", "3 selected")
	p.Load(func() { p.Click("#bulk [value=role]") }).At("/users/bulk/new").Sees(".page-head p", "3")
	p.Visit("/users?q=extra").Click("thead .checkbox").Sees("[data-selected]", "26 selected").Click("[data-unselect]").Until(`!document.querySelector("tbody :checked")`)
	p.Click("tbody tr:nth-child(1) .checkbox").Click("#bulk [name=all]").Load(func() { p.Click("#bulk [value=department]") }).At("/users/bulk/new").Sees(".page-head p", "60")
}

// The list with all that it can show, on every screen.
func TestTheListIsSoundOnEveryScreen(t *testing.T) {
	for _, lang := range []string{"fr", "en"} {
		app := crowded(t)
		furnish(t, app, lang)
		write(t, app, `UPDATE users SET last_sign_in_at = ? WHERE id = ?`, app.Clock.Now().AddDate(0, -5, 0), app.Person("other").ID)
		p := signedIn(t, app, "super")
		for _, page := range []struct {
			name string
			open func()
		}{
			{"list", func() { p.Visit("/users") }},
			{"list-selected", func() {
				p.Visit("/users?sort=-name").Click("tbody tr:nth-child(2) .checkbox").Click("tbody tr:nth-child(3) .checkbox")
			}},
			{"list-cell", func() {
				p.Visit("/users?role=consultant").Click("#row-" + app.Person("other").ID + " a.cell[href*='/role/edit']").Focused("td select")
			}},
			{"list-none", func() { p.Visit("/users?status=locked&role=viewer").Sees("#people .empty", "") }},
		} {
			p.Become()
			page.open()
			for _, d := range []string{"1280-light", "1280-dark", "390-light", "390-dark"} {
				p.Become(devices[d]...)
				look(t, p, page.name+"-"+lang+"-"+d, lang)
			}
		}
	}
}
