package web_test

import (
	"slices"
	"strings"
	"testing"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/staff"
)

// overs is what of a person each route is over, by routes.go: record, account, or "".
func overs(t *testing.T) map[string]string {
	t.Helper()
	routes := map[string]string{}
	for route, names := range written(t) {
		if _, path, _ := strings.Cut(route, " "); !strings.HasPrefix(path, "/users/:id") {
			continue
		}
		routes[route] = ""
		for _, name := range names {
			if over, ok := strings.CutPrefix(name, "Over"); ok {
				routes[route] = strings.ToLower(over)
			}
		}
	}
	return routes
}

// helpdesk gives somebody a role that looks after accounts and may little else.
func helpdesk(t *testing.T, app *apptest.App, who string) *apptest.Client {
	t.Helper()
	now := app.Clock.Now()
	run(t, app, `INSERT INTO roles (id, name, position, created_at, updated_at) VALUES ('helpdesk', 'Helpdesk', 20, ?, ?)`, now, now)
	for _, p := range access.All() {
		if p.Module() == "users" || p == access.RolesView || p == access.RolesEdit || p == access.CasesView || p == access.MessagesView || p == access.AppointmentsView {
			run(t, app, `INSERT INTO role_permissions (role_id, permission) VALUES ('helpdesk', ?)`, string(p))
		}
	}
	run(t, app, `UPDATE users SET role_id = 'helpdesk' WHERE id = ?`, app.Person(who).ID)
	return app.SignIn(who)
}

// S1-32, ASVS 8.2.2, 8.3.1: every route that does something to a person says what it is over, and is refused, with its words and a
// way back, where the person's rights are beyond the reader's. What is not over a person is listed here.
func TestNoRouteReachesBeyondTheReader(t *testing.T) {
	free := []string{"PATCH /users/:id/cases"} // the cases are reassigned, not the person
	routes := overs(t)
	for route, over := range routes {
		if over == "" && !strings.HasPrefix(route, "GET ") && !slices.Contains(free, route) {
			t.Errorf("%s does not say what of the person it is over", route)
		}
	}
	app := apptest.One(t)
	desk := helpdesk(t, app, "accountant")
	token := pageToken(desk.Visit("/me"))
	for route, over := range routes {
		for _, who := range []string{"admin", "super"} {
			id := app.Person(who).ID
			p := ask(desk, token, strings.Replace(route, ":id", id, 1), false)
			switch {
			case over == "account", over == "record" && who == "super":
				p.Expect(403).In("main h1", "This is not yours to change").Has("main a[href='/users/"+id+"']", 1)
			case p.Status == 403 && !strings.Contains(p.Text("main"), "Your role does not include"):
				t.Errorf("%s of the %s: %d", route, who, p.Status)
			}
		}
	}
}

// B-8, S1-32: what would be refused is not offered: neither above a person's pages, nor on them, nor in the list; and the page says why.
func TestWhatWouldBeRefusedIsNotOffered(t *testing.T) {
	app := apptest.One(t)
	run(t, app, `UPDATE credentials SET locked_until = '2099-01-01T00:00:00.000000Z', failures = 10 WHERE user_id = ?`, app.Person("admin").ID)
	run(t, app, `UPDATE users SET role_id = 'viewer' WHERE id = ?`, app.Person("paralegal").ID)
	desk := helpdesk(t, app, "accountant")
	app.SignIn("super")
	for who, want := range map[string]struct{ menu, fields, note int }{
		"paralegal": {5, 1, 0}, "admin": {0, 1, 1}, "super": {0, 0, 1},
	} {
		base := "/users/" + app.Person(who).ID
		p := desk.Visit(base).Expect(200)
		if n := p.Doc.Find("#user-menu a").Length(); (n > 0) != (want.menu > 0) {
			t.Errorf("%s: %d in the menu", who, n)
		}
		if n := p.Doc.Find("a[href='" + base + "/edit']").Length(); n != want.fields {
			t.Errorf("%s: %d ways to edit", who, n)
		}
		p.Has("#beyond", want.note).Has(".alert a[href$='/lock/delete']", 0)
		desk.Visit(base+"/access").Expect(200).Has("#access-form", want.menu/5)
		desk.Visit(base+"/sessions").Expect(200).Has("#sessions a[href$='/delete']", 0)
		list := desk.Visit("/users?q=" + staff.Word(app.Person(who).FirstName)).Expect(200)
		for path, n := range map[string]int{"/role/edit": want.menu / 5, "/deactivation/new": want.menu / 5, "/department/edit": want.fields} {
			if found := list.Doc.Find("a[href^='" + base + path + "']").Length(); found != n {
				t.Errorf("%s: %d links to %s in the list", who, found, path)
			}
		}
	}
}

