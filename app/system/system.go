// Package system shows how the house itself is doing, to those who look after it: which replica does the work beside the pages, what runs at fixed
// times and what became of it, and what the reconcilers wait for and fail at.
//
// The jobs are not known here, nor is this room known to most of them: jobs hands over its schedule and says what is due (Works), which main puts
// together; what the loops of the replica with the lease fail at stands in memory there, and is written into a row for each loop when it has changed, and at
// most every 15 s (Report). A house that is well writes nothing. What is due is asked of the database when somebody looks, so that every replica says the same.
//
// What waits in the post is post's to tell, and what the nightly sync could not take, casesync's; their pages stand beside this one.
package system

import (
	"context"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/store"
)

// Job is something that happens at fixed times.
type Job struct {
	Name string
	When string                    // five fields of cron, in UTC
	Next func(time.Time) time.Time // the first time after one
}

// Depth is how much a reconciler has to do.
type Depth struct {
	Name   string
	Due    int       // objects whose time has come
	More   bool      // there are more than that
	Oldest time.Time // since when the first of them is due; zero: nothing is
}

// Works are the jobs and the reconcilers, as this version of the program has them.
type Works interface {
	Schedule() []Job
	Depths(ctx context.Context) ([]Depth, error)
}

// System is the room.
type System struct {
	db    *store.DB
	works Works
}

// New opens the room. Until Shows is called there is nothing to show.
func New(db *store.DB) *System { return &System{db: db} }

// Shows names the works. Only who wires the house calls it, before anything is served.
func (s *System) Shows(w Works) { s.works = w }

// State is how far a run is.
type State string

// The states of a run, as the table has them.
const (
	Waiting State = "waiting"
	Running State = "running"
	Done    State = "done"
	Failed  State = "failed"
)

// Run is one time that a job was due, or asked for.
type Run struct {
	ID            string
	Job           string
	DueAt         time.Time
	State         State
	Tries         int
	NextTryAt     time.Time
	Result        string
	RequestedName string // who asked for it; "" for the clock
	StartedAt     *time.Time
	FinishedAt    *time.Time
}

// Over tells whether nothing more will come of the run.
func (r *Run) Over() bool { return r.State == Done || r.State == Failed }

// Lag is how long after its time a run began; 0 for one that has not.
func (r *Run) Lag() time.Duration {
	if r.StartedAt == nil {
		return 0
	}
	return max(r.StartedAt.Sub(r.DueAt), 0)
}

// Took is how long a run took, from its first try to its end; 0 for one that is not over.
func (r *Run) Took() time.Duration {
	if r.StartedAt == nil || r.FinishedAt == nil {
		return 0
	}
	return max(r.FinishedAt.Sub(*r.StartedAt), 0)
}

// runNow writes a run of a job that is due now. The reconciler of the runs takes it up as it does the clock's.
const runNow = `INSERT INTO runs (id, job, due_at, state, next_try_at, created_at, requested_name) VALUES ($1, $2, $3, 'waiting', $3, $3, $4) ON CONFLICT (job, due_at) DO NOTHING`

// RunNow has a job run at once, by whichever replica does the work. It needs system.operate; it returns fault.ErrNotFound for no such job, and
// *fault.Refused while a run of it is not over: jobs do no harm when done twice, but nobody is served by it.
func (s *System) RunNow(ctx context.Context, actor access.Actor, job string) error {
	if err := actor.Must(access.SystemOperate); err != nil {
		return err
	}
	if _, known := s.job(job); !known {
		return fault.ErrNotFound
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.db.Alone(ctx, "job/"+job); err != nil {
			return err
		}
		var one int
		under, err := store.One(s.db.In(ctx).Raw(`SELECT 1 FROM runs WHERE job = ? AND requested_by = '' AND state IN ('waiting', 'running') LIMIT 1`, job), &one)
		if err != nil {
			return fmt.Errorf("runs of a job: %w", err)
		}
		if under {
			return fault.Refuse("system.under-way")
		}
		id := store.NewID()
		written, err := s.db.Exec(ctx, runNow, id, job, s.db.Now(), actor.Name)
		if err != nil {
			return fmt.Errorf("write run: %w", err)
		}
		if written == 0 { // the clock's, of this very moment
			return fault.Refuse("system.under-way")
		}
		if err := audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: "job.run", Kind: "job", ID: job, Changes: []audit.Change{{Field: "name", After: job}}}); err != nil {
			return err
		}
		return s.db.Changed(ctx, "run/"+id)
	})
}

func (s *System) job(name string) (Job, bool) {
	if s.works == nil {
		return Job{}, false
	}
	for _, j := range s.works.Schedule() {
		if j.Name == name {
			return j, true
		}
	}
	return Job{}, false
}
