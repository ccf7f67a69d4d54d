package pace_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"chancery/app/outside"
	"chancery/app/outside/pace"
)

// keeper notes what comes in, and when. Each answer takes a while.
type keeper struct {
	mu    sync.Mutex
	came  map[string][]time.Time // "" is everybody's
	takes time.Duration
	busy  map[string]int
	most  int // requests of one account that were under way at once
}

func newKeeper(takes time.Duration) *keeper {
	return &keeper{came: map[string][]time.Time{}, busy: map[string]int{}, takes: takes}
}

func (k *keeper) RoundTrip(r *http.Request) (*http.Response, error) {
	whose := outside.Whose(r.Context())
	k.mu.Lock()
	for _, one := range []string{"", whose} {
		k.came[one] = append(k.came[one], time.Now())
	}
	k.busy[whose]++
	k.most = max(k.most, k.busy[whose])
	k.mu.Unlock()
	time.Sleep(k.takes)
	return &http.Response{StatusCode: http.StatusOK, Body: answer{strings.NewReader("{}"), func() {
		k.mu.Lock()
		k.busy[whose]--
		k.mu.Unlock()
	}}}, nil
}

type answer struct {
	io.Reader
	done func()
}

func (a answer) Close() error { a.done(); return nil }

// most is the most that came in within any window.
func most(came []time.Time, window time.Duration) int {
	out, from := 0, 0
	for i := range came {
		for came[i].Sub(came[from]) > window {
			from++
		}
		out = max(out, i-from+1)
	}
	return out
}

func ask(ctx context.Context, p *pace.Pace, whose string) error {
	r, err := http.NewRequestWithContext(outside.About(ctx, whose), http.MethodGet, "https://keeper.example/", nil)
	if err != nil {
		return err
	}
	response, err := p.RoundTrip(r)
	if err == nil {
		_ = response.Body.Close()
	}
	return err
}

// A thousand calendars get twenty requests each, by eight workers as the loop has them. No window sees half of what the keeper allows, and it is
// not kept far below either.
func TestAThousandCalendarsStayBelowHalfOfWhatIsAllowed(t *testing.T) {
	for name, l := range map[string]pace.Limits{"google": pace.Google, "microsoft": pace.Microsoft} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newKeeper(20 * time.Millisecond)
				p := pace.New(l, k, pace.Clock{})
				calendars := make(chan int)
				var workers sync.WaitGroup
				for range 8 {
					workers.Go(func() {
						for c := range calendars {
							for range 20 {
								if err := ask(t.Context(), p, fmt.Sprint(c)); err != nil {
									t.Error(err)
								}
							}
						}
					})
				}
				began := time.Now()
				for c := range 1000 {
					calendars <- c
				}
				close(calendars)
				workers.Wait()
				if n := len(k.came[""]); n != 20_000 {
					t.Fatalf("%d were made", n)
				}
				if n := most(k.came[""], l.Window); l.All > 0 && (n >= l.All/2 || n < l.All*2/5) {
					t.Errorf("%d within %s, allowed are %d", n, l.Window, l.All)
				}
				if took := time.Since(began); took > 6*time.Minute {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}

func TestOneAccountStaysBelowHalfOfWhatIsAllowed(t *testing.T) {
	for name, l := range map[string]pace.Limits{"google": pace.Google, "microsoft": pace.Microsoft, "caldav": pace.CalDAV} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newKeeper(0)
				p := pace.New(l, k, pace.Clock{})
				for range l.Each * 2 {
					if err := ask(t.Context(), p, "lucia"); err != nil {
						t.Fatal(err)
					}
				}
				if n := most(k.came["lucia"], l.Window); n >= l.Each/2 || n < l.Each*2/5 {
					t.Errorf("%d within %s, allowed are %d", n, l.Window, l.Each)
				}
			})
		})
	}
}

// Four who have much to write hold nobody up who has little.
func TestWhoHasMuchToWriteKeepsNobodyWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pace.New(pace.Google, newKeeper(0), pace.Clock{})
		ctx, stop := context.WithCancel(t.Context())
		var flood sync.WaitGroup
		for i := range 400 {
			flood.Go(func() {
				for ask(ctx, p, fmt.Sprint("busy", i%4)) == nil {
				}
			})
		}
		time.Sleep(5 * time.Minute)
		for i := range 10 {
			began := time.Now()
			if err := ask(ctx, p, fmt.Sprint("quiet", i)); err != nil {
				t.Fatal(err)
			}
			if waited := time.Since(began); waited > 50*time.Millisecond {
				t.Errorf("the %d. waited %s", i, waited)
			}
			time.Sleep(time.Second)
		}
		stop()
		flood.Wait()
	})
}

// Of one mailbox no more than half are under way of those that may be; an answer that is being read is.
func TestRequestsAtOnceForOneMailboxAreHalfOfWhatIsAllowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKeeper(time.Second)
		p := pace.New(pace.Microsoft, k, pace.Clock{})
		var all sync.WaitGroup
		began := time.Now()
		for range 10 {
			all.Go(func() {
				if err := ask(t.Context(), p, "lucia"); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if k.most != 2 || time.Since(began) != 5*time.Second {
			t.Errorf("%d were under way at once, it took %s", k.most, time.Since(began))
		}
	})
}

// Whose turn ends while it waits makes no request, and has cost the others nothing.
func TestWhoWaitsNoLongerCostsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKeeper(0)
		p := pace.New(pace.Limits{Window: time.Hour, Each: 8, Concurrent: 4}, k, pace.Clock{}) // one at once, two more in an hour
		if err := ask(t.Context(), p, "lucia"); err != nil {
			t.Fatal(err)
		}
		var ctx context.Context
		for range 10 {
			var stop context.CancelFunc
			ctx, stop = context.WithTimeout(t.Context(), time.Second)
			defer stop()
			if err := ask(ctx, p, "lucia"); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v, want the end of the context", err)
			}
		}
		if err := ask(ctx, p, "marta"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("somebody whose turn has ended: %v", err)
		}
		if n := len(k.came[""]); n != 1 {
			t.Fatalf("%d were made", n)
		}
		began := time.Now()
		if err := ask(t.Context(), p, "lucia"); err != nil || time.Since(began) > 30*time.Minute {
			t.Errorf("the next waited %s: %v", time.Since(began), err)
		}
	})
}

// Of a server that many people have in common the host counts.
func TestOfCalDAVTheHostCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKeeper(0)
		p := pace.New(pace.CalDAV, k, pace.Clock{})
		for i := range 500 {
			if err := ask(t.Context(), p, fmt.Sprint(i)); err != nil {
				t.Fatal(err)
			}
		}
		if n := most(k.came[""], time.Minute); n >= 240 {
			t.Errorf("%d within a minute", n)
		}
	})
}

// The clock is whatever it is told to be.
func TestTheClockIsHandedIn(t *testing.T) {
	at, waited := time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC), time.Duration(0)
	k := newKeeper(0)
	p := pace.New(pace.Google, k, pace.Clock{Now: func() time.Time { return at }, Wait: func(_ context.Context, d time.Duration) error {
		at, waited = at.Add(d), waited+d
		return nil
	}})
	for range 600 {
		if err := ask(t.Context(), p, "lucia"); err != nil {
			t.Fatal(err)
		}
	}
	if waited < 2*time.Minute || waited > 150*time.Second {
		t.Errorf("600 waited %s", waited)
	}
}
