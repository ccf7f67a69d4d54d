package agenda

import (
	"context"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/cases"
	"chancery/app/fault"
	"chancery/app/store"
)

// Deadline is a day by which something of a case has to be done.
type Deadline struct {
	ID         string
	CaseID     string
	Title      string
	DueOn      string // YYYY-MM-DD, a day of the practice
	DoneAt     *time.Time
	DoneBy     *string
	ExternalID *string // in the practice's other systems, unique
	CreatedBy  string
	Generation int64
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// Due is a deadline as a list shows it.
type Due struct {
	Deadline
	Number    string // of its case
	CaseTitle string
	Client    string
}

// Days says which deadlines are wanted.
type Days struct {
	From, Until string // days, both within; "" for no bound
	CaseID      string // of this case; "" of all that are seen
	UserID      string // of cases that this person is associated with; "" of all
	Done        bool   // those that are done, too
	After       DayPlace
	Limit       int
}

// DayPlace is where a deadline stands in a list; its zero value is before all.
type DayPlace struct{ DueOn, ID string }

// Deadlines are those that are wanted, by their day. They need appointments.view, and sight of the case.
func (a *Agenda) Deadlines(ctx context.Context, actor access.Actor, d Days) (all []Due, err error) {
	if err := actor.Must(access.AppointmentsView); err != nil {
		return nil, err
	}
	where, args, err := cases.Seen(actor)
	if err != nil {
		return nil, err
	}
	add := func(condition string, value ...any) { where, args = where+condition, append(args, value...) }
	if d.From != "" {
		add(` AND d.due_on >= ?`, d.From)
	}
	if d.Until != "" {
		add(` AND d.due_on <= ?`, d.Until)
	}
	if d.CaseID != "" {
		add(` AND d.case_id = ?`, d.CaseID)
	}
	if d.UserID != "" {
		add(` AND d.case_id IN (SELECT b.case_id FROM associations b WHERE b.user_id = ?)`, d.UserID)
	}
	if d.After != (DayPlace{}) {
		add(` AND (d.due_on, d.id) > (?, ?)`, d.After.DueOn, d.After.ID)
	}
	if !d.Done {
		add(` AND d.done_at IS NULL`)
	}
	err = a.db.In(ctx).Raw(`SELECT d.*, k.number, k.title AS case_title, l.name AS client FROM deadlines d JOIN cases k ON k.id = d.case_id JOIN clients l ON l.id = k.client_id
		WHERE `+where+` ORDER BY d.due_on, d.id LIMIT ?`, append(args, d.Limit)...).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("list deadlines: %w", err)
	}
	return all, nil
}

// Deadline is one of a case ("": of any), or fault.ErrNotFound. It needs appointments.view and sight of the case.
func (a *Agenda) Deadline(ctx context.Context, actor access.Actor, caseID, id string) (*Deadline, error) {
	if err := actor.Must(access.AppointmentsView); err != nil {
		return nil, err
	}
	where, args, err := cases.Seen(actor)
	if err != nil {
		return nil, err
	}
	var d Deadline
	ok, err := store.One(a.db.In(ctx).Raw(`SELECT d.* FROM deadlines d JOIN cases k ON k.id = d.case_id WHERE d.id = ? AND (d.case_id = ? OR ? = '') AND `+where, append([]any{id, caseID, caseID}, args...)...), &d)
	switch {
	case err != nil:
		return nil, fmt.Errorf("deadline: %w", err)
	case !ok:
		return nil, fault.ErrNotFound
	}
	return &d, nil
}

// SetDeadline sets a deadline of a case. It needs appointments.edit and the case, and returns *fault.Invalid on "title" or "due_on", or
// fault.ErrNotFound.
func (a *Agenda) SetDeadline(ctx context.Context, actor access.Actor, caseID, title, dueOn string) (*Deadline, error) {
	return a.SetDeadlineOnce(ctx, actor, caseID, title, dueOn, "")
}

