package jobs

import (
	"context"
	"maps"
	"slices"
	"time"

	"chancery/app/system"
	"chancery/jobs/loop"
)

// What the page of the system shows of the jobs (system.Works): the schedule and what is due are the same for every replica; what fails, the
// replica that holds the lease writes down.

// Schedule is the table of the scheduled jobs.
func (j *Jobs) Schedule() []system.Job {
	var all []system.Job
	for _, job := range j.schedule() {
		all = append(all, system.Job{Name: job.Name, When: job.When, Next: j.runs.Next(job.Name)})
	}
	return all
}

// dueStep divides how many due objects any reconciler names at most: where there are that many, there may be more.
const dueStep = 100

// deep is a reconciler that counts by itself what is due: where one key stands for many.
type deep interface {
	Depth(ctx context.Context) (due int, oldest time.Time, err error)
}

// Depths asks each reconciler what is due, by name.
func (j *Jobs) Depths(ctx context.Context) ([]system.Depth, error) {
	var all []system.Depth
	now := j.DB.Now()
	for _, prefix := range slices.Sorted(maps.Keys(j.loops)) {
		r := j.loops[prefix].Reconciler()
		if own, ok := r.(deep); ok {
			due, oldest, err := own.Depth(ctx)
			if err != nil {
				return nil, err
			}
			all = append(all, system.Depth{Name: r.Name(), Due: due, Oldest: oldest})
			continue
		}
		due, err := r.Due(ctx, now)
		if err != nil {
			return nil, err
		}
		d := system.Depth{Name: r.Name(), Due: len(due), More: len(due) > 0 && len(due)%dueStep == 0}
		for _, one := range due {
			if !one.At.IsZero() && (d.Oldest.IsZero() || one.At.Before(d.Oldest)) {
				d.Oldest = one.At
			}
		}
		all = append(all, d)
	}
	return all, nil
}

// reportEvery is how often the loops are looked at; a row is written only where something has changed.
const reportEvery = 15 * time.Second

// report writes down what the loops fail at, until ctx ends. What cannot be written is written the next time.
func (j *Jobs) report(ctx context.Context, holder string) error {
	written := map[string]loop.Trouble{}
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	for {
		for _, l := range j.loops {
			name, t := l.Reconciler().Name(), l.Trouble()
			if was, ok := written[name]; t.Started.IsZero() || ok && was == t {
				continue
			}
			if err := j.System.Report(ctx, name, troubleOf(holder, t)); err != nil {
				if ctx.Err() == nil {
					j.Log.Warn("state of a loop not written; it is tried again", "loop", name, "error", err.Error())
				}
				continue
			}
			written[name] = t
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// failureMost bounds how much of an error is kept, in bytes.
const failureMost = 300

func troubleOf(holder string, t loop.Trouble) system.Trouble {
	s := system.Trouble{Holder: holder, Failing: int64(t.Failing), Failures: t.Failures, LastFailure: clipped(t.Last, failureMost), StartedAt: stored(t.Started)}
	if !t.Since.IsZero() {
		at := stored(t.Since)
		s.FailingSince = &at
	}
	if !t.LastAt.IsZero() {
		at := stored(t.LastAt)
		s.LastFailedAt = &at
	}
	return s
}

// clipped cuts a text to so many bytes, between characters.
func clipped(s string, most int) string {
	for i := range s {
		if i > most {
			return s[:i]
		}
	}
	return s
}

func stored(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
