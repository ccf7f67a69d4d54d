package staff

import (
	"context"
	"errors"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/resource"
	"chancery/app/store"
)

// How a person leaves (B-1).
//
// What must never be half done is one transaction: status INACTIVE, whatever needs an owner handed over, sessions and
// links ended, the audit, and the receipt. What may come a moment later (mails stopped, the receipt's mail) is left to the
// reconciler "accounts", which shows how far it is. A departure is the object of both: planned for a date, or begun at once.
//
//	planned ──▶ working ──▶ done        planned and blocked ones can be cancelled
//	   ▲ │
//	   ╰─▼
//	blocked: something would be without an owner; looked at again from time to time, and whoever planned it is told
//
// What a person owns is not known here. Kinds of it stand in one table, which main fills: see Belonging.

// Owns adds kinds of what people own. Only who wires the house calls it, before anything is served.
func (s *Staff) Owns(kinds ...Belonging) { s.belongings = append(s.belongings, kinds...) }

// DepartureState is how far a departure is.
type DepartureState string

// The states of a departure.
const (
	Planned   DepartureState = "planned"
	Working   DepartureState = "working" // the person is out; the rest is being done
	Blocked   DepartureState = "blocked" // planned, and would be refused now
	Departed  DepartureState = "done"
	Cancelled DepartureState = "cancelled"
)

// Departure is a person's leaving: when, to whom, how far it is, and the receipt. At most one of a person is open.
type Departure struct {
	ID            string
	UserID        string
	State         DepartureState
	DueAt         time.Time
	Reason        string
	Plan          Plan
	Receipt       Receipt
	Done          int64 // steps, of Total
	Total         int64
	RequestedBy   string
	RequestedName string
	Generation    int64
	Observed      int64
	Conditions    resource.Conditions
	CreatedAt     time.Time
	StartedAt     *time.Time
	FinishedAt    *time.Time
}

// Open tells whether the departure is still to be done, in part or whole.
func (d *Departure) Open() bool {
	return d.State == Planned || d.State == Working || d.State == Blocked
}

// Deactivate ends a person's account, at once or on the plan's date (S1-11, B-1). It needs users.deactivate and is
// over the account (S1-32); nobody deactivates themselves. It returns *fault.Refused with the reason and what to do
// when it cannot be: something would be left without an owner (S1-18), it is the last active Super Admin, or a departure is
// planned already; *fault.Invalid on a field of the plan; fault.ErrNotFound. After any error nothing has changed.
func (s *Staff) Deactivate(ctx context.Context, actor access.Actor, userID string, p Plan) (*Departure, error) {
	if err := actor.Must(access.UsersDeactivate); err != nil {
		return nil, err
	}
	if actor.ID == userID {
		return nil, fault.Refuse("departure.own")
	}
	bad := &fault.Invalid{}
	if p.Reason = reason(bad, p.Reason); bad.Err() != nil {
		return nil, bad.Err()
	}
	now := s.db.Now()
	d := &Departure{ID: store.NewID(), UserID: userID, State: Planned, DueAt: p.At.UTC(), Reason: p.Reason, Plan: p,
		RequestedBy: actor.ID, RequestedName: actor.Name, Generation: 1, CreatedAt: now}
	atOnce := !p.At.After(now)
	if atOnce {
		d.DueAt = now
	}
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		u, err := s.Get(ctx, userID)
		if err != nil {
			return err
		}
		if err := s.over(ctx, actor, access.OverAccount, userID); err != nil { // leave asks again, of a row that it holds
			return err
		}
		if u.Status == Inactive {
			return fault.Refuse("departure.already")
		}
		if err := s.db.In(ctx).Create(d).Error; err != nil {
			if store.Violated(err, "departures_one_open", "departures.user_id") {
				return fault.Refuse("departure.planned-already")
			}
			return fmt.Errorf("write departure: %w", err)
		}
		if atOnce {
			return s.leave(ctx, actor, d)
		}
		if err := s.rehearse(ctx, actor, d); err != nil {
			return err // what would be refused on the day is refused today
		}
		if err := audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: "user.plan-departure", Kind: "user", ID: userID, Changes: []audit.Change{
			{Field: "leaves_at", After: d.DueAt.Format(time.RFC3339)}, {Field: "reason", After: d.Reason},
		}}); err != nil {
			return err
		}
		return s.departureChanged(ctx, d)
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// Depart does what a departure planned. The reconciler calls it when the time has come; on *fault.Refused nothing has
// changed. The audit names who planned it, by the program that did it.
func (s *Staff) Depart(ctx context.Context, actor access.Actor, d *Departure) error {
	return s.db.Tx(ctx, func(ctx context.Context) error { return s.leave(ctx, actor, d) })
}

// Rehearse tells whether a planned departure would be refused now, by doing it and taking it all back.
func (s *Staff) Rehearse(ctx context.Context, actor access.Actor, d *Departure) error {
	return s.db.Tx(ctx, func(ctx context.Context) error { return s.rehearse(ctx, actor, d) })
}

