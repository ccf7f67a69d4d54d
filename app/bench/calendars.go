package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"sync"
	"time"

	"chancery/app/access"
	"chancery/app/agenda"
	"chancery/app/calendar"
	"chancery/app/cases"
	"chancery/app/outside"
	"chancery/app/outside/google"
	"chancery/app/outside/microsoft"
	"chancery/app/outside/outsidetest"
	"chancery/app/outside/pace"
	"chancery/app/post"
	"chancery/app/staff"
	"chancery/app/store"
)

// A thousand people's calendars at Google, and at Microsoft: what is asked of the keeper, and how near that comes to what it allows. All is the product's but the
// keeper, which is a stand-in that holds it to the limits (app/outside/outsidetest), and the time (simulated.go): it goes on only while every worker waits, for
// an answer or for its turn. So minutes of the practice pass in as long as the machine needs, and the figures are of no machine. All connections are due at once,
// as after an outage; else the loop spreads them over a quarter of an hour. It runs on SQLite alone: the database does not show in what is asked.

const (
	calendarPeople  = 1000
	calendarEvents  = 20
	calendarMany    = 1000                   // of the one who has many
	calendarWorkers = 8                      // as jobs has them
	calendarAnswer  = 100 * time.Millisecond // simulated, of each request
	calendarPart    = 0.5                    // of what a keeper allows
)

// standIn is a keeper's.
type standIn interface {
	SignIn(account string)
	Consent(consentURL string, a outsidetest.Answer) (*url.URL, error)
	Requests() []outsidetest.Request
	Forget()
	Expire()
	LoseCursors()
	Events(account string) []outsidetest.Event
	Close()
}

// calendarsOutside measures both keepers, each in a practice of its own.
func calendarsOutside(ctx context.Context, dir string) (all []*resynced, err error) {
	for _, kind := range []calendar.Kind{calendar.Google, calendar.Microsoft} {
		r, err := resyncs(ctx, dir, kind)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", kind, err)
		}
		all = append(all, r)
	}
	return all, nil
}

// outsideStage is a practice whose people have calendars at one keeper.
type outsideStage struct {
	kind      calendar.Kind
	db        *store.DB
	access    *access.Access
	agenda    *agenda.Agenda
	calendars *calendar.Calendars
	there     standIn
	clock     *simulated
	limits    pace.Limits
	people    []string // ids
	keys      []string // of connections
}

func resyncs(ctx context.Context, dir string, kind calendar.Kind) (_ *resynced, err error) {
	progress(string(kind) + ": people move in")
	p := practice{database: "sqlite:" + filepath.Join(dir, string(kind)+".db"), key: "the-bench's-key-of-32-characters!", dir: dir}
	if err := p.fill(ctx, calendarPeople+500); err != nil {
		return nil, err
	}
	s := &outsideStage{kind: kind, clock: &simulated{at: time.Now().Add(time.Hour)}}
	if s.db, err = store.Open(ctx, p.database, s.clock.now); err != nil {
		return nil, err
	}
	defer s.db.Close()
	s.open([]byte(p.key))
	defer s.there.Close()
	if err := s.plan(ctx); err != nil {
		return nil, err
	}
	return s.measure(ctx)
}

// open sets up the rooms, and the keeper behind its pace.
func (s *outsideStage) open(key []byte) {
	site := &url.URL{Scheme: "http", Host: "localhost"}
	redirect := site.JoinPath("me", "calendars", "callback").String()
	o := outsidetest.Options{Now: s.clock.now, Redirects: []string{redirect}}
	paced := func(l pace.Limits) http.RoundTripper {
		s.limits = l
		return pace.New(l, late{s.clock}, pace.Clock{Now: s.clock.now, Wait: s.clock.wait})
	}
	var keeper outside.Keeper
	if s.kind == calendar.Google {
		there := outsidetest.NewGoogle(o)
		s.there, keeper = there, google.New(google.Config{ClientID: outsidetest.ClientID, ClientSecret: outsidetest.ClientSecret, Redirect: redirect, Name: outside.Named("Chancery"),
			Endpoints: there.Endpoints(), Now: s.clock.now, Transport: paced(pace.Google)})
	} else {
		there := outsidetest.NewMicrosoft(o)
		s.there, keeper = there, microsoft.New(microsoft.Config{ClientID: outsidetest.ClientID, ClientSecret: outsidetest.ClientSecret, Redirect: redirect, Name: outside.Named("Chancery"),
			Endpoints: there.Endpoints(), Now: s.clock.now, Transport: paced(pace.Microsoft)})
	}
	people := staff.New(s.db, staff.Studio{})
	s.access = access.New(s.db)
	s.agenda = agenda.New(s.db, cases.New(s.db, people), people)
	s.calendars = calendar.New(s.db, s.access, s.agenda, post.New(s.db), calendar.Options{Keys: [][]byte{key}, Site: site,
		Keepers: calendar.Keepers{OAuth: map[calendar.Kind]outside.Keeper{s.kind: keeper}}})
}

