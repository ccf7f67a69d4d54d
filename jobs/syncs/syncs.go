// Package syncs brings a run of the nightly sync (app/casesync) to its end: a step at a time, each about a second long, on the one replica that runs the
// jobs. What a step is, and how one that was cut off goes on, is casesync's; here is no more than the turn of the loop.
package syncs

import (
	"context"
	"strings"
	"time"

	"chancery/app/casesync"
	"chancery/jobs/loop"
)

// Prefix begins the keys of runs on the change feed.
const Prefix = casesync.Prefix

// Reconciler advances runs.
type Reconciler struct {
	Sync *casesync.Sync
	Now  func() time.Time
}

// Name is the loop's name.
func (r *Reconciler) Name() string { return "syncs" }

// Due is the run that is under way, of which there is one at most.
func (r *Reconciler) Due(ctx context.Context, until time.Time) ([]loop.Due, error) {
	id, at, err := r.Sync.Due(ctx)
	if err != nil || id == "" || !at.Before(until) {
		return nil, err
	}
	return []loop.Due{{Key: Prefix + id, At: at}}, nil
}

// Reconcile goes on for a second.
func (r *Reconciler) Reconcile(ctx context.Context, key string) (loop.Result, error) {
	next, err := r.Sync.Advance(ctx, strings.TrimPrefix(key, Prefix))
	if err != nil || next.IsZero() {
		return loop.Done(), err
	}
	return loop.Waiting(next), nil
}
