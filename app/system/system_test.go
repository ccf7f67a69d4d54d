package system_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/store"
	"chancery/app/store/storetest"
	"chancery/app/system"
)

// works has a job at every full hour.
type works struct{ depths []system.Depth }

func (works) Schedule() []system.Job {
	return []system.Job{{Name: "clean-up", When: "0 * * * *", Next: func(t time.Time) time.Time { return t.Truncate(time.Hour).Add(time.Hour) }}}
}

func (w works) Depths(context.Context) ([]system.Depth, error) { return w.depths, nil }

func who(rights string) access.Actor {
	return access.Actor{Actor: audit.Actor{ID: store.NewID(), Name: "Grace Mbeki"}, Rights: access.Granted(false, rights)}
}

func each(t *testing.T, fn func(t *testing.T, clock *storetest.Clock, db *store.DB, s *system.System)) {
	t.Helper()
	storetest.EachURL(t, func(t *testing.T, url string) {
		clock := storetest.NewClock() // 14:00
		db := storetest.Open(t, url, clock.Now)
		s := system.New(db)
		s.Shows(works{[]system.Depth{{Name: "mails", Due: 3, Oldest: clock.Now().Add(-time.Hour)}, {Name: "texts"}}})
		fn(t, clock, db, s)
	})
}

func exec(t *testing.T, db *store.DB, q string, args ...any) {
	t.Helper()
	if _, err := db.Exec(t.Context(), q, args...); err != nil {
		t.Fatal(err)
	}
}

// The page shows who does the work, the last and the next run of each job with how late it began, and what fails there.
func TestTheOverviewTellsHowTheHouseIsDoing(t *testing.T) {
	each(t, func(t *testing.T, clock *storetest.Clock, db *store.DB, s *system.System) {
		look := func() *system.Overview {
			t.Helper()
			o, err := s.Overview(t.Context(), who("system.view"))
			if err != nil {
				t.Fatal(err)
			}
			return o
		}
		if o := look(); o.Leader != nil || len(o.Jobs) != 1 || o.Jobs[0].Last != nil || !o.Jobs[0].Late.IsZero() || o.Jobs[0].Next != clock.Now().Add(time.Hour) || len(o.Loops) != 2 || o.Loops[0].Due != 3 {
			t.Fatalf("%+v", o)
		}
		now := clock.Now()
		run := func(id string, due time.Time, state string, began, ended any, asked string) {
			exec(t, db, `INSERT INTO runs (id, job, due_at, state, next_try_at, created_at, started_at, finished_at, requested_by) VALUES ($1, 'clean-up', $2, $3, $2, $2, $4, $5, $6)`, id, due, state, began, ended, asked)
		}
		run("a", now.Add(-25*time.Hour), "failed", now.Add(-25*time.Hour), now.Add(-25*time.Hour), "")
		run("b", now.Add(-time.Hour), "failed", now.Add(-50*time.Minute), now.Add(-49*time.Minute), "")
		run("c", now, "done", now, now, "somebody") // work that somebody asked for is no run of the job
		exec(t, db, `INSERT INTO leases (name, holder, term, expires_at) VALUES ('jobs', 'alpha/4711/x', 7, $1)`, now.Add(time.Second))
		failed := now.Add(-7 * time.Minute)
		if err := s.Report(t.Context(), "mails", system.Trouble{Holder: "alpha/4711/x", Failing: 2, FailingSince: &failed, Failures: 9, LastFailure: "the server does not answer", LastFailedAt: &now, StartedAt: now.Add(-time.Hour)}); err != nil {
			t.Fatal(err)
		}
		o := look()
		if o.Leader == nil || o.Leader.Host != "alpha" || o.Leader.Process != "4711" || o.Leader.Term != 7 {
			t.Errorf("%+v", o.Leader)
		}
		last := o.Jobs[0].Last
		if last == nil || last.ID != "b" || last.Lag() != 10*time.Minute || last.Took() != time.Minute || o.Ran != 1 || o.Failed != 1 || !o.Jobs[0].Late.IsZero() {
			t.Errorf("%+v, %+v", last, o)
		}
		if m := o.Loops[0]; m.Failing != 2 || m.Failures != 9 || m.LastFailure != "the server does not answer" || m.FailingSince == nil {
			t.Errorf("%+v", m)
		}
		// An earlier leader, which wakes up, overwrites nothing; of one that is gone nothing is shown.
		if err := s.Report(t.Context(), "mails", system.Trouble{Holder: "beta/1/y", StartedAt: now.Add(-2 * time.Hour)}); err != nil {
			t.Fatal(err)
		}
		if o := look(); o.Loops[0].Failing != 2 {
			t.Errorf("%+v", o.Loops[0])
		}
		clock.Add(10 * time.Minute)
		if o := look(); o.Leader != nil || o.Loops[0].Failing != 0 || !o.Jobs[0].Late.Equal(now) {
			t.Errorf("%+v", o)
		}
		var forbidden *fault.Forbidden
		if _, err := s.Overview(t.Context(), who("system.operate")); !errors.As(err, &forbidden) {
			t.Error(err)
		}
	})
}

// A job is run by hand by whoever may, once at a time, and the history tells who did; the clock goes on as it would have.
func TestAJobIsRunByHand(t *testing.T) {
	each(t, func(t *testing.T, clock *storetest.Clock, db *store.DB, s *system.System) {
		grace := who("system.view system.operate")
		var forbidden *fault.Forbidden
		if err := s.RunNow(t.Context(), who("system.view"), "clean-up"); !errors.As(err, &forbidden) {
			t.Error(err)
		}
		if err := s.RunNow(t.Context(), grace, "destroy"); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
		clock.Add(90 * time.Second)
		if err := s.RunNow(t.Context(), grace, "clean-up"); err != nil {
			t.Fatal(err)
		}
		var refused *fault.Refused
		if err := s.RunNow(t.Context(), grace, "clean-up"); !errors.As(err, &refused) {
			t.Error("it runs twice at once", err)
		}
		o, err := s.Overview(t.Context(), grace)
		if err != nil {
			t.Fatal(err)
		}
		last := o.Jobs[0].Last
		if last == nil || last.State != system.Waiting || last.RequestedName != "Grace Mbeki" || !last.DueAt.Equal(clock.Now()) || !o.Jobs[0].Late.IsZero() {
			t.Fatalf("%+v", last)
		}
		var n int
		if err := db.Row(t.Context(), `SELECT count(*) FROM audit WHERE action = 'job.run' AND object_id = 'clean-up' AND actor_id = $1`, grace.ID).Scan(&n); err != nil || n != 1 {
			t.Error(n, err)
		}
		exec(t, db, `UPDATE runs SET state = 'done', started_at = $1, finished_at = $1`, clock.Now())
		clock.Add(time.Second)
		if err := s.RunNow(t.Context(), grace, "clean-up"); err != nil {
			t.Error("it has ended, and does not run again", err)
		}
	})
}
