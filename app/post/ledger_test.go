package post_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/resource"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

var operator = access.System("test")

func refuse(t *testing.T, n *post.Post, key string, dead bool) {
	t.Helper()
	if err := n.Record(t.Context(), begun(t, n, key), post.Outcome{State: post.Failed, Answer: "5.1.1 no such user", Dead: dead,
		Found: resource.Condition{Type: post.Delivery, Status: resource.False, Reason: "Refused"}}); err != nil {
		t.Fatal(err)
	}
}

// B-23: "did she get it?" is found by person, state and kind, a page at a time, each mail once.
func TestTheLedgerFindsMails(t *testing.T) {
	each(t, func(t *testing.T, clock *storetest.Clock, _ *store.DB, n *post.Post) {
		for i := range 25 {
			d := draft(fmt.Sprintf("k/%02d", i))
			if i%5 == 0 {
				d.Recipient, d.Kind = "100%_sure@marlowreyes.example", post.SessionsEnded
			}
			must(t, n.Queue(t.Context(), d))
			if i%2 == 0 {
				clock.Add(time.Second) // some are of one moment
			}
		}
		refuse(t, n, "k/00", true)
		must(t, n.Record(t.Context(), begun(t, n, "k/01"), post.Outcome{State: post.Delivered, Answer: "250 ok", Found: resource.Condition{Type: post.Delivery, Status: resource.True, Reason: "Accepted"}}))
		find := func(q post.LedgerQuery) (keys []string) {
			q.Limit = 4
			for {
				list, more, err := n.Ledger(t.Context(), operator, q)
				must(t, err)
				for _, m := range list {
					keys = append(keys, m.SendKey)
				}
				if !more {
					return keys
				}
				q.Before = list[len(list)-1].ID
			}
		}
		all := find(post.LedgerQuery{})
		if len(all) != 25 || all[0] != "k/24" || all[24] != "k/00" {
			t.Errorf("all: %v", all)
		}
		for name, c := range map[string]struct {
			q    post.LedgerQuery
			want int
		}{
			"open":      {post.LedgerQuery{State: post.Waiting}, 19},
			"paused":    {post.LedgerQuery{Paused: true}, 4},
			"delivered": {post.LedgerQuery{State: post.Delivered}, 1},
			"failed":    {post.LedgerQuery{State: post.Failed}, 1},
			"a kind":    {post.LedgerQuery{Kind: post.SessionsEnded}, 5},
			"who":       {post.LedgerQuery{Who: "noor@"}, 20},
			"marks":     {post.LedgerQuery{Who: "100%_"}, 5},
			"nobody":    {post.LedgerQuery{Who: "%"}, 0},
		} {
			if got := find(c.q); len(got) != c.want {
				t.Errorf("%s: %v", name, got)
			}
		}
		f, err := n.Figures(t.Context(), operator)
		if err != nil || f.Waiting != 19 || f.Late != 19 || f.Paused != 4 || f.Failed != 1 || f.Oldest == nil || f.Outage != nil {
			t.Errorf("%+v, %v", f, err)
		}
		if _, _, err := n.Ledger(t.Context(), access.Actor{}, post.LedgerQuery{Limit: 1}); !isForbidden(err) {
			t.Errorf("anybody reads it: %v", err)
		}
	})
}

// B-23: what may be done about a mail, each by those who may, and written down.
func TestWhatCanBeDoneAboutAMail(t *testing.T) {
	each(t, func(t *testing.T, clock *storetest.Clock, db *store.DB, n *post.Post) {
		id := func(key string) string { return state(t, n, key).ID }
		for _, key := range []string{"failed", "retrying", "waiting", "welcome"} {
			d := draft(key)
			if key == "welcome" {
				d.Kind = post.Welcome
			}
			must(t, n.Queue(t.Context(), d))
		}
		refuse(t, n, "failed", false)
		refuse(t, n, "welcome", false)
		must(t, n.Record(t.Context(), begun(t, n, "retrying"), post.Outcome{State: post.Waiting, Next: clock.Now().Add(time.Hour), Found: resource.Condition{Type: post.Delivery, Status: resource.False, Reason: "Refused"}}))
		clock.Add(time.Minute)
		for _, key := range []string{"failed", "retrying"} {
			must(t, n.Retry(t.Context(), operator, id(key)))
			if m := state(t, n, key); m.State != post.Waiting || !m.NextTryAt.Equal(clock.Now()) || !m.NotAfter.After(clock.Now().Add(71*time.Hour)) {
				t.Errorf("%+v", m)
			}
		}
		for _, key := range []string{"waiting", "welcome"} { // one goes by itself; of the other a room makes a new one
			if err := n.Retry(t.Context(), operator, id(key)); !isRefused(err) {
				t.Errorf("%s: %v", key, err)
			}
		}
		must(t, n.StopOne(t.Context(), operator, id("waiting")))
		if err := n.StopOne(t.Context(), operator, id("waiting")); !isRefused(err) || state(t, n, "waiting").State != post.Stopped {
			t.Errorf("stopped twice: %v", err)
		}
		for _, do := range []func(context.Context, access.Actor, string) error{n.Retry, n.StopOne} {
			if err := do(t.Context(), access.Actor{}, id("failed")); !isForbidden(err) {
				t.Errorf("anybody may: %v", err)
			}
			if err := do(t.Context(), operator, "none"); !errors.Is(err, fault.ErrNotFound) {
				t.Error(err)
			}
		}
		var lines int
		must(t, db.In(t.Context()).Raw(`SELECT count(*) FROM audit WHERE action IN ('mail.retry', 'mail.stop')`).Scan(&lines).Error)
		if lines != 3 {
			t.Errorf("%d lines in the history", lines)
		}
	})
}

