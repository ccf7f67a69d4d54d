package browser

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/google/uuid"

	"chancery/app/apptest"
	"chancery/app/apptest/chrome"
	"chancery/app/calendar"
	"chancery/app/outside"
	"chancery/app/outside/google"
	"chancery/app/outside/microsoft"
	"chancery/app/outside/outsidetest"
)

// jonsAccount is whose calendars the stand-ins keep.
const jonsAccount = "jon.okafor@mail.example"

// keepersOf are stand-ins for Google and Microsoft, and a CalDAV server that takes one password; and how many grants of an account each of the two holds.
func keepersOf(t *testing.T) (map[calendar.Kind]func(account string) int, apptest.Option) {
	t.Helper()
	g, m := outsidetest.NewGoogle(outsidetest.Options{}), outsidetest.NewMicrosoft(outsidetest.Options{})
	t.Cleanup(g.Close)
	t.Cleanup(m.Close)
	g.SignIn(jonsAccount)
	m.SignIn(jonsAccount)
	granted := map[calendar.Kind]func(string) int{calendar.Google: g.Granted, calendar.Microsoft: m.Granted}
	return granted, apptest.Keepers(func(site *url.URL, _ func() time.Time) calendar.Keepers {
		back := site.JoinPath("me/calendars/callback").String()
		return calendar.Keepers{Passwords: oneServer{}, OAuth: map[calendar.Kind]outside.Keeper{
			calendar.Google: google.New(google.Config{
				ClientID: outsidetest.ClientID, ClientSecret: outsidetest.ClientSecret, Redirect: back, Name: outside.Named("Marlow & Reyes"), Endpoints: g.Endpoints(),
			}),
			calendar.Microsoft: microsoft.New(microsoft.Config{
				ClientID: outsidetest.ClientID, ClientSecret: outsidetest.ClientSecret, Redirect: back, Name: outside.Named("Marlow & Reyes"), Endpoints: m.Endpoints(),
			}),
		}}
	})
}

type oneServer struct{}

func (oneServer) Find(_ context.Context, server, user, pass string) (outside.Grant, error) {
	if pass != "the right one" {
		return outside.Grant{}, outside.ErrRevoked
	}
	return outside.Grant{Server: server, User: user, Pass: pass}, nil
}

func (oneServer) Calendar(outside.Grant) outside.Calendar { return nil }

// keeps writes a calendar that somebody has connected.
func keeps(t *testing.T, app *apptest.App, who string, kind calendar.Kind, state string, h calendar.Health, reason string) {
	t.Helper()
	now := app.Clock.Now()
	write(t, app, `INSERT INTO calendar_connections (id, user_id, kind, state, account, health, reason, since, standing, synced_at, created_at, updated_at, observed, generation) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 12, ?, ?, ?, 1, 1)`,
		uuid.NewString(), app.Person(who).ID, kind, state, "maximiliana.fernandez-wolfeschlegelsteinhausen@gmail.example", h, reason, now.Add(-3*time.Hour), now.Add(-4*time.Hour), now.Add(-48*time.Hour), now)
}

// S3-16, S3-17: by hand and without script, over the keeper's own page and back; and what becomes of it shows by itself.
func TestACalendarIsConnectedOverTheKeepersPage(t *testing.T) {
	for name, opts := range map[string][]chrome.Option{"script": nil, "no script": {chrome.NoScript()}} {
		for kind, called := range map[calendar.Kind]string{calendar.Google: "Google Calendar", calendar.Microsoft: "Outlook"} {
			t.Run(called+", "+name, func(t *testing.T) {
				granted, keepers := keepersOf(t)
				app := practice(t, keepers)
				p := signedIn(t, app, "consultant", opts...).Visit("/calendar").Click(".page-head a[href='/me/calendars']").At("/me/calendars")
				connect := "#offers a[href*='kind=" + string(kind) + "']"
				p.Click(connect).Sees("#consent-form", called).Click("#consent-form .btn-primary").Sees("h1", "Chancery wants to reach your account").Click("button[value=deny]")
				p.At("/me/calendars").Sees("#errors", "said no")
				p.Click(connect).Sees("#consent-form", called).Click("#consent-form .btn-primary").Sees("h1", "Chancery wants").Click("button[value=allow]")
				p.At("/me/calendars").Sees(".alert-success", "is connected").Sees("#connected", jonsAccount).Sees("#connected .status", "Being set up")
				if n := granted[kind](jonsAccount); n != 1 {
					t.Fatalf("%d grants", n)
				}
				write(t, app, `UPDATE calendar_connections SET health = 'connected', observed = generation, standing = 3, synced_at = ?`, app.Clock.Now())
				if name == "no script" {
					p.Click("noscript a[href='/me/calendars']")
				}
				p.Sees("#connected .status[data-status=ok]", "Connected").Sees("#connected", "3 appointments")
				p.Click("#connected a[href$='/delete']").Sees("dialog", "Disconnect "+called+"?").Until(`document.querySelector("#remove").checked`)
				p.Click("#remove").Click("#calendar-end .btn-error").At("/me/calendars").Sees(".alert-success", "stays as it is").Sees("#connected .status", "Being disconnected")
			})
		}
	}
}

