package runs

import (
	"context"
	"fmt"
	"time"

	"github.com/robfig/cron/v3"

	"chancery/app/store"
)

// Clock writes the rows of what has become due, at the start and at the beginning of each minute, until ctx ends; times
// of cron are whole minutes. It looks back instead of waiting for a stroke, so it also finds what was missed while
// nothing ran, what the database did not take a minute ago, and what a machine's clock leapt over when it was put right
// or had slept.
func (r *Reconciler) Clock(ctx context.Context) error {
	c := cron.New(cron.WithLocation(time.UTC))
	if _, err := c.AddFunc("* * * * *", func() { r.CatchUp(ctx) }); err != nil {
		return fmt.Errorf("clock: %w", err)
	}
	r.CatchUp(ctx)
	c.Start()
	<-ctx.Done()
	<-c.Stop().Done()
	return nil
}

// CatchUp writes, for each job, the last time at which it was due, unless that or a later time has a row: a missed run,
// once. What cannot be written is logged, and left to the next call.
func (r *Reconciler) CatchUp(ctx context.Context) {
	for name, s := range r.when {
		due, ok := latest(s, r.db.Now())
		if !ok {
			continue
		}
		if err := r.insert(ctx, name, due); err != nil && ctx.Err() == nil {
			r.log.Warn("run not written; it is tried again within a minute", "job", name, "error", err.Error())
		}
	}
}

// latest is the last time at or before now that a schedule names; cron itself only looks forward. It goes back eight
// years, the longest time between two 29ths of February. False when there was none.
func latest(s cron.Schedule, now time.Time) (time.Time, bool) {
	const longest = 8 * 366 * 24 * time.Hour
	for back := time.Hour; ; back *= 2 {
		at := s.Next(now.Add(-min(back, longest)))
		if at.IsZero() || at.After(now) {
			if back >= longest {
				return time.Time{}, false
			}
			continue
		}
		for next := s.Next(at); !next.IsZero() && !next.After(now); next = s.Next(at) {
			at = next
		}
		return at.UTC(), true
	}
}

// Next tells when a job is due next after a time; of no such job, never.
func (r *Reconciler) Next(job string) func(after time.Time) time.Time {
	s, known := r.when[job]
	return func(after time.Time) time.Time {
		if !known {
			return time.Time{}
		}
		return s.Next(after.UTC()).UTC()
	}
}

// insert writes the run of a job's due time, unless it or a later one is there. Between replicas that come at the same
// moment the unique index decides.
func (r *Reconciler) insert(ctx context.Context, job string, due time.Time) error {
	var one int
	found, err := store.One(r.db.In(ctx).Raw(`SELECT 1 FROM runs WHERE job = ? AND due_at >= ? LIMIT 1`, job, due), &one)
	if err != nil || found {
		return err
	}
	return r.db.Tx(ctx, func(ctx context.Context) error {
		now, id := r.db.Now(), store.NewID()
		res := r.db.In(ctx).Exec(`INSERT INTO runs (id, job, due_at, state, next_try_at, created_at)
			VALUES (?, ?, ?, 'waiting', ?, ?) ON CONFLICT (job, due_at) DO NOTHING`, id, job, due, now, now)
		if res.Error != nil {
			return fmt.Errorf("write run: %w", res.Error)
		}
		if res.RowsAffected == 0 {
			return nil
		}
		return r.db.Changed(ctx, Prefix+id)
	})
}