// SetDeadlineOnce is SetDeadline for another system: one whose external id is here already is returned as it is. It returns *fault.Refused for one of another
// case besides.
func (a *Agenda) SetDeadlineOnce(ctx context.Context, actor access.Actor, caseID, title, dueOn, externalID string) (*Deadline, error) {
	if err := actor.Must(access.AppointmentsEdit); err != nil {
		return nil, err
	}
	title, err := deadline(title, dueOn)
	if err != nil {
		return nil, err
	}
	now := a.db.Now()
	d := &Deadline{ID: store.NewID(), CaseID: caseID, Title: title, DueOn: dueOn, CreatedBy: actor.ID, Generation: 1, CreatedAt: now, UpdatedAt: now}
	err = a.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := a.cases.Hold(ctx, actor, caseID); err != nil {
			return err
		}
		if externalID != "" {
			var known Deadline
			ok, err := store.Found(a.db.In(ctx).Where("external_id = ?", externalID).Take(&known).Error)
			switch {
			case err != nil:
				return fmt.Errorf("deadline that came before: %w", err)
			case ok && known.CaseID != caseID:
				return fault.Refuse("agenda.elsewhere")
			case ok:
				*d = known
				return nil
			}
			d.ExternalID = &externalID
		}
		err := a.db.In(ctx).Create(d).Error
		if store.Violated(err, "deadlines_external", "deadlines.external_id") { // another case's came at the same moment
			return fault.Refuse("agenda.elsewhere")
		}
		if err != nil {
			return fmt.Errorf("set deadline: %w", err)
		}
		return a.noted(ctx, actor, d, "deadline.create", []audit.Change{{Field: "title", After: d.Title}, {Field: "due_on", After: d.DueOn}})
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// MoveDeadline changes a deadline that was read at a generation. It returns *fault.Conflict besides what SetDeadline does.
func (a *Agenda) MoveDeadline(ctx context.Context, actor access.Actor, id string, generation int64, title, dueOn string) (*Deadline, error) {
	title, err := deadline(title, dueOn)
	if err != nil {
		return nil, err
	}
	return a.changeDeadline(ctx, actor, id, func(d *Deadline) (string, []audit.Change, error) {
		if d.Generation != generation {
			return "", nil, &fault.Conflict{}
		}
		var changes []audit.Change
		if d.Title != title {
			changes = append(changes, audit.Change{Field: "title", Before: d.Title, After: title})
		}
		if d.DueOn != dueOn {
			changes = append(changes, audit.Change{Field: "due_on", Before: d.DueOn, After: dueOn})
		}
		d.Title, d.DueOn = title, dueOn
		return "deadline.update", changes, nil
	})
}

// FinishDeadline says that what was due is done, or that it is not after all. Twice does no harm.
func (a *Agenda) FinishDeadline(ctx context.Context, actor access.Actor, id string, done bool) (*Deadline, error) {
	return a.changeDeadline(ctx, actor, id, func(d *Deadline) (string, []audit.Change, error) {
		if done == (d.DoneAt != nil) {
			return "", nil, nil
		}
		if !done {
			d.DoneAt, d.DoneBy = nil, nil
			return "deadline.reopen", []audit.Change{{Field: "title", After: d.Title}}, nil
		}
		now := a.db.Now()
		d.DoneAt, d.DoneBy = &now, &actor.ID
		return "deadline.finish", []audit.Change{{Field: "title", After: d.Title}}, nil
	})
}

func (a *Agenda) changeDeadline(ctx context.Context, actor access.Actor, id string, change func(*Deadline) (action string, changes []audit.Change, err error)) (*Deadline, error) {
	if err := actor.Must(access.AppointmentsEdit); err != nil {
		return nil, err
	}
	var d Deadline
	err := a.db.Tx(ctx, func(ctx context.Context) error {
		var caseID string
		ok, err := store.One(a.db.In(ctx).Raw(`SELECT case_id FROM deadlines WHERE id = ?`, id), &caseID)
		switch {
		case err != nil:
			return fmt.Errorf("deadline: %w", err)
		case !ok:
			return fault.ErrNotFound
		}
		if _, err := a.cases.Hold(ctx, actor, caseID); err != nil {
			return err
		}
		if err := a.db.In(ctx).Where("id = ?", id).Take(&d).Error; err != nil {
			return fmt.Errorf("deadline: %w", err)
		}
		action, changes, err := change(&d)
		if err != nil || len(changes) == 0 {
			return err
		}
		d.Generation, d.UpdatedAt = d.Generation+1, a.db.Now()
		if err := a.db.In(ctx).Save(&d).Error; err != nil {
			return fmt.Errorf("change deadline: %w", err)
		}
		return a.noted(ctx, actor, &d, action, changes)
	})
	if err != nil {
		return nil, err
	}
	return &d, nil
}

func (a *Agenda) noted(ctx context.Context, actor access.Actor, d *Deadline, action string, changes []audit.Change) error {
	if err := a.db.Changed(ctx, "case/"+d.CaseID); err != nil {
		return err
	}
	return audit.Record(ctx, a.db, actor.Actor, audit.Entry{Action: action, Kind: "case", ID: d.CaseID, Changes: changes})
}

// deadline holds what was typed to its bounds.
func deadline(title, dueOn string) (string, error) {
	bad := &fault.Invalid{}
	title = line(bad, "title", title, true)
	if day, err := time.Parse(time.DateOnly, dueOn); err != nil || day.Year() < 2000 || day.Year() > 2100 {
		bad.Add("due_on", "agenda.no-day")
	}
	return title, bad.Err()
}