// C-14: where the practice lets nobody but the person know a password, neither a new colleague nor a reset has another way than the
// link, whatever is sent, and the forms say why. The operator's commands keep theirs.
func TestASwitchedOffWayIsNeitherOfferedNorTaken(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c := app.SignIn("admin")
		before := c.Visit("/users/new").Has("[name=first]", 3).Has("#switched-off", 0)
		run(t, app, `UPDATE organization SET allow_mailed_password = false, allow_typed_password = false`)
		c.Visit("/users/new").Has("[name=first]", 1).Has("[name=first][value=link]", 1).Has("#first-password", 0).In("#switched-off", "switched other ways off")
		c.Visit("/users/"+app.Person("consultant").ID+"/password-reset/new").Has("[name=way]", 1).In("#switched-off", "switched other ways off")
		for _, way := range []string{"random", "typed"} {
			p := before.Submit("#user-form", "first_name", "Ana", "last_name", "Bell", "email", way+"@firm.example", "role", "viewer", "first", way, "first_password", "Harbour-Violin-58?").Expect(422)
			p.In("#first-error", "switched other ways off")
			if known, err := app.Signin.Exists(t.Context(), way+"@firm.example"); known || err != nil {
				t.Errorf("%s: created, %v", way, err)
			}
		}
		before.Submit("#user-form", "first_name", "Ana", "last_name", "Bell", "email", "ana@firm.example", "role", "viewer", "first", "link").Expect(200).In("h1", "Ana Bell")
		_, err := app.Signin.Bootstrap(t.Context(), access.System("operator"), staff.NewUser{FirstName: "Olga", LastName: "Perez", Email: "olga@firm.example", RoleID: access.RoleViewer, Language: "en", Zone: "UTC"},
			"Harbour-Violin-58?", true)
		if err != nil {
			t.Error(err)
		}
		run(t, app, `UPDATE organization SET allow_typed_password = true`)
		c.Visit("/users/new").Has("[name=first]", 2).Has("#first-password", 1).Has("#switched-off", 1)
	})
}

// C-4, S2-36: the page of a dead link speaks the language of the page before it.
func TestADeadLinkSpeaksAsItsPageDid(t *testing.T) {
	app := apptest.One(t)
	i := slices.IndexFunc(apptest.Credentials(), func(c apptest.Credential) bool { return c.Name == "link that proves an address" })
	run(t, app, `UPDATE users SET language = 'fr' WHERE id = ?`, app.Person("accountant").ID)
	h := apptest.Credentials()[i].Give(app)
	p := app.Visitor().Visit(h.Path).Expect(200)
	if p.Attr("html", "lang") != "fr" {
		t.Fatal(p.Attr("html", "lang"))
	}
	run(t, app, `UPDATE users SET epoch = epoch + 1 WHERE id = ?`, h.User.ID)
	if closed := p.Submit(h.Form).Expect(410); closed.Attr("html", "lang") != "fr" {
		t.Error(closed.Attr("html", "lang"), closed.Text("main"))
	}
	if closed := p.Submit(h.Form).Expect(410); closed.Attr("html", "lang") != "fr" {
		t.Error(closed.Attr("html", "lang"))
	}
}
