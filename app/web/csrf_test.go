package web_test

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/post"
)

// ASVS 3.5.1: no unsafe route, and none to come that routes.go names, takes a request without the token of its own session
// (or of its own browser, at the door), with another's, or from another site however good its token. What they are about is
// really there, and is as it was afterwards.
func TestNoUnsafeRouteTakesAForgedRequest(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		at := places(t, app)
		c, other, door := app.SignIn("super"), app.SignIn("admin"), app.Visitor()
		own, others, doors := pageToken(c.Visit("/me")), pageToken(other.Visit("/me")), pageToken(door.Visit("/sign-in"))
		strange := pageToken(app.Visitor().Visit("/sign-in"))
		before := contents(t, app)
		n := 0
		for _, route := range pageRoutes() {
			method, path, _ := strings.Cut(route, " ")
			if method == "GET" || route == "POST /unsubscribe/:token" || route == "POST /extension/pairings" { // that is proved by its address alone (RFC 8058): TestAMailIsTurnedOffByOneClick, and an extension by its code
				continue
			}
			path = at.Replace(path)
			n++
			forge := func(who *apptest.Client, why, token string, headers map[string]string) {
				t.Helper()
				all := map[string]string{"X-CSRF-Token": token}
				maps.Copy(all, headers)
				form := url.Values{"reason": {"x"}, "bio": {"x"}, "name": {"x"}, "new": {apptest.NewPassword}, "confirm": {apptest.NewPassword}}
				if token == "" {
					form.Set("_csrf", "")
				}
				p := who.Do(method, path, "application/x-www-form-urlencoded", form.Encode(), all)
				if p.Status != 403 || p.Text("h1") != "This page was too old to be sent" {
					t.Errorf("%s %s: %d %s", route, why, p.Status, p.Text("h1"))
				}
			}
			for why, token := range map[string]string{"without a token": "", "with another's": others, "with the door's": doors, "with a made-up one": "x", "with a cut one": own[:20]} {
				forge(c, why, token, nil)
			}
			for _, h := range []map[string]string{
				{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": app.URL + ".evil.example"},
				{"Origin": "https://evil.example", "Sec-Fetch-Site": "none"},
			} {
				forge(c, fmt.Sprint("from ", h), own, h)
			}
			if needs[route] != "anyone" {
				continue
			}
			for why, token := range map[string]string{"at the door, without": "", "at the door, with a session's": own, "at the door, with another browser's": strange} {
				forge(door, why, token, nil)
			}
			forge(door, "at the door, from another site", doors, map[string]string{"Sec-Fetch-Site": "cross-site"})
		}
		if n < 60 {
			t.Errorf("only %d routes were walked", n)
		}
		for table, now := range contents(t, app) {
			if before[table] != now {
				t.Errorf("%s has changed", table)
			}
		}
		c.Visit("/me").Expect(200).In("h1, .rail", "Elena Marlow")
	})
}

// Our own pages under the name that people use, and an operator's on their machine, are not another site.
func TestAnOriginOfOursIsNoOther(t *testing.T) {
	for base, origins := range map[string][]string{
		"https://chancery.firm.example": {"https://chancery.firm.example", "https://CHANCERY.firm.example", "itself"}, "https://chancery.firm.example:443": {"https://chancery.firm.example"},
	} {
		app := apptest.One(t, apptest.At(base))
		for _, origin := range origins {
			if origin == "itself" {
				origin = app.URL
			}
			res := bare(t, "POST", app.URL+"/sign-in", "email=a", map[string]string{"Origin": origin, "Cookie": "__Host-chancery-visitor=" + strings.Repeat("a", 22)})
			if res.status != 403 { // without a token it is refused all the same
				t.Errorf("%s: %d", origin, res.status)
			}
			door := bare(t, "GET", app.URL+"/sign-in", "", nil)
			tok := between(door.body, `name="_csrf" value="`, `"`)
			visitor := door.cookies[0]
			res = bare(t, "POST", app.URL+"/sign-in", url.Values{"_csrf": {tok}, "email": {apptest.Email("super")}, "password": {apptest.Password}}.Encode(),
				map[string]string{"Origin": origin, "Cookie": visitor.Name + "=" + visitor.Value})
			if res.status != 303 {
				t.Errorf("%s at %s: %d", origin, base, res.status)
			}
		}
	}
}

func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}

// places fills the places of routes with what is there: of a colleague, of super's own second session, links that work.
func places(t *testing.T, app *apptest.App) *strings.Replacer {
	t.Helper()
	app.SignIn("super")
	app.SignIn("paralegal")
	super, mireille := app.Person("super").ID, app.Person("paralegal").ID
	one := func(sql string, args ...any) (id string) {
		t.Helper()
		must(t, app.DB.In(t.Context()).Raw(sql, args...).Scan(&id).Error)
		if id == "" {
			t.Fatalf("nothing there: %s", sql)
		}
		return id
	}
	welcome, _, err := app.Signin.IssueWelcome(t.Context(), app.Person("invited").ID)
	must(t, err)
	recovery, _, err := app.Signin.IssueRecovery(t.Context(), access.System("test"), app.Person("other"))
	must(t, err)
	write(t, app, `UPDATE users SET email_verified_at = NULL WHERE id = ?`, app.Person("accountant").ID)
	must(t, app.Signin.SendVerification(t.Context(), access.System("test"), app.Person("accountant").ID))
	verify, _ := secretOf(t, app, post.EmailVerify, "accountant")
	return strings.NewReplacer(
		"/welcome/:token", "/welcome/"+welcome, "/reset/:token", "/reset/"+recovery, "/verify/:token", verify, ":token", strings.Repeat("A", 43),
		"/me/sessions/:id", "/me/sessions/"+one(`SELECT id FROM sessions WHERE user_id = ?`, super), ":session", one(`SELECT id FROM sessions WHERE user_id = ?`, mireille),
		"/users/import/:id", "/users/import/nobody", "/users/:id", "/users/"+mireille, "/roles/:id", "/roles/"+one(`SELECT id FROM roles ORDER BY id LIMIT 1`),
		"/profiles/:id", "/profiles/"+one(`SELECT id FROM profiles ORDER BY id LIMIT 1`), "/departments/:id", "/departments/"+one(`SELECT id FROM departments LIMIT 1`),
		"/titles/:id", "/titles/"+one(`SELECT id FROM titles ORDER BY id LIMIT 1`), ":field", "bio", ":size", "64", ":id", "nobody", "*", "nothing",
	)
}

// contents is what stands in each table.
func contents(t *testing.T, app *apptest.App) map[string]string {
	t.Helper()
	db := app.DB.In(t.Context())
	var tables []string
	list := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'`
	if db.Name() == "postgres" {
		list = `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'`
	}
	must(t, db.Raw(list).Scan(&tables).Error)
	if len(tables) < 15 {
		t.Fatalf("only %q", tables)
	}
	all := map[string]string{}
	for _, table := range tables {
		var rows []map[string]any
		must(t, app.DB.In(t.Context()).Table(table).Find(&rows).Error)
		lines := make([]string, len(rows))
		for i, row := range rows {
			lines[i] = fmt.Sprint(row)
		}
		slices.Sort(lines)
		all[table] = fmt.Sprintf("%d rows, %x", len(rows), sha256.Sum256([]byte(strings.Join(lines, "\n"))))
	}
	return all
}
