package web_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"chancery/app/apptest"
	"chancery/app/calendar"
	"chancery/app/outside"
	"chancery/app/outside/google"
	"chancery/app/outside/outsidetest"
	"chancery/views"
)

// keepersOf are who keeps calendars for the tests of pages: a stand-in for Google, and a server that takes one password.
func keepersOf(t *testing.T) (*outsidetest.Google, apptest.Option) {
	t.Helper()
	g := outsidetest.NewGoogle(outsidetest.Options{})
	t.Cleanup(g.Close)
	return g, apptest.Keepers(func(site *url.URL, _ func() time.Time) calendar.Keepers {
		return calendar.Keepers{Passwords: oneServer{}, OAuth: map[calendar.Kind]outside.Keeper{calendar.Google: google.New(google.Config{
			ClientID: outsidetest.ClientID, ClientSecret: outsidetest.ClientSecret, Redirect: site.JoinPath("me/calendars/callback").String(), Name: outside.Named("Marlow & Reyes"), Endpoints: g.Endpoints(),
		})}}
	})
}

// oneServer is a CalDAV server as the room calendar sees it: there is one password that it takes.
type oneServer struct{}

func (oneServer) Find(_ context.Context, server, user, pass string) (outside.Grant, error) {
	if pass != "the right one" {
		return outside.Grant{}, outside.ErrRevoked
	}
	return outside.Grant{Server: server, User: user, Pass: pass}, nil
}

func (oneServer) Calendar(outside.Grant) outside.Calendar { return nil }

// connection writes a calendar that somebody has connected, in some state.
func connection(t *testing.T, app *apptest.App, who string, kind calendar.Kind, state string, h calendar.Health, reason, account string) (id string) {
	t.Helper()
	id = uuid.NewString()
	now := app.Clock.Now()
	run(t, app, `INSERT INTO calendar_connections (id, user_id, kind, state, account, health, reason, since, standing, synced_at, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 12, ?, ?, ?)`,
		id, app.Person(who).ID, kind, state, account, h, reason, now, now, now, now)
	return id
}

// consented goes to the keeper's page from ours, and answers there; the path back is what the browser is sent to.
func consented(t *testing.T, g *outsidetest.Google, c *apptest.Client, a outsidetest.Answer) (back string) {
	t.Helper()
	p := c.Visit("/me/calendars").Follow("#offers a[href*='kind=google']").At("/me/calendars/consents/new").Submit("#consent-form").Expect(200)
	to := p.Attr("#go-on", "href")
	if got := p.Header.Get("Refresh"); got != "0; url="+to {
		t.Errorf("the page goes on to %q, its link to %q", got, to)
	}
	at, err := g.Consent(to, a)
	must(t, err)
	return at.RequestURI()
}

// S3-16, S3-17, ASVS 10.1.2: a calendar is connected by a way over the keeper's page, once, in the session that began it; it shows how it is, and goes again.
func TestACalendarIsConnectedAndDisconnected(t *testing.T) {
	var g *outsidetest.Google
	start, keepers := keepersOf(t)
	g = start
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c := app.SignIn("consultant")
		g.SignIn("jon@gmail.example")
		back := consented(t, g, c, outsidetest.Allow)
		stranger := app.SignIn("consultant").Visit(back)
		stranger.At("/me/calendars").In("#errors", "another window")
		c.Visit(back).At("/me/calendars").In(".alert-success", "connected").In("#connected b", "Google").In("#connected", "jon@gmail.example").In("#connected .status", "Being set up").
			Has("#calendars[hx-trigger='every 2s']", 1).Has("#offers a[href*='kind=google']", 0)
		c.Visit(back).At("/me/calendars").In("#errors", "begun in another window") // a code counts once

		dialog := c.Visit("/me/calendars").Follow("#connected a[href$='/delete']")
		dialog.Has("#remove[checked]", 1)
		dialog.Submit("#calendar-end").At("/me/calendars").In(".alert-success", "being removed").In("#connected .status", "Being disconnected").Has("#connected a", 0).Has("#offers a[href*='kind=google']", 1)
	}, keepers)
}

// Whoever says no, or leaves the calendar out, is told so, and nothing is connected.
func TestANoAtTheKeeperIsSaid(t *testing.T) {
	g, keepers := keepersOf(t)
	app := apptest.One(t, keepers)
	c := app.SignIn("consultant")
	c.Visit(consented(t, g, c, outsidetest.Deny)).At("/me/calendars").In("#errors", "said no").Has("#connected", 0)
	c.Visit(consented(t, g, c, outsidetest.Partial)).At("/me/calendars").In("#errors", "left empty").Has("#connected", 0)
	if n := g.Granted("jon@gmail.example"); n != 0 {
		t.Errorf("%d grants are left", n)
	}
}

