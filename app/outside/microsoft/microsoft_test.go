package microsoft_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"chancery/app/outside"
	"chancery/app/outside/microsoft"
	"chancery/app/outside/outsidetest"
)

const (
	lucia    = "lucia@example.test"
	callback = "http://localhost/me/calendars/callback"
)

// clock is the keeper's and the practice's time.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) wait(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func start(t *testing.T) (*outsidetest.Microsoft, *microsoft.Keeper, *clock) {
	c := &clock{at: time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)}
	server := outsidetest.NewMicrosoft(outsidetest.Options{Now: c.now, Redirects: []string{callback}})
	t.Cleanup(server.Close)
	return server, microsoft.New(microsoft.Config{
		ClientID: outsidetest.ClientID, ClientSecret: outsidetest.ClientSecret, Redirect: callback, Name: outside.Named("Chancery"), Now: c.now,
		Endpoints: server.Endpoints(),
	}), c
}

// granted is Lucía's leave.
func granted(t *testing.T, server *outsidetest.Microsoft, keeper *microsoft.Keeper) outside.Grant {
	t.Helper()
	verifier := oauth2.GenerateVerifier()
	back, err := server.Consent(keeper.ConsentURL("a state that nobody guesses", verifier, lucia), outsidetest.Allow)
	if err != nil {
		t.Fatal(err)
	}
	grant, err := keeper.Exchange(context.Background(), back.Query().Get("code"), verifier)
	if err != nil {
		t.Fatal(err)
	}
	return grant
}

func opened(t *testing.T, keeper *microsoft.Keeper, grant outside.Grant) outside.Calendar {
	t.Helper()
	c := keeper.Calendar(grant, nil)
	if _, err := c.Open(context.Background(), ""); err != nil {
		t.Fatal(err)
	}
	return c
}

func appointment() outside.Event {
	at := time.Date(2026, 6, 2, 9, 0, 0, 0, time.UTC)
	return outside.Event{UID: "chancery-a.b", Title: "Hearing", StartsAt: at, EndsAt: at.Add(time.Hour), Zone: "Europe/Madrid", Mark: "m"}
}

func TestMicrosoftKeepsTheContract(t *testing.T) {
	outsidetest.Contract(t, func(t *testing.T) *outsidetest.World {
		server, keeper, c := start(t)
		kept := granted(t, server, keeper)
		return &outsidetest.World{
			Calendar: func() outside.Calendar {
				return keeper.Calendar(kept, func(_ context.Context, g outside.Grant) error { kept = g; return nil })
			},
			Events:  func() []outsidetest.Event { return server.Events(lucia) },
			Retitle: func(uid, title string) { server.Retitle(lucia, uid, title) },
			Delete:  func(uid string) { server.Delete(lucia, uid) },
			Add:     func(title string) { server.Add(lucia, title) },
			Drop:    func() { server.DropCalendars(lucia) },
			Expire:  server.Expire,
			Revoke:  func() { server.Revoke(lucia) },
			Fail:    server.Fail, Count: server.Count, Now: c.now, Wait: c.wait,
			List: "events.list", Insert: "events.create", Update: "events.update",
		}
	})
}

func TestAGrantNamesItsAccountAndNoCallEndsIt(t *testing.T) {
	server, keeper, _ := start(t)
	grant := granted(t, server, keeper)
	if grant.Account != lucia {
		t.Errorf("the account is %q", grant.Account)
	}
	if err := keeper.Revoke(context.Background(), grant); !errors.Is(err, outside.ErrNoRevoke) {
		t.Errorf("revoke: %v", err)
	}
}

func TestAGrantIsTakenWithoutANameWhenTheNameCannotBeHad(t *testing.T) {
	server, keeper, _ := start(t)
	server.Fail(outsidetest.Fault{On: "calendar.get", Status: http.StatusServiceUnavailable})
	if grant := granted(t, server, keeper); grant.Refresh == "" || grant.Account != "" {
		t.Errorf("the grant is %q, of %q", grant.Refresh, grant.Account)
	}
}

func TestAGrantWithoutTheCalendarIsRefused(t *testing.T) {
	server, keeper, _ := start(t)
	verifier := oauth2.GenerateVerifier()
	back, err := server.Consent(keeper.ConsentURL("a state that nobody guesses", verifier, lucia), outsidetest.Partial)
	if err != nil {
		t.Fatal(err)
	}
	var refused *outside.Refused
	if _, err := keeper.Exchange(context.Background(), back.Query().Get("code"), verifier); !errors.As(err, &refused) || refused.Reason != outside.ScopeMissing {
		t.Errorf("taken for good: %v", err)
	}
}

