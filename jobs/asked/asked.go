// Package asked goes on with long work that people asked for (app/work): batch after batch of a run's items, until it is
// over. What an item does is a room's; how it is done once only is app/work's; here is no more than the turn of the loop.
//
// A batch takes about a second, and then the run goes to the end of the queue: two long runs share the time, and one that
// is told to stop ends between two items.
package asked

import (
	"context"
	"strings"
	"time"

	"chancery/app/work"
	"chancery/jobs/loop"
)

// Prefix begins the keys of runs that people asked for on the change feed.
const Prefix = work.Prefix

// Reconciler advances runs.
type Reconciler struct {
	Work *work.Work
	Now  func() time.Time
}

// Name is the loop's name.
func (r *Reconciler) Name() string { return "asked" }

// Due lists the runs that are not over.
func (r *Reconciler) Due(ctx context.Context, _ time.Time) ([]loop.Due, error) {
	ids, err := r.Work.Due(ctx)
	due := make([]loop.Due, len(ids))
	for i, id := range ids {
		due[i] = loop.Due{Key: Prefix + id}
	}
	return due, err
}

// Reconcile does one batch.
func (r *Reconciler) Reconcile(ctx context.Context, key string) (loop.Result, error) {
	more, err := r.Work.Advance(ctx, strings.TrimPrefix(key, Prefix))
	if err != nil || !more {
		return loop.Done(), err
	}
	return loop.Waiting(r.Now()), nil
}
