package web_test

import (
	"encoding/csv"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/staff"
)

// S1-34, B-18: the list is filtered by how an account stands, by role and by department; its address holds all of it.
func TestTheListIsFiltered(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		write := func(sql string, args ...any) {
			t.Helper()
			if err := app.DB.In(t.Context()).Exec(sql, args...).Error; err != nil {
				t.Fatal(err)
			}
		}
		write(`UPDATE credentials SET locked_until = ? WHERE user_id = ?`, app.Clock.Now().Add(time.Minute), app.Person("accountant").ID)
		write(`UPDATE users SET last_sign_in_at = ? WHERE id IN (?, ?)`, app.Clock.Now().AddDate(0, 0, -91), app.Person("other").ID, app.Person("inactive").ID)
		write(`UPDATE users SET created_at = ?, department_id = NULL WHERE id = ?`, app.Clock.Now().AddDate(0, 0, -91), app.Person("invited").ID)
		c := app.SignIn("admin")
		all := c.Visit("/users").In("#people [role=status]", "8 people").Has(".filters select", 5)
		for query, want := range map[string][]string{
			"status=active":                    {"super", "admin", "consultant", "other", "paralegal"},
			"status=invited":                   {"invited"},
			"status=locked":                    {"accountant"},
			"status=inactive":                  {"inactive"},
			"status=dormant":                   {"other", "invited"}, // who has left is not
			"role=paralegal":                   {"paralegal", "inactive", "invited"},
			"role=paralegal&status=active":     {"paralegal"},
			"department=none":                  {"invited"},
			"q=tremblay&role=paralegal":        {"paralegal"},
			"status=nonsense&role=paralegal":   {"paralegal", "inactive", "invited"},
			"sort=nonsense&size=7&status=none": {"super", "admin", "consultant", "other", "paralegal", "accountant", "inactive", "invited"},
		} {
			p := c.Visit("/users?"+query).Expect(200).Has("tbody tr", len(want))
			for _, who := range want {
				p.Has("tbody tr#row-"+app.Person(who).ID, 1)
			}
		}
		c.Visit("/users?status=dormant").Has("tbody .tag", 2).In("tbody .tag", "Dormant")
		all.Has("tbody .tag", 2)
		p := c.Visit("/users?status=locked&role=paralegal").Has("tbody tr", 0).In("#people .empty", "Nobody matches these filters").In("#people [role=status]", "0 people")
		p.Has(".filters [name=status] [selected][value=locked]", 1).Has(".filters [name=role] [selected][value=paralegal]", 1)
		p.Follow("#people .empty a").At("/users").Has("tbody tr", 8)
		c.Visit("/users?status=active&sort=-created&q=firm").Follow("#people > header a").Has("tbody tr", 8).Has("[name=sort] [selected][value=-created]", 1)

		write(`UPDATE organization SET dormant_days = 0`)
		c.Visit("/users").Has("tbody .tag", 0).Has(".filters [value=dormant]", 0)
	})
}

// The forms of browsers without script name all that was not chosen, too; with script the address stays short.
func TestTheAddressOfAListIsShort(t *testing.T) {
	app := apptest.One(t)
	c := app.SignIn("admin")
	full := "/users?q=firm&status=&role=paralegal&department=&sort=name"
	c.Visit(full).Has("tbody tr", 3)
	if at := c.Fragment("GET", full, "/users", nil).Has("tbody tr", 3).Header.Get("HX-Replace-Url"); at != "/users?q=firm&role=paralegal" {
		t.Error(at)
	}
	if at := c.Fragment("GET", "/users?q=firm&role=paralegal", "/users", nil).Header.Get("HX-Replace-Url"); at != "" {
		t.Error(at)
	}
}

// Heads turn the order round, and say which one it is.
func TestHeadsOrderTheList(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		first := func(p *apptest.Page) string { return p.Text("tbody tr:first-child th > a") }
		p := app.SignIn("admin").Visit("/users").Has("thead th[aria-sort=ascending]", 1)
		if first(p) != "Lucía Fernández Ortega" {
			t.Error(first(p))
		}
		p = p.Follow("thead th[aria-sort] a").Has("thead th[aria-sort=descending]", 1)
		if first(p) != "Mireille Tremblay-Côté" || p.Path != "/users?sort=-name" {
			t.Error(first(p), p.Path)
		}
		p = p.Follow("thead th:last-child a").Has("thead th:last-child[aria-sort=ascending]", 1)
		if first(p) != "Owen MacGillivray" { // never
			t.Error(first(p))
		}
	})
}

