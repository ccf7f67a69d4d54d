package browser

import (
	"net/url"
	"testing"
	"time"

	"chancery/app/agenda"
	"chancery/app/apptest"
	"chancery/app/apptest/chrome"
	"chancery/app/apptest/radicaletest"
	"chancery/app/calendar"
	"chancery/app/outside"
	"chancery/app/outside/caldav"
)

// S3-16: with and without script, a real CalDAV server is connected; a slip is said at its field and loses nothing but the password.
func TestARealCalDAVServerIsConnected(t *testing.T) {
	server := radicaletest.Start(t, nil)
	keepers := apptest.Keepers(func(*url.URL, func() time.Time) calendar.Keepers {
		return calendar.Keepers{Passwords: caldav.New(caldav.Config{Name: outside.Named("Chancery"), Private: true, Roots: server.Roots})}
	})
	for who, opts := range map[string][]chrome.Option{"script": nil, "plain": {chrome.NoScript()}} {
		t.Run(who, func(t *testing.T) {
			server.Password(who, "an app password")
			app := practice(t, keepers)
			at := app.Clock.Now().Add(24 * time.Hour)
			if _, err := app.Agenda.Create(t.Context(), app.Actor("consultant"), agenda.Plan{Title: "Hearing", StartsAt: at, EndsAt: at.Add(time.Hour), Zone: "America/Toronto"}); err != nil {
				t.Fatal(err)
			}
			p := signedIn(t, app, "consultant", opts...).Visit("/me/calendars").Click("#offers a[href$='/caldav/new']").Sees("#caldav-form", "")
			p.Fill("#server", "http://"+server.Addr).Type("#user", who).Type("#password", "guessed").Click("#caldav-form .btn-primary").Sees("#server-error", "https only")
			p.Fill("#server", server.URL()).Type("#password", "guessed").Click("#caldav-form .btn-primary").Sees("#password-error", "app password")
			p.Type("#password", "an app password").Click("#caldav-form .btn-primary").At("/me/calendars").Sees(".alert-success", "is connected").Sees("#connected", "127.0.0.1")
			due, err := app.Calendars.Due(t.Context(), app.Clock.Now())
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range due {
				if _, err := app.Calendars.Reconcile(t.Context(), d.Key); err != nil {
					t.Fatal(err)
				}
			}
			if n := len(server.Files(who)); n < 1 {
				t.Fatalf("%d appointments stand there", n)
			}
			if who == "plain" {
				p.Click("noscript a[href='/me/calendars']")
			}
			p.Sees("#connected .status[data-status=ok]", "Connected")
		})
	}
}
