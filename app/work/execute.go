package work

import (
	"context"
	"errors"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/store"
)

const (
	batchMost   = 100         // items between two looks at who asked
	batchLasts  = time.Second // so that a batch of slow items tells of its progress, too
	triesMost   = 10          // batches begun, one after the other, of which none came to its end
	dueMost     = 100         // of one look at the database; the rest comes with the next
	triesOfItem = 2           // of what nobody expected
)

// Due lists the runs that are not over, and since when.
func (w *Work) Due(ctx context.Context) (ids []string, err error) {
	err = w.db.In(ctx).Raw(`SELECT id FROM runs WHERE state IN ('waiting', 'running') AND requested_by <> '' ORDER BY next_try_at LIMIT ?`, dueMost).Scan(&ids).Error
	if err != nil {
		return nil, fmt.Errorf("work due: %w", err)
	}
	return ids, nil
}

// Advance does the next batch of a run's items, and tells whether there may be more to do. It returns early, and
// without an error, when ctx ends between two items. Two processes that advance one run do no item twice: each takes an
// item by the same statement that marks it.
func (w *Work) Advance(ctx context.Context, id string) (more bool, err error) {
	run, err := w.begin(ctx, id)
	if err != nil || run == nil {
		return false, err
	}
	kind, actor, err := w.still(ctx, run)
	if err != nil || run.Over() {
		return false, err
	}
	items, err := w.next(ctx, id)
	if err != nil {
		return false, err
	}
	if len(items) == 0 {
		_, err := w.end(ctx, run, Finished, "")
		return false, err
	}
	began := w.db.Now()
	for _, it := range items {
		if ctx.Err() != nil {
			return true, nil // told to stop; the rest is still marked as waiting
		}
		taken, err := w.item(ctx, run, kind, actor, it)
		if err != nil {
			return true, err
		}
		if !taken || w.db.Now().Sub(began) >= batchLasts {
			break // cancelled meanwhile, or another is at it; or long enough
		}
	}
	return true, w.progress(ctx, run)
}

