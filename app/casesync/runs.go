package casesync

import (
	"context"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/store"
)

// State is how far a run is.
type State string

// The states of a run.
const (
	Waiting State = "waiting"
	Reading State = "reading"
	Landing State = "landing"
	Closing State = "closing"
	Asking  State = "asking" // too much would be closed
	Done    State = "done"
	Failed  State = "failed"
)

// How a run that is done came to its end otherwise than by closing what is gone; and why nothing was closed.
const (
	Kept       = "kept"       // somebody has said not to close
	Superseded = "superseded" // a later run asks anew
	Nameless   = "nameless"   // rows without a name: what is gone is not known
)

// Run is one look at the case system.
type Run struct {
	ID            string
	State         State
	AtKind        Kind
	AtPart        int
	AtCursor      string
	Absent        string // the kinds of which there is no list, with spaces round each
	Unreadable    int64  // rows that do not name what they are of
	Reason        string
	Detail        string
	Tries         int
	NextAt        time.Time
	RequestedBy   string
	RequestedName string
	Read          int64 // rows
	ToLand        int64
	Created       int64
	Changed       int64
	Unchanged     int64 // of what was looked at
	Failed        int64
	ToClose       int64
	Closed        int64
	CreatedAt     time.Time
	StartedAt     *time.Time
	FinishedAt    *time.Time
}

// TableName is for the query builder.
func (Run) TableName() string { return "sync_runs" }

// Over tells whether the run goes on no more by itself.
func (r *Run) Over() bool { return r.State == Done || r.State == Failed || r.State == Asking }

// Begin writes down that the case system is to be asked, unless that is under way already, and says which run it is. The clock does so each night; a person
// needs cases.sync. It returns *fault.Refused where there is no case system.
func (s *Sync) Begin(ctx context.Context, actor access.Actor) (id string, err error) {
	if err := actor.Must(access.CasesSync); err != nil {
		return "", err
	}
	if !s.On() {
		return "", fault.Refuse("sync.unset")
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		now := s.db.Now()
		id = store.NewID()
		n, err := s.db.Exec(ctx, `INSERT INTO sync_runs (id, state, slot, next_at, requested_by, requested_name, created_at) VALUES ($1, 'waiting', 'open', $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
			id, now, actor.ID, actor.Name, now)
		if err != nil {
			return fmt.Errorf("begin sync: %w", err)
		}
		if n == 0 {
			ok, err := store.One(s.db.In(ctx).Raw(`SELECT id FROM sync_runs WHERE slot = 'open'`), &id)
			if err == nil && !ok {
				id = ""
			}
			return err
		}
		if !actor.Program() {
			if err := audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: "sync.begin", Kind: "sync", ID: id}); err != nil {
				return err
			}
		}
		return s.db.Changed(ctx, Prefix+id)
	})
	return id, err
}

// Due is the run that is under way, and when its next step is; "" where none is.
func (s *Sync) Due(ctx context.Context) (id string, at time.Time, err error) {
	var r Run
	ok, err := store.One(s.db.In(ctx).Raw(`SELECT id, next_at FROM sync_runs WHERE slot = 'open'`), &r)
	if err != nil || !ok {
		return "", at, err
	}
	return r.ID, r.NextAt, nil
}

// Last is the newest run, or fault.ErrNotFound.
func (s *Sync) Last(ctx context.Context) (*Run, error) {
	return s.run(ctx, `SELECT * FROM sync_runs ORDER BY id DESC LIMIT 1`)
}

func (s *Sync) run(ctx context.Context, query string, args ...any) (*Run, error) {
	var r Run
	ok, err := store.One(s.db.In(ctx).Raw(query, args...), &r)
	if err != nil {
		return nil, fmt.Errorf("sync run: %w", err)
	}
	if !ok {
		return nil, fault.ErrNotFound
	}
	return &r, nil
}

// Runs are the newest runs before one ("": of all). It needs cases.sync.
func (s *Sync) Runs(ctx context.Context, actor access.Actor, before string, limit int) (all []Run, more bool, err error) {
	if err := actor.Must(access.CasesSync); err != nil {
		return nil, false, err
	}
	err = s.db.In(ctx).Raw(`SELECT * FROM sync_runs WHERE ? = '' OR id < ? ORDER BY id DESC LIMIT ?`, before, before, limit+1).Scan(&all).Error
	if err != nil {
		return nil, false, fmt.Errorf("sync runs: %w", err)
	}
	return all[:min(len(all), limit)], len(all) > limit, nil
}

// Decide answers a run that asks whether to close what is gone. It needs cases.sync, and returns *fault.Refused where the run does not ask any more.
func (s *Sync) Decide(ctx context.Context, actor access.Actor, id string, yes bool) error {
	if err := actor.Must(access.CasesSync); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		set, action := `state = 'done', reason = 'kept'`, "sync.keep"
		if yes {
			set, action = `state = 'closing', slot = 'open', finished_at = NULL`, "sync.close"
		}
		n, err := s.db.Exec(ctx, `UPDATE sync_runs SET `+set+` WHERE id = $1 AND state = 'asking'`, id)
		if err != nil {
			if store.Violated(err, "sync_runs_slot", "sync_runs.slot") {
				return fault.Refuse("sync.asks-no-more")
			}
			return fmt.Errorf("decide: %w", err)
		}
		if n == 0 {
			return fault.Refuse("sync.asks-no-more")
		}
		if err := audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: action, Kind: "sync", ID: id}); err != nil {
			return err
		}
		return s.db.Changed(ctx, Prefix+id)
	})
}