func (s *Staff) rehearse(ctx context.Context, actor access.Actor, d *Departure) error {
	var refused error
	err := s.db.Inner(ctx, func(ctx context.Context) error {
		tried := *d
		refused = s.leave(ctx, actor, &tried)
		return errRehearsed
	})
	if !errors.Is(err, errRehearsed) {
		return fmt.Errorf("rehearse: %w", err)
	}
	return refused
}

// errRehearsed takes back what a rehearsal did.
var errRehearsed = errors.New("rehearsed")

// leave is the moment of leaving, within ctx's transaction.
func (s *Staff) leave(ctx context.Context, actor access.Actor, d *Departure) error {
	u, err := s.holdLeaver(ctx, d)
	if err != nil {
		return err
	}
	if u.Status == Inactive {
		return fault.Refuse("departure.already")
	}
	if err := s.over(ctx, actor, access.OverAccount, u.ID); err != nil {
		return err
	}
	now := s.db.Now()
	d.Receipt = Receipt{}
	changes := []audit.Change{{Field: "status", Before: string(u.Status), After: string(Inactive)}}
	if d.Reason != "" {
		changes = append(changes, audit.Change{Field: "reason", After: d.Reason})
	}
	if d.RequestedBy != actor.ID {
		changes = append(changes, audit.Change{Field: "planned_by", After: d.RequestedName})
	}
	for _, b := range s.belongings {
		handed, err := b.HandOver(ctx, actor, d.UserID, d.Plan)
		if err != nil {
			return err
		}
		handed.Kind = b.Kind()
		d.Receipt.Items = append(d.Receipt.Items, handed)
		changes = append(changes, handed.changes()...)
	}
	err = s.db.In(ctx).Exec(`UPDATE users SET status = 'INACTIVE', left_at = ?, generation = generation + 1, updated_at = ? WHERE id = ?`, now, now, d.UserID).Error
	switch {
	case store.Violated(err, "users_last_super_admin", ""):
		return fault.Refuse("staff.last-super-admin")
	case store.Violated(err, "cases_open_owner", ""):
		return fault.Refuse("departure.still-owns")
	case err != nil:
		return fmt.Errorf("deactivate: %w", err)
	}
	if err := audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: "user.deactivate", Kind: "user", ID: d.UserID, Changes: changes}); err != nil {
		return err
	}
	if err := s.begun(ctx, d, now); err != nil {
		return err
	}
	if err := s.planned(ctx, d.UserID); err != nil {
		return err
	}
	return s.changed(ctx, d.UserID)
}

// begun writes that the person is out: from here on the reconciler has it.
func (s *Staff) begun(ctx context.Context, d *Departure, now time.Time) error {
	d.Done, d.Total, d.StartedAt = int64(len(s.belongings)), int64(len(s.belongings)+DepartureSteps), &now
	done := s.db.In(ctx).Exec(`UPDATE departures SET state = 'working', receipt = ?, done = ?, total = ?, started_at = ?, generation = generation + 1
		WHERE id = ? AND state IN ('planned', 'blocked')`, d.Receipt, d.Done, d.Total, now, d.ID)
	if done.Error != nil {
		return fmt.Errorf("begin departure: %w", done.Error)
	}
	if done.RowsAffected == 0 { // cancelled, or done by another, since it was read
		return fault.ErrNotFound
	}
	d.State = Working
	d.Generation++
	return s.departureChanged(ctx, d)
}

// holdLeaver locks the person and all who may take over, in one order, so that two who leave to each other's favour never
// wait in a circle, and nobody who takes over leaves meanwhile.
func (s *Staff) holdLeaver(ctx context.Context, d *Departure) (*User, error) {
	where, args := `id IN ?`, []any{append(d.Plan.people(), d.UserID)}
	if d.Plan.Way == ToDepartment {
		where += ` OR status = 'ACTIVE' AND department_id = (SELECT x.department_id FROM users x WHERE x.id = ?)`
		args = append(args, d.UserID)
	}
	var ids []string
	if err := s.db.In(ctx).Raw(`SELECT id FROM users WHERE `+where+` ORDER BY id`+s.db.ForUpdate(), args...).Scan(&ids).Error; err != nil {
		return nil, fmt.Errorf("hold who leaves: %w", err)
	}
	return s.Get(ctx, d.UserID)
}

// planned announces the planned departures that count on a person, so that their planners learn at once that they cannot.
func (s *Staff) planned(ctx context.Context, userID string) error {
	var ids []string
	err := s.db.In(ctx).Raw(`SELECT id FROM departures WHERE state = 'planned' AND plan LIKE ?`, "%"+userID+"%").Scan(&ids).Error
	if err != nil {
		return fmt.Errorf("planned departures: %w", err)
	}
	for _, id := range ids {
		if err := s.db.Changed(ctx, "departure/"+id); err != nil {
			return err
		}
	}
	return nil
}

func (s *Staff) departureChanged(ctx context.Context, d *Departure) error {
	return s.db.Changed(ctx, "departure/"+d.ID)
}
