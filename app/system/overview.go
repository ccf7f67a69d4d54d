package system

import (
	"context"
	"fmt"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/store"
)

// Overview is how the house is doing at a moment.
type Overview struct {
	Leader *Leader // nil: no replica does the work beside the pages
	Jobs   []JobRow
	Loops  []LoopRow
	Ran    int64 // runs that ended in the last 24 hours
	Failed int64 // how many of those failed
}

// Leader is the replica that holds the lease.
type Leader struct {
	Host    string
	Process string // its number there
	Term    int64  // how often the lease has changed hands
	Until   time.Time
}

// JobRow is a job with what became of it, and what comes.
type JobRow struct {
	Name string
	When string
	Next time.Time
	Last *Run // the newest that began or is to begin; nil: there was none
	// Late is since when a run is due that nobody has begun; zero: none is.
	Late time.Time
}

// LoopRow is a reconciler with what it has to do, and what it fails at.
type LoopRow struct {
	Depth
	Trouble
}

// Trouble is what a loop fails at, as the replica that runs it has written down.
type Trouble struct {
	Holder       string
	Failing      int64      // objects that are tried again and again
	FailingSince *time.Time // when the first of them failed first
	Failures     int64      // since the replica took the work over
	LastFailure  string     // what the last one said, as in the log: no personal data
	LastFailedAt *time.Time
	StartedAt    time.Time
	UpdatedAt    time.Time
}

// Grace is how long what is due may wait before it is worth somebody's attention: the clock looks every minute, and a replica that has died is replaced
// within the lease's time.
const Grace = 5 * time.Minute

// Overview asks how the house is doing. It needs system.view.
func (s *System) Overview(ctx context.Context, actor access.Actor) (*Overview, error) {
	if err := actor.Must(access.SystemView); err != nil {
		return nil, err
	}
	o := &Overview{}
	if s.works == nil {
		return o, nil
	}
	var err error
	if o.Leader, err = s.leader(ctx); err != nil {
		return nil, err
	}
	if o.Jobs, err = s.jobRows(ctx); err != nil {
		return nil, err
	}
	if o.Loops, err = s.loopRows(ctx, o.Leader); err != nil {
		return nil, err
	}
	since := s.db.Now().Add(-24 * time.Hour)
	err = s.db.Row(ctx, `SELECT count(*), COALESCE(sum(CASE WHEN state = 'failed' THEN 1 ELSE 0 END), 0) FROM runs WHERE requested_by = '' AND finished_at > $1`, since).Scan(&o.Ran, &o.Failed)
	if err != nil {
		return nil, fmt.Errorf("runs of a day: %w", err)
	}
	return o, nil
}

// leader reads the lease. Its holder is "host/process/id" (jobs).
func (s *System) leader(ctx context.Context) (*Leader, error) {
	var row struct {
		Holder    string
		Term      int64
		ExpiresAt time.Time
	}
	ok, err := store.One(s.db.In(ctx).Raw(`SELECT holder, term, expires_at FROM leases WHERE name = 'jobs' AND expires_at > ?`, s.db.Now()), &row)
	if err != nil {
		return nil, fmt.Errorf("lease: %w", err)
	}
	if !ok {
		return nil, nil
	}
	l := &Leader{Host: row.Holder, Term: row.Term, Until: row.ExpiresAt}
	if parts := strings.Split(row.Holder, "/"); len(parts) == 3 {
		l.Host, l.Process = parts[0], parts[1]
	}
	return l, nil
}

func (s *System) jobRows(ctx context.Context) ([]JobRow, error) {
	jobs := s.works.Schedule()
	names := make([]string, len(jobs))
	for i, j := range jobs {
		names[i] = j.Name
	}
	var last []Run
	err := s.db.In(ctx).Raw(`SELECT r.id, r.job, r.due_at, r.state, r.tries, r.next_try_at, r.result, r.requested_name, r.started_at, r.finished_at FROM runs r
		WHERE r.job IN ? AND r.requested_by = '' AND r.due_at = (SELECT max(n.due_at) FROM runs n WHERE n.job = r.job AND n.requested_by = '')`, names).Scan(&last).Error
	if err != nil {
		return nil, fmt.Errorf("last runs: %w", err)
	}
	newest := map[string]Run{}
	for _, r := range last {
		newest[r.Job] = r
	}
	now := s.db.Now()
	rows := make([]JobRow, len(jobs))
	for i, j := range jobs {
		rows[i] = JobRow{Name: j.Name, When: j.When, Next: j.Next(now)}
		r, ok := newest[j.Name]
		if !ok {
			continue
		}
		rows[i].Last = &r
		switch due := j.Next(r.DueAt); {
		case r.State == Waiting && r.StartedAt == nil && now.Sub(r.DueAt) > Grace:
			rows[i].Late = r.DueAt
		case r.Over() && now.Sub(due) > Grace: // the clock has not written the next
			rows[i].Late = due
		}
	}
	return rows, nil
}

// loopRows are the reconcilers. What another replica has written of its trouble, before the one that holds the lease, is over.
func (s *System) loopRows(ctx context.Context, leader *Leader) ([]LoopRow, error) {
	depths, err := s.works.Depths(ctx)
	if err != nil {
		return nil, err
	}
	var written []struct {
		Name string
		Trouble
	}
	if err := s.db.In(ctx).Raw(`SELECT l.* FROM loops l WHERE EXISTS (SELECT 1 FROM leases e WHERE e.name = 'jobs' AND e.holder = l.holder)`).Scan(&written).Error; err != nil {
		return nil, fmt.Errorf("loops: %w", err)
	}
	troubles := map[string]Trouble{}
	for _, t := range written {
		troubles[t.Name] = t.Trouble
	}
	rows := make([]LoopRow, len(depths))
	for i, d := range depths {
		rows[i] = LoopRow{Depth: d}
		if leader != nil {
			rows[i].Trouble = troubles[d.Name]
		}
	}
	return rows, nil
}

// Report writes down what a loop fails at. The replica that runs the loop calls it when something of that has changed.
func (s *System) Report(ctx context.Context, name string, t Trouble) error {
	_, err := s.db.Exec(ctx, `INSERT INTO loops (name, holder, failing, failing_since, failures, last_failure, last_failed_at, started_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, failing = excluded.failing, failing_since = excluded.failing_since, failures = excluded.failures,
			last_failure = excluded.last_failure, last_failed_at = excluded.last_failed_at, started_at = excluded.started_at, updated_at = excluded.updated_at
		WHERE excluded.started_at >= loops.started_at`,
		name, t.Holder, t.Failing, t.FailingSince, t.Failures, t.LastFailure, t.LastFailedAt, t.StartedAt, s.db.Now())
	if err != nil {
		return fmt.Errorf("report loop: %w", err)
	}
	return nil
}
