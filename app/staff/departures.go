package staff

import (
	"context"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/resource"
	"chancery/app/store"
)

// What is asked of departures, and what is written of them after the moment of leaving.

// DormantReason is the reason of a departure that no person asked for: nobody has used the account (B-18). Pages have words
// for it.
const DormantReason = "dormant"

// UndeclaredReason is the reason of a departure that follows from manifests: none states the person any more, or one states that they have left.
const UndeclaredReason = "undeclared"

// DepartureSteps is how many steps the reconciler adds to those of the moment itself (jobs/accounts).
const DepartureSteps = 4

// Holdings is what a person owns, kind by kind, as a sheet shows it before anything is decided. It needs users.deactivate.
func (s *Staff) Holdings(ctx context.Context, actor access.Actor, userID string) ([]Holding, error) {
	if err := actor.Must(access.UsersDeactivate); err != nil {
		return nil, err
	}
	all := make([]Holding, 0, len(s.belongings))
	for _, b := range s.belongings {
		h, err := b.Count(ctx, userID)
		if err != nil {
			return nil, err
		}
		h.Kind = b.Kind()
		all = append(all, h)
	}
	return all, nil
}

// Departure is a person's last departure, open or not, or fault.ErrNotFound. It needs users.view.
func (s *Staff) Departure(ctx context.Context, actor access.Actor, userID string) (*Departure, error) {
	if err := actor.Must(access.UsersView); err != nil {
		return nil, err
	}
	return s.departure(ctx, "user_id = ?", userID)
}

// DepartureByID is one departure, or fault.ErrNotFound, for the reconciler.
func (s *Staff) DepartureByID(ctx context.Context, id string) (*Departure, error) {
	return s.departure(ctx, "id = ?", id)
}

func (s *Staff) departure(ctx context.Context, where string, args ...any) (*Departure, error) {
	var d Departure
	ok, err := store.Found(s.db.In(ctx).Where(where, args...).Order("created_at DESC, id DESC").Limit(1).Take(&d).Error)
	if err != nil {
		return nil, fmt.Errorf("departure: %w", err)
	}
	if !ok {
		return nil, fault.ErrNotFound
	}
	d.Plan.At, d.Plan.Reason = d.DueAt, d.Reason
	return &d, nil
}

// OpenDepartures lists the departures that are not done, the earliest first.
func (s *Staff) OpenDepartures(ctx context.Context, limit int) ([]Departure, error) {
	var all []Departure
	err := s.db.In(ctx).Where("state IN ('planned', 'working', 'blocked')").Order("due_at").Limit(limit).Find(&all).Error
	if err != nil {
		return nil, fmt.Errorf("open departures: %w", err)
	}
	return all, nil
}

// CancelDeparture takes a plan back, as long as the person has not left. It needs users.deactivate and is over the account;
// it returns fault.ErrNotFound when nothing is planned.
func (s *Staff) CancelDeparture(ctx context.Context, actor access.Actor, userID string) error {
	if err := actor.Must(access.UsersDeactivate); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.over(ctx, actor, access.OverAccount, userID); err != nil {
			return err
		}
		d, err := s.departure(ctx, "user_id = ? AND state IN ('planned', 'blocked')", userID)
		if err != nil {
			return err
		}
		done := s.db.In(ctx).Exec(`UPDATE departures SET state = 'cancelled', finished_at = ?, generation = generation + 1 WHERE id = ? AND state IN ('planned', 'blocked')`, s.db.Now(), d.ID)
		if done.Error != nil {
			return fmt.Errorf("cancel departure: %w", done.Error)
		}
		if done.RowsAffected == 0 {
			return fault.ErrNotFound
		}
		if err := audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: "user.cancel-departure", Kind: "user", ID: userID,
			Changes: []audit.Change{{Field: "leaves_at", Before: d.DueAt.Format(time.RFC3339)}}}); err != nil {
			return err
		}
		return s.departureChanged(ctx, d)
	})
}

// RecordDeparture writes what a reconcile found, if it changed anything: the state, how many steps are done, the
// conditions. What another has done to the departure meanwhile stays.
func (s *Staff) RecordDeparture(ctx context.Context, d *Departure, state DepartureState, steps int64, found ...resource.Condition) error {
	now := s.db.Now()
	conditions, changed := d.Conditions.Merge(now, found...)
	if !changed && state == d.State && steps == d.Done {
		return nil
	}
	observed, finished := d.Observed, d.FinishedAt
	if state == Departed {
		observed, finished = d.Generation, &now
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		done := s.db.In(ctx).Exec(`UPDATE departures SET state = ?, done = ?, conditions = ?, observed = ?, finished_at = ? WHERE id = ? AND state = ? AND generation = ?`,
			state, steps, conditions, observed, finished, d.ID, d.State, d.Generation)
		if done.Error != nil {
			return fmt.Errorf("record departure: %w", done.Error)
		}
		if done.RowsAffected == 0 {
			return nil
		}
		d.State, d.Done, d.Conditions, d.Observed, d.FinishedAt = state, steps, conditions, observed, finished
		return nil
	})
}

