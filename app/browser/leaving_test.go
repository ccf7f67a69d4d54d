package browser

import (
	"fmt"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/apptest/chrome"
	"chancery/app/cases"
	"chancery/app/staff"
)

// files gives a cast member clients and open cases, with names as long as they may reasonably be.
func files(t *testing.T, app *apptest.App, who string, n int) {
	t.Helper()
	clients := []cases.Client{{ID: "c1-" + who, Name: "Kowalczyk, Aneta"}, {ID: "c2-" + who, Name: "Entreprises Wolfeschlegelsteinhausen-Desrosiers inc."}}
	var all []cases.NewCase
	for i := range n {
		all = append(all, cases.NewCase{Number: fmt.Sprintf("MR-2026-%s%04d", who[:1], i+1), Title: "Humanitarian and compassionate application", ClientID: clients[i%2].ID,
			Stage: []string{"Gathering", "With client", "Decision awaited"}[i%3], OwnerID: app.Person(who).ID, Private: i%7 == 2})
	}
	if err := app.Cases.Seed(t.Context(), clients, all); err != nil {
		t.Fatal(err)
	}
}

// S1-16, S1-17, S1-18, B-1: cases are selected and given away; then the person leaves by one sheet, with a receipt.
func TestAConsultantLeavesInOrder(t *testing.T) {
	app := practice(t)
	files(t, app, "consultant", 12)
	working(t, app)
	jon, lucia := app.Person("consultant"), app.Person("other")
	phone := signedIn(t, app, "consultant")
	p := signedIn(t, app, "admin").Visit("/users/"+jon.ID).Click(".tabnav a[href$='/cases']").Sees(".tabnav [aria-current] .count", "12")
	p.Fill("#case-q", "c0002").Until(`document.querySelectorAll("tbody tr").length === 1 && location.search === "?q=c0002"`).Fill("#case-q", "").Until(`document.querySelectorAll("tbody tr").length === 12`)
	p.Click("tbody tr:nth-child(2) .checkbox").Sees("[data-selected]", "1 selected").Click("thead .checkbox").Sees("[data-selected]", "12 selected").Click("thead .checkbox").Until(`!document.querySelector(".bulk").checkVisibility()`)
	p.Click("tbody tr:nth-child(1) .checkbox").Click("tbody tr:nth-child(3) .checkbox").Choose("#to", lucia.ID).Click(".bulk .btn-primary").Sees(".alert-success", "2 cases were reassigned to Lucía").Sees(".tabnav .count", "10")
	p.Click(".page-head [popovertarget=user-menu]").Click("#user-menu .danger").Until(`document.querySelector("dialog:modal")`).Sees("dialog .alert-warning", "10 open cases")
	p.Until(`!document.querySelector("#last-day").checkVisibility()`).Click("[name=when][value=later]").Until(`document.querySelector("#last-day").checkVisibility()`).Click("[name=when][value=now]")
	p.Press(chrome.Escape).Gone("dialog").Click(".page-head [popovertarget=user-menu]").Click("#user-menu .danger").Until(`document.querySelector("dialog:modal")`)
	p.Choose("#successor", lucia.ID).Fill("#reason", "Moves to Halifax").Load(func() { p.Click("dialog .btn-error") }).At("/users/" + jon.ID + "/deactivation")
	p.Sees("#departure .alert-success", "Jon Okafor has left").Sees(".list", "Lucía Fernández Ortega: 10").Sees("footer", "11 of 11").Reload().Sees(".list", "Lucía Fernández Ortega: 10")
	phone.Visit("/me").At("/sign-in")
	p.Visit("/users/"+lucia.ID+"/cases").Sees(".tabnav .count", "12")
}

// The pages of leaving on every screen; French has the longest texts.
func TestLeavingIsSoundOnEveryScreen(t *testing.T) {
	app := practice(t)
	files(t, app, "consultant", 60)
	files(t, app, "other", 3)
	for lang, screens := range map[string][]string{"fr": {"1280-light", "1280-dark", "390-light", "390-dark"}, "es": {"390-dark"}, "en": {"1280-light"}} {
		write(t, app, `UPDATE users SET language = ?`, lang)
		p := signedIn(t, app, "super")
		jon, lucia := "/users/"+app.Person("consultant").ID, "/users/"+app.Person("other").ID
		seen := func(name string) {
			for _, d := range screens {
				p.Become(devices[d]...)
				look(t, p, "leaving-"+name+"-"+lang+"-"+d, lang)
			}
			p.Become()
		}
		p.Visit(jon + "/cases").Click("tbody tr:nth-child(2) .checkbox").Click("tbody tr:nth-child(3) .checkbox")
		seen("cases")
		p.Visit(jon + "/cases?q=zzz")
		seen("cases-unfound")
		p.Visit("/users/" + app.Person("accountant").ID + "/cases")
		seen("cases-none")
		p.Visit(jon + "/deactivation/new").Until(`document.querySelector("dialog:modal")`)
		seen("sheet")
		p.Visit(jon + "/deactivation/new?way=picked").Until(`document.querySelector("dialog:modal")`)
		seen("sheet-picked")
		p.Visit(jon+"/deactivation/new").Until(`document.querySelector("dialog:modal")`).Click("[name=when][value=later]").Expect("422").Load(func() { p.Click("dialog .btn-error") }).Sees("#last-day-error", "")
		seen("sheet-refused")

		super := access.System("test")
		plan := staff.Plan{Way: staff.ToOne, Successor: app.Person("other").ID, At: app.Clock.Now().Add(9 * 24 * time.Hour)}
		d, err := app.Staff.Deactivate(t.Context(), super, app.Person("consultant").ID, plan)
		if err != nil {
			t.Fatal(err)
		}
		p.Visit(jon + "/deactivation")
		seen("planned")
		p.Visit(jon + "/deactivation/delete").Until(`document.querySelector("dialog:modal")`)
		seen("cancel")
		write(t, app, `UPDATE departures SET state = 'blocked', conditions = '[{"type":"Possible","status":"False","reason":"NoSuccessor","since":"2026-11-21T14:00:00Z"}]' WHERE id = ?`, d.ID)
		p.Visit(jon + "/deactivation")
		seen("blocked")
		p.Visit(jon)
		seen("blocked-overview")
		if err := app.Staff.CancelDeparture(t.Context(), super, app.Person("consultant").ID); err != nil {
			t.Fatal(err)
		}
		if _, err := app.Staff.Deactivate(t.Context(), super, app.Person("other").ID, staff.Plan{Way: staff.ToDepartment}); err != nil {
			t.Fatal(err)
		}
		p.Visit(lucia + "/deactivation")
		seen("working")
		write(t, app, `UPDATE departures SET state = 'done', done = total WHERE user_id = ?`, app.Person("other").ID)
		p.Visit(lucia + "/deactivation")
		seen("receipt")
		p.Visit(lucia + "/activation/new").Until(`document.querySelector("dialog:modal")`)
		seen("reactivate")
		if err := app.Staff.Reactivate(t.Context(), super, app.Person("other").ID); err != nil {
			t.Fatal(err)
		}
	}
}
