// Package accounts sees people out: an object here is a departure (staff), and it is as it should be when the person has
// left with everything handed over, or the plan was cancelled.
//
// What must be at once is not done here: the moment of leaving is one transaction of staff's, and an inactive person is
// refused by every request because the request asks. This loop lets a planned day come, says when a plan would be
// refused, and does what may come a moment later: mails to the person stopped, links spent that were made meanwhile, a
// word to each new owner, the receipt to whoever asked for it. Each step does no harm when done again, and stands in the conditions once it is done,
// so that the page shows how far it is and a crash loses nothing.
//
// gather → decide (pure) → act → record. A plan is rehearsed every hour and whenever somebody whom it counts on leaves;
// a blocked one whose day has come is tried again every quarter of an hour.
package accounts

import (
	"context"
	"errors"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/notices"
	"chancery/app/post"
	"chancery/app/resource"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/jobs/loop"
)

// Reconciler sees people out.
type Reconciler struct {
	Staff   *staff.Staff
	Signin  *signin.Signin
	Notices *notices.Notices
	Post    *post.Post
	Now     func() time.Time
}

// Prefix begins the keys of departures on the change feed.
const Prefix = "departure/"

// dueMost bounds what one look at the database brings; the rest comes with the next.
const dueMost = 1000

// Name is the loop's name.
func (r *Reconciler) Name() string { return "accounts" }

// Due lists the departures that need a look before until.
func (r *Reconciler) Due(ctx context.Context, until time.Time) ([]loop.Due, error) {
	open, err := r.Staff.OpenDepartures(ctx, dueMost)
	var due []loop.Due
	for i := range open {
		if at := nextLook(&open[i], r.Now()); at.Before(until) {
			due = append(due, loop.Due{Key: Prefix + open[i].ID, At: at})
		}
	}
	return due, err
}

// How often plans are looked at: those to come, and those whose day has come and that are blocked.
const (
	rehearseEvery = time.Hour
	retryEvery    = 15 * time.Minute
)

// nextLook is when an open departure needs work, by times of the clock, so that it does not depend on who asks when.
func nextLook(d *staff.Departure, now time.Time) time.Time {
	switch next := now.Truncate(rehearseEvery).Add(rehearseEvery); {
	case d.State == staff.Working:
		return time.Time{}
	case now.Before(d.DueAt) && d.DueAt.Before(next):
		return d.DueAt
	case now.Before(d.DueAt):
		return next
	case d.State == staff.Planned:
		return d.DueAt
	}
	return now.Truncate(retryEvery).Add(retryEvery)
}

// Reconcile brings one departure further.
func (r *Reconciler) Reconcile(ctx context.Context, key string) (loop.Result, error) {
	d, err := r.Staff.DepartureByID(ctx, strings.TrimPrefix(key, Prefix))
	if errors.Is(err, fault.ErrNotFound) {
		return loop.Done(), nil
	}
	if err != nil {
		return loop.Done(), err
	}
	switch decide(d, r.Now()) {
	case nothing:
		return loop.Done(), nil
	case finish:
		return loop.Done(), r.finish(ctx, d)
	case rehearse:
		return loop.Done(), r.judge(ctx, d, r.Staff.Rehearse(ctx, system, d))
	}
	if err := r.Staff.Depart(ctx, system, d); err != nil {
		return loop.Done(), r.judge(ctx, d, err)
	}
	return loop.Done(), r.finish(ctx, d)
}

var system = access.System("accounts")

type step int

const (
	nothing step = iota
	rehearse
	depart
	finish
)

// decide says what a departure needs now.
func decide(d *staff.Departure, now time.Time) step {
	switch {
	case d.State == staff.Working:
		return finish
	case !d.Open():
		return nothing
	case now.Before(d.DueAt):
		return rehearse
	}
	return depart
}

// judge records what a rehearsal, or the day itself, has come to, and tells whoever planned it when it became impossible.
func (r *Reconciler) judge(ctx context.Context, d *staff.Departure, err error) error {
	var refused *fault.Refused
	switch {
	case err == nil:
		return r.Staff.RecordDeparture(ctx, d, staff.Planned, d.Done, resource.Condition{Type: staff.Possible, Status: resource.True, Reason: "Rehearsed"})
	case errors.Is(err, fault.ErrNotFound):
		return nil // cancelled meanwhile
	case !errors.As(err, &refused):
		return err
	}
	found := resource.Condition{Type: staff.Possible, Status: resource.False, Reason: staff.ObstacleOf(refused.Message)}
	if found.Reason == staff.AlreadyLeft {
		return r.Staff.RecordDeparture(ctx, d, staff.Cancelled, d.Done, found)
	}
	if d.State != staff.Blocked {
		if err := r.tellBlocked(ctx, d, found.Reason); err != nil {
			return err
		}
	}
	return r.Staff.RecordDeparture(ctx, d, staff.Blocked, d.Done, found)
}

// finish does the steps that are left, in order, and writes down each as it is done.
func (r *Reconciler) finish(ctx context.Context, d *staff.Departure) error {
	steps := []struct {
		condition string
		do        func(context.Context, *staff.Departure) error
	}{
		{staff.MailsStopped, func(ctx context.Context, d *staff.Departure) error {
			return r.Post.Stop(ctx, d.UserID, post.Kinds()...)
		}},
		{staff.LinksSpent, func(ctx context.Context, d *staff.Departure) error { return r.Signin.SpendLinks(ctx, d.UserID) }},
		{staff.OwnersTold, r.tellOwners},
		{staff.ReceiptSent, r.sendReceipt},
	}
	atOnce := d.Total - int64(len(steps))
	for i, s := range steps {
		if c, _ := d.Conditions.Get(s.condition); c.Status == resource.True {
			continue
		}
		if err := s.do(ctx, d); err != nil {
			found := resource.Condition{Type: s.condition, Status: resource.False, Reason: "Failed"}
			return errors.Join(err, r.Staff.RecordDeparture(ctx, d, d.State, d.Done, found))
		}
		state, done := staff.Working, atOnce+int64(i)+1
		if i == len(steps)-1 {
			state = staff.Departed
		}
		if err := r.Staff.RecordDeparture(ctx, d, state, done, resource.Condition{Type: s.condition, Status: resource.True, Reason: "Done"}); err != nil {
			return err
		}
	}
	return nil
}