// The way back holds a code: no other page is told of it, and it stands in no address that lasts, the door's neither.
func TestTheCodeOfTheWayBackStandsNowhere(t *testing.T) {
	_, keepers := keepersOf(t)
	app := apptest.One(t, keepers)
	session := map[string]string{"Cookie": "chancery-session=" + app.SignIn("consultant").Cookie("chancery-session")}
	const back = "/me/calendars/callback?state=some-state&code=some-code"
	for what, headers := range map[string]map[string]string{"signed in": session, "at the door": {}} {
		res := bare(t, "GET", app.URL+back, "", headers)
		if to := res.header.Get("Location"); res.status != 303 || strings.Contains(to, "some-") || !strings.Contains(to, "calendars") {
			t.Errorf("%s: %d to %q", what, res.status, to)
		}
		if res.header.Get("Cache-Control") != "no-store" || what == "signed in" && res.header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %v", what, res.header)
		}
	}
	if res := bare(t, "HEAD", app.URL+back, "", session); res.status != 204 {
		t.Errorf("HEAD: %d", res.status)
	}
	if strings.Contains(app.Log.String(), "some-") {
		t.Error("the log has the code")
	}
}

// ASVS 7.5.1: connecting wants a fresh proof; going does not, so that it always works (B-9).
func TestConnectingWantsAProofAndDisconnectingNone(t *testing.T) {
	_, keepers := keepersOf(t)
	app := apptest.One(t, keepers)
	id := connection(t, app, "consultant", calendar.Google, "on", calendar.Reconnect, calendar.Revoked, "jon@gmail.example")
	c := app.SignIn("consultant")
	dialog := c.Visit("/me/calendars/consents/new?kind=google")
	app.Clock.Add(11 * time.Minute)
	dialog.Submit("#consent-form").At("/me/proof/new")
	c.Visit("/me/calendars/consents/new?kind=google").At("/me/proof/new").Submit("#proof-form", "password", apptest.Password).At("/me/calendars/consents/new")
	app.Clock.Add(11 * time.Minute)
	c.Visit("/me/calendars/caldav/new").At("/me/proof/new")
	c.Visit("/me/calendars/"+id+"/delete").Submit("#calendar-end").At("/me/calendars").In(".alert-success", "disconnected")
}

// C-6: what is wrong with a CalDAV server is said by field, and nothing is lost but the password.
func TestACalDAVServerIsConnected(t *testing.T) {
	_, keepers := keepersOf(t)
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c := app.SignIn("consultant")
		p := c.Visit("/me/calendars").Follow("#offers a[href$='/caldav/new']").Submit("#caldav-form", "server", "https://cloud.example", "user", "", "password", "guessed").Expect(422)
		p.In("#user-error", "fill").In("#password-hint", "again")
		if v := p.Attr("#server", "value"); v != "https://cloud.example" {
			t.Errorf("the server is lost: %q", v)
		}
		p = p.Submit("#caldav-form", "user", "jon", "password", "guessed").Expect(422).In("#password-error", "app password")
		if strings.Contains(p.Body, "guessed") {
			t.Error("the password came back")
		}
		p.Submit("#caldav-form", "password", "the right one").At("/me/calendars").In(".alert-success", "connected").In("#connected", "cloud.example")
	}, keepers)
}