// What can be done with several is offered to those who may do it; the question goes along with the choice.
func TestSeveralAreChosen(t *testing.T) {
	app := apptest.One(t)
	for i := range 30 {
		hire(t, app, staff.NewUser{FirstName: "Extra", LastName: fmt.Sprintf("Person %02d", i), Email: fmt.Sprintf("extra%02d@firm.example", i), RoleID: access.RoleViewer})
	}
	p := app.SignIn("admin").Visit("/users?q=firm&role=viewer&sort=-name").Has("tbody input[form=bulk][name=id]", 25).Has("#bulk button[name=kind]", 5)
	p.In("#bulk label", "All 30 that match").Has("#bulk [name=all][value='1'][data-says='30 selected']", 1).Has("#bulk input[type=hidden]", 3)
	if p.Attr("#bulk", "method") != "" || p.Attr("#bulk", "action") != "/users/bulk/new" || p.Attr("#bulk [name=q]", "value") != "firm" || p.Attr("#bulk [name=role]", "value") != "viewer" {
		t.Error("the form does not lead to the page that asks first, with the list's own question")
	}
	row := "tbody tr:first-child"
	p.Has(row+" a.cell[href*='/role/edit?back='][hx-get$='/role/edit']", 1).Has(row+" a.cell[href*='/department/edit?back='][hx-get$='/department/edit']", 1)
	if app.SignIn("admin").Visit("/users?role=super-admin").Has("#bulk label", 0).Has("tbody tr", 1); t.Failed() {
		return
	}

	manager := hire(t, app, staff.NewUser{FirstName: "Mona", LastName: "Agha", Email: "mona@firm.example", RoleID: access.RoleManager})
	if err := app.DB.In(t.Context()).Exec(`UPDATE users SET role_id = 'manager' WHERE id = ?`, app.Person("consultant").ID).Error; err != nil {
		t.Fatal(err)
	}
	app.SignIn("consultant").Visit("/users?q=agha").Has("tbody tr#row-"+manager.ID, 1).Has("#bulk", 0).Has("tbody input", 0).Has("a.cell", 0).Has("a.status", 0).Has("a[href^='/users.csv']", 0)
}

// S0-32, S1-14: the list as a file is what the list shows, on record, and runs nothing in a spreadsheet.
func TestTheListIsExported(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		for i := range 1100 { // more than are read at once, and more than are counted
			if i%100 == 0 {
				hire(t, app, staff.NewUser{FirstName: "=cmd()", LastName: fmt.Sprintf("Person %02d", i), Email: fmt.Sprintf("extra%04d@firm.example", i), RoleID: access.RoleViewer})
				continue
			}
			err := app.DB.In(t.Context()).Exec(`INSERT INTO users (id, email, first_name, last_name, sort_name, search, language, zone, status, role_id, created_at, updated_at)
				VALUES (?, ?, 'A', 'B', ?, ?, 'en', 'UTC', 'ACTIVE', 'viewer', ?, ?)`, fmt.Sprintf("x%04d", i), fmt.Sprintf("x%04d@firm.example", i), fmt.Sprintf("b %04d", i), fmt.Sprintf("a b x%04d@firm.example", i), app.DB.Now(), app.DB.Now()).Error
			if err != nil {
				t.Fatal(err)
			}
		}
		c := app.SignIn("admin")
		read := func(path string) [][]string {
			t.Helper()
			p := c.Visit(path).Expect(200)
			if kind := p.Header.Get("Content-Type"); kind != "text/csv; charset=utf-8" || p.Header.Get("Content-Disposition") != `attachment; filename="users-2026-11-21.csv"` {
				t.Errorf("%s, %s", kind, p.Header.Get("Content-Disposition"))
			}
			text, ok := strings.CutPrefix(p.Body, "\ufeff")
			lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
			if err != nil || !ok || len(lines) == 0 || lines[0][0] != "Name" || lines[0][1] != "E-mail" {
				t.Fatalf("%.200q, %v", p.Body, err)
			}
			return lines[1:]
		}
		if lines := read("/users.csv"); len(lines) != 1108 {
			t.Errorf("%d people", len(lines))
		}
		lines := read("/users.csv?" + url.Values{"q": {"person"}, "role": {"viewer"}, "sort": {"-name"}}.Encode())
		if len(lines) != 11 || lines[0][0] != "'=cmd() Person 900" || lines[0][5] != "Not invited" {
			t.Errorf("%d, %q", len(lines), lines)
		}
		lines = read("/users.csv?q=mbeki")
		if fmt.Sprint(lines) != "[[Grace Mbeki admin@firm.example RCIC consultant Administrator Family Active  2026-11-21T09:00:00-05:00 2026-11-21T09:00:00-05:00]]" {
			t.Errorf("%q", lines)
		}
		var notes []string
		if err := app.DB.In(t.Context()).Raw(`SELECT changes FROM audit WHERE action = 'user.export' AND actor_id = ? ORDER BY at, id`, app.Person("admin").ID).Scan(&notes).Error; err != nil {
			t.Fatal(err)
		}
		if len(notes) != 3 || !strings.Contains(notes[0], `"1000+"`) || !strings.Contains(notes[1], `{"field":"search","before":"","after":"person"}`) {
			t.Errorf("%q", notes)
		}
		app.SignIn("paralegal").Visit("/users.csv").Expect(403)
	})
}
