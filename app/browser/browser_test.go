// Package browser holds journeys through the whole app in a real Chromium, and nothing but tests: what a person does,
// page by page, with script, without it, by keyboard, on a phone. Rules are proved in their rooms and answers in web;
// here it is proved that someone can get there.
//
// Every page is also looked at as a whole (pages_test.go): axe-core in both themes and on both widths, the console, the
// content security policy, and that nothing is wider than the screen. CHANCERY_SHOTS=folder keeps a picture of each.
package browser

import (
	"context"
	"log/slog"
	"os"
	"testing"
	"time"

	"chancery/app/apptest"
	"chancery/app/apptest/chrome"
	"chancery/static"
)

func TestMain(m *testing.M) { os.Exit(chrome.Main(m)) }

// practice is the whole app, on SQLite: no journey touches what the databases differ in. Its clock stands at the
// present, because the browser judges by its own when a cookie ends.
func practice(t *testing.T, opts ...apptest.Option) *apptest.App {
	t.Helper()
	assets, err := static.Load()
	if err != nil {
		t.Fatal(err)
	}
	if missing := assets.Missing(); len(missing) > 0 {
		chrome.Require(t, "the assets are not built (make assets): %v", missing)
	}
	app := apptest.One(t, opts...)
	app.Clock.Add(time.Since(app.Clock.Now()))
	return app
}

// visitor is a device on which nobody is signed in.
func visitor(t *testing.T, app *apptest.App, opts ...chrome.Option) *chrome.Page {
	t.Helper()
	return chrome.Open(t, app.URL, opts...)
}

// signedIn is a device on which someone of the cast has signed in by the sign-in page, and is at their profile.
func signedIn(t *testing.T, app *apptest.App, who string, opts ...chrome.Option) *chrome.Page {
	t.Helper()
	return enter(visitor(t, app, opts...).Visit("/sign-in"), who, apptest.Password).At("/").Visit("/me")
}

// enter fills in the sign-in page.
func enter(p *chrome.Page, who, password string) *chrome.Page {
	return p.Fill("#email", apptest.Email(who)).Fill("#password", password).Press(chrome.Enter)
}

// quiet is a log that ends where the app's does.
func quiet(app *apptest.App) *slog.Logger { return slog.New(slog.NewTextHandler(app.Log, nil)) }

// write changes the database behind everyone's back.
func write(t *testing.T, app *apptest.App, sql string, args ...any) {
	t.Helper()
	if err := app.DB.In(context.Background()).Exec(sql, args...).Error; err != nil {
		t.Fatal(err)
	}
}