// Reactivate brings an account back with its history, and none of its sessions (S1-33, C-13): ACTIVE for who had been
// here, PENDING for who never was. It needs users.deactivate and is over the account: whoever comes back has the rights of
// before.
func (s *Staff) Reactivate(ctx context.Context, actor access.Actor, userID string) error {
	if err := actor.Must(access.UsersDeactivate); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		u, err := s.holdLeaver(ctx, &Departure{UserID: userID})
		if err != nil {
			return err
		}
		if u.Status != Inactive {
			return fault.Refuse("departure.not-left")
		}
		if err := s.freeStatus(ctx, actor, userID); err != nil {
			return err
		}
		if err := s.over(ctx, actor, access.OverAccount, userID); err != nil {
			return err
		}
		status := u.returns()
		now := s.db.Now()
		err = s.db.In(ctx).Exec(`UPDATE users SET status = ?, left_at = NULL, generation = generation + 1, updated_at = ? WHERE id = ?`, status, now, userID).Error
		if err != nil {
			return fmt.Errorf("reactivate: %w", err)
		}
		err = s.db.In(ctx).Exec(`UPDATE departures SET state = 'done', finished_at = ?, generation = generation + 1, observed = generation + 1
			WHERE user_id = ? AND state IN ('planned', 'working', 'blocked')`, now, userID).Error
		if err != nil {
			return fmt.Errorf("end departure: %w", err)
		}
		if err := audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: "user.reactivate", Kind: "user", ID: userID,
			Changes: []audit.Change{{Field: "status", Before: string(Inactive), After: string(status)}}}); err != nil {
			return err
		}
		return s.changed(ctx, userID)
	})
}

// returns is the status in which a person comes back.
func (u *User) returns() Status {
	if u.LastSignInAt == nil {
		return Pending
	}
	return Active
}

// LastDay is the end of a day in the practice's zone, when someone's access ends whose last day it is: the next
// midnight, or the first moment after it where a clock change leaves midnight out. date is 2026-11-30. It returns
// *fault.Invalid on "last_day" for what is no day, or one before today.
func (s *Staff) LastDay(ctx context.Context, date string) (time.Time, error) {
	o, err := s.Organization(ctx)
	if err != nil {
		return time.Time{}, err
	}
	place := o.Place()
	day, err := time.ParseInLocation(time.DateOnly, date, place)
	if err != nil {
		return time.Time{}, fault.Field1("last_day", "departure.day-missing")
	}
	end := time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, place)
	switch now := s.db.Now(); {
	case !end.After(now):
		return time.Time{}, fault.Field1("last_day", "departure.day-past")
	case end.Sub(now) > 2*366*24*time.Hour:
		return time.Time{}, fault.Field1("last_day", "departure.day-far")
	}
	return end.UTC(), nil
}

// The conditions of a departure. Possible is a plan's: False while it would be refused, for the obstacle that is its
// reason. The others are the steps that the reconciler does once the person is out, in this order.
const (
	Possible     = "Possible"
	MailsStopped = "MailsStopped"
	LinksSpent   = "LinksSpent"
	OwnersTold   = "OwnersTold"
	ReceiptSent  = "ReceiptSent"
)

// Obstacles: why a plan would be refused, as the reason of its condition.
const (
	NoSuccessor = "NoSuccessor" // whoever was to take over is not there any more, or was never named
	NoColleague = "NoColleague" // the department has nobody else who works on cases
	LastSuper   = "LastSuperAdmin"
	AlreadyLeft = "AlreadyLeft"
	StillOwns   = "StillOwns" // anything else
)

// ObstacleOf is the obstacle that a refusal tells of.
func ObstacleOf(m fault.Message) string {
	switch m.Key {
	case "departure.no-successor", "departure.successor-gone":
		return NoSuccessor
	case "departure.no-department":
		return NoColleague
	case "staff.last-super-admin":
		return LastSuper
	case "departure.already":
		return AlreadyLeft
	}
	return StillOwns
}