// B-23: what is written to a dead address waits, from the first moment, until somebody says that it is right.
func TestAPausedAddressIsTakenUpWhenSomebodySaysSo(t *testing.T) {
	each(t, func(t *testing.T, clock *storetest.Clock, db *store.DB, n *post.Post) {
		must(t, n.Queue(t.Context(), draft("before")))
		must(t, n.Queue(t.Context(), draft("dead")))
		refuse(t, n, "dead", true)
		must(t, n.Queue(t.Context(), draft("after")))
		for _, key := range []string{"before", "after"} {
			if m := state(t, n, key); m.PausedAt == nil || m.State != post.Waiting {
				t.Errorf("%+v", m)
			}
		}
		if taken, err := n.Take(t.Context(), 10, time.Minute); err != nil || len(taken) != 0 {
			t.Errorf("%d taken, %v", len(taken), err)
		}
		const address = "noor@marlowreyes.example"
		if err := n.Resume(t.Context(), access.Actor{}, address); !isForbidden(err) {
			t.Errorf("anybody may: %v", err)
		}
		must(t, n.Resume(t.Context(), operator, address))
		if err := n.Resume(t.Context(), operator, address); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
		taken, err := n.Take(t.Context(), 10, time.Minute)
		if err != nil || len(taken) != 2 || taken[0].SendKey != "before" {
			t.Errorf("%+v, %v", taken, err)
		}
		must(t, n.Record(t.Context(), &taken[0], post.Outcome{State: post.Failed, Dead: true, Answer: "again"}))
		must(t, n.Queue(t.Context(), draft("late")))
		clock.Add(73 * time.Hour)
		_, err = n.CleanUp(t.Context(), 2)
		must(t, err)
		if m := state(t, n, "late"); m.State != post.Failed || m.Conditions[0].Reason != "TooLate" {
			t.Errorf("%+v", m)
		}
		var lines int
		must(t, db.In(t.Context()).Raw(`SELECT count(*) FROM audit WHERE action = 'mail.resume'`).Scan(&lines).Error)
		if lines != 1 {
			t.Errorf("%d lines in the history", lines)
		}
	})
}

// What is urgent is taken first, then what became due first; what was put back keeps its place.
func TestMailsAreTakenInTheirOrder(t *testing.T) {
	each(t, func(t *testing.T, clock *storetest.Clock, _ *store.DB, n *post.Post) {
		add := func(key string, rank post.Rank, in time.Duration) {
			d := draft(key)
			d.Rank, d.At = rank, clock.Now().Add(in)
			must(t, n.Queue(t.Context(), d))
		}
		add("daily", post.Daily, 0)
		add("case late", post.OfCases, 2*time.Second)
		add("case", post.OfCases, time.Second)
		add("urgent", post.Urgent, 3*time.Second)
		add("later", post.Urgent, time.Hour)
		clock.Add(time.Minute)
		take := func() (keys []string) {
			taken, err := n.Take(t.Context(), 3, time.Minute)
			must(t, err)
			var back []post.Tried
			for _, m := range taken {
				keys = append(keys, m.SendKey)
				back = append(back, post.Tried{Mail: m, Outcome: post.Outcome{State: post.Waiting, Next: m.NextTryAt, Untried: true}})
			}
			must(t, n.RecordAll(t.Context(), back))
			return keys
		}
		for range 2 {
			if got := fmt.Sprint(take()); got != "[urgent case case late]" {
				t.Errorf("taken: %s", got)
			}
		}
		if m := state(t, n, "case"); m.Tries != 0 || m.Takes != 2 {
			t.Errorf("%+v", m)
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func isForbidden(err error) bool { return errors.As(err, new(*fault.Forbidden)) }

func isRefused(err error) bool { return errors.As(err, new(*fault.Refused)) }
