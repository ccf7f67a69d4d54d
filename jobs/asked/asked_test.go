package asked

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/store"
	"chancery/app/store/storetest"
	"chancery/app/work"
	"chancery/jobs/loop"
	"chancery/jobs/runs"
)

// Two long runs share the time, and each comes to its end; whoever waits hears of it by the change feed.
func TestTheLoopGoesOnUntilEachRunIsOver(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, db *store.DB) {
		each := func(context.Context, access.Actor, string, work.Item) (work.Outcome, error) { return work.Done(), nil }
		w := work.New(db, work.Kind{Name: "nothing", Each: each})
		var asked []string
		ask := func() {
			q := work.Request{Kind: "nothing"}
			for i := range 250 {
				q.Items = append(q.Items, work.Item{Label: fmt.Sprint(i)})
			}
			id, err := w.Ask(t.Context(), access.System("test"), q)
			if err != nil {
				t.Fatal(err)
			}
			asked = append(asked, id)
		}
		ask() // before the loop runs: Due finds it
		heard := make(chan string, 1000)
		defer db.Listen(Prefix, func(key string) { heard <- key })()
		l := loop.New(&Reconciler{Work: w, Now: db.Now}, loop.Options{})
		ctx, stop := context.WithCancel(t.Context())
		defer db.Listen(Prefix, l.Add)()
		ended := make(chan error, 1)
		go func() { ended <- l.Run(ctx) }()
		ask() // while it runs
		over := func(id string) bool {
			p, err := w.Get(t.Context(), access.System("test"), id, work.Page{})
			if err != nil {
				t.Fatal(err)
			}
			return p.State == work.Finished && p.Counts == work.Counts{Done: 250}
		}
		patience := time.After(30 * time.Second)
		for !over(asked[0]) || !over(asked[1]) {
			select {
			case <-heard:
			case <-patience:
				t.Fatal("they are not over")
			}
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// The table is shared with the runs of the clock, whose loop leaves these alone.
func TestTheClocksRunsAndTheseLeaveEachOtherAlone(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, db *store.DB) {
		w := work.New(db, work.Kind{Name: "nothing", Each: func(context.Context, access.Actor, string, work.Item) (work.Outcome, error) { return work.Done(), nil }})
		if _, err := w.Ask(t.Context(), access.System("test"), work.Request{Kind: "nothing", Items: []work.Item{{Label: "1"}}}); err != nil {
			t.Fatal(err)
		}
		clock, err := runs.New(db, []runs.Job{{Name: "hourly", When: "@hourly"}}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		clock.CatchUp(t.Context())
		until := db.Now().Add(time.Minute)
		of := map[string]loop.Reconciler{runs.Prefix: clock, Prefix: &Reconciler{Work: w, Now: db.Now}}
		for prefix, r := range of {
			due, err := r.Due(t.Context(), until)
			if err != nil || len(due) != 1 || due[0].Key[:len(prefix)] != prefix {
				t.Errorf("%s: %v, %v", prefix, due, err)
			}
		}
		if err := db.In(t.Context()).Exec(`UPDATE runs SET state = 'done', finished_at = ?, due_at = ?`, until.Add(-100*24*time.Hour), until.Add(-100*24*time.Hour)).Error; err != nil {
			t.Fatal(err)
		}
		if n, err := clock.Prune(t.Context(), 10); err != nil || n != 0 { // the newest of its job stays, and these are not its own
			t.Errorf("%d pruned, %v", n, err)
		}
		if n, err := w.CleanUp(t.Context(), 10); err != nil || n != 2 {
			t.Errorf("%d cleaned up, %v", n, err)
		}
	})
}