func TestARefreshTokenThatCameAnewIsKept(t *testing.T) {
	server, keeper, _ := start(t)
	grant := granted(t, server, keeper)
	server.Expire()
	var kept outside.Grant
	c := keeper.Calendar(grant, func(_ context.Context, g outside.Grant) error { kept = g; return nil })
	if _, err := c.Open(context.Background(), ""); err != nil {
		t.Fatal(err)
	}
	if kept.Refresh == "" || kept.Refresh == grant.Refresh || kept.Account != lucia || !kept.Expires.After(grant.Expires.Add(-time.Second)) {
		t.Errorf("kept %q of %q", kept.Refresh, kept.Account)
	}
}

func TestACalendarOfThePersonsOwnOfTheSameNameIsLetBe(t *testing.T) {
	server, keeper, _ := start(t)
	server.AddCalendar(lucia, "Chancery")
	c := opened(t, keeper, granted(t, server, keeper))
	if names := strings.Join(server.Calendars(lucia), ", "); names != "Chancery, Chancery 2" {
		t.Errorf("there are %s", names)
	}
	if err := c.Clear(context.Background()); err != nil {
		t.Fatal(err)
	}
	if names := strings.Join(server.Calendars(lucia), ", "); names != "Chancery" {
		t.Errorf("there are %s", names)
	}
}

func TestACalendarWhoseMakingWasNotHeardOfIsFound(t *testing.T) {
	server, keeper, _ := start(t)
	grant := granted(t, server, keeper)
	server.Fail(outsidetest.Fault{On: "calendars.create", Cut: true})
	if _, err := keeper.Calendar(grant, nil).Open(context.Background(), ""); err == nil {
		t.Fatal("the answer was lost, and nothing is said of it")
	}
	opened(t, keeper, grant)
	if names := server.Calendars(lucia); len(names) != 1 {
		t.Errorf("there are %v", names)
	}
}

func TestACopyThatThePersonMadeIsTheirs(t *testing.T) {
	server, keeper, _ := start(t)
	c := opened(t, keeper, granted(t, server, keeper))
	held, err := c.Put(context.Background(), appointment(), nil)
	if err != nil {
		t.Fatal(err)
	}
	server.Copy(lucia, appointment().UID)
	listing, err := c.List(context.Background(), "")
	if err != nil || len(listing.Events) != 1 || listing.Events[0].Ref != held.Ref {
		t.Errorf("listed %+v, %v, want %s alone", listing.Events, err, held.Ref)
	}
}

func TestAnEventDeletedThereTwiceIsPutBackTwice(t *testing.T) {
	server, keeper, clock := start(t)
	c := opened(t, keeper, granted(t, server, keeper))
	for range 3 {
		if _, err := c.Put(context.Background(), appointment(), nil); err != nil {
			t.Fatal(err)
		}
		if n := len(server.Events(lucia)); n != 1 {
			t.Fatalf("there stand %d", n)
		}
		server.Delete(lucia, appointment().UID)
		clock.wait(61 * time.Minute)
	}
}

func TestAListThatGoesOnElsewhereGetsNoToken(t *testing.T) {
	reached := false
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer elsewhere.Close()
	for _, answer := range []func(http.ResponseWriter){
		func(w http.ResponseWriter) {
			_, _ = w.Write([]byte(`{"value":[],"@odata.nextLink":"` + elsewhere.URL + `/"}`))
		},
		func(w http.ResponseWriter) {
			w.Header().Set("Location", elsewhere.URL)
			w.WriteHeader(http.StatusTemporaryRedirect)
		},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w) }))
		keeper := microsoft.New(microsoft.Config{Endpoints: microsoft.Endpoints{API: server.URL}})
		c := keeper.Calendar(outside.Grant{Access: "secret", Expires: time.Now().Add(time.Hour)}, nil)
		if _, err := c.List(context.Background(), ""); err == nil || strings.Contains(err.Error(), elsewhere.URL) {
			t.Errorf("followed: %v", err)
		}
		server.Close()
	}
	if reached {
		t.Error("another host was asked")
	}
}

func TestFiveRequestsAtOnceForOneMailboxAreOneTooMany(t *testing.T) {
	server, keeper, _ := start(t)
	c := opened(t, keeper, granted(t, server, keeper))
	server.Hold("events.list", 4)
	results := make(chan error, 4)
	for range 4 {
		go func() { _, err := c.List(context.Background(), ""); results <- err }()
	}
	server.Held()
	var later *outside.Later
	if _, err := c.List(context.Background(), ""); !errors.As(err, &later) {
		t.Errorf("the fifth: %v, want later", err)
	}
	server.Let()
	for range 4 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}
