package web_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"chancery/app/agenda"
	"chancery/app/apptest"
	"chancery/app/apptest/radicaletest"
	"chancery/app/calendar"
	"chancery/app/outside"
	"chancery/app/outside/caldav"
)

// byCalDAV are keepers of whom only CalDAV servers are offered.
func byCalDAV(p calendar.Passwords) apptest.Option {
	return apptest.Keepers(func(*url.URL, func() time.Time) calendar.Keepers { return calendar.Keepers{Passwords: p} })
}

// inStep has the loop do what is due until nothing is.
func inStep(t *testing.T, app *apptest.App) {
	t.Helper()
	for range 10 {
		due, err := app.Calendars.Due(t.Context(), app.Clock.Now())
		must(t, err)
		if len(due) == 0 {
			return
		}
		for _, d := range due {
			_, err := app.Calendars.Reconcile(t.Context(), d.Key)
			must(t, err)
		}
	}
	t.Fatal("it is due again and again")
}

// later is when each was looked at once more.
func later(t *testing.T, app *apptest.App) {
	t.Helper()
	app.Clock.Add(16 * time.Minute)
	due, err := app.Calendars.Due(t.Context(), app.Clock.Now().Add(15*time.Minute))
	must(t, err)
	for _, d := range due {
		_, err := app.Calendars.Reconcile(t.Context(), d.Key)
		must(t, err)
	}
	inStep(t, app)
}

// S3-16, B-9: with a real server. What is wrong is said by field; once connected, appointments stand there, follow, and go when they are asked to.
func TestAppointmentsReachACalDAVServer(t *testing.T) {
	const secret = "an app password of theirs"
	server := radicaletest.Start(t, nil)
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		who := "u" + uuid.NewString()[:8]
		server.Password(who, secret)
		at := app.Clock.Now().Add(24 * time.Hour).Truncate(time.Minute)
		plan := agenda.Plan{Title: "Hearing of Ruiz", StartsAt: at, EndsAt: at.Add(time.Hour), Zone: "America/Toronto"}
		a, err := app.Agenda.Create(t.Context(), app.Actor("consultant"), plan)
		must(t, err)

		c := app.SignIn("consultant")
		p := c.Visit("/me/calendars").Follow("#offers a[href$='/caldav/new']")
		p = p.Submit("#caldav-form", "server", "https://127.0.0.1:1", "user", who, "password", secret).Expect(422).In("#server-error", "does not answer")
		p = p.Submit("#caldav-form", "server", server.Addr, "password", "guessed").Expect(422).In("#password-error", "app password")
		p.Submit("#caldav-form", "password", secret).At("/me/calendars").In(".alert-success", "connected").In("#connected .status", "Being set up")
		stands := func(want string) {
			t.Helper()
			inStep(t, app)
			files := server.Files(who)
			if len(files) != 1 {
				t.Fatalf("%d events stand there", len(files))
			}
			for _, text := range files {
				if !strings.Contains(text, "SUMMARY:"+want) {
					t.Errorf("there stands %s, want %s", text, want)
				}
			}
		}
		stands("Hearing of Ruiz")
		c.Visit("/me/calendars").In("#connected .status[data-status=ok]", "Connected").In("#connected", "1 appointment").In("#connected", who)

		plan.Title = "Hearing of Ruiz in room 4"
		_, err = app.Agenda.Update(t.Context(), app.Actor("consultant"), a.ID, a.Generation, plan)
		must(t, err)
		stands("Hearing of Ruiz in room 4")

		for path := range server.Files(who) { // somebody deletes it there, and then the whole calendar: it is put back
			server.Do(who, http.MethodDelete, path, nil, "")
		}
		later(t, app)
		stands("Hearing of Ruiz in room 4")
		for _, path := range server.Calendars(who) {
			server.Do(who, http.MethodDelete, path, nil, "")
		}
		later(t, app)
		stands("Hearing of Ruiz in room 4")

		c.Visit("/me/calendars").Follow("#connected a[href$='/delete']").Submit("#calendar-end").At("/me/calendars").In(".alert-success", "being removed")
		inStep(t, app)
		if left := server.Calendars(who); len(left) > 0 || len(server.Files(who)) > 0 {
			t.Errorf("left there: %v", left)
		}
		c.Visit("/me/calendars").Has("#connected", 0)
		if strings.Contains(app.Log.String(), secret) {
			t.Error("the log has the password")
		}
	}, byCalDAV(caldav.New(caldav.Config{Name: outside.Named("Chancery"), Private: true, Roots: server.Roots})))
}

