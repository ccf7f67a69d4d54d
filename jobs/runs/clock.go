package runs

import (
	"context"
	"fmt"
	"time"

	"github.com/robfig/cron/v3"

	"chancery/app/store"
)

// Clock writes a row at each due time, by robfig/cron, until ctx ends. At the start and every minute it also catches up:
// what was missed while nothing ran, what the database did not take, and what a machine's clock leapt over when it was
// put right or slept.
func (r *Reconciler) Clock(ctx context.Context) error {
	c := cron.New(cron.WithLocation(time.UTC))
	for name, s := range r.when {
		c.Schedule(s, cron.FuncJob(func() { r.write(ctx, name) }))
	}
	c.Schedule(cron.Every(time.Minute), cron.FuncJob(func() { r.CatchUp(ctx) }))
	r.CatchUp(ctx)
	c.Start()
	<-ctx.Done()
	<-c.Stop().Done()
	return nil
}

// CatchUp writes, for each job, the last time at which it was due, unless that or a later time has a row: a missed run,
// once. What cannot be written is logged, and left to the next call.
func (r *Reconciler) CatchUp(ctx context.Context) {
	for name := range r.jobs {
		r.write(ctx, name)
	}
}

func (r *Reconciler) write(ctx context.Context, job string) {
	due, ok := latest(r.when[job], r.db.Now())
	if !ok {
		return
	}
	if err := r.insert(ctx, job, due); err != nil && ctx.Err() == nil {
		r.log.Warn("run not written; it is tried again within a minute", "job", job, "error", err.Error())
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
