// Package runs makes scheduled work happen once: a clock writes a row for each time a job is due, and the reconciler
// executes the rows. Any number of replicas may run the clock; the row (job, due time) is unique, so one comes of it.
//
// A run that was missed because nothing was running is caught up once, however many times were missed. A run that was
// interrupted is executed again: jobs are made so that this does no harm. The clock is robfig/cron, in UTC.
package runs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"chancery/app/fault"
	"chancery/app/resource"
	"chancery/app/store"
	"chancery/jobs/loop"
)

// Job is something that happens at fixed times.
type Job struct {
	Name string
	When string // five fields of cron, in UTC
	Do   func(ctx context.Context) (result string, err error)
}

// Run is one time that a job was due.
type Run struct {
	ID         string
	Job        string
	DueAt      time.Time
	State      string // waiting, running, done, failed
	Tries      int
	NextTryAt  time.Time
	Done       int64
	Total      int64
	Result     string
	Generation int64
	Observed   int64
	Conditions resource.Conditions
	CreatedAt  time.Time
	StartedAt  *time.Time
	FinishedAt *time.Time
}

// triesMost is how often a run is tried before it counts as failed; the next due time tries again anyway.
const triesMost = 5

// Reconciler executes runs.
type Reconciler struct {
	db   *store.DB
	jobs map[string]Job
	when map[string]cron.Schedule
	log  *slog.Logger
}

// New checks the schedule of every job.
func New(db *store.DB, jobs []Job, log *slog.Logger) (*Reconciler, error) {
	r := &Reconciler{db: db, jobs: map[string]Job{}, when: map[string]cron.Schedule{}, log: log}
	for _, j := range jobs {
		s, err := cron.ParseStandard("TZ=UTC " + j.When)
		if err != nil {
			return nil, fmt.Errorf("schedule of %s: %w", j.Name, err)
		}
		r.jobs[j.Name], r.when[j.Name] = j, s
	}
	return r, nil
}

// Prefix begins the keys of runs on the change feed.
const Prefix = "run/"

// Name is the loop's name.
func (r *Reconciler) Name() string { return "runs" }

// Clock starts cron, which writes a row at each due time until ctx ends. Before that it catches up what was missed.
func (r *Reconciler) Clock(ctx context.Context) error {
	if err := r.CatchUp(ctx); err != nil {
		return err
	}
	c := cron.New(cron.WithLocation(time.UTC))
	for name, s := range r.when {
		c.Schedule(s, cron.FuncJob(func() {
			if err := r.write(ctx, name, r.latest(name, r.db.Now())); err != nil {
				r.log.Error("run not written; it is caught up later", "job", name, "error", err.Error())
			}
		}))
	}
	c.Start()
	<-ctx.Done()
	<-c.Stop().Done()
	return nil
}

// CatchUp writes the latest due time of each job that has none of that time or later: a missed run, once.
func (r *Reconciler) CatchUp(ctx context.Context) error {
	for name := range r.jobs {
		if err := r.write(ctx, name, r.latest(name, r.db.Now())); err != nil {
			return err
		}
	}
	return nil
}

// latest is the last time at or before now at which the job was due; cron only looks forward.
func (r *Reconciler) latest(name string, now time.Time) time.Time {
	s := r.when[name]
	for back := time.Hour; back <= 400*24*time.Hour; back *= 4 {
		at := s.Next(now.Add(-back))
		if at.After(now) {
			continue
		}
		for next := s.Next(at); !next.After(now); next = s.Next(at) {
			at = next
		}
		return at.UTC()
	}
	return now.UTC().Truncate(time.Minute)
}

