package runs

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"chancery/app/fault"
	"chancery/app/resource"
	"chancery/app/store"
	"chancery/jobs/loop"
)

// Executed is the condition of a run.
const Executed = "Executed"

// triesMost is how often a run is begun before it counts as failed.
const triesMost = 5

// dueMost bounds what one look at the database brings; the rest comes with the next.
const dueMost = 100

// Name is the loop's name.
func (r *Reconciler) Name() string { return "runs" }

// Due lists the runs whose time comes before until. One that is running has its time behind it, so that it is found
// when the process that ran it is gone; while that lives the loop knows better than to begin it twice.
func (r *Reconciler) Due(ctx context.Context, until time.Time) ([]loop.Due, error) {
	var rows []Run
	err := r.db.In(ctx).Select("id", "next_try_at").Where("state IN ('waiting', 'running') AND requested_by = '' AND next_try_at < ?", until.UTC()).
		Order("next_try_at").Limit(dueMost).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("runs due: %w", err)
	}
	due := make([]loop.Due, len(rows))
	for i, run := range rows {
		due[i] = loop.Due{Key: Prefix + run.ID, At: run.NextTryAt}
	}
	return due, nil
}

// Reconcile executes one run.
func (r *Reconciler) Reconcile(ctx context.Context, key string) (loop.Result, error) {
	run, err := r.get(ctx, strings.TrimPrefix(key, Prefix))
	if errors.Is(err, fault.ErrNotFound) {
		return loop.Done(), nil
	}
	if err != nil {
		return loop.Done(), err
	}
	job, known := r.jobs[run.Job]
	switch {
	case run.State == Done || run.State == Failed:
		return loop.Done(), nil
	case r.db.Now().Before(run.NextTryAt):
		return loop.Waiting(run.NextTryAt), nil
	case !known:
		return loop.Done(), r.finish(ctx, run, Failed, "unknown-job", "Unknown")
	case run.Tries >= triesMost: // only a run that never came to its end has as many behind it
		return loop.Done(), r.finish(ctx, run, Failed, fmt.Sprintf("interrupted %d", run.Tries), "Interrupted")
	}
	if ours, err := r.begin(ctx, run); err != nil || !ours {
		return loop.Done(), err
	}
	result, err := job.Do(ctx)
	switch {
	case err == nil:
		return loop.Done(), r.finish(ctx, run, Done, result, "AsPlanned")
	case errors.Is(ctx.Err(), context.Canceled):
		return loop.Done(), err // told to stop: it stays as running, and is executed again
	}
	r.log.Warn("run failed", "job", run.Job, "try", run.Tries, "error", err.Error())
	if run.Tries >= triesMost {
		return loop.Done(), r.finish(ctx, run, Failed, fmt.Sprintf("gave-up %d", run.Tries), "GaveUp")
	}
	return r.again(ctx, run)
}

func (r *Reconciler) get(ctx context.Context, id string) (*Run, error) {
	var run Run
	ok, err := store.Found(r.db.In(ctx).Where("id = ?", id).Take(&run).Error)
	if err != nil {
		return nil, fmt.Errorf("run: %w", err)
	}
	if !ok {
		return nil, fault.ErrNotFound
	}
	return &run, nil
}

func (r *Reconciler) begin(ctx context.Context, run *Run) (bool, error) {
	res := r.db.In(ctx).Exec(`UPDATE runs SET state = 'running', tries = tries + 1, started_at = COALESCE(started_at, ?)
		WHERE id = ? AND state IN ('waiting', 'running') AND tries = ?`, r.db.Now(), run.ID, run.Tries)
	if res.Error != nil {
		return false, fmt.Errorf("begin run: %w", res.Error)
	}
	run.Tries++
	return res.RowsAffected == 1, nil
}

// again puts a run off after its nth try: n minutes.
func (r *Reconciler) again(ctx context.Context, run *Run) (loop.Result, error) {
	now := r.db.Now()
	at := now.Add(time.Duration(run.Tries) * time.Minute)
	conditions, _ := run.Conditions.Merge(now, resource.Condition{Type: Executed, Status: resource.Unknown, Reason: "TriedAgain"})
	err := r.record(ctx, `UPDATE runs SET state = 'waiting', next_try_at = ?, conditions = ? WHERE id = ? AND tries = ?`,
		at, conditions, run.ID, run.Tries)
	if err != nil {
		return loop.Done(), fmt.Errorf("put off run: %w", err)
	}
	return loop.Waiting(at), nil
}

func (r *Reconciler) finish(ctx context.Context, run *Run, state State, result, reason string) error {
	status := resource.True
	if state == Failed {
		status = resource.False
	}
	now := r.db.Now()
	conditions, _ := run.Conditions.Merge(now, resource.Condition{Type: Executed, Status: status, Reason: reason})
	err := r.record(ctx, `UPDATE runs SET state = ?, result = ?, conditions = ?, observed = generation, finished_at = ? WHERE id = ? AND tries = ?`,
		state, result, conditions, now, run.ID, run.Tries)
	if err != nil {
		return fmt.Errorf("finish run: %w", err)
	}
	return nil
}

// record writes what became of a try even when ctx has just ended, so that work which was done is not done again. The
// try's number in the statement keeps a process that lost its lease from overwriting what its successor found.
func (r *Reconciler) record(ctx context.Context, sql string, args ...any) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	return r.db.In(ctx).Exec(sql, args...).Error
}
