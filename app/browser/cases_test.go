package browser

import (
	"context"
	"fmt"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/apptest/chrome"
	"chancery/app/cases"
)

// docket gives the practice stages, clients with long names, and cases of three people; the id of the first is returned.
func docket(t *testing.T, app *apptest.App) string {
	t.Helper()
	clients := []cases.Client{{ID: "c1", Name: "Kowalczyk, Aneta", Email: "aneta@client.example", Phone: "+1 416 555 0111"},
		{ID: "c2", Name: "Entreprises Wolfeschlegelsteinhausen-Desrosiers inc.", Email: "comptabilite.fournisseurs@wolfeschlegelsteinhausen.example", Language: "fr"}}
	titles := []string{"Humanitarian and compassionate application", "Work permit", "Spousal sponsorship, from inside Canada"}
	var all []cases.NewCase
	for i := range 60 {
		owner := app.Person([]string{"consultant", "other", "consultant"}[i%3])
		k := cases.NewCase{Number: fmt.Sprintf("MR-2026-%04d", i+1), Title: titles[i%3], ClientID: clients[i%2].ID, Stage: []string{"Gathering documents", "Filed", "Waiting for a decision"}[i%3],
			OwnerID: owner.ID, Private: i == 3, OpenedAt: app.Clock.Now().Add(-time.Duration(i) * 24 * time.Hour)}
		if i%20 == 19 {
			k.Status = cases.Closed
		}
		all = append(all, k)
	}
	if err := app.Cases.Seed(context.Background(), clients, all); err != nil {
		t.Fatal(err)
	}
	var id string
	if err := app.DB.In(context.Background()).Raw(`SELECT id FROM cases WHERE number = 'MR-2026-0001'`).Scan(&id).Error; err != nil {
		t.Fatal(err)
	}
	if err := app.Cases.AddMember(context.Background(), access.System("test"), id, app.Person("paralegal").ID); err != nil {
		t.Fatal(err)
	}
	write(t, app, `UPDATE cases SET messages = 5, inbound = 3, last_message_at = ? WHERE id = ?`, app.Clock.Now().Add(-time.Hour), id)
	write(t, app, `UPDATE associations SET unread = 3 WHERE case_id = ?`, id)
	write(t, app, `INSERT INTO deadlines (id, case_id, title, due_on, created_by, created_at, updated_at) VALUES ('d', ?, 'Answer to the department', '2026-11-20', 'x', ?, ?)`, id, app.Clock.Now(), app.Clock.Now())
	write(t, app, `INSERT INTO appointments (id, case_id, owner_id, title, starts_at, ends_at, zone, created_by, created_at, updated_at) VALUES ('a', ?, ?, 'Review of the translations', ?, ?, 'UTC', 'x', ?, ?)`,
		id, app.Person("consultant").ID, app.Clock.Now().Add(50*time.Hour), app.Clock.Now().Add(51*time.Hour), app.Clock.Now(), app.Clock.Now())
	return id
}

// asked opens a dialog of a case by its link.
func asked(link string) func(*scene) {
	return func(s *scene) { s.Click(link).Until(`document.querySelector("dialog:modal")`) }
}

