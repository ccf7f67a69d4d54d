package web_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/work"
)

// waysOut are the roads by which an account becomes inactive.
var waysOut = map[string]func(t *testing.T, app *apptest.App, u *staff.User){
	"the form": func(t *testing.T, app *apptest.App, u *staff.User) {
		app.SignIn("super").Visit("/users/" + u.ID + "/deactivation/new").Submit("#departure-form").At("/users/" + u.ID + "/deactivation")
	},
	"many at once": func(t *testing.T, app *apptest.App, u *staff.User) {
		kinds := app.Staff.Kinds()
		i := slices.IndexFunc(kinds, func(k work.Kind) bool { return k.Name == "deactivation" })
		if _, err := kinds[i].Each(t.Context(), app.Actor("super"), "", work.Item{ObjectID: u.ID}); err != nil {
			t.Fatal(err)
		}
	},
	"a file": func(t *testing.T, app *apptest.App, u *staff.User) {
		p := uploadChanges(app.SignIn("super"), "email,status\n"+u.Email+",inactive\n").Expect(200)
		p.Submit("#import-confirm").Expect(200)
		finish(t, app)
	},
	"a program": func(t *testing.T, app *apptest.App, u *staff.User) {
		if _, err := app.Staff.Deactivate(t.Context(), access.System("operator"), u.ID, staff.Plan{}); err != nil {
			t.Fatal(err)
		}
	},
	"plain SQL": func(t *testing.T, app *apptest.App, u *staff.User) {
		if err := app.DB.In(t.Context()).Exec(`UPDATE users SET status = 'INACTIVE' WHERE id = ?`, u.ID).Error; err != nil {
			t.Fatal(err)
		}
	},
}

// B-2, S1-12: whichever way someone is deactivated, every credential of every kind is refused by every route from the next
// request on; and none of them lives again when the account comes back (S1-33, ASVS 7.4.2).
func TestAccessEndsEverywhereAtOnce(t *testing.T) {
	for way, out := range waysOut {
		t.Run(way, func(t *testing.T) {
			apptest.Each(t, func(t *testing.T, app *apptest.App) {
				held := map[string]*apptest.Held{}
				for _, c := range apptest.Credentials() {
					held[c.Name] = c.Give(app)
				}
				tokens, forms := map[string]string{}, map[string]*apptest.Page{}
				for name, h := range held {
					if h.Session != nil {
						tokens[name] = pageToken(h.Session.Visit("/me").At("/me"))
						continue
					}
					if h.Asks != "" {
						if got := askBearer(t, app, h.Asks, h.Bearer); got != 200 {
							t.Fatalf("%s: the API answers %d", name, got)
						}
						continue
					}
					browser := h.Browser
					if browser == nil {
						browser = app.Visitor()
					}
					forms[name] = browser.Visit(h.Path).Expect(200).Has(h.Form, 1)
				}
				people := map[string]*staff.User{} // some hold several
				for _, h := range held {
					people[h.User.ID] = h.User
				}
				for _, u := range people {
					out(t, app, u)
				}
				refused := func() {
					for name, h := range held {
						switch {
						case h.Session != nil:
							refusedSession(t, name, h.Session, tokens[name], way == "the form")
						case h.Asks != "":
							if got := askBearer(t, app, h.Asks, h.Bearer); got != h.Shut {
								t.Errorf("%s: the API answers %d", name, got)
							}
						default:
							refusedLink(t, app, name, h, forms[name])
						}
					}
					var open int
					err := app.DB.In(t.Context()).Raw(`SELECT count(*) FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.ended_at IS NULL AND u.status = 'INACTIVE'`).Scan(&open).Error
					if err != nil || open != 0 {
						t.Errorf("%d sessions are open, %v", open, err)
					}
				}
				refused()
				for _, who := range []string{"consultant", "paralegal"} {
					app.Visitor().Visit("/sign-in").Submit("form[action^='/sign-in']", "email", apptest.Email(who), "password", apptest.Password).Expect(422)
				}
				for _, u := range people {
					if err := app.Staff.Reactivate(t.Context(), access.System("test"), u.ID); err != nil {
						t.Fatal(err)
					}
				}
				refused()
				app.SignIn("consultant").Visit("/me").At("/me")
			})
		})
	}
}

// refusedSession asks every route, as a page and, for one way out, as a fragment too.
func refusedSession(t *testing.T, name string, c *apptest.Client, token string, fragments bool) {
	t.Helper()
	for _, route := range pageRoutes() {
		p := ask(c, token, route, false)
		if who := p.Attr("body", "data-user"); who != "" {
			t.Errorf("%s: %s still knows who asks", name, route)
		}
		if needs[route] == "anyone" || route == "POST /sign-out" {
			continue
		}
		if p.Status != 401 && !(strings.HasPrefix(p.Path, "/sign-in") && p.Status == 200) {
			t.Errorf("%s: %s answers %d at %s", name, route, p.Status, p.Path)
		}
		if !fragments {
			continue
		}
		if f := ask(c, token, route, true); f.Status != 401 {
			t.Errorf("%s: %s answers %d as a fragment", name, route, f.Status)
		}
	}
}

// askAPI is what the API answers to a token.
func askAPI(t *testing.T, app *apptest.App, token string) int {
	t.Helper()
	return askBearer(t, app, "/api/v1/cases", token)
}

// askBearer is what an address answers to a token.
func askBearer(t *testing.T, app *apptest.App, path, token string) int {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), "GET", app.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+token)
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	return r.StatusCode
}

// refusedLink opens the link, and sends the form that it showed before.
func refusedLink(t *testing.T, app *apptest.App, name string, h *apptest.Held, form *apptest.Page) {
	t.Helper()
	app.Visitor().Visit(h.Path).Has(h.Form, 0)
	var p *apptest.Page
	if h.Browser != nil {
		p = form.Submit(h.Form, h.Fields...)
	} else if form.Doc.Find(h.Form+" #new").Length() > 0 {
		p = form.Submit(h.Form, "new", apptest.NewPassword, "confirm", apptest.NewPassword)
	} else {
		p = form.Submit(h.Form)
	}
	if p.Attr("body", "data-user") != "" || strings.HasPrefix(p.Path, "/me") {
		t.Errorf("%s: it opened %s", name, p.Path)
	}
	u, err := app.Staff.Get(t.Context(), h.User.ID)
	if err != nil || u.EmailVerifiedAt != nil && h.Form == "#verify" {
		t.Errorf("%s: it proved an address, %v", name, err)
	}
}

// Whatever is stored with an epoch lets people in, and is in the list of credentials; and all of the list has one.
func TestEveryCredentialHasAnEpoch(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		query := `SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'epoch'`
		if app.DB.Dialect() == store.Postgres {
			query = `SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'epoch'`
		}
		var stored []string
		if err := app.DB.In(t.Context()).Raw(query).Scan(&stored).Error; err != nil {
			t.Fatal(err)
		}
		listed := map[string]bool{"users": true}
		for _, c := range apptest.Credentials() {
			listed[c.Table] = true
		}
		slices.Sort(stored)
		if want := slices.Sorted(maps.Keys(listed)); !slices.Equal(stored, want) {
			t.Errorf("an epoch is kept in %v, and credentials in %v", stored, want)
		}
	})
}
