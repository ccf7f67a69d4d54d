// Package runs makes scheduled work happen once: a clock writes a row for each time a job is due (clock.go), and the
// reconciler executes the rows (execute.go). Any number of replicas may run the clock; the row (job, due time) is
// unique, so one comes of it.
//
// A run that was missed because nothing was running is caught up once, however many times were missed; on a fresh
// database each job counts as missed. A run that was interrupted is executed again: jobs are made so that this does no
// harm. One that fails is tried again after some minutes, and given up after a few tries; so is one under which the
// process died as often. The next due time tries again anyway.
//
// What a job does is a call into a room (jobs/schedule.go); nothing of that may come in here. The table is shared with
// long work that people asked for, whose rows have a requested_by: those are app/work's, and not touched here.
package runs

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/robfig/cron/v3"

	"chancery/app/resource"
	"chancery/app/store"
)

// Job is something that happens at fixed times.
type Job struct {
	Name string
	When string                                               // five fields of cron, in UTC; not @every, which is no time of day
	Do   func(ctx context.Context) (result string, err error) // a word, and numbers: "deleted 76"
}

// State is how far a run is.
type State string

// A run waits for its first or next try, runs, and is then done or given up.
const (
	Waiting State = "waiting"
	Running State = "running"
	Done    State = "done"
	Failed  State = "failed"
)

// Run is one time that a job was due.
type Run struct {
	ID         string
	Job        string
	DueAt      time.Time
	State      State
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

// Reconciler executes runs.
type Reconciler struct {
	db   *store.DB
	jobs map[string]Job
	when map[string]cron.Schedule
	log  *slog.Logger
}

// New checks the schedule of every job: it must be well-formed and come at least once in a lifetime.
func New(db *store.DB, jobs []Job, log *slog.Logger) (*Reconciler, error) {
	r := &Reconciler{db: db, jobs: map[string]Job{}, when: map[string]cron.Schedule{}, log: log}
	for _, j := range jobs {
		s, err := cron.ParseStandard("TZ=UTC " + j.When)
		if err != nil {
			return nil, fmt.Errorf("schedule of %s: %w", j.Name, err)
		}
		if _, ok := s.(*cron.SpecSchedule); !ok {
			return nil, fmt.Errorf("schedule of %s: %q names no times of day", j.Name, j.When)
		}
		if s.Next(db.Now()).IsZero() {
			return nil, fmt.Errorf("schedule of %s: %q never comes", j.Name, j.When)
		}
		if _, twice := r.jobs[j.Name]; twice {
			return nil, fmt.Errorf("schedule of %s: there are two jobs of that name", j.Name)
		}
		r.jobs[j.Name], r.when[j.Name] = j, s
	}
	return r, nil
}

// Prefix begins the keys of runs on the change feed.
const Prefix = "run/"

// kept is how long the rows of finished runs are kept.
const kept = 90 * 24 * time.Hour

// Prune deletes finished runs older than 90 days, batch rows to a statement, and says how many. The newest of each job
// stays whatever its age, since it tells that a yearly job was not missed.
func (r *Reconciler) Prune(ctx context.Context, batch int) (deleted int64, err error) {
	before := r.db.Now().Add(-kept)
	for {
		res := r.db.In(ctx).Exec(`DELETE FROM runs WHERE id IN (SELECT id FROM runs o WHERE finished_at < ? AND requested_by = ''
			AND due_at < (SELECT max(due_at) FROM runs n WHERE n.job = o.job) LIMIT ?)`, before, batch)
		if res.Error != nil {
			return deleted, fmt.Errorf("prune runs: %w", res.Error)
		}
		deleted += res.RowsAffected
		if res.RowsAffected < int64(batch) {
			return deleted, nil
		}
	}
}
