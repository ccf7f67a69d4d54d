package agenda

import (
	"context"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
)

// Entry is an appointment as a calendar shows it.
type Entry struct {
	Appointment
	Number      string // of its case; "" without one
	CaseTitle   string
	Client      string
	FirstName   string // of its owner
	LastName    string
	DisplayName string
	PictureID   *string
	Mine        bool // the reader is its owner or comes to it
}

// Owner is what others call whose it is.
func (e *Entry) Owner() string { return staff.DisplayName(e.FirstName, e.LastName, e.DisplayName) }

// Query says which appointments are wanted: those that have a part between two instants.
type Query struct {
	From, Until time.Time
	CaseID      string   // of this case; "" of all that are seen
	UserID      string   // of this person, who owns it or comes to it; "" of everybody
	IDs         []string // among these; nil of all
	Cancelled   bool     // those that were cancelled, too
	Latest      bool     // the last first
	After       Place    // only those that stand after this one
	Limit       int
}

// Place is where an appointment stands in a list; its zero value is before all.
type Place struct {
	StartsAt time.Time
	ID       string
}

// seen is the condition that an actor sees an appointment p: those of cases that they see, and their own.
func (a *Agenda) seen(actor access.Actor) (where string, args []any, err error) {
	if err := actor.Must(access.AppointmentsView); err != nil {
		return "", nil, err
	}
	if actor.Rights.Super() {
		return `1 = 1`, nil, nil
	}
	own := `(p.case_id IS NULL AND (p.owner_id = ? OR p.id IN (SELECT w.appointment_id FROM appointment_people w WHERE w.user_id = ?)))`
	args = []any{actor.ID, actor.ID}
	of, more, err := cases.Seen(actor)
	if err != nil {
		return own, args, nil // sees no cases
	}
	return `(` + own + ` OR EXISTS (SELECT 1 FROM cases k WHERE k.id = p.case_id AND ` + of + `))`, append(args, more...), nil
}

const entryColumns = `p.*, COALESCE(k.number, '') AS number, COALESCE(k.title, '') AS case_title, COALESCE(l.name, '') AS client,
	u.first_name, u.last_name, u.display_name, u.picture_id,
	(p.owner_id = ? OR EXISTS (SELECT 1 FROM appointment_people w WHERE w.appointment_id = p.id AND w.user_id = ?)) AS mine`

const entryJoins = ` JOIN users u ON u.id = p.owner_id LEFT JOIN cases k ON k.id = p.case_id LEFT JOIN clients l ON l.id = k.client_id `

// List is the appointments that a query finds, by their beginning. It needs appointments.view.
func (a *Agenda) List(ctx context.Context, actor access.Actor, q Query) (all []Entry, err error) {
	where, args, err := a.seen(actor)
	if err != nil {
		return nil, err
	}
	args = append([]any{actor.ID, actor.ID}, args...)
	// What lasts into the time began at most so long before it: the index of beginnings is enough.
	where, args = where+` AND p.starts_at < ? AND p.starts_at > ? AND p.ends_at > ?`, append(args, q.Until, q.From.Add(-lastsMost-time.Second), q.From)
	if q.CaseID != "" {
		where, args = where+` AND p.case_id = ?`, append(args, q.CaseID)
	}
	if q.UserID != "" {
		where += ` AND p.id IN (SELECT o.id FROM appointments o WHERE o.owner_id = ? AND o.starts_at < ? AND o.starts_at > ? UNION ALL SELECT w.appointment_id FROM appointment_people w WHERE w.user_id = ?)`
		args = append(args, q.UserID, q.Until, q.From.Add(-lastsMost-time.Second), q.UserID)
	}
	if q.IDs != nil {
		where, args = where+` AND p.id IN ?`, append(args, q.IDs)
	}
	if q.After != (Place{}) {
		where, args = where+` AND (p.starts_at, p.id) > (?, ?)`, append(args, q.After.StartsAt, q.After.ID)
	}
	if !q.Cancelled {
		where += ` AND p.status = 'planned'`
	}
	order := `p.starts_at, p.id`
	if q.Latest {
		order = `p.starts_at DESC, p.id DESC`
	}
	err = a.db.In(ctx).Raw(`SELECT `+entryColumns+` FROM appointments p`+entryJoins+`WHERE `+where+` ORDER BY `+order+` LIMIT ?`, append(args, q.Limit)...).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("list appointments: %w", err)
	}
	return all, nil
}

// Planned is how many appointments of a case are still to come or under way. It needs appointments.view and the case.
func (a *Agenda) Planned(ctx context.Context, actor access.Actor, caseID string) (n int64, err error) {
	where, args, err := a.seen(actor)
	if err != nil {
		return 0, err
	}
	err = a.db.In(ctx).Raw(`SELECT count(*) FROM appointments p WHERE p.case_id = ? AND p.status = 'planned' AND p.ends_at > ? AND `+where, append([]any{caseID, a.db.Now()}, args...)...).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("planned appointments: %w", err)
	}
	return n, nil
}

// Get is one appointment with who comes to it besides its owner, or fault.ErrNotFound. It needs appointments.view.
func (a *Agenda) Get(ctx context.Context, actor access.Actor, id string) (*Entry, []string, error) {
	where, args, err := a.seen(actor)
	if err != nil {
		return nil, nil, err
	}
	var e Entry
	ok, err := store.One(a.db.In(ctx).Raw(`SELECT `+entryColumns+` FROM appointments p`+entryJoins+`WHERE p.id = ? AND `+where,
		append([]any{actor.ID, actor.ID, id}, args...)...), &e)
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("appointment: %w", err)
	case !ok:
		return nil, nil, fault.ErrNotFound
	}
	people, err := a.people(ctx, id)
	return &e, people, err
}
