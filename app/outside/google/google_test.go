package google_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"chancery/app/outside"
	"chancery/app/outside/google"
	"chancery/app/outside/outsidetest"
)

const (
	lucia    = "lucia@example.test"
	callback = "http://localhost/me/calendars/callback"
	state    = "a state that nobody guesses"
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

func start(t *testing.T) (*outsidetest.Google, *google.Keeper, *clock) {
	c := &clock{at: time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)}
	server := outsidetest.NewGoogle(outsidetest.Options{Now: c.now})
	t.Cleanup(server.Close)
	return server, google.New(google.Config{
		ClientID: outsidetest.ClientID, ClientSecret: outsidetest.ClientSecret, Redirect: callback, Name: outside.Named("Chancery"), Now: c.now,
		Endpoints: server.Endpoints(),
	}), c
}

func consent(t *testing.T, server *outsidetest.Google, keeper *google.Keeper, verifier string, a outsidetest.Answer) url.Values {
	t.Helper()
	back, err := server.Consent(keeper.ConsentURL(state, verifier, lucia), a)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(back.String(), callback) || back.Query().Get("state") != state {
		t.Fatalf("sent back to %s", back)
	}
	return back.Query()
}

func TestGoogleKeepsTheContract(t *testing.T) {
	outsidetest.Contract(t, func(t *testing.T) *outsidetest.World {
		server, keeper, c := start(t)
		verifier := oauth2.GenerateVerifier()
		kept, err := keeper.Exchange(context.Background(), consent(t, server, keeper, verifier, outsidetest.Allow).Get("code"), verifier)
		if err != nil {
			t.Fatal(err)
		}
		return &outsidetest.World{
			Calendar: func() outside.Calendar {
				return keeper.Calendar(kept, func(_ context.Context, g outside.Grant) error { kept = g; return nil })
			},
			Events:      func() []outsidetest.Event { return server.Events(lucia) },
			Retitle:     func(uid, title string) { server.Retitle(lucia, uid, title) },
			Delete:      func(uid string) { server.Delete(lucia, uid) },
			Add:         func(title string) { server.Add(lucia, title) },
			Drop:        func() { server.DropCalendars(lucia) },
			LoseCursors: server.LoseCursors,
			Expire:      server.Expire,
			Revoke:      func() { server.Revoke(lucia) },
			Fail:        server.Fail, Count: server.Count, Now: c.now, Wait: c.wait,
			List: "events.list", Insert: "events.insert", Update: "events.update",
		}
	})
}

func TestAGrantNamesItsAccountAndEndsWhenItIsGivenBack(t *testing.T) {
	server, keeper, _ := start(t)
	verifier, ctx := oauth2.GenerateVerifier(), context.Background()
	code := consent(t, server, keeper, verifier, outsidetest.Allow).Get("code")
	grant, err := keeper.Exchange(ctx, code, verifier)
	if err != nil || grant.Account != lucia {
		t.Fatalf("the account is %q, %v", grant.Account, err)
	}
	if server.Granted(lucia) != 1 {
		t.Fatal("nothing was granted")
	}
	for range 2 {
		if err := keeper.Revoke(ctx, grant); err != nil {
			t.Fatalf("revoke: %v", err)
		}
	}
	if server.Granted(lucia) != 0 {
		t.Error("the grant still holds there")
	}
	if _, err := keeper.Calendar(grant, nil).Open(ctx, ""); !errors.Is(err, outside.ErrRevoked) {
		t.Errorf("opened by a grant given back: %v", err)
	}
}

func TestACodeIsGoodOnceForWhoAskedForIt(t *testing.T) {
	server, keeper, c := start(t)
	ctx, verifier := context.Background(), oauth2.GenerateVerifier()
	refused := func(what, code, verifier string) {
		t.Helper()
		var r *outside.Refused
		if _, err := keeper.Exchange(ctx, code, verifier); !errors.As(err, &r) || r.Reason != "invalid_grant" {
			t.Errorf("%s: %v, want it refused", what, err)
		}
	}
	code := consent(t, server, keeper, verifier, outsidetest.Allow).Get("code")
	refused("with another verifier", code, oauth2.GenerateVerifier())
	grant, err := keeper.Exchange(ctx, code, verifier)
	if err != nil {
		t.Fatal(err)
	}
	refused("a second time", code, verifier)
	if _, err := keeper.Calendar(grant, nil).Open(ctx, ""); !errors.Is(err, outside.ErrRevoked) {
		t.Errorf("what came of a code brought twice still holds: %v", err)
	}
	late := consent(t, server, keeper, verifier, outsidetest.Allow).Get("code")
	c.wait(11 * time.Minute)
	refused("too late", late, verifier)
}