// A password that is taken back there asks the person to connect anew, with a new one, and nothing stands there twice.
func TestAPasswordThatWasTakenBackIsAskedForAnew(t *testing.T) {
	server := radicaletest.Start(t, map[string]string{"jon": "the first"})
	app := apptest.One(t, byCalDAV(caldav.New(caldav.Config{Name: outside.Named("Chancery"), Private: true, Roots: server.Roots})))
	at := app.Clock.Now().Add(24 * time.Hour)
	_, err := app.Agenda.Create(t.Context(), app.Actor("consultant"), agenda.Plan{Title: "Hearing", StartsAt: at, EndsAt: at.Add(time.Hour), Zone: "America/Toronto"})
	must(t, err)
	c := app.SignIn("consultant")
	c.Visit("/me/calendars/caldav/new").Submit("#caldav-form", "server", server.URL(), "user", "jon", "password", "the first").At("/me/calendars")
	inStep(t, app)
	server.Password("jon", "the second")
	later(t, app)
	c = app.SignIn("consultant")
	p := c.Visit("/me/calendars").In("#connected .error", "has ended").Follow("#connected a[href$='/caldav/new']")
	p.Submit("#caldav-form", "server", server.URL(), "user", "jon", "password", "the second").At("/me/calendars")
	inStep(t, app)
	c.Visit("/me/calendars").In("#connected .status[data-status=ok]", "Connected")
	if n, m := len(server.Files("jon")), len(server.Calendars("jon")); n != 1 || m != 1 {
		t.Errorf("%d events stand in %d calendars, want one", n, m)
	}
}

// erring is a server that is wrong in some way.
type erring struct{ err error }

func (e *erring) Find(context.Context, string, string, string) (outside.Grant, error) {
	return outside.Grant{}, e.err
}

func (*erring) Calendar(outside.Grant) outside.Calendar { return nil }

// C-6: each of what can be wrong with a server is said at its field, and what was typed stays, but for the password.
func TestWhatIsWrongWithAServerIsSaidAtItsField(t *testing.T) {
	wrong := &erring{}
	app := apptest.One(t, byCalDAV(wrong))
	c := app.SignIn("consultant")
	for _, one := range []struct {
		server string
		err    error
		want   string
	}{
		{"http://cloud.example", errors.New("not asked"), "https only"},
		{"https://", errors.New("not asked"), "such as"},
		{"10.0.0.1", &outside.Refused{Reason: outside.AddressRefused}, "may not reach"},
		{"cloud.example", &outside.Refused{Reason: outside.Elsewhere}, "sends on to another"},
		{"cloud.example", &outside.Refused{Status: 404, Reason: outside.NoCalendars}, "no calendar service"},
		{"cloud.example", &net.DNSError{IsNotFound: true}, "no server of this name"},
		{"cloud.example", &tls.CertificateVerificationError{Err: errors.New("expired")}, "certificate"},
		{"cloud.example", errors.New("refused"), "does not answer"},
	} {
		wrong.err = one.err
		p := c.Visit("/me/calendars/caldav/new").Submit("#caldav-form", "server", one.server, "user", "jon", "password", "secret").Expect(422).In("#server-error", one.want)
		if v := p.Attr("#server", "value"); v != one.server || strings.Contains(p.Body, `"secret"`) {
			t.Errorf("%v: the server comes back as %q", one.err, v)
		}
	}
}
