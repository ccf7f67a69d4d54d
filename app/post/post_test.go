package post_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/resource"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

func each(t *testing.T, fn func(t *testing.T, clock *storetest.Clock, db *store.DB, n *post.Post)) {
	t.Helper()
	clock := storetest.NewClock()
	storetest.Each(t, clock.Now, func(t *testing.T, db *store.DB) { fn(t, clock, db, post.New(db)) })
}

func draft(key string) post.Draft {
	return post.Draft{SendKey: key, Kind: post.Locked, Recipient: "noor@marlowreyes.example", Language: "en", Zone: "UTC", Data: map[string]any{"Attempts": 10}}
}

func begun(t *testing.T, n *post.Post, key string) *post.Mail {
	t.Helper()
	m, err := n.Find(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	if ours, err := n.Begin(t.Context(), m, time.Minute); !ours || err != nil {
		t.Fatal(ours, err)
	}
	return m
}

func state(t *testing.T, n *post.Post, key string) *post.Mail {
	t.Helper()
	m, err := n.Find(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// B-23: at most one mail a send key, however many replicas tell of the event.
func TestAMailIsWrittenOnceASendKey(t *testing.T) {
	each(t, func(t *testing.T, clock *storetest.Clock, db *store.DB, n *post.Post) {
		var told []string
		if db.Dialect() == store.SQLite { // there the feed is told before Queue returns
			defer db.Listen("mail/", func(key string) { told = append(told, key) })()
		}
		var wg sync.WaitGroup
		errs := make(chan error, 4)
		for range 4 {
			wg.Go(func() {
				errs <- db.Tx(t.Context(), func(ctx context.Context) error { return n.Queue(ctx, draft("locked/1")) })
			})
		}
		wg.Wait()
		for range 4 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		if at, ok, err := n.NextDue(t.Context()); err != nil || !ok || !at.Equal(clock.Now()) {
			t.Fatal(at, ok, err)
		}
		m := state(t, n, "locked/1")
		if m.State != post.Waiting || m.Data != `{"Attempts":10}` || !m.NotAfter.Equal(clock.Now().Add(72*time.Hour)) || m.UserID != nil {
			t.Errorf("%+v", m)
		}
		if db.Dialect() == store.SQLite && (len(told) != 1 || told[0] != "mail/"+m.ID) {
			t.Errorf("told %q", told)
		}
		if _, err := n.Get(t.Context(), "none"); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
		if _, err := n.Find(t.Context(), "none"); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
	})
}

func TestAMailGoesWithItsTransaction(t *testing.T) {
	each(t, func(t *testing.T, clock *storetest.Clock, db *store.DB, n *post.Post) {
		no := errors.New("no")
		if err := db.Tx(t.Context(), func(ctx context.Context) error { return errors.Join(n.Queue(ctx, draft("locked/1")), no) }); !errors.Is(err, no) {
			t.Fatal(err)
		}
		if at, ok, err := n.NextDue(t.Context()); err != nil || ok {
			t.Error(at, err)
		}
	})
}

// Nobody else takes up a mail that is being sent, until its hold is over.
func TestAMailIsHeldWhileItIsSent(t *testing.T) {
	each(t, func(t *testing.T, clock *storetest.Clock, _ *store.DB, n *post.Post) {
		if err := n.Queue(t.Context(), draft("k")); err != nil {
			t.Fatal(err)
		}
		other := state(t, n, "k")
		m := begun(t, n, "k")
		if ours, err := n.Begin(t.Context(), other, time.Minute); ours || err != nil || other.Tries != 0 {
			t.Error("two send it", err)
		}
		other = state(t, n, "k")
		if ours, err := n.Begin(t.Context(), other, time.Minute); ours || err != nil {
			t.Error("two send it", err)
		}
		clock.Add(time.Minute)
		if other = begun(t, n, "k"); other.Tries != 2 || m.Tries != 1 {
			t.Errorf("try %d after %d", other.Tries, m.Tries)
		}
	})
}

// A process that stood still says that it failed while another is sending: that changes nothing. That it was delivered
// counts, whoever says it.
func TestAnOvertakenTryWritesNothingOverTheNext(t *testing.T) {
	failed := post.Outcome{State: post.Waiting, Found: resource.Condition{Type: "Delivered", Status: resource.False, Reason: "Failed"}}
	done := post.Outcome{State: post.Delivered, Answer: "250 ok", Found: resource.Condition{Type: "Delivered", Status: resource.True, Reason: "Accepted"}}
	each(t, func(t *testing.T, clock *storetest.Clock, _ *store.DB, n *post.Post) {
		for _, key := range []string{"a", "b"} {
			if err := n.Queue(t.Context(), draft(key)); err != nil {
				t.Fatal(err)
			}
			slow := begun(t, n, key)
			clock.Add(time.Minute)
			next := begun(t, n, key)
			failed.Next = clock.Now()
			if key == "a" {
				if err := n.Record(t.Context(), slow, failed); err != nil {
					t.Fatal(err)
				}
				if m := state(t, n, key); m.State != post.Sending {
					t.Errorf("%s: it is %s", key, m.State)
				}
				if err := n.Record(t.Context(), next, done); err != nil {
					t.Fatal(err)
				}
			} else {
				if err := n.Record(t.Context(), slow, done); err != nil {
					t.Fatal(err)
				}
				if err := n.Record(t.Context(), next, failed); err != nil {
					t.Fatal(err)
				}
			}
			m := state(t, n, key)
			if m.State != post.Delivered || m.DeliveredAt == nil || m.Observed != m.Generation || m.Answer != "250 ok" {
				t.Errorf("%s: %+v", key, m)
			}
			if c, ok := m.Conditions.Get(resource.Ready); !ok || c.Status != resource.True {
				t.Errorf("%s: %+v", key, m.Conditions)
			}
		}
	})
}

func TestAMailThatIsGivenUpIsNoLongerDue(t *testing.T) {
	each(t, func(t *testing.T, clock *storetest.Clock, _ *store.DB, n *post.Post) {
		if err := n.Queue(t.Context(), draft("k")); err != nil {
			t.Fatal(err)
		}
		m := state(t, n, "k")
		if err := n.GiveUp(t.Context(), m, resource.Condition{Type: "Delivered", Status: resource.False, Reason: "TooLate"}); err != nil {
			t.Fatal(err)
		}
		if at, ok, err := n.NextDue(t.Context()); err != nil || ok {
			t.Error(at, err)
		}
		if ours, err := n.Begin(t.Context(), m, time.Minute); ours || err != nil {
			t.Error("a mail that was given up is sent", err)
		}
		if m = state(t, n, "k"); m.State != post.Failed || m.Conditions[0].Reason != "TooLate" {
			t.Errorf("%+v", m)
		}
	})
}