// Every page and state of cases, on every screen.
func TestEveryPageOfCasesIsSoundOnEveryScreen(t *testing.T) {
	everyLanguage(t, func(t *testing.T, lang string, devices []string) {
		app := practice(t)
		furnish(t, app, lang)
		id := docket(t, app)
		dialog := func(link string) func(*scene) {
			return func(s *scene) { asked(link)(&scene{s.Visit("/cases/" + id), s.t, s.app}) }
		}
		tour(t, app, lang, devices, "consultant", []page{
			{"cases-own", func(s *scene) { s.Visit("/cases") }},
			{"case-own", func(s *scene) { s.Visit("/cases/"+id).Sees("#case-bell", "") }},
			{"case-edit", func(s *scene) { s.Visit("/cases/"+id).Click("#details a[href$='stage/edit']").Sees("#stage-form", "") }},
			{"case-new", func(s *scene) { s.Visit("/cases/new") }},
			{"case-new-client", func(s *scene) { s.Visit("/cases/new").Type("#client", "kow").Sees("#client-choices", "Kowalczyk") }},
			{"case-new-refused", func(s *scene) {
				s.Visit("/cases/new").Fill("#client", "kow").Click("#case-form .btn-primary").Focused("#errors")
			}},
			{"client", func(s *scene) { s.Visit("/clients/c2") }},
			{"client-edit", func(s *scene) { s.Visit("/clients/c2/edit") }},
			{"case-history", func(s *scene) { s.Visit("/cases/"+id+"/history").Sees(".log", "") }},
		})
		tour(t, app, lang, devices, "super", []page{
			{"cases", func(s *scene) { s.Visit("/cases?status=any") }},
			{"cases-selected", func(s *scene) { s.Visit("/cases").Click("tbody .checkbox").Sees(".bulk output", "") }},
			{"cases-no-match", func(s *scene) { s.Visit("/cases?q=nobody-at-all").Sees("#cases .empty", "") }},
			{"case", func(s *scene) { s.Visit("/cases/" + id) }},
			{"case-reassign", dialog(".actions a[href$='owner/edit']")},
			{"case-member", dialog("main aside a[href$='members/new']")},
			{"case-member-off", dialog("main aside li a.btn")},
			{"case-close", dialog(".actions a[href$='closure/new']")},
			{"cases-reassign", func(s *scene) {
				s.Visit("/cases/reassignment/new?all=1&to="+s.app.Person("other").ID).Sees("#bulk-confirm", "")
			}},
			{"stages", func(s *scene) { s.Visit("/stages") }},
			{"sync", func(s *scene) { s.Visit("/sync") }},
			{"stage-new", func(s *scene) {
				s.Visit("/stages").Click(".page-head a").Until(`document.querySelector("dialog:modal")`)
			}},
			{"stage-in-use", func(s *scene) {
				s.Visit("/stages").Click("tbody a[href$=delete]").Until(`document.querySelector("dialog:modal")`)
			}},
			{"cases-of-somebody", func(s *scene) { s.Visit("/users/" + s.app.Person("consultant").ID + "/cases") }},
		})
		write(t, app, `DELETE FROM associations WHERE user_id = ?`, app.Person("other").ID)
		tour(t, app, lang, devices[:1], "other", []page{{"cases-none", func(s *scene) { s.Visit("/cases").Sees("#cases .empty", "") }}})
	})
}

// S0-31, S0-32: one types and the list follows; its address and the focus stay.
func TestCasesAreFoundAsOneTypes(t *testing.T) {
	app := practice(t)
	docket(t, app)
	p := signedIn(t, app, "super").Visit("/cases")
	p.Type("#cases-q", "sponsor").Until(`document.querySelectorAll("#cases tbody tr").length === 19 && location.search === "?q=sponsor"`).Focused("#cases-q")
	p.Choose(".filters [name=stage]", "Filed").Sees("#cases .empty", "").Click("#cases .empty a").At("/cases").Sees("#cases [role=status]", "57 cases")
	p.Click("a[rel=next]").Sees(".pager", "26 to 50 of 57").Until(`location.search.includes("after=")`)
}

// D-1: a field is changed by keys alone, and what stands above the page follows; a bell is switched where it stands.
func TestACaseIsChangedByKeys(t *testing.T) {
	app := practice(t)
	id := docket(t, app)
	p := signedIn(t, app, "consultant").Visit("/cases/" + id)
	p.Eval(`document.querySelector("#details a[href$='title/edit']").focus()`)
	p.Press(chrome.Enter).Focused("#title").Press(chrome.Escape).Gone("#title-form").Focused("#details a[href$='title/edit']")
	p.Press(chrome.Enter).Focused("#title").Fill("#title", "Study permit").Press(chrome.Enter).Sees("#case-line h1", "Kowalczyk, Aneta: Study permit").Focused("#details a[href$='title/edit']")
	p.Click("#case-bell button").Sees("#case-bell [aria-pressed=false]", "").Focused("#case-bell button")
}

// S1-17: those that are selected on two pages of the list go to a colleague together.
func TestCasesOfTwoPagesAreReassigned(t *testing.T) {
	app := practice(t)
	docket(t, app)
	p := signedIn(t, app, "super").Visit("/cases?sort=number")
	p.Click("tbody tr:nth-child(1) .checkbox").Sees(".bulk output", "1 selected").Click("a[rel=next]").Sees(".pager", "26 to 50").Click("tbody tr:nth-child(1) .checkbox").Sees(".bulk output", "2 selected")
	p.Click("#bulk .btn:not([data-unselect])").At("/cases/reassignment/new").Sees(".page-head", "2 cases are selected.")
	p.Choose("#to", app.Person("paralegal").ID).Sees("#bulk-confirm", "Reassign 2 cases").Click("#bulk-confirm button").At("/cases").Sees(".alert-success", "2 cases were reassigned to Mireille")
	p.Sees("#cases [role=status]", "57 cases").Until(`!document.querySelector("tbody :checked")`)
}
