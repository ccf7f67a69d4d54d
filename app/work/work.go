// Package work is long work that people asked for: the same act on many objects, row by row, while they do something
// else. A run holds who asked and what for; its items hold what is to be done and what became of it.
//
// What an item does is a verb of a room above, which registers it as a [Kind]; this room knows names, rows and outcomes.
// No act of the practice may move in here, and nothing about pages.
//
// # What holds
//
//   - Each item is a transaction of its own: its effect and the mark that it is done are one commit. A process that dies
//     at any point is followed by one that goes on with the next item; none is done twice, none is left out.
//   - One bad row does not spoil the rest (B-17): what a verb refuses is the outcome of its row, with the reason. So is
//     an error that nobody expected, once it has come twice in a row; while the database itself is away, the run waits.
//   - Who asked is asked for anew with each batch: who has lost the right, or has left, can do no more by what they
//     asked for earlier.
//   - A run that is cancelled stops before its next item. What was done stays done.
//
// A dry run ([Work.Try]) does the very acts and takes them back, so that what it foretells is decided by the rules
// that will decide, row after row: a second Super Admin who is to leave is refused there when the first one went.
package work

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/resource"
	"chancery/app/store"
)

// Kind is an act that can be asked for on many objects.
type Kind struct {
	Name       string            // "role"; its runs' job is "work.role"
	Permission access.Permission // needed to ask, and to go on
	// Proves tells whether an item wants a fresh proof of who asks (ASVS 7.5.1); nil is never. It is asked for when the work is
	// asked for, while the person is there: what Each does to such an item, it does for a proven actor, to others for one
	// who is not, so that a verb which wants a proof refuses when its kind has forgotten to.
	Proves func(input string, item Item) bool
	// Each does it to one item, within a transaction that it joins. A fault it returns is the item's outcome.
	Each func(ctx context.Context, actor access.Actor, input string, item Item) (Outcome, error)
}

func (k Kind) proves(input string, item Item) bool {
	return k.Proves != nil && item.Known == nil && k.Proves(input, item)
}

// Item is one row of what is asked for.
type Item struct {
	ObjectID string // of what it is done to; "" where that is still to be made
	Label    string // what people call it: a name, an address
	Input    string // what the kind wants to know of this row
	Place    int    // its number, above that of the item before; 0 counts on
	// Known is the outcome of a row of which it is clear before that nothing is to be done: it stands in the run's result,
	// and is not begun.
	Known *Outcome `gorm:"-"`
}

// Request is what is asked for. ID, when it is given, is the run's id to be: asked twice with one id it is one run
// (B-15). Draft is a draft that the run takes the place of.
type Request struct {
	ID    string
	Kind  string
	Input string // what the kind wants to know for all rows
	Items []Item
	Draft string
}

// State is how far a run is.
type State string

// A run waits until it is begun, runs, and is then finished; or it failed, which its Result explains.
const (
	Waiting  State = "waiting"
	Running  State = "running"
	Finished State = "done"
	Failed   State = "failed"
)

// Why a run failed. What its items had done until then stays done.
const (
	Cancelled   = "Cancelled"   // somebody stopped it
	Forbidden   = "Forbidden"   // who asked may no longer do this
	Interrupted = "Interrupted" // the process died under it again and again
	Unknown     = "Unknown"     // this version has no such kind
)

// Run is a piece of work.
type Run struct {
	ID            string
	Job           string
	DueAt         time.Time
	State         State
	Tries         int // batches begun since one came to its end
	NextTryAt     time.Time
	Done          int64 // items that are behind it, as of the last batch
	Failed        int64 // of these, refused
	Total         int64
	Result        string // why it failed
	Generation    int64
	Observed      int64
	Conditions    resource.Conditions
	RequestedBy   string
	RequestedName string
	RequestedFrom string
	Input         string
	CreatedAt     time.Time
	StartedAt     *time.Time
	FinishedAt    *time.Time
}

// Kind is the name of what it does.
func (r *Run) Kind() string { return r.Job[min(len(jobs), len(r.Job)):] }

