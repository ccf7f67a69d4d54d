package lease_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	testclock "k8s.io/utils/clock/testing"

	"chancery/app/store"
	"chancery/app/store/storetest"
	"chancery/jobs/lease"
)

const ttl = 20 * time.Second

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

// replica is one process that wants the lease, with a clock of its own: one that stands still is a process that was
// stopped.
type replica struct {
	db    *store.DB
	clock *testclock.FakeClock
	began chan context.Context // the work's context, each time work begins
	ended chan error           // Hold's result
	stop  context.CancelFunc
}

// start has a replica ask for the lease. Its work goes on until its context ends, and then for as long as more says.
func start(t *testing.T, db *store.DB, holder string, more func()) *replica {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &replica{
		db: db, clock: testclock.NewFakeClock(noon), stop: cancel,
		began: make(chan context.Context, 10), ended: make(chan error, 1),
	}
	go func() {
		r.ended <- lease.Hold(ctx, db, lease.Options{Name: "jobs", Holder: holder, TTL: ttl, Clock: r.clock},
			func(ctx context.Context) error {
				r.began <- ctx
				<-ctx.Done()
				if more != nil {
					more()
				}
				return ctx.Err()
			})
	}()
	t.Cleanup(func() {
		cancel()
		if err := receive(t, r.ended); err != nil {
			t.Errorf("Hold: %v", err)
		}
	})
	return r
}

func TestOneReplicaAtATime(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, db *store.DB) {
		anna := start(t, db, "anna", nil)
		held := receive(t, anna.began)
		berta := start(t, db, "berta", nil)
		waits(t, berta, 1)

		// As long as the holder renews, the lease stays where it is, for many times its length.
		for range 40 {
			waits(t, anna, 2) // for the next renewal, and the end of her trust
			anna.clock.Step(ttl / 4)
			expiry(t, db, anna.clock.Now().Add(ttl))
			berta.clock.Step(ttl / 4)
			waits(t, berta, 1)
		}
		if held.Err() != nil || len(berta.began) > 0 {
			t.Errorf("holder's work: %v; the other began %d times", held.Err(), len(berta.began))
		}
		expectRow(t, db, "anna", 1)
	})
}

func TestStoppedReplicaThatWakesAfterExpiryIsCancelledAndCannotRenew(t *testing.T) {
	// The stopped process' clock may have gone on (its trust has ended) or have stood still with it (it tries to renew).
	for name, wake := range map[string]time.Duration{"clock went on": ttl + 1, "clock stood still": ttl / 4} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, nil, func(t *testing.T, db *store.DB) {
				anna := start(t, db, "anna", nil)
				held := receive(t, anna.began)
				berta := start(t, db, "berta", nil)
				waits(t, berta, 1)

				berta.clock.Step(ttl) // anna's stands still
				taken := receive(t, berta.began)
				if held.Err() != nil {
					t.Fatal("anna has noticed before she woke; the test proves nothing")
				}
				expectRow(t, db, "berta", 2)

				anna.clock.Step(wake)
				receive(t, held.Done())
				if !errors.Is(context.Cause(held), lease.ErrLost) {
					t.Errorf("cancelled because of %v", context.Cause(held))
				}
				waits(t, anna, 1) // she is back in the line
				expectRow(t, db, "berta", 2)
				if taken.Err() != nil || len(anna.began) > 0 {
					t.Errorf("berta's work: %v; anna began %d times more", taken.Err(), len(anna.began))
				}
			})
		})
	}
}

func TestExpiredLeaseIsNotRenewedEvenIfNobodyTookIt(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, db *store.DB) {
		anna := start(t, db, "anna", nil)
		held := receive(t, anna.began)
		waits(t, anna, 2)
		anna.clock.Step(ttl)
		receive(t, held.Done())
		receive(t, anna.began) // taken anew
		expectRow(t, db, "anna", 2)
	})
}

func TestWorkIsCancelledBeforeExpiryWhenTheDatabaseIsGone(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		db := storetest.Open(t, url, nil)
		anna := start(t, storetest.Open(t, url, nil), "anna", nil)
		held := receive(t, anna.began)
		if err := anna.db.Close(); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			waits(t, anna, 2)
			if held.Err() != nil {
				t.Fatalf("cancelled at %s already", anna.clock.Since(noon))
			}
			anna.clock.Step(ttl / 4)
		}
		receive(t, held.Done())
		if !errors.Is(context.Cause(held), lease.ErrLost) {
			t.Errorf("cancelled because of %v", context.Cause(held))
		}
		expiry(t, db, anna.clock.Now().Add(ttl/4)) // the margin that is left before another may take it
	})
}

