// Package calendars makes people's calendars outside (app/calendar) agree with their appointments: on the one replica that runs the jobs, each connection
// by itself. What a turn is stands in app/calendar; here is no more than the turn of the loop.
package calendars

import (
	"context"
	"time"

	"chancery/app/calendar"
	"chancery/jobs/loop"
)

// Prefix begins the keys of connections on the change feed.
const Prefix = calendar.Prefix

// Reconciler turns connections.
type Reconciler struct{ Calendars *calendar.Calendars }

// Name is the loop's name.
func (r *Reconciler) Name() string { return "calendars" }

// Due is what needs work before until.
func (r *Reconciler) Due(ctx context.Context, until time.Time) (all []loop.Due, err error) {
	due, err := r.Calendars.Due(ctx, until)
	for _, d := range due {
		all = append(all, loop.Due(d))
	}
	return all, err
}

// Reconcile is a turn.
func (r *Reconciler) Reconcile(ctx context.Context, key string) (loop.Result, error) {
	next, err := r.Calendars.Reconcile(ctx, key)
	if err != nil || next.IsZero() {
		return loop.Done(), err
	}
	return loop.Waiting(next), nil
}
