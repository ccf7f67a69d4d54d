// Package daily turns the daily clock (app/daily): a key is a kind of daily mail, and it is as it should be when nobody is due for it. A batch takes some tens of
// milliseconds, and then the kind goes to the end of the queue, so that two kinds share the time.
//
// It sleeps until the next person is due; a look at the database each minute finds what has changed meanwhile: two or three queries by index, in a practice of any size.
package daily

import (
	"context"
	"strings"
	"time"

	"chancery/app/daily"
	"chancery/jobs/loop"
)

// Prefix begins the keys of daily mails on the change feed.
const Prefix = daily.Prefix

// Reconciler writes the daily mails that are due.
type Reconciler struct {
	Daily *daily.Daily
	Now   func() time.Time
}

// Name is the loop's name.
func (r *Reconciler) Name() string { return "daily" }

// Due lists the kinds for which somebody is due before until.
func (r *Reconciler) Due(ctx context.Context, until time.Time) ([]loop.Due, error) {
	next, err := r.Daily.Due(ctx, until)
	var due []loop.Due
	for kind, at := range next {
		due = append(due, loop.Due{Key: Prefix + kind, At: at})
	}
	return due, err
}

// Reconcile does one batch.
func (r *Reconciler) Reconcile(ctx context.Context, key string) (loop.Result, error) {
	more, err := r.Daily.Advance(ctx, strings.TrimPrefix(key, Prefix))
	if err != nil || !more {
		return loop.Done(), err
	}
	return loop.Waiting(r.Now()), nil
}
