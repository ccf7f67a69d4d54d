package runs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"chancery/app/resource"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

func TestARunIsExecutedOnceWithItsResult(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		ran := 0
		r := reconciler(t, db, Job{Name: "count", When: "@hourly", Do: func(context.Context) (string, error) {
			ran++
			clock.Add(3 * time.Second)
			return "deleted 12", nil
		}})
		r.CatchUp(t.Context())
		work(t, r)
		run := only(t, db)
		work(t, r)
		if _, err := r.Reconcile(t.Context(), Prefix+run.ID); err != nil || ran != 1 {
			t.Errorf("executed %d times: %v", ran, err)
		}
		if run.State != Done || run.Result != "deleted 12" || run.FinishedAt.Sub(*run.StartedAt) != 3*time.Second || run.Observed != run.Generation {
			t.Errorf("run: %+v", run)
		}
		if c, _ := run.Conditions.Get(Executed); c.Status != resource.True {
			t.Errorf("conditions: %+v", run.Conditions)
		}
	})
}

func TestAFailingRunIsTriedAgainAndThenGivenUp(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		var tried []time.Duration
		began := clock.Now()
		r := reconciler(t, db, Job{Name: "broken", When: "@hourly", Do: func(context.Context) (string, error) {
			tried = append(tried, clock.Now().Sub(began))
			return "", errors.New("storage is down")
		}})
		r.CatchUp(t.Context())
		for range 40 {
			work(t, r)
			clock.Add(30 * time.Second)
		}
		want := []time.Duration{0, time.Minute, 3 * time.Minute, 6 * time.Minute, 10 * time.Minute}
		if !slices.Equal(tried, want) {
			t.Errorf("tried at %v, want %v", tried, want)
		}
		run := only(t, db)
		if c, _ := run.Conditions.Get(Executed); run.State != Failed || c.Status != resource.False || c.Reason != "GaveUp" || run.Result != "gave-up 5" {
			t.Errorf("run: %+v", run)
		}
	})
}

func TestAFailureThatPassesLeavesNoMark(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		failures := 2
		r := reconciler(t, db, Job{Name: "shaky", When: "@hourly", Do: func(context.Context) (string, error) {
			if failures--; failures >= 0 {
				return "", errors.New("not yet")
			}
			return "done after all", nil
		}})
		r.CatchUp(t.Context())
		for range 10 {
			work(t, r)
			if run := only(t, db); run.State == Waiting {
				if c, _ := run.Conditions.Get(Executed); c.Status != resource.Unknown {
					t.Errorf("while it waits: %+v", run.Conditions)
				}
			}
			clock.Add(time.Minute)
		}
		if run := only(t, db); run.State != Done || run.Tries != 3 || !run.Conditions[0].Since.After(run.DueAt) {
			t.Errorf("run: %+v", run)
		}
	})
}

// A process that is told to end, or dies, in the middle of a job leaves it "running"; the next one finds it.
func TestAnInterruptedRunIsExecutedAgain(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		ctx, cancel := context.WithCancel(t.Context())
		ran := 0
		r := reconciler(t, db, Job{Name: "long", When: "@hourly", Do: func(ctx context.Context) (string, error) {
			if ran++; ran == 1 {
				cancel()
				<-ctx.Done()
				return "", ctx.Err()
			}
			return "whole", nil
		}})
		r.CatchUp(ctx)
		if _, err := r.Reconcile(ctx, Prefix+only(t, db).ID); !errors.Is(err, context.Canceled) {
			t.Fatalf("the first try: %v", err)
		}
		if run := only(t, db); run.State != Running {
			t.Fatalf("after the interruption: %+v", run)
		}
		work(t, r)
		if run := only(t, db); run.State != Done || run.Tries != 2 || ran != 2 {
			t.Errorf("run: %+v", run)
		}
	})
}

// What was done is not done again because the process was told to end at that moment.
func TestAResultIsWrittenDownEvenWhenTheProcessIsToldToEnd(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		ctx, cancel := context.WithCancel(t.Context())
		r := reconciler(t, db, Job{Name: "quick", When: "@hourly", Do: func(context.Context) (string, error) { cancel(); return "all of it", nil }})
		r.CatchUp(ctx)
		if _, err := r.Reconcile(ctx, Prefix+only(t, db).ID); err != nil {
			t.Fatal(err)
		}
		if run := only(t, db); run.State != Done || run.Result != "all of it" {
			t.Errorf("run: %+v", run)
		}
	})
}

