package browser

import (
	"testing"

	"chancery/app/apptest/chrome"
)

// Issue 3, B-16: a person's standing is changed above the list, which stays as it was; giving up and saving both leave the
// keyboard in the row.
func TestStandingIsChangedAboveTheList(t *testing.T) {
	app := crowded(t)
	lucia := app.Person("other").ID
	p, link := signedIn(t, app, "super").Visit("/users?role=consultant&sort=-name"), "#row-"+lucia+" a.status"
	const list = `location.pathname + location.search === "/users?role=consultant&sort=-name"`
	p.Eval(`document.querySelector("` + link + `").focus()`)
	p.Press(chrome.Enter).Sees("dialog:modal h2", "Lucía Fernández Ortega").Until(list)
	p.Press(chrome.Escape).Gone("dialog").Focused(link).Until(list)
	p.Click(link).Click("dialog [data-close]").Gone("dialog").Focused(link)
	p.Click(link).Click("dialog [value=later]").Click("dialog .btn-error").Sees("dialog:modal .error", "").Press(chrome.Escape).Sees("dialog [data-unsaved]", "").Press(chrome.Escape).Gone("dialog").Focused(link)
	p.Click(link).Click("dialog .btn-error").Sees(link, "Inactive").Gone("dialog").Focused(link).Sees("#toasts", "Lucía Fernández Ortega is deactivated").Until(list)
	p.Press(chrome.Enter).Sees("dialog:modal h2", "Lucía").Click("dialog .btn-primary").Sees(link, "Active").Gone("dialog").Focused(link).Until(list)

	// A select in a row that was given up leaves the keyboard at the button that opened it.
	for _, what := range []string{"role", "department"} {
		cell := "#row-" + lucia + " a.cell[href*='/" + what + "/edit']"
		p.Eval(`document.querySelector("` + cell + `").focus()`)
		p.Press(chrome.Enter).Focused("td select[name=" + what + "]").Press(chrome.Escape).Gone("td select").Focused(cell)
	}
}

// B-16: in the row, too, the second of two who change one value is told, with both.
func TestARowThatAnotherHasChangedSaysSo(t *testing.T) {
	app := practice(t)
	jon := app.Person("consultant").ID
	p, cell := signedIn(t, app, "admin").Visit("/users"), "#row-"+jon+" a.cell[href*='/role/edit']"
	p.Click(cell).Focused("td select[name=role]")
	write(t, app, `UPDATE users SET role_id = 'accountant', generation = generation + 1 WHERE id = ?`, jon)
	p.Choose("td select[name=role]", "viewer").Sees("td form [role=status]", "").Focused("td select[name=role]").Press(chrome.Enter).Sees("td form .error", "changed meanwhile").Sees("#role-stored", "Accountant")
	p.Click("td form .btn-primary").Gone("td select").Sees(cell, "Viewer")
}

// All who match are counted as all; and what is to be done with them can be changed on the page that asks.
func TestAllAreCounted(t *testing.T) {
	app := crowded(t)
	p := signedIn(t, app, "super").Visit("/users?q=extra").Click("tbody tr:nth-child(1) .checkbox").Sees("[data-selected]", "1 selected")
	p.Click("#bulk [name=all]").Sees("[data-selected]", "60 selected").Click("#bulk [name=all]").Sees("[data-selected]", "1 selected")
	p.Click("#bulk [name=all]").Load(func() { p.Click("#bulk [value=role]") }).Sees(".page-head p", "60").Sees("#bulk-form .btn-primary", "")
	p.Choose("#value", "paralegal").Sees("h1", "Role Paralegal for 60 people").Sees("tbody", "Viewer → Paralegal").Sees("#confirm-text", "60")
	p.Choose("#kind", "department").Sees("label[for=value]", "Department").Gone("#bulk-confirm").Choose("#value", "").Sees("h1", "No department for 60 people")
	p.Load(func() { p.Click("#bulk-form footer a") }).At("/users").Sees("[data-selected]", "1 selected").Until(`location.search === "?q=extra"`)
}

// On a phone a row's role and department are changed in their place.
func TestARowIsChangedOnAPhone(t *testing.T) {
	app := practice(t)
	jon := app.Person("consultant").ID
	p := signedIn(t, app, "admin").Become(devices["390-light"]...).Visit("/users")
	department := "#row-" + jon + " a.cell[href*='/department/edit']"
	p.Until(`document.querySelector("` + department + `").getBoundingClientRect().height >= 40 && document.documentElement.scrollWidth <= innerWidth`)
	p.Click(department).Focused("td select[name=department]").Choose("td select[name=department]", "").Click("td form .btn-primary").Gone("td select").Sees(department, "None")
	p.Click("#row-"+jon+" a.cell[href*='/role/edit']").Focused("td select[name=role]").Choose("td select[name=role]", "paralegal").Sees("td form [role=status]", "").Click("td form .btn-primary").Gone("td select").Sees("#row-"+jon, "Paralegal")
}