// begin counts a batch as begun. It returns nil when there is nothing to do: the run is over, or was never there.
func (w *Work) begin(ctx context.Context, id string) (*Run, error) {
	run, err := w.run(ctx, id)
	switch {
	case errors.Is(err, fault.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	case run.Over():
		return nil, nil
	case run.Tries >= triesMost:
		_, err := w.end(ctx, run, Failed, Interrupted)
		return nil, err
	}
	res := w.db.In(ctx).Exec(`UPDATE runs SET state = 'running', tries = tries + 1, started_at = COALESCE(started_at, ?)
		WHERE id = ? AND state IN ('waiting', 'running')`, w.db.Now(), id)
	if res.Error != nil {
		return nil, fmt.Errorf("begin run: %w", res.Error)
	}
	if res.RowsAffected == 0 {
		return nil, nil
	}
	return run, nil
}

// still finds out whether who asked may go on, with the rights that they have now. A run that may not is over then.
func (w *Work) still(ctx context.Context, run *Run) (Kind, access.Actor, error) {
	kind, ok := w.kinds[run.Kind()]
	if !ok {
		return kind, access.Actor{}, w.fail(ctx, run, Unknown)
	}
	actor, ok, err := w.asker(ctx, run)
	if err != nil {
		return kind, actor, err
	}
	if !ok || !actor.Rights.Can(kind.Permission) {
		return kind, actor, w.fail(ctx, run, Forbidden)
	}
	return kind, actor, nil
}

func (w *Work) fail(ctx context.Context, run *Run, why string) error {
	_, err := w.end(ctx, run, Failed, why)
	run.State = Failed
	return err
}

// asker is who asked, as they are now; false when they no longer work here. What they do by this run stands in the
// history with the address that they asked from, and the run's id in the place of a request's.
func (w *Work) asker(ctx context.Context, run *Run) (actor access.Actor, here bool, err error) {
	actor = access.Actor{Actor: audit.Actor{ID: run.RequestedBy, Name: run.RequestedName, Network: run.RequestedFrom, RequestID: run.ID}}
	if actor.Program() {
		actor.Rights = access.Granted(true, "")
		return actor, true, nil
	}
	var status string
	if here, err = store.One(w.db.In(ctx).Raw(`SELECT status FROM users WHERE id = ?`, run.RequestedBy), &status); err != nil || !here || status != "ACTIVE" {
		return actor, false, err
	}
	actor.Rights, err = w.access.Of(ctx, run.RequestedBy)
	return actor, true, err
}

// waiting is an item that is to be done.
type waiting struct{ Item }

func (w *Work) next(ctx context.Context, id string) (items []waiting, err error) {
	err = w.db.In(ctx).Raw(`SELECT place, object_id, label, input FROM run_items WHERE run_id = ? AND state = 'waiting' ORDER BY place LIMIT ?`,
		id, batchMost).Scan(&items).Error
	if err != nil {
		return nil, fmt.Errorf("items to do: %w", err)
	}
	return items, nil
}

// item does one item. taken is false when it is not ours to do. What nobody expected is tried twice, and then it is the
// outcome of this item; an error comes back only when that cannot be written down either, or ctx has ended.
func (w *Work) item(ctx context.Context, run *Run, kind Kind, actor access.Actor, it waiting) (taken bool, err error) {
	var o Outcome
	for range triesOfItem {
		if o, taken, err = w.attempt(ctx, run, kind, actor, it); err == nil || ctx.Err() != nil {
			break
		}
	}
	switch {
	case ctx.Err() != nil:
		return false, context.Cause(ctx)
	case err != nil:
		log(run, it.Place, err)
		o, taken = Refused(fault.M("run.unexpected")), true
	}
	if !taken || o.State != ItemRefused {
		return taken, nil
	}
	message, err := WriteReasons(o.Reasons)
	if err != nil {
		return false, err
	}
	// By itself: what the verb had written before it refused is rolled back.
	_, err = w.db.Exec(ctx, `UPDATE run_items SET state = 'refused', message = $1 WHERE run_id = $2 AND place = $3 AND state = 'waiting'`,
		message, run.ID, it.Place)
	if err != nil {
		return false, fmt.Errorf("refuse item: %w", err)
	}
	return true, nil
}

// errUndone rolls the transaction of a refused item back.
var errUndone = errors.New("undone")

// attempt does one item in one transaction with its mark. A refusal leaves no trace in the database.
func (w *Work) attempt(ctx context.Context, run *Run, kind Kind, actor access.Actor, it waiting) (o Outcome, taken bool, err error) {
	err = w.db.Tx(ctx, func(ctx context.Context) error {
		n, err := w.db.Exec(ctx, `UPDATE run_items SET state = 'done' WHERE run_id = $1 AND place = $2 AND state = 'waiting'
			AND EXISTS (SELECT 1 FROM runs WHERE id = $3 AND state = 'running')`, run.ID, it.Place, run.ID)
		if err != nil {
			return fmt.Errorf("take item: %w", err)
		}
		if n == 0 {
			return nil
		}
		taken = true
		if o, err = each(ctx, w.db.Now(), kind, actor, run.Input, it.Item); err != nil {
			return err
		}
		if o.State == ItemRefused {
			return errUndone
		}
		object := it.ObjectID
		if o.ObjectID != "" {
			object = o.ObjectID
		}
		message, err := WriteReasons(o.Reasons)
		if err != nil {
			return err
		}
		// What the row said is needed no longer, and may be personal.
		if _, err := w.db.Exec(ctx, `UPDATE run_items SET state = $1, object_id = $2, input = '', message = $3 WHERE run_id = $4 AND place = $5`,
			string(o.State), object, message, run.ID, it.Place); err != nil {
			return fmt.Errorf("mark item: %w", err)
		}
		return nil
	})
	if errors.Is(err, errUndone) {
		err = nil
	}
	return o, taken, err
}

// each calls the kind, and makes a fault the outcome and a panic an error.
func each(ctx context.Context, now time.Time, kind Kind, actor access.Actor, input string, it Item) (o Outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %T", p) // its value may quote what stands in the row
		}
	}()
	actor.ProvenAt = time.Time{}
	if kind.proves(input, it) {
		actor.ProvenAt = now // Ask has seen to it
	}
	o, err = kind.Each(ctx, actor, input, it)
	if err != nil {
		return Judge(err)
	}
	if o.State == "" || o.State == ItemWaiting {
		o.State = ItemDone
	}
	return o, nil
}

// progress writes how far the run is, and tells who waits.
func (w *Work) progress(ctx context.Context, run *Run) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	return w.db.Tx(ctx, func(ctx context.Context) error {
		err := w.db.In(ctx).Exec(`UPDATE runs SET tries = 0,
				done = (SELECT count(*) FROM run_items i WHERE i.run_id = runs.id AND i.state <> 'waiting'),
				failed = (SELECT count(*) FROM run_items i WHERE i.run_id = runs.id AND i.state = 'refused')
			WHERE id = ? AND state = 'running'`, run.ID).Error
		if err != nil {
			return fmt.Errorf("progress of run: %w", err)
		}
		return w.db.Changed(ctx, Prefix+run.ID)
	})
}