// Over tells whether nothing more will happen.
func (r *Run) Over() bool { return r.State == Finished || r.State == Failed }

// jobs begins the job of a run in the table that it shares with what happens at fixed times (jobs/runs).
const jobs = "work."

// Prefix begins the keys of runs on the change feed.
const Prefix = "work/"

// ItemsMost is how many items one run may have.
const ItemsMost = 20_000

// Work is the room.
type Work struct {
	db     *store.DB
	access *access.Access
	kinds  map[string]Kind
}

// New opens the room with what can be asked for. It panics when two kinds have one name.
func New(db *store.DB, kinds ...Kind) *Work {
	w := &Work{db: db, access: access.New(db), kinds: map[string]Kind{}}
	for _, k := range kinds {
		if _, twice := w.kinds[k.Name]; twice {
			panic("work: two kinds are called " + k.Name)
		}
		w.kinds[k.Name] = k
	}
	return w
}

// Knows tells whether a kind can be asked for, and whether by this actor.
func (w *Work) Knows(actor access.Actor, kind string) bool {
	k, ok := w.kinds[kind]
	return ok && actor.Rights.Can(k.Permission)
}

// Ask writes a run down and returns its id; it begins at once, on the replica that runs the jobs. It needs the kind's
// permission, and returns *fault.Forbidden, *fault.Refused when there is nothing to do or too much, fault.ErrNotFound
// for a kind there is none of, or fault.ErrProve where an item wants a fresh proof and the actor's is none.
func (w *Work) Ask(ctx context.Context, actor access.Actor, q Request) (runID string, err error) {
	kind, err := w.may(actor, q)
	if err != nil {
		return "", err
	}
	now := w.db.Now()
	if !actor.Proven(now) && slices.ContainsFunc(q.Items, func(it Item) bool { return kind.proves(q.Input, it) }) {
		return "", fault.ErrProve
	}
	if q.ID == "" {
		q.ID = store.NewID()
	}
	run := Run{
		ID: q.ID, Job: jobs + kind.Name, DueAt: now, State: Waiting, NextTryAt: now, Total: int64(len(q.Items)), Generation: 1,
		RequestedBy: actor.ID, RequestedName: actor.Name, RequestedFrom: actor.Network, Input: q.Input, CreatedAt: now,
	}
	err = w.db.Tx(ctx, func(ctx context.Context) error {
		fresh, err := w.insert(ctx, &run)
		if err != nil || !fresh {
			return err
		}
		if err := w.insertItems(ctx, run.ID, q.Items); err != nil {
			return err
		}
		if q.Draft != "" {
			if err := w.db.In(ctx).Exec(`DELETE FROM drafts WHERE id = ? AND requested_by = ?`, q.Draft, actor.ID).Error; err != nil {
				return fmt.Errorf("draft: %w", err)
			}
		}
		e := audit.Entry{Action: "run.create", Kind: "run", ID: run.ID, Changes: []audit.Change{
			{Field: "kind", After: kind.Name}, {Field: "count", After: fmt.Sprint(run.Total)},
		}}
		if err := audit.Record(ctx, w.db, actor.Actor, e); err != nil {
			return err
		}
		return w.db.Changed(ctx, Prefix+run.ID)
	})
	if err != nil {
		return "", err
	}
	return run.ID, nil
}

func (w *Work) may(actor access.Actor, q Request) (Kind, error) {
	kind, ok := w.kinds[q.Kind]
	switch {
	case !ok:
		return kind, fault.ErrNotFound
	case len(q.Items) == 0:
		return kind, fault.Refuse("run.nothing")
	case len(q.Items) > ItemsMost:
		return kind, fault.Refuse("run.too-many", "Max", ItemsMost)
	}
	return kind, actor.Must(kind.Permission)
}