func (r *Reconciler) write(ctx context.Context, job string, due time.Time) error {
	now, id := r.db.Now(), store.NewID()
	return r.db.Tx(ctx, func(ctx context.Context) error {
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

// Due lists the runs whose time comes before until.
func (r *Reconciler) Due(ctx context.Context, until time.Time) ([]loop.Due, error) {
	var rows []Run
	err := r.db.In(ctx).Where("state IN ('waiting', 'running') AND next_try_at < ?", until.UTC()).Order("next_try_at").Limit(100).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("runs due: %w", err)
	}
	due := make([]loop.Due, len(rows))
	for i, run := range rows {
		due[i] = loop.Due{Key: Prefix + run.ID, At: run.NextTryAt}
	}
	return due, nil
}

// Reconcile executes one run.
func (r *Reconciler) Reconcile(ctx context.Context, key string) (loop.Result, error) {
	run, err := r.get(ctx, strings.TrimPrefix(key, Prefix))
	if errors.Is(err, fault.ErrNotFound) {
		return loop.Done(), nil
	}
	if err != nil {
		return loop.Done(), err
	}
	now := r.db.Now()
	if run.State == "done" || run.State == "failed" {
		return loop.Done(), nil
	}
	if now.Before(run.NextTryAt) {
		return loop.Waiting(run.NextTryAt), nil
	}
	job, ok := r.jobs[run.Job]
	if !ok {
		return loop.Done(), r.finish(ctx, run, "failed", "no such job in this version", "Unknown")
	}
	ours, err := r.begin(ctx, run, now)
	if err != nil || !ours {
		return loop.Done(), err
	}
	result, err := job.Do(ctx)
	if ctx.Err() != nil {
		return loop.Done(), ctx.Err() // interrupted: still running in the database, so it is executed again
	}
	if err == nil {
		return loop.Done(), r.finish(ctx, run, "done", result, "Executed")
	}
	r.log.Warn("run failed", "job", run.Job, "try", run.Tries, "error", err.Error())
	if run.Tries >= triesMost {
		return loop.Done(), r.finish(ctx, run, "failed", "gave up after "+fmt.Sprint(run.Tries)+" tries", "Failed")
	}
	return r.again(ctx, run, now.Add(time.Duration(run.Tries)*time.Minute))
}

func (r *Reconciler) get(ctx context.Context, id string) (*Run, error) {
	var run Run
	ok, err := store.Found(r.db.In(ctx).Where("id = ?", id).Take(&run).Error)
	if err != nil {
		return nil, fmt.Errorf("run: %w", err)
	}
	if !ok {
		return nil, fault.ErrNotFound
	}
	return &run, nil
}

func (r *Reconciler) begin(ctx context.Context, run *Run, now time.Time) (bool, error) {
	res := r.db.In(ctx).Exec(`UPDATE runs SET state = 'running', tries = tries + 1, started_at = COALESCE(started_at, ?)
		WHERE id = ? AND state IN ('waiting', 'running')`, now, run.ID)
	if res.Error != nil {
		return false, fmt.Errorf("begin run: %w", res.Error)
	}
	run.Tries++
	return res.RowsAffected == 1, nil
}

func (r *Reconciler) again(ctx context.Context, run *Run, at time.Time) (loop.Result, error) {
	at = at.UTC().Truncate(time.Microsecond)
	if err := r.db.In(ctx).Exec(`UPDATE runs SET state = 'waiting', next_try_at = ? WHERE id = ?`, at, run.ID).Error; err != nil {
		return loop.Done(), fmt.Errorf("put off run: %w", err)
	}
	return loop.Waiting(at), nil
}

func (r *Reconciler) finish(ctx context.Context, run *Run, state, result, reason string) error {
	status := resource.True
	if state == "failed" {
		status = resource.False
	}
	now := r.db.Now()
	conditions, _ := run.Conditions.Merge(now, resource.Condition{Type: "Executed", Status: status, Reason: reason})
	err := r.db.In(ctx).Exec(`UPDATE runs SET state = ?, result = ?, conditions = ?, observed = generation, finished_at = ? WHERE id = ?`,
		state, result, conditions, now, run.ID).Error
	if err != nil {
		return fmt.Errorf("finish run: %w", err)
	}
	return nil
}