func TestWhoSaysNoGivesNothing(t *testing.T) {
	server, keeper, _ := start(t)
	back := consent(t, server, keeper, oauth2.GenerateVerifier(), outsidetest.Deny)
	if back.Get("error") != "access_denied" || back.Has("code") {
		t.Errorf("sent back with %v", back)
	}
}

func TestAGrantWithoutTheCalendarIsGivenBackAtOnce(t *testing.T) {
	server, keeper, _ := start(t)
	verifier := oauth2.GenerateVerifier()
	code := consent(t, server, keeper, verifier, outsidetest.Partial).Get("code")
	var refused *outside.Refused
	if _, err := keeper.Exchange(context.Background(), code, verifier); !errors.As(err, &refused) || refused.Reason != outside.ScopeMissing {
		t.Errorf("taken for good: %v", err)
	}
	if server.Granted(lucia) != 0 {
		t.Error("a grant of no use still holds there")
	}
}

func TestTheQuotasOfGoogleAskForPatienceAndOtherRefusalsDoNot(t *testing.T) {
	server, keeper, _ := start(t)
	verifier, ctx := oauth2.GenerateVerifier(), context.Background()
	grant, err := keeper.Exchange(ctx, consent(t, server, keeper, verifier, outsidetest.Allow).Get("code"), verifier)
	if err != nil {
		t.Fatal(err)
	}
	for _, reason := range []string{"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded"} {
		server.Fail(outsidetest.Fault{Status: http.StatusForbidden, Reason: reason})
		var later *outside.Later
		if _, err := keeper.Calendar(grant, nil).Open(ctx, ""); !errors.As(err, &later) {
			t.Errorf("%s: %v, want later", reason, err)
		}
	}
	for reason, want := range map[string]string{"accessNotConfigured": "accessNotConfigured", "insufficientPermissions": outside.ScopeMissing} {
		server.Fail(outsidetest.Fault{Status: http.StatusForbidden, Reason: reason})
		var refused *outside.Refused
		if _, err := keeper.Calendar(grant, nil).Open(ctx, ""); !errors.As(err, &refused) || refused.Reason != want {
			t.Errorf("%s: %v, want it refused as %s", reason, err, want)
		}
	}
}

func TestAClientThatIsNotKnownIsNobodysEndedGrant(t *testing.T) {
	server, keeper, _ := start(t)
	verifier, ctx := oauth2.GenerateVerifier(), context.Background()
	grant, err := keeper.Exchange(ctx, consent(t, server, keeper, verifier, outsidetest.Allow).Get("code"), verifier)
	if err != nil {
		t.Fatal(err)
	}
	other := google.New(google.Config{ClientID: "another", Endpoints: server.Endpoints()})
	server.Expire()
	grant.Access = ""
	var refused *outside.Refused
	if _, err := other.Calendar(grant, nil).Open(ctx, ""); !errors.As(err, &refused) || refused.Reason != "invalid_client" {
		t.Errorf("%v, want it refused", err)
	}
}

func TestAGrantThatCannotBeKeptIsNotUsed(t *testing.T) {
	server, keeper, _ := start(t)
	verifier, ctx := oauth2.GenerateVerifier(), context.Background()
	grant, err := keeper.Exchange(ctx, consent(t, server, keeper, verifier, outsidetest.Allow).Get("code"), verifier)
	if err != nil {
		t.Fatal(err)
	}
	server.Expire()
	full := errors.New("the disk is full")
	calendar := keeper.Calendar(grant, func(context.Context, outside.Grant) error { return full })
	for range 2 {
		if _, err := calendar.Open(ctx, ""); !errors.Is(err, full) {
			t.Errorf("opened by a grant that nobody kept: %v", err)
		}
	}
	if names := server.Calendars(lucia); len(names) != 0 {
		t.Errorf("made %v", names)
	}
}