// insert writes the run's row. It is false when this actor's row of that id is there already. Two runs of one kind may
// not be due in one microsecond (runs_once), so that the later one is due in the next.
func (w *Work) insert(ctx context.Context, run *Run) (fresh bool, err error) {
	for range 100 {
		res := w.db.In(ctx).Exec(`INSERT INTO runs (id, job, due_at, state, next_try_at, total, requested_by, requested_name, requested_from, input, created_at)
			VALUES (?, ?, ?, 'waiting', ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, run.ID, run.Job, run.DueAt, run.NextTryAt, run.Total,
			run.RequestedBy, run.RequestedName, run.RequestedFrom, run.Input, run.CreatedAt)
		if res.Error != nil {
			return false, fmt.Errorf("write run: %w", res.Error)
		}
		if res.RowsAffected == 1 {
			return true, nil
		}
		var by string
		there, err := store.One(w.db.In(ctx).Raw(`SELECT requested_by FROM runs WHERE id = ?`, run.ID), &by)
		switch {
		case err != nil:
			return false, fmt.Errorf("run: %w", err)
		case there && by == run.RequestedBy:
			return false, nil
		case there:
			return false, fault.ErrNotFound // an id is made by us; one that is another's was made up
		}
		run.DueAt = run.DueAt.Add(time.Microsecond)
	}
	return false, errors.New("write run: no free moment")
}

// itemsAtOnce is how many rows one statement writes.
const itemsAtOnce = 200

func (w *Work) insertItems(ctx context.Context, runID string, items []Item) error {
	rows := make([]map[string]any, 0, min(itemsAtOnce, len(items)))
	place := 0
	for i, it := range items {
		place = max(place+1, it.Place)
		row := map[string]any{
			"run_id": runID, "place": place, "object_id": it.ObjectID, "label": it.Label, "state": ItemWaiting, "message": "", "input": it.Input,
		}
		if it.Known != nil {
			message, err := WriteReasons(it.Known.Reasons)
			if err != nil {
				return err
			}
			row["state"], row["message"] = it.Known.State, message
		}
		rows = append(rows, row)
		if len(rows) == itemsAtOnce || i == len(items)-1 {
			if err := w.db.In(ctx).Table("run_items").Create(rows).Error; err != nil {
				return fmt.Errorf("write items: %w", err)
			}
			rows = rows[:0]
		}
	}
	return nil
}

// Cancel stops a run before its next item. Whoever may see it may; one that is over stays as it is.
func (w *Work) Cancel(ctx context.Context, actor access.Actor, id string) error {
	return w.db.Tx(ctx, func(ctx context.Context) error {
		run, err := w.visible(ctx, actor, id)
		if err != nil {
			return err
		}
		done, err := w.end(ctx, run, Failed, Cancelled)
		if err != nil || !done {
			return err
		}
		return audit.Record(ctx, w.db, actor.Actor, audit.Entry{Action: "run.cancel", Kind: "run", ID: run.ID})
	})
}

// end writes that a run is over, unless it was already.
func (w *Work) end(ctx context.Context, run *Run, state State, why string) (bool, error) {
	status, reason := resource.True, "AsPlanned"
	if state == Failed {
		status, reason = resource.False, why
	}
	now := w.db.Now()
	conditions, _ := run.Conditions.Merge(now, resource.Condition{Type: "Executed", Status: status, Reason: reason})
	changed := false
	err := w.db.Tx(ctx, func(ctx context.Context) error {
		res := w.db.In(ctx).Exec(`UPDATE runs SET state = ?, result = ?, conditions = ?, observed = generation, finished_at = ?,
				done = (SELECT count(*) FROM run_items i WHERE i.run_id = runs.id AND i.state <> 'waiting'),
				failed = (SELECT count(*) FROM run_items i WHERE i.run_id = runs.id AND i.state = 'refused')
			WHERE id = ? AND state IN ('waiting', 'running')`, state, why, conditions, now, run.ID)
		if res.Error != nil || res.RowsAffected == 0 {
			return res.Error
		}
		changed = true
		return w.db.Changed(ctx, Prefix+run.ID)
	})
	if err != nil {
		return false, fmt.Errorf("end run: %w", err)
	}
	return changed, nil
}

// log is where what nobody expected of an item goes: its run and place, and the error, never what stands in it.
func log(run *Run, place int, err error) {
	slog.Error("an item of long work failed", "run", run.ID, "kind", run.Kind(), "place", place, "error", err.Error())
}
