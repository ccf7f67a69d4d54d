package calendar_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"chancery/app/agenda"
	"chancery/app/apptest"
	"chancery/app/calendar"
	"chancery/app/outside"
	"chancery/app/outside/google"
	"chancery/app/outside/microsoft"
	"chancery/app/outside/outsidetest"
	"chancery/app/store"
)

// server is a stand-in for a keeper: Google's or Microsoft's.
type server interface {
	SignIn(account string)
	Consent(consentURL string, a outsidetest.Answer) (*url.URL, error)
	Events(account string) []outsidetest.Event
	Retitle(account, uid, title string)
	Delete(account, uid string)
	Fail(f outsidetest.Fault)
	Requests() []outsidetest.Request
	Count(name string) int
	Forget()
	Revoke(account string)
	Granted(account string) int
	LoseCursors()
	DropCalendars(account string)
	Close()
}

// practice is one whose people connect calendars at one kind of keeper.
type practice struct {
	*apptest.App
	t       *testing.T
	kind    calendar.Kind
	there   server
	keepers calendar.Keepers
	site    *url.URL
	hook    func(call string, done bool) // before and after each call of a calendar's
	cut     int                          // which request from now on gets its answer lost; 0: none
	calls   []string
}

// insert and update are what a keeper calls a write.
func (p *practice) insert() string {
	if p.kind == calendar.Google {
		return "events.insert"
	}
	return "events.create"
}

func (p *practice) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// each runs a test with Google and with Microsoft, on both databases.
func each(t *testing.T, fn func(p *practice)) {
	for _, kind := range []calendar.Kind{calendar.Google, calendar.Microsoft} {
		t.Run(string(kind), func(t *testing.T) {
			var p *practice
			apptest.Each(t, func(t *testing.T, app *apptest.App) {
				t.Cleanup(p.there.Close)
				p.t, p.App = t, app
				fn(p)
			}, apptest.Keepers(func(site *url.URL, now func() time.Time) calendar.Keepers {
				p = &practice{kind: kind, site: site}
				redirect := site.JoinPath("me", "calendars", "callback").String()
				o := outsidetest.Options{Now: now, Redirects: []string{redirect}}
				var keeper outside.Keeper
				if kind == calendar.Google {
					s := outsidetest.NewGoogle(o)
					p.there, keeper = s, google.New(google.Config{ClientID: outsidetest.ClientID, ClientSecret: outsidetest.ClientSecret, Redirect: redirect,
						Name: outside.Named("Chancery"), Endpoints: s.Endpoints(), Now: now, Transport: p})
				} else {
					s := outsidetest.NewMicrosoft(o)
					p.there, keeper = s, microsoft.New(microsoft.Config{ClientID: outsidetest.ClientID, ClientSecret: outsidetest.ClientSecret, Redirect: redirect,
						Name: outside.Named("Chancery"), Endpoints: s.Endpoints(), Now: now, Transport: p})
				}
				p.keepers = calendar.Keepers{OAuth: map[calendar.Kind]outside.Keeper{kind: watched{keeper, p}}}
				return p.keepers
			}))
		})
	}
}