// A job that kills its process (out of memory, a crash) must not do so for ever.
func TestARunThatNeverCameToItsEndIsGivenUp(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		ran := 0
		r := reconciler(t, db, Job{Name: "deadly", When: "@hourly", Do: func(context.Context) (string, error) { ran++; return "", nil }})
		r.CatchUp(t.Context())
		for range triesMost {
			if ours, err := r.begin(t.Context(), only(t, db)); err != nil || !ours {
				t.Fatal(ours, err)
			} // … and the process dies
		}
		work(t, r)
		if run := only(t, db); run.State != Failed || run.Result != "interrupted 5" || ran != 0 {
			t.Errorf("ran %d times: %+v", ran, run)
		}
	})
}

// A process that lost its lease while it stood still wakes up and has something to say: too late.
func TestALateWordDoesNotOverwriteTheSuccessors(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		r := reconciler(t, db, Job{Name: "both", When: "@hourly"})
		r.CatchUp(t.Context())
		begin := func(run *Run, want bool) {
			t.Helper()
			if ours, err := r.begin(t.Context(), run); err != nil || ours != want {
				t.Fatalf("begun: %v, %v", ours, err)
			}
		}
		late, stale := only(t, db), only(t, db)
		begin(late, true)
		begin(stale, false) // read before it was begun
		successor := only(t, db)
		begin(successor, true)
		say := func() {
			t.Helper()
			if _, err := r.again(t.Context(), late); err != nil {
				t.Fatal(err)
			}
			if err := r.finish(t.Context(), late, Failed, "by the late one", "GaveUp"); err != nil {
				t.Fatal(err)
			}
		}
		say()
		if run := only(t, db); run.State != Running || run.Tries != 2 {
			t.Errorf("while the successor works: %+v", run)
		}
		if err := r.finish(t.Context(), successor, Done, "by the successor", "AsPlanned"); err != nil {
			t.Fatal(err)
		}
		say()
		if run := only(t, db); run.State != Done || run.Result != "by the successor" {
			t.Errorf("after it: %+v", run)
		}
		begin(only(t, db), false)
	})
}

func TestARunOfAJobThatIsNoMoreEnds(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		reconciler(t, db, Job{Name: "dropped", When: "@hourly"}).CatchUp(t.Context())
		work(t, reconciler(t, db))
		if run := only(t, db); run.State != Failed || run.Result == "" {
			t.Errorf("run: %+v", run)
		}
	})
}

func TestOldFinishedRunsArePrunedExceptTheNewestOfEachJob(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		r := reconciler(t, db)
		day := 24 * time.Hour
		add := func(job string, age time.Duration, state State) {
			at := clock.Now().Add(-age)
			exec(t, db, `INSERT INTO runs (id, job, due_at, state, next_try_at, created_at, finished_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
				fmt.Sprintf("%s-%s", job, age), job, at, state, at, at, at)
		}
		for i := range 10 {
			add("nightly", time.Duration(85+i)*day, Done)
		}
		add("yearly", 300*day, Done)
		add("yearly", 665*day, Failed)
		exec(t, db, `INSERT INTO runs (id, job, due_at, state, next_try_at, created_at) VALUES ('stuck', 'nightly', ?, 'waiting', ?, ?)`,
			clock.Now().Add(-100*day), clock.Now(), clock.Now())
		n, err := r.Prune(t.Context(), 2)
		if err != nil || n != 5 {
			t.Errorf("%d deleted (%v), want four nightly ones past 90 days and last year's", n, err)
		}
		if left := count(t, db, "job = 'nightly'"); left != 7 {
			t.Errorf("%d nightly ones left, want six younger ones and the one that was never finished", left)
		}
		if left := count(t, db, "job = 'yearly'"); left != 1 {
			t.Errorf("%d yearly ones left", left)
		}
	})
}

// work executes what is due now, as the loop does.
func work(t *testing.T, r *Reconciler) {
	t.Helper()
	due, err := r.Due(t.Context(), r.db.Now().Add(time.Microsecond))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range due {
		if _, err := r.Reconcile(t.Context(), d.Key); err != nil {
			t.Fatal(err)
		}
	}
}

func only(t *testing.T, db *store.DB) *Run {
	t.Helper()
	var all []Run
	if err := db.In(t.Context()).Find(&all).Error; err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 {
		t.Fatalf("%d runs", len(all))
	}
	return &all[0]
}