// A feed is made, its address shown once, and renewed and ended after a question, by hand and without script; by keys, the sheet begins at its first choice.
func TestAFeedIsMadeInTheBrowser(t *testing.T) {
	for name, opts := range map[string][]chrome.Option{"script": nil, "no script": {chrome.NoScript()}} {
		t.Run(name, func(t *testing.T) {
			p := signedIn(t, practice(t), "consultant", opts...).Visit("/me/calendars")
			if name == "script" {
				p.TabTo("#feed a[href$='/feed/new']").Press(chrome.Enter).Until(`document.activeElement.matches("#feed-form input[type=radio]")`).Press(" ")
			} else {
				p.Click("#feed a[href$='/feed/new']").Click("#feed-form input[type=radio]")
			}
			const address = `document.querySelector("#address").value`
			p.Click("#feed-form .btn-primary").Sees("#h-where", "").Until(address + `.endsWith(".ics")`)
			p.Visit("/me/calendars").Sees("#feed", "Not yet").Click("#feed a[href$='/feed/new']").Sees("#feed-form .alert", "").Click("#feed-form input[type=radio]").Click("#feed-form .btn-primary").Sees("#h-where", "")
			p.Visit("/me/calendars").Click("#feed a[href$='/feed/delete']").Sees("#feed-delete", "").Click("#feed-delete .btn-error").Sees("#feed .empty", "")
		})
	}
}

// By keyboard alone: a CalDAV server, with a slip on the way.
func TestACalDAVServerIsConnectedByKeys(t *testing.T) {
	_, keepers := keepersOf(t)
	p := signedIn(t, practice(t, keepers), "consultant").Visit("/me/calendars")
	p.TabTo("#offers a[href$='/caldav/new']").Press(chrome.Enter).Focused("#server").Write("https://cloud.example").Press(chrome.Tab).Write("jon").Press(chrome.Tab).Write("guessed").Press(chrome.Enter)
	p.Focused("#errors").Sees("#password-error", "app password").Until(`document.querySelector("#server").value === "https://cloud.example" && document.querySelector("#password").value === ""`)
	p.TabTo("#password").Write("the right one").Press(chrome.Enter).At("/me/calendars").Sees(".alert-success", "is connected").Sees("#connected", "cloud.example")
	p.TabTo("#connected a[href$='/delete']").Press(chrome.Enter).Sees("dialog", "Disconnect").Press(chrome.Escape).Gone("dialog").Focused("#connected a[href$='/delete']")
}

// The pages of calendars on every screen, in each state that there is.
func TestThePagesOfCalendarsAreSound(t *testing.T) {
	everyLanguage(t, func(t *testing.T, lang string, screens []string) {
		_, keepers := keepersOf(t)
		app := practice(t, keepers)
		furnish(t, app, lang)
		tour(t, app, lang, screens, "consultant", []page{
			{"me-calendars-none", func(s *scene) { s.Visit("/me/calendars").Sees("#offers", "") }},
			{"me-calendars-consent", func(s *scene) {
				s.Visit("/me/calendars").Click("#offers a[href*='kind=google']").Sees("#consent-form", "")
			}},
			{"me-calendars-caldav-refused", func(s *scene) {
				s.Visit("/me/calendars").Click("#offers a[href$='/caldav/new']").Sees("#caldav-form", "").Click("#caldav-form .btn-primary").Sees("#server-error", "").Click("#caldav-form summary")
			}},
			{"me-calendars-denied", func(s *scene) { s.Visit("/me/calendars?refused=denied").Sees("#errors", "") }},
			{"me-calendars", func(s *scene) {
				keeps(s.t, s.app, "consultant", calendar.Google, "on", calendar.Connected, "")
				keeps(s.t, s.app, "consultant", calendar.Microsoft, "on", calendar.Reconnect, calendar.Revoked)
				keeps(s.t, s.app, "consultant", calendar.CalDAV, "on", calendar.Failing, calendar.Unreachable)
				s.Visit("/me/calendars").Sees("#connected .error", "")
			}},
			{"me-calendars-end", func(s *scene) { s.Click("#connected a[href$='/delete']").Sees("#calendar-end", "") }},
			{"me-calendars-feed-new", func(s *scene) {
				s.Visit("/me/calendars").Click("#feed a[href$='/feed/new']").Sees("#feed-form", "")
			}},
			{"me-calendars-feed-made", func(s *scene) { s.Click("#feed-form input").Click("#feed-form .btn-primary").Sees("#h-where", "") }},
			{"me-calendars-feed", func(s *scene) { s.Visit("/me/calendars").Sees("#feed dl", "") }},
			{"me-calendars-feed-renew", func(s *scene) { s.Click("#feed a[href$='/feed/new']").Sees("#feed-form .alert", "") }},
			{"me-calendars-feed-end", func(s *scene) {
				s.Visit("/me/calendars").Click("#feed a[href$='/feed/delete']").Sees("#feed-delete", "")
			}},
			{"me-extension", func(s *scene) { s.Visit("/me/extension").Sees("#pair", "") }},
			{"me-extension-code", func(s *scene) { s.Click("#pair button").Sees("#h-code", "") }},
		})
		tour(t, app, lang, screens, "super", []page{
			{"users-calendars", func(s *scene) { s.Visit("/users/"+s.app.Person("consultant").ID).Sees("#user-calendars", "") }},
			{"users-calendars-end", func(s *scene) { s.Click("#user-calendars a").Sees("dialog", "") }},
		})
	})
}