// plan gives a thousand people their appointments, and one more who has many.
func (s *outsideStage) plan(ctx context.Context) error {
	err := s.db.In(ctx).Raw(`SELECT id FROM users ORDER BY email LIMIT ?`, calendarPeople+1).Scan(&s.people).Error
	if err != nil {
		return err
	}
	now := s.clock.now()
	for i, id := range s.people {
		n := calendarEvents
		if i == calendarPeople {
			n = calendarMany
		}
		plans := make([]agenda.Made, n)
		for j := range plans {
			at := now.Truncate(time.Hour).Add(time.Duration(24+j) * time.Hour)
			plans[j] = agenda.Made{By: id, At: now, Status: agenda.Planned, Plan: agenda.Plan{OwnerID: id, Title: fmt.Sprintf("Interview %d", j),
				StartsAt: at, EndsAt: at.Add(time.Hour), Zone: "America/Toronto"}}
		}
		if err := s.agenda.Seed(ctx, plans); err != nil {
			return err
		}
	}
	return nil
}

func account(id string) string { return id + "@example.test" }

// connect has people say yes at the keeper's, one after the other.
func (s *outsideStage) connect(ctx context.Context) error {
	for _, id := range s.people {
		rights, err := s.access.Of(ctx, id)
		if err != nil {
			return err
		}
		actor := access.System("bench")
		actor.ID, actor.Rights, actor.ProvenAt = id, rights, s.db.Now()
		to, err := s.calendars.Begin(ctx, actor, "session", s.kind)
		if err != nil {
			return err
		}
		s.there.SignIn(account(id))
		back, err := s.there.Consent(to, outsidetest.Allow)
		if err != nil {
			return err
		}
		made, err := s.calendars.Finish(ctx, actor, "session", back.Query().Get("state"), back.Query().Get("code"), "")
		if err != nil {
			return err
		}
		s.keys = append(s.keys, calendar.Prefix+made.ID)
	}
	return nil
}

func (s *outsideStage) measure(ctx context.Context) (*resynced, error) {
	progress(string(s.kind) + ": they connect")
	if err := s.clock.run(1, func(int) error { return s.connect(ctx) }); err != nil {
		return nil, err
	}
	r := &resynced{name: map[calendar.Kind]string{calendar.Google: "Google", calendar.Microsoft: "Microsoft"}[s.kind], limits: s.limits}
	everybody, one := s.keys[:calendarPeople], s.keys[calendarPeople:]
	for _, n := range []struct {
		name   string
		keys   []string
		before func()
		silent bool // it is done, and not shown
	}{
		{name: fmt.Sprintf("%d × %d events, all new", calendarPeople, calendarEvents), keys: everybody},
		{name: "what was written is read back", keys: everybody, silent: true},
		{name: "nothing has changed", keys: everybody},
		{name: "grants renewed, all listed anew", keys: everybody, before: func() { s.there.Expire(); s.there.LoseCursors() }},
		{name: fmt.Sprintf("one person, %d events, all new", calendarMany), keys: one},
		{name: "what was written is read back", keys: one, silent: true},
		{name: "one person, nothing has changed", keys: one},
	} {
		progress(string(s.kind) + ": " + n.name)
		s.clock.pass(s.limits.Window)
		if n.before != nil {
			n.before()
		}
		s.there.Forget()
		found, err := s.resync(ctx, n.keys)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", n.name, err)
		}
		found.name = n.name
		if !n.silent {
			r.resyncs, r.last = append(r.resyncs, found), found.requests
		}
	}
	return r, s.all()
}

// resync turns connections until each has nothing to do, by as many workers as the loop has.
func (s *outsideStage) resync(ctx context.Context, keys []string) (r resync, err error) {
	var mu sync.Mutex
	next := func() (key string) {
		mu.Lock()
		defer mu.Unlock()
		if len(keys) > 0 {
			key, keys = keys[0], keys[1:]
		}
		return key
	}
	began := s.clock.now()
	err = s.clock.run(calendarWorkers, func(int) error {
		for key := next(); key != ""; key = next() {
			for {
				again, err := s.calendars.Reconcile(ctx, key)
				if err != nil {
					return err
				}
				if again.IsZero() {
					break
				}
				if err := s.clock.wait(ctx, max(0, again.Sub(s.clock.now()))); err != nil {
					return err
				}
			}
		}
		return nil
	})
	r.took = s.clock.now().Sub(began)
	asked := map[string][]time.Time{}
	for _, one := range s.there.Requests() {
		if one.Status == http.StatusTooManyRequests || one.Status == http.StatusForbidden {
			return r, fmt.Errorf("the keeper refused %s (%d)", one.Name, one.Status)
		}
		r.requests++
		if one.Status < 300 && one.Name != "events.list" && one.Name != "calendars.list" && one.Name != "token" {
			r.writes++
		}
		asked[""] = append(asked[""], one.At)
		if one.Account != "" {
			asked[one.Account] = append(asked[one.Account], one.At)
		}
	}
	for whose, at := range asked {
		n := most(at, s.limits.Window)
		if whose == "" {
			r.all = n
		} else {
			r.each = max(r.each, n)
		}
	}
	return r, err
}

// all says whether everybody's events stand there.
func (s *outsideStage) all() error {
	for i, id := range s.people {
		want := calendarEvents
		if i == calendarPeople {
			want = calendarMany
		}
		if n := len(s.there.Events(account(id))); n != want {
			return fmt.Errorf("of %d events there stand %d", want, n)
		}
	}
	return nil
}
