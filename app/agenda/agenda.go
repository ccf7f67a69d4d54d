// Package agenda knows when: appointments, which are instants, and deadlines, which are days.
//
// It stands above cases, which says who sees a case; an appointment or a deadline of a case is seen by who sees that, and
// changed by who may change the agenda. Only who sees the case is asked to an appointment of it, or given one: nobody sees a case by
// being invited. An appointment without a case is its owner's and of those who come to it. Outside
// calendars are another room's (calendar), which makes them agree with what stands here.
//
// An appointment keeps the zone in which it was agreed on beside its instants (S0-18): it is shown in the reader's, and moved in
// its own. A deadline is a day of the practice: it has no zone, and is over when that day is over there.
//
// Nothing is deleted. What does not take place is cancelled, and can be planned again.
package agenda

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/cases"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
)

// Status of an appointment.
type Status string

// The statuses.
const (
	Planned   Status = "planned"
	Cancelled Status = "cancelled"
)

// Appointment is a meeting. Times are UTC.
type Appointment struct {
	ID         string
	CaseID     *string
	OwnerID    string // whose it is
	Title      string
	Place      string
	Notes      string
	StartsAt   time.Time
	EndsAt     time.Time
	Zone       string // in which it was agreed on
	Status     Status
	ExternalID *string // of the system that it came from, unique
	CreatedBy  string
	Generation int64
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// Plan is what an appointment is to be.
type Plan struct {
	CaseID     string // "": of none. It stays once it is planned
	OwnerID    string // "": the case's owner, or who plans it
	Title      string
	Place      string
	Notes      string
	StartsAt   time.Time
	EndsAt     time.Time
	Zone       string
	People     []string // who else of the practice comes; of a case's, those who see it
	ExternalID string
}

// Bounds of what is written, in characters, of how long an appointment lasts, and of how many come.
const (
	titleMax  = 200
	notesMax  = 4000
	lastsMost = 31 * 24 * time.Hour
	peopleMax = 50
)

// Agenda is the room.
type Agenda struct {
	db    *store.DB
	cases *cases.Cases
	staff *staff.Staff

	teller   Teller
	follower Follower
}

// New opens the room.
func New(db *store.DB, files *cases.Cases, people *staff.Staff) *Agenda {
	return &Agenda{db: db, cases: files, staff: people}
}

// Create plans an appointment. One whose external id is here already is returned as it is. It needs appointments.edit and the
// case, and returns *fault.Invalid, *fault.Refused for a case that is closed, or fault.ErrNotFound.
func (a *Agenda) Create(ctx context.Context, actor access.Actor, p Plan) (*Appointment, error) {
	if err := actor.Must(access.AppointmentsEdit); err != nil {
		return nil, err
	}
	made := &Appointment{}
	err := a.db.Tx(ctx, func(ctx context.Context) error {
		owner, closed := actor.ID, false
		if p.CaseID != "" {
			k, err := a.cases.Hold(ctx, actor, p.CaseID)
			if err != nil {
				return err
			}
			made.CaseID, closed = &k.ID, k.Status == cases.Closed
			if k.OwnerID != "" {
				owner = k.OwnerID
			}
		}
		if p.ExternalID != "" {
			switch known, err := a.known(ctx, actor, p); {
			case err != nil:
				return err
			case known != nil:
				*made = *known
				return nil
			}
			made.ExternalID = &p.ExternalID
		}
		if closed {
			return fault.Refuse("agenda.case-closed")
		}
		if p.OwnerID == "" {
			p.OwnerID = owner
		}
		people, err := a.check(ctx, &p, nil)
		if err != nil {
			return err
		}
		now := a.db.Now()
		made.ID, made.Status, made.CreatedBy, made.Generation, made.CreatedAt = store.NewID(), Planned, actor.ID, 1, now
		made.take(&p, now)
		err = a.db.In(ctx).Create(made).Error
		if store.Violated(err, "appointments_external", "appointments.external_id") { // somebody was faster with it
			return fault.Refuse("agenda.elsewhere")
		}
		if err != nil {
			return fmt.Errorf("plan appointment: %w", err)
		}
		if err := a.invite(ctx, made.ID, people); err != nil {
			return err
		}
		if err := a.tell(ctx, actor, made, Invited, people); err != nil {
			return err
		}
		if err := a.tell(ctx, actor, made, Handed, []string{made.OwnerID}); err != nil {
			return err
		}
		return a.record(ctx, actor, made, audit.Entry{Action: "appointment.create", Changes: []audit.Change{
			{Field: "starts_at", After: stamp(made.StartsAt)}, {Field: "owner", After: made.OwnerID},
		}}, people)
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

// known is the appointment that came before under an external id, or nil. One of another case, or that the actor does not see, is *fault.Refused.
func (a *Agenda) known(ctx context.Context, actor access.Actor, p Plan) (*Appointment, error) {
	var id string
	ok, err := store.One(a.db.In(ctx).Raw(`SELECT p.id FROM appointments p WHERE p.external_id = ?`, p.ExternalID), &id)
	if err != nil {
		return nil, fmt.Errorf("appointment that came before: %w", err)
	}
	if !ok {
		return nil, nil
	}
	e, _, err := a.Get(ctx, actor, id)
	switch caseID := p.CaseID; {
	case errors.Is(err, fault.ErrNotFound), err == nil && (e.CaseID == nil) != (caseID == ""), err == nil && e.CaseID != nil && *e.CaseID != caseID:
		return nil, fault.Refuse("agenda.elsewhere")
	case err != nil:
		return nil, err
	}
	return &e.Appointment, nil
}

// Update changes an appointment that was read at a generation (B-16). It needs appointments.edit and sight of it, and returns
// *fault.Conflict, *fault.Invalid, *fault.Refused for one that is cancelled, or fault.ErrNotFound.
func (a *Agenda) Update(ctx context.Context, actor access.Actor, id string, generation int64, p Plan) (*Appointment, error) {
	return a.change(ctx, actor, id, generation, func(ctx context.Context, was *Appointment) (audit.Entry, []string, error) {
		if was.Status == Cancelled {
			return audit.Entry{}, nil, fault.Refuse("agenda.cancelled")
		}
		if p.OwnerID == "" {
			p.OwnerID = was.OwnerID
		}
		before := *was
		p.CaseID = ""
		if was.CaseID != nil {
			p.CaseID = *was.CaseID
		}
		known, err := a.people(ctx, id)
		if err != nil {
			return audit.Entry{}, nil, err
		}
		people, err := a.check(ctx, &p, append(known, was.OwnerID))
		if err != nil {
			return audit.Entry{}, nil, err
		}
		was.take(&p, a.db.Now())
		if err := a.invite(ctx, id, people); err != nil {
			return audit.Entry{}, nil, err
		}
		if err := a.tellOfChange(ctx, actor, &before, was, known, people); err != nil {
			return audit.Entry{}, nil, err
		}
		return audit.Entry{Action: "appointment.update", Changes: differences(&before, was)}, append(append(people, known...), before.OwnerID), nil
	})
}

// Cancel says that an appointment does not take place; one that is cancelled stays so.
func (a *Agenda) Cancel(ctx context.Context, actor access.Actor, id string, generation int64) (*Appointment, error) {
	return a.become(ctx, actor, id, generation, Cancelled, "appointment.cancel")
}

// Restore plans a cancelled appointment again, as it was. One of a case that was closed is *fault.Refused.
func (a *Agenda) Restore(ctx context.Context, actor access.Actor, id string, generation int64) (*Appointment, error) {
	return a.become(ctx, actor, id, generation, Planned, "appointment.restore")
}

func (a *Agenda) become(ctx context.Context, actor access.Actor, id string, generation int64, status Status, action string) (*Appointment, error) {
	return a.change(ctx, actor, id, generation, func(ctx context.Context, was *Appointment) (audit.Entry, []string, error) {
		if was.Status == status {
			return audit.Entry{}, nil, nil
		}
		if status == Planned { // whose it was may have left meanwhile
			if u, err := a.staff.Get(ctx, was.OwnerID); err != nil || u.Status == staff.Inactive {
				return audit.Entry{}, nil, cmp.Or(err, fault.Refuse("agenda.owner-gone"))
			}
			if was.CaseID != nil {
				if k, err := a.cases.Hold(ctx, actor, *was.CaseID); err != nil || k.Status == cases.Closed {
					return audit.Entry{}, nil, cmp.Or(err, fault.Refuse("agenda.case-closed"))
				}
			}
		}
		entry := audit.Entry{Action: action, Changes: []audit.Change{{Field: "status", Before: string(was.Status), After: string(status)}}}
		was.Status, was.UpdatedAt = status, a.db.Now()
		people, err := a.people(ctx, id)
		if err != nil {
			return audit.Entry{}, nil, err
		}
		news := Restored
		if status == Cancelled {
			news = CalledOff
		}
		return entry, people, a.tell(ctx, actor, was, news, append(slices.Clone(people), was.OwnerID))
	})
}

// change holds an appointment, has it changed, and writes it; an entry without an action changes nothing. Whom it
// concerns is told by what change returns, besides its owner.
func (a *Agenda) change(ctx context.Context, actor access.Actor, id string, generation int64, change func(context.Context, *Appointment) (audit.Entry, []string, error)) (*Appointment, error) {
	if err := actor.Must(access.AppointmentsEdit); err != nil {
		return nil, err
	}
	var now Appointment
	err := a.db.Tx(ctx, func(ctx context.Context) error {
		where, args, err := a.seen(actor)
		if err != nil {
			return err
		}
		// A case is held before its appointments, by everybody.
		var caseID string
		ok, err := store.One(a.db.In(ctx).Raw(`SELECT COALESCE(p.case_id, '') FROM appointments p WHERE p.id = ? AND `+where, append([]any{id}, args...)...), &caseID)
		switch {
		case err != nil:
			return fmt.Errorf("appointment: %w", err)
		case !ok:
			return fault.ErrNotFound
		case caseID != "":
			if _, err := a.cases.Hold(ctx, actor, caseID); err != nil {
				return err
			}
		}
		if err := store.Locked(a.db.In(ctx)).Where("id = ?", id).Take(&now).Error; err != nil {
			return fmt.Errorf("hold appointment: %w", err)
		}
		if generation != 0 && now.Generation != generation {
			return &fault.Conflict{}
		}
		entry, people, err := change(ctx, &now)
		if err != nil || entry.Action == "" {
			return err
		}
		now.Generation++
		if err := a.db.In(ctx).Save(&now).Error; err != nil {
			return fmt.Errorf("change appointment: %w", err)
		}
		return a.record(ctx, actor, &now, entry, people)
	})
	if err != nil {
		return nil, err
	}
	return &now, nil
}

// take is what a plan makes of an appointment.
func (p *Appointment) take(n *Plan, now time.Time) {
	p.OwnerID, p.Title, p.Place, p.Notes = n.OwnerID, n.Title, n.Place, n.Notes
	p.StartsAt, p.EndsAt, p.Zone, p.UpdatedAt = n.StartsAt, n.EndsAt, n.Zone, now
}

func (a *Agenda) invite(ctx context.Context, id string, people []string) error {
	if _, err := a.db.Exec(ctx, `DELETE FROM appointment_people WHERE appointment_id = $1`, id); err != nil {
		return fmt.Errorf("who comes: %w", err)
	}
	for _, who := range people {
		if _, err := a.db.Exec(ctx, `INSERT INTO appointment_people (appointment_id, user_id) VALUES ($1, $2)`, id, who); err != nil {
			return fmt.Errorf("who comes: %w", err)
		}
	}
	return nil
}

// people are who comes besides the owner.
func (a *Agenda) people(ctx context.Context, id string) (ids []string, err error) {
	if err := a.db.In(ctx).Raw(`SELECT user_id FROM appointment_people WHERE appointment_id = ? ORDER BY user_id`, id).Scan(&ids).Error; err != nil {
		return nil, fmt.Errorf("who comes: %w", err)
	}
	return ids, nil
}

// record writes the audit and lets open pages and outside calendars know.
func (a *Agenda) record(ctx context.Context, actor access.Actor, p *Appointment, entry audit.Entry, people []string) error {
	entry.Kind, entry.ID = "appointment", p.ID
	if p.CaseID != nil {
		entry.Kind, entry.ID = "case", *p.CaseID
		if err := a.db.Changed(ctx, "case/"+*p.CaseID); err != nil {
			return err
		}
	}
	if err := a.concerns(ctx, append(people, p.OwnerID)); err != nil {
		return err
	}
	return audit.Record(ctx, a.db, actor.Actor, entry)
}

// differences are what the audit says of a change. Notes may tell of a client's affairs, and are said to have changed.
func differences(was, now *Appointment) (all []audit.Change) {
	note := func(field, before, after string) {
		if before != after {
			all = append(all, audit.Change{Field: field, Before: before, After: after})
		}
	}
	note("title", was.Title, now.Title)
	note("place", was.Place, now.Place)
	note("starts_at", stamp(was.StartsAt), stamp(now.StartsAt))
	note("ends_at", stamp(was.EndsAt), stamp(now.EndsAt))
	note("zone", was.Zone, now.Zone)
	note("owner", was.OwnerID, now.OwnerID)
	if was.Notes != now.Notes {
		all = append(all, audit.Change{Field: "notes"})
	}
	return all
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