// RoundTrip loses the answer to the request whose turn it is.
func (p *practice) RoundTrip(r *http.Request) (*http.Response, error) {
	if whose := outside.Whose(r.Context()); strings.Contains(r.URL.Path, "/events") && !strings.HasSuffix(whose, account("")) {
		p.t.Errorf("%s is asked by the account %q, which sets its pace", r.Method, whose)
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if p.cut--; p.cut == 0 && err == nil {
		_ = response.Body.Close()
		return nil, errors.New("the connection was lost")
	}
	return response, err
}

// watched is a keeper of whose calendars each call is known.
type watched struct {
	outside.Keeper
	p *practice
}

func (w watched) Calendar(g outside.Grant, renewed func(context.Context, outside.Grant) error) outside.Calendar {
	return calls{w.Keeper.Calendar(g, renewed), w.p}
}

func (w watched) Revoke(ctx context.Context, g outside.Grant) error {
	defer w.p.called("revoke")()
	return w.Keeper.Revoke(ctx, g)
}

type calls struct {
	outside.Calendar
	p *practice
}

func (p *practice) called(name string) (done func()) {
	p.calls = append(p.calls, name)
	if p.hook == nil {
		return func() {}
	}
	p.hook(name, false)
	return func() { p.hook(name, true) }
}

func (c calls) Open(ctx context.Context, known string) (place string, err error) {
	done := c.p.called("open")
	place, err = c.Calendar.Open(ctx, known)
	done()
	return place, err
}

func (c calls) List(ctx context.Context, cursor string) (l outside.Listing, err error) {
	done := c.p.called("list")
	l, err = c.Calendar.List(ctx, cursor)
	done()
	return l, err
}

func (c calls) Put(ctx context.Context, e outside.Event, held *outside.Held) (h outside.Held, err error) {
	done := c.p.called("put")
	h, err = c.Calendar.Put(ctx, e, held)
	done()
	return h, err
}

func (c calls) Remove(ctx context.Context, held outside.Held) error {
	done := c.p.called("remove")
	err := c.Calendar.Remove(ctx, held)
	done()
	return err
}

func (c calls) Clear(ctx context.Context) error {
	done := c.p.called("clear")
	err := c.Calendar.Clear(ctx)
	done()
	return err
}

// account is what somebody is called at the keeper's.
func account(who string) string { return who + "@example.com" }

// connect has somebody say yes at the keeper's.
func (p *practice) connect(who string) *calendar.Connection {
	p.t.Helper()
	ctx, actor := p.t.Context(), p.Actor(who)
	to, err := p.Calendars.Begin(ctx, actor, "session", p.kind)
	p.must(err)
	p.there.SignIn(account(who))
	back, err := p.there.Consent(to, outsidetest.Allow)
	p.must(err)
	made, err := p.Calendars.Finish(ctx, actor, "session", back.Query().Get("state"), back.Query().Get("code"), "")
	p.must(err)
	return made
}

// turn lets the loop turn what is due until nothing is.
func (p *practice) turn(ctx context.Context) {
	p.t.Helper()
	for range 10 {
		due, err := p.Calendars.Due(ctx, p.Clock.Now())
		p.must(err)
		if len(due) == 0 {
			return
		}
		for _, d := range due {
			_, err := p.Calendars.Reconcile(ctx, d.Key)
			p.must(err)
		}
	}
	p.t.Fatal("it is due again and again")
}

// of is how somebody's connection is.
func (p *practice) of(who string) calendar.Connection {
	p.t.Helper()
	all, err := p.Calendars.Of(p.t.Context(), p.Actor(who), p.Person(who).ID)
	p.must(err)
	if len(all) != 1 {
		p.t.Fatalf("%d connections, want one: %+v", len(all), all)
	}
	return all[0]
}

func (p *practice) plan(who, title string, people ...string) *agenda.Appointment {
	p.t.Helper()
	at := p.Clock.Now().Add(24 * time.Hour)
	a, err := p.Agenda.Create(p.t.Context(), p.Actor(who), agenda.Plan{Title: title, StartsAt: at, EndsAt: at.Add(time.Hour), Zone: "America/Toronto", People: people})
	p.must(err)
	return a
}

func (p *practice) move(who string, a *agenda.Appointment, by time.Duration) {
	p.t.Helper()
	_, err := p.Agenda.Update(p.t.Context(), p.Actor(who), a.ID, a.Generation,
		agenda.Plan{Title: a.Title, StartsAt: a.StartsAt.Add(by), EndsAt: a.EndsAt.Add(by), Zone: a.Zone})
	p.must(err)
}

func (p *practice) cancel(who string, a *agenda.Appointment) {
	p.t.Helper()
	_, err := p.Agenda.Cancel(p.t.Context(), p.Actor(who), a.ID, a.Generation)
	p.must(err)
}

// uid is an appointment's for somebody.
func (p *practice) uid(who string, a *agenda.Appointment) string {
	return "chancery-" + p.Person(who).ID + "." + a.ID
}

// stand wants somebody's appointments outside to be these, each once and at its time, and the connection to say so.
func (p *practice) stand(who string, want map[string]time.Time) {
	p.t.Helper()
	all := p.there.Events(account(who))
	for _, e := range all {
		if at, ok := want[e.Title]; !ok || !at.Equal(e.StartsAt) {
			p.t.Errorf("%q stands at %s, want %v", e.Title, e.StartsAt, want)
		}
	}
	if len(all) != len(want) {
		p.t.Errorf("there stand %+v, want %v", all, want)
	}
	c := p.of(who)
	if c.Health != calendar.Connected || c.Pending || c.Standing != int64(len(want)) {
		p.t.Errorf("the connection is %+v", c)
	}
	var known int
	p.must(p.DB.Row(p.t.Context(), `SELECT count(*) FROM calendar_events WHERE connection_id = $1`, c.ID).Scan(&known))
	if known != len(want) {
		p.t.Errorf("%d are known to stand, want %d", known, len(want))
	}
}

// quiet looks once more, wants one list and no other request, and returns how many statements it took. A token that holds an hour may have to be
// renewed first.
func (p *practice) quiet(id string) int64 {
	p.t.Helper()
	p.there.Forget()
	ctx, n := store.WithCount(p.t.Context())
	_, err := p.Calendars.Reconcile(ctx, calendar.Prefix+id)
	p.must(err)
	for _, r := range p.there.Requests() {
		if r.Name != "events.list" && r.Name != "token" {
			p.t.Errorf("nothing was to be done, and %s was asked", r.Name)
		}
	}
	if lists := p.there.Count("events.list"); lists != 1 {
		p.t.Errorf("nothing was to be done, and it was listed %d times", lists)
	}
	return n.N()
}