// B-9: each state and each reason has words, in each language, and says what to do.
func TestEachStateOfACalendarIsSaid(t *testing.T) {
	_, keepers := keepersOf(t)
	app := apptest.One(t, keepers)
	id := connection(t, app, "consultant", calendar.Google, "on", calendar.Connected, "", "jon@gmail.example")
	c := app.SignIn("consultant")
	c.Visit("/me/calendars").In("#connected .status[data-status=ok]", "Connected").In("#connected", "12 appointments").Has("#calendars[hx-trigger='every 2s']", 1) // pending
	run(t, app, `UPDATE calendar_connections SET observed = generation`)
	c.Visit("/me/calendars").Has("#calendars[hx-trigger='every 1m']", 1).Submit("#connected form").At("/me/calendars").In(".alert-success", "up to date").Has("#calendars[hx-trigger='every 2s']", 1)
	for _, l := range views.Languages() {
		run(t, app, `UPDATE users SET language = ? WHERE id = ?`, l.Code, app.Person("consultant").ID)
		for _, reason := range calendar.Reasons() {
			for _, h := range []calendar.Health{calendar.Failing, calendar.Reconnect} {
				offered := 0
				if h == calendar.Reconnect || reason == calendar.Unreadable {
					offered = 1
				}
				run(t, app, `UPDATE calendar_connections SET health = ?, reason = ? WHERE id = ?`, h, reason, id)
				p := c.Visit("/me/calendars").Expect(200).Has("#connected .error", 1)
				if tries := p.Doc.Find("#connected form").Length(); tries != 0 && (h == calendar.Reconnect || reason == calendar.Off) {
					t.Errorf("%s %s in %s: there is nothing to try, and it is offered", h, reason, l.Code)
				}
				sheet := c.Visit("/me/calendars/" + id + "/delete")
				if h == calendar.Reconnect {
					sheet.Has("#remove", 0).Has("#calendar-end .alert-warning", 1)
				} else if reason == calendar.Off || reason == calendar.Unreadable {
					sheet.Has("#remove", 1).Has("#calendar-end .alert-warning", 1)
				} else {
					sheet.Has("#remove", 1).Has("#calendar-end .alert-warning", 0)
				}
				if strings.Contains(p.Body, "outside.reason") || p.Doc.Find("#connected a[href*='consents']").Length() != offered {
					t.Errorf("%s %s in %s: %s", h, reason, l.Code, p.Text("#connected"))
				}
			}
		}
	}
}

// Nobody's calendar is offered who sees no appointments; and what a practice has not set up is not there.
func TestOnlyWhatWorksIsOffered(t *testing.T) {
	_, keepers := keepersOf(t)
	app := apptest.One(t, keepers)
	c := app.SignIn("consultant")
	c.Visit("/me/calendars").Has("#offers li", 2)
	for _, kind := range []string{"microsoft", "caldav", "", "x"} {
		c.Visit("/me/calendars/consents/new?kind=" + kind).Expect(404)
	}
	run(t, app, `DELETE FROM role_permissions WHERE permission = 'appointments.view'`)
	c.Visit("/me/calendars").Expect(200).Has("#offers", 0)
	bareApp := apptest.One(t)
	n := bareApp.SignIn("consultant")
	n.Visit("/me/calendars").Has("#offers", 0).In(".empty", "No calendar")
	n.Visit("/me/calendars/caldav/new").Expect(404)
}

// S1-32: who looks after accounts sees whether calendars are connected, and whose they are there only their person does; who may end sessions ends them.
func TestAnAdministratorSeesAndEndsCalendars(t *testing.T) {
	_, keepers := keepersOf(t)
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		connection(t, app, "consultant", calendar.Google, "on", calendar.Failing, calendar.Down, "jon@gmail.example")
		path := "/users/" + app.Person("consultant").ID
		admin := app.SignIn("admin")
		p := admin.Visit(path).In("#user-calendars", "Google").In("#user-calendars .status", "Not getting through")
		if strings.Contains(p.Body, "jon@gmail.example") {
			t.Error("whose it is there is said")
		}
		run(t, app, `UPDATE calendar_connections SET health = 'reconnect', reason = 'revoked'`)
		admin.Visit(path).In("#user-calendars .status", "reconnected by Jon").In("#user-calendars", "permission has ended")
		p.Follow("#user-calendars a").At(path+"/calendars/delete").In("dialog", "Jon").In("dialog", "can still reach").Submit("dialog form").At(path).In(".alert-success", "being disconnected").In("#user-calendars .status", "Being disconnected").Has("#user-calendars a", 0)
		admin.Visit(path + "/calendars/delete").Expect(404)
		app.SignIn("other").Visit(path).Has("#user-calendars", 0)
	}, keepers)
}

// B-1, B-9: who decides on somebody's leaving reads that calendars are connected; they end with it, and the receipt says so.
func TestCalendarsEndWithTheirPersonsLeaving(t *testing.T) {
	_, keepers := keepersOf(t)
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		connection(t, app, "paralegal", calendar.Google, "on", calendar.Connected, "", "mireille@gmail.example")
		admin, path := app.SignIn("admin"), "/users/"+app.Person("paralegal").ID+"/deactivation"
		p := admin.Visit(path+"/new").In("dialog", "Connected calendars").Submit("dialog form", "when", "now").At(path).In("#departure", "1 calendar connection was ended")
		if strings.Contains(p.Body, "mireille@gmail.example") {
			t.Error("whose it is there is said")
		}
		if state := one(t, app, `SELECT state FROM calendar_connections`); state != "ending" {
			t.Error(state)
		}
	}, keepers)
}
