package browser

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"chancery/app/apptest"
	"chancery/app/apptest/chrome"
	"chancery/app/work"
)

// B-17: a file of colleagues: what would happen, then a run whose page goes on by itself, is loaded again, and ends.
func TestAFileOfColleaguesIsImportedAndItsRunWatched(t *testing.T) {
	app := practice(t)
	p := signedIn(t, app, "admin").Visit("/users")
	p.Load(func() { p.Click(".page-head a[href='/users/import/new']") })
	p.Load(func() { p.Click("#import-form .btn-primary") }).Focused("#errors").Click("#errors a").Focused("#file")
	var file strings.Builder
	file.WriteString("E-mail;Full name;Role\n" + apptest.Email("consultant") + ";Someone Else;Viewer\n")
	for i := range 140 {
		fmt.Fprintf(&file, "marie%d@firm.example;Marie-Claire Archambault;Paralegal\n", i)
	}
	p.Pick("#file", "people.csv", []byte(file.String()))
	p.Load(func() { p.Click("#import-form .btn-primary") }).Sees("h1", "What would happen").Sees("tbody", "This import changes nobody")
	p.Load(func() { p.Click("#import-confirm .btn-primary") }).Sees("h1", "Import of 141 rows").Sees("h1 .status", "Waiting")
	advance(t, app)
	p.Until(`document.querySelector("progress").value === 101 && document.querySelector("h1 .status").textContent === "Running"`) // 100, and the one that was known
	p.Reload().Until(`document.querySelector("progress").value === 101`)
	working(t, app)
	p.Sees("h1 .status", "Finished").Until(`document.querySelector("progress").value === 141 && !document.querySelector("#run").hasAttribute("hx-trigger")`)
	p.Load(func() { p.Click(".tabnav a[href$='state=refused']") }).Sees("tbody", "This import changes nobody").Until(`document.querySelectorAll("tbody tr").length === 1`)
}

