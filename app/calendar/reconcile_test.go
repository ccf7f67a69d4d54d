package calendar_test

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"chancery/app/agenda"
	"chancery/app/apptest"
	"chancery/app/calendar"
	"chancery/app/fault"
	"chancery/app/outside"
	"chancery/app/outside/google"
	"chancery/app/outside/outsidetest"
	"chancery/app/store"
)

// From the consent to the disconnecting, by the real protocol: what is planned stands there once, also when the answer to a write was lost; a turn
// that finds nothing to do writes nothing; what is cancelled goes; and nothing is left, neither events nor grant.
func TestAppointmentsStandInTheCalendarOutside(t *testing.T) {
	var keeper *outsidetest.Google
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		ctx, jon := t.Context(), app.Actor("consultant")
		t.Cleanup(keeper.Close)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		turn := func() {
			t.Helper()
			due, err := app.Calendars.Due(ctx, app.Clock.Now())
			must(err)
			for _, d := range due {
				_, err := app.Calendars.Reconcile(ctx, d.Key)
				must(err)
			}
		}
		plan := func(title string) *agenda.Appointment {
			t.Helper()
			at := app.Clock.Now().Add(24 * time.Hour)
			p, err := app.Agenda.Create(ctx, jon, agenda.Plan{Title: title, StartsAt: at, EndsAt: at.Add(time.Hour), Zone: "America/Toronto"})
			must(err)
			return p
		}
		plan("Hearing")
		// What a keeper says instead of a code: the person's no is told as such, and nothing else is (RFC 6749, 4.1.2.1).
		for said, want := range map[string]string{"access_denied": "outside.denied", "consent_required": "outside.not-taken", "": "outside.not-taken", "temporarily_unavailable": ""} {
			to, err := app.Calendars.Begin(ctx, jon, "session", calendar.Google)
			must(err)
			asked, err := url.Parse(to)
			must(err)
			_, err = app.Calendars.Finish(ctx, jon, "session", asked.Query().Get("state"), "", said)
			var no *fault.Refused
			var away *fault.Unavailable
			if errors.As(err, &no) && no.Message.Key != want || want == "" && !errors.As(err, &away) || err == nil {
				t.Errorf("%q: %v", said, err)
			}
		}
		to, err := app.Calendars.Begin(ctx, jon, "session", calendar.Google)
		must(err)
		keeper.SignIn("jon@example.com")
		back, err := keeper.Consent(to, outsidetest.Allow)
		must(err)
		q := back.Query()
		if _, err := app.Calendars.Finish(ctx, jon, "another session", q.Get("state"), q.Get("code"), ""); err == nil {
			t.Fatal("a state was taken in another session")
		}
		made, err := app.Calendars.Finish(ctx, jon, "session", q.Get("state"), q.Get("code"), "")
		must(err)
		turn()
		if all := keeper.Events(made.Account); len(all) != 1 || all[0].Title != "Hearing" {
			c, _ := app.Calendars.Of(ctx, jon, jon.ID)
			t.Fatalf("there stand %+v by %+v after %+v", all, c, keeper.Requests())
		}
		keeper.Fail(outsidetest.Fault{On: "events.insert", Cut: true})
		second := plan("Interview")
		turn()
		if c, _ := app.Calendars.Of(ctx, jon, jon.ID); c[0].Health != calendar.Failing {
			t.Errorf("a lost answer: %+v", c)
		}
		app.Clock.Add(time.Minute)
		turn()
		if all := keeper.Events(made.Account); len(all) != 2 {
			t.Errorf("after a lost answer stand %d", len(all))
		}
		c, _ := app.Calendars.Of(ctx, jon, jon.ID)
		if c[0].Health != calendar.Connected || c[0].Pending || c[0].Standing != 2 {
			t.Errorf("in step: %+v", c)
		}
		must(app.Calendars.SyncNow(ctx, jon, made.ID))
		turn()
		keeper.Forget()
		counted, n := store.WithCount(ctx)
		_, err = app.Calendars.Reconcile(counted, calendar.Prefix+made.ID)
		must(err)
		if n.N() > 15 || keeper.Count("events.list") != 1 || keeper.Count("events.insert")+keeper.Count("events.update") != 0 {
			t.Errorf("nothing to do took %d statements and %+v", n.N(), keeper.Requests())
		}
		_, err = app.Agenda.Cancel(ctx, jon, second.ID, second.Generation)
		must(err)
		turn()
		if all := keeper.Events(made.Account); len(all) != 1 {
			t.Errorf("after one was cancelled stand %d", len(all))
		}
		must(app.Calendars.Disconnect(ctx, jon, made.ID, true))
		turn()
		if left, _ := app.Calendars.Of(ctx, jon, jon.ID); len(left) != 0 || len(keeper.Events(made.Account)) != 0 || keeper.Granted(made.Account) != 0 {
			t.Errorf("after the end: %+v, %d events, %d grants", left, len(keeper.Events(made.Account)), keeper.Granted(made.Account))
		}
	}, apptest.Keepers(func(site *url.URL, now func() time.Time) calendar.Keepers {
		redirect := site.JoinPath("me", "calendars", "callback").String()
		keeper = outsidetest.NewGoogle(outsidetest.Options{Now: now, Redirects: []string{redirect}})
		return calendar.Keepers{OAuth: map[calendar.Kind]outside.Keeper{calendar.Google: google.New(google.Config{ClientID: outsidetest.ClientID, ClientSecret: outsidetest.ClientSecret,
			Redirect: redirect, Name: outside.Named("Chancery"), Endpoints: keeper.Endpoints(), Now: now})}}
	}))
}