func TestCleanStopHandsOverAtOnceButNotBeforeTheWorkHasEnded(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, db *store.DB) {
		ending, end := make(chan struct{}), make(chan struct{})
		anna := start(t, db, "anna", func() { close(ending); <-end })
		receive(t, anna.began)
		berta := start(t, db, "berta", nil)
		waits(t, berta, 1)

		anna.stop()
		receive(t, ending)
		for range 8 { // the work takes its time, and keeps the lease meanwhile
			waits(t, anna, 2)
			anna.clock.Step(ttl / 4)
			expiry(t, db, anna.clock.Now().Add(ttl))
			berta.clock.Step(ttl / 4)
			waits(t, berta, 1)
		}
		expectRow(t, db, "anna", 1)

		close(end)
		receive(t, berta.began) // her clock has not moved since
		expectRow(t, db, "berta", 2)
		err := receive(t, anna.ended)
		anna.ended <- err
		if err != nil {
			t.Errorf("a stop is not an error: %v", err)
		}
	})
}

func TestWorkThatEndsByItselfGivesTheLeaseBack(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, db *store.DB) {
		broken := errors.New("broken")
		for term, want := range []error{broken, nil} {
			err := lease.Hold(t.Context(), db, lease.Options{Name: "jobs", Holder: fmt.Sprint("holder", term)},
				func(context.Context) error { return want })
			if !errors.Is(err, want) || (err == nil) != (want == nil) {
				t.Errorf("Hold returned %v, want %v", err, want)
			}
			expectRow(t, db, fmt.Sprint("holder", term), int64(term)+1)
		}
	})
}

func TestLeasesOfDifferentNamesDoNotMeet(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, db *store.DB) {
		err := lease.Hold(t.Context(), db, lease.Options{Name: "one", Holder: "anna"}, func(ctx context.Context) error {
			return lease.Hold(ctx, db, lease.Options{Name: "two", Holder: "berta"}, func(context.Context) error { return nil })
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// Many replicas that each want the lease many times, on the real clock: never two at once, and each hand-over by the
// change feed, since by polling alone (a quarter of TTL each) this would take minutes.
func TestManyReplicasTakeTurns(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, db *store.DB) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		const replicas, turns = 4, 8
		var busy, total atomic.Int32
		ended := make(chan error, replicas)
		for r := range replicas {
			go func() {
				for turn := range turns {
					o := lease.Options{Name: "jobs", Holder: fmt.Sprintf("%d-%d", r, turn), TTL: 10 * time.Minute}
					err := lease.Hold(ctx, db, o, func(context.Context) error {
						if busy.Add(1) != 1 {
							t.Error("two at once")
						}
						total.Add(1)
						busy.Add(-1)
						return nil
					})
					if err != nil {
						ended <- err
						return
					}
				}
				ended <- nil
			}()
		}
		for range replicas {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		if total.Load() != replicas*turns {
			t.Errorf("%d turns of %d", total.Load(), replicas*turns)
		}
	})
}

// patience bounds what the tests wait for; it is reached only when something is broken.
const patience = 30 * time.Second

func receive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatal("nothing happens")
		panic("unreachable")
	}
}

// waits returns when the replica has come to wait for n timers: one for its turn, two for renewal and trust.
func waits(t *testing.T, r *replica, n int) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d timers", n), func() bool { return r.clock.Waiters() == n })
}

// expiry returns when the lease's expiry is at.
func expiry(t *testing.T, db *store.DB, at time.Time) {
	t.Helper()
	eventually(t, fmt.Sprintf("expiry at %s", at), func() bool {
		var got time.Time
		ok, err := store.One(db.In(t.Context()).Raw(`SELECT expires_at FROM leases WHERE name = 'jobs'`), &got)
		if err != nil {
			t.Fatal(err)
		}
		return ok && got.Equal(at)
	})
}

func eventually(t *testing.T, what string, true func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !true(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

func expectRow(t *testing.T, db *store.DB, holder string, term int64) {
	t.Helper()
	var row struct {
		Holder string
		Term   int64
	}
	if _, err := store.One(db.In(t.Context()).Raw(`SELECT holder, term FROM leases WHERE name = 'jobs'`), &row); err != nil {
		t.Fatal(err)
	}
	if row.Holder != holder || row.Term != term {
		t.Errorf("the row says %s in term %d, want %s in term %d", row.Holder, row.Term, holder, term)
	}
}