// advance does one batch, as the jobs would.
func advance(t *testing.T, app *apptest.App) {
	t.Helper()
	ids, err := app.Work.Due(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if _, err := app.Work.Advance(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
}

// B-17: people are chosen in the list, what would happen is shown, and it happens.
func TestPeopleAreChosenAndGivenARole(t *testing.T) {
	app := practice(t)
	working(t, app)
	p := signedIn(t, app, "admin").Visit("/users")
	for _, who := range []string{"consultant", "super", "paralegal"} {
		p.Click("#row-" + app.Person(who).ID + " .checkbox")
	}
	p.Load(func() { p.Click("#bulk button[value=role]") }).Sees(".page-head", "3 people are selected").Choose("#value", "accountant")
	p.Load(func() { p.Click("#bulk-form .btn") }).Sees("tbody", "Would be refused")
	p.Load(func() { p.Click("#bulk-confirm .btn-primary") }).Sees("h1 .status", "Finished").Sees("tbody", "Super Admin")
}

// S0-13, B-16: a colleague's field is edited in its row; two who edit one are both heard.
func TestAColleaguesRowIsEditedInItsPlace(t *testing.T) {
	app := practice(t)
	base := "/users/" + app.Person("consultant").ID
	p := signedIn(t, app, "admin").Visit(base)
	p.Click("#personal a[href$='/first-name/edit']").Focused("#first-name").Fill("#first-name", "J").Press(chrome.Enter).Sees("#first-name-error", "")
	p.Fill("#first-name", "Jonathan").Press(chrome.Enter).Sees("#first-name-shown", "Jonathan").Sees("h1", "Jonathan Okafor").Focused("#personal a[href$='/first-name/edit']")
	p.Click("#personal a[href$='/zone/edit']").Focused("#personal .editing input[role=combobox]").Press(chrome.Escape)
	p.Click("#personal a[href$='/bio/edit']").Focused("#bio").Fill("#bio", "Mine")
	write(t, app, `UPDATE users SET bio = 'Theirs', generation = generation + 1 WHERE id = ?`, app.Person("consultant").ID)
	p.Press(chrome.Tab).Press(chrome.Enter).Sees("#bio-stored", "Theirs").Until(`document.querySelector("#bio").value === "Mine"`)
}

// workPages are the pages of long work, and of what leads there.
var workPages = []page{
	{"import", func(s *scene) { s.Visit("/users/import/new") }},
	{"import-refused", func(s *scene) {
		s.Load(func() { s.Click("#import-form .btn-primary") })
		s.Sees("#file-error", "")
	}},
	{"import-dry-run", func(s *scene) {
		s.Visit("/users/import/new").Pick("#file", "people.csv", []byte("E-mail;Full name;Role;Department;Time zone\n"+
			"marie@firm.example;Marie-Claire Archambault-Desrosiers;Paralegal;Family;\n"+apptest.Email("consultant")+";Someone Else;Viewer;;\n"+
			"nowhere;Anna;Wizard;Nowhere;Mars\n"+apptest.Email("other")+";Maximiliana Fernández-Wolfeschlegelsteinhausen;consultant;;\n"))
		s.Load(func() { s.Click("#import-form .btn-primary") })
		s.Sees("#import-confirm", "")
	}},
	{"import-changes", func(s *scene) {
		write(s.t, s.app, `UPDATE users SET role_id = 'super-admin' WHERE email = '`+apptest.Email("accountant")+`'`)
		s.Visit("/users/import/new?change=yes").Pick("#file", "people.csv", []byte("E-mail;Full name;Role;Department;Status;Cell number;Profiles\n"+
			apptest.Email("consultant")+";Jonathan Okafor-Wolfeschlegelsteinhausen;Paralegal;;;+1 416 555 0142;Collections\n"+apptest.Email("paralegal")+";;;;Inactive;;\n"+
			apptest.Email("other")+";;Super Admin;;;;\nmarie@firm.example;Marie-Claire Archambault-Desrosiers;Paralegal;Family;;;\n"+
			apptest.Email("super")+";;Viewer;;;;\n"+apptest.Email("admin")+";Grace Mbeki;;;Active;;\n"))
		s.Load(func() { s.Click("#import-form .btn-primary") })
		s.Load(func() { s.Click("#import-confirm .btn-primary") })
		s.Focused("#errors").Sees("#confirmed-error", "").Click("#confirmed")
	}},
	{"run-waiting", func(s *scene) {
		s.Load(func() { s.Click("#import-confirm .btn-primary") })
		s.Sees("progress", "")
	}},
	{"run-done", func(s *scene) {
		for range 2 {
			advance(s.t, s.app)
		}
		s.Until(`!document.querySelector("#run").hasAttribute("hx-trigger")`)
	}},
	{"run-stopped", func(s *scene) {
		id, err := s.app.Work.Ask(context.Background(), s.app.Actor("super"), work.Request{Kind: "sign-out", Items: []work.Item{{ObjectID: s.app.Person("inactive").ID, Label: "Arturo Salcedo"}}})
		if err != nil {
			s.t.Fatal(err)
		}
		s.Visit("/runs/" + id)
		s.Load(func() { s.Click("form[action$='/cancellation'] .btn") })
		s.Sees(".alert-warning", "")
	}},
	{"bulk-role", func(s *scene) { s.Visit("/users/bulk/new?kind=role&id=" + s.app.Person("other").ID) }},
	{"bulk-nobody", func(s *scene) { s.Visit("/users/bulk/new?kind=role") }},
	{"bulk-deactivation", func(s *scene) {
		s.Visit("/users/bulk/new?kind=deactivation&all=1").Sees("#bulk-confirm", "")
	}},
	{"runs", func(s *scene) { s.Visit("/runs").Sees("#runs li", "") }},
	{"user-row-title", func(s *scene) {
		s.Visit("/users/" + s.app.Person("other").ID).Click("#personal a[href$='/title/edit']").Focused("#title")
	}},
	{"user-row-zone", func(s *scene) {
		s.Visit("/users/" + s.app.Person("other").ID).Click("#personal a[href$='/zone/edit']").Focused("#personal .editing input[role=combobox]")
	}},
	{"user-edit", func(s *scene) { s.Visit("/users/" + s.app.Person("other").ID + "/edit") }},
	{"user-edit-conflict", func(s *scene) {
		write(s.t, s.app, `UPDATE users SET bio = 'Écrit entre-temps par quelqu’un d’autre', cell = '', generation = generation + 1 WHERE id = ?`, s.app.Person("other").ID)
		s.Fill("#bio", "À moi").Fill("#cell", "+1 416 555 0142").Click("#edit-form .btn-primary").Focused("#errors").Sees("#bio-stored", "")
	}},
	{"user-edited", func(s *scene) {
		s.Load(func() { s.Click("#edit-form .btn-primary") })
		s.Sees(".alert-success", "")
	}},
}

// TestWorkPagesAreSoundOnEveryScreen looks at each of them as TestEveryPageIsSoundOnEveryScreen does at the others.
func TestWorkPagesAreSoundOnEveryScreen(t *testing.T) {
	app := practice(t)
	furnish(t, app, "fr")
	p := visitor(t, app)
	s := &scene{p, t, app}
	s.speak("fr")
	enter(p.Visit("/sign-in"), "super", apptest.Password).Until(`location.pathname !== "/sign-in"`)
	for _, page := range workPages {
		p.Become()
		page.open(s)
		for _, d := range []string{"1280-light", "1280-dark", "390-light", "390-dark"} {
			p.Become(devices[d]...)
			look(t, p, page.name+"-fr-"+d, "fr")
		}
	}
}
