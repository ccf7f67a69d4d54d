package cases

import (
	"context"
	"fmt"
	"strconv"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/store"
)

// Change is what is changed of a case; nil stays. Owner and members have verbs of their own.
type Change struct {
	Number       *string
	Title        *string
	Stage        *string // a name; "" for none
	DepartmentID *string // "" for none
	Private      *bool
	Was          map[string]string // what a form was filled in from, by field, where that decides and not a generation (B-16)
}

// Edit changes a case, all or nothing. It needs cases.edit, and a case that the actor sees. generation is that of the form,
// or 0 for none. It returns *fault.Invalid, *fault.Conflict (B-16), fault.ErrNotFound, or *fault.Refused for who would not
// see the case any more that they make private.
func (c *Cases) Edit(ctx context.Context, actor access.Actor, id string, generation int64, ch Change) error {
	return c.held(ctx, actor, access.CasesEdit, id, func(ctx context.Context, k *Case) error {
		bad, e := &fault.Invalid{}, edit{}
		department := value(k.DepartmentID)
		if ch.Number != nil {
			e.set("number", &k.Number, required(bad, "number", *ch.Number, numberMax))
		}
		if ch.Title != nil {
			e.set("title", &k.Title, required(bad, "title", *ch.Title, titleMax))
		}
		if ch.Stage != nil {
			e.set("stage", &k.Stage, *ch.Stage)
		}
		if ch.DepartmentID != nil {
			e.set("department", &department, *ch.DepartmentID)
		}
		if ch.Private != nil {
			e.setBool("private", &k.Private, *ch.Private)
		}
		if err := c.holdPlace(ctx, bad, value(ch.Stage), value(ch.DepartmentID)); err != nil {
			return err
		}
		if err := bad.Err(); err != nil {
			return err
		}
		if goes, err := e.goes(generation, k.Generation, ch.Was); !goes {
			return err
		}
		k.Words = k.words()
		_, err := c.db.Exec(ctx, `UPDATE cases SET number = $1, title = $2, stage = $3, department_id = $4, private = $5, words = $6,
			search = $6 || ' ' || (SELECT l.search FROM clients l WHERE l.id = cases.client_id) || ' ' || owner_name, generation = generation + 1, updated_at = $7 WHERE id = $8`,
			k.Number, k.Title, k.Stage, pointer(department), k.Private, k.Words, c.db.Now(), id)
		if err != nil {
			return refusal(err, "edit case")
		}
		if err := c.MustSee(ctx, actor, id); err != nil {
			return fault.Refuse("cases.private-from-you")
		}
		return c.done(ctx, actor, "case.edit", id, e.changes...)
	})
}

// Close ends the work on a case, which keeps its owner (S1-13). It needs cases.edit, and returns what Edit does.
func (c *Cases) Close(ctx context.Context, actor access.Actor, id string, generation int64) error {
	return c.held(ctx, actor, access.CasesEdit, id, func(ctx context.Context, k *Case) error {
		var e edit
		status := string(k.Status)
		e.set("status", &status, string(Closed))
		if goes, err := e.goes(generation, k.Generation, nil); !goes {
			return err
		}
		if _, err := c.db.Exec(ctx, `UPDATE cases SET status = 'closed', closed_at = $1, generation = generation + 1, updated_at = $1 WHERE id = $2`, c.db.Now(), id); err != nil {
			return fmt.Errorf("close case: %w", err)
		}
		return c.done(ctx, actor, "case.close", id, e.changes...)
	})
}

// Reopen takes up a closed case again: its owner does, or another, to. It needs cases.edit, and returns *fault.Invalid on
// "owner" when who is to own it does not work here (S1-18), and what Edit does. The case is as it is then: who has given a
// private one away cannot read it again.
func (c *Cases) Reopen(ctx context.Context, actor access.Actor, id string, generation int64, to string) (k *Case, err error) {
	err = c.held(ctx, actor, access.CasesEdit, id, func(ctx context.Context, was *Case) error {
		if err := c.reopen(ctx, actor, was, generation, to); err != nil {
			return err
		}
		k = &Case{}
		if err := c.db.In(ctx).Where("id = ?", id).Take(k).Error; err != nil {
			return fmt.Errorf("reopened case: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return k, nil
}

func (c *Cases) reopen(ctx context.Context, actor access.Actor, k *Case, generation int64, to string) error {
	if to == "" {
		to = value(k.OwnerID)
	}
	var e edit
	status := string(k.Status)
	e.set("status", &status, string(Open))
	if goes, err := e.goes(generation, k.Generation, nil); !goes {
		return err
	}
	before, err := c.personOf(ctx, value(k.OwnerID))
	if err != nil {
		return err
	}
	owner, err := c.holdOwner(ctx, to)
	if err != nil {
		return err
	}
	written := before.written()
	e.set("owner", &written, owner.written())
	_, err = c.db.Exec(ctx, `UPDATE cases SET status = 'open', closed_at = NULL, owner_id = $1, owner_name = $2,
		search = words || ' ' || (SELECT l.search FROM clients l WHERE l.id = cases.client_id) || ' ' || $2, generation = generation + 1, updated_at = $3 WHERE id = $4`,
		owner.ID, owner.SortName, c.db.Now(), k.ID)
	if err != nil {
		return refusal(err, "reopen case")
	}
	if err := c.done(ctx, actor, "case.reopen", k.ID, e.changes...); err != nil || owner.ID == before.ID {
		return err
	}
	return c.tell(ctx, actor, owner, 1, k.ID)
}

// held runs a verb on a case that the actor sees and that nobody else changes meanwhile.
func (c *Cases) held(ctx context.Context, actor access.Actor, p access.Permission, id string, fn func(context.Context, *Case) error) error {
	if err := actor.Must(p); err != nil {
		return err
	}
	where, args, err := Seen(actor)
	if err != nil {
		return err
	}
	return c.db.Tx(ctx, func(ctx context.Context) error {
		var k Case
		ok, err := store.One(c.db.In(ctx).Raw(`SELECT k.id, k.number, k.title, k.client_id, k.stage, k.status, k.private, k.owner_id, k.department_id, k.generation
			FROM cases k WHERE k.id = ? AND `+where+c.db.ForUpdate(), append([]any{id}, args...)...), &k)
		if err != nil {
			return fmt.Errorf("hold case: %w", err)
		}
		if !ok {
			return fault.ErrNotFound
		}
		return fn(ctx, &k)
	})
}

// edit is what an edit changes, field by field.
type edit struct{ changes []audit.Change }

// set gives a field its new value and notes the change, if it is one.
func (e *edit) set(field string, at *string, to string) {
	if *at != to {
		e.changes = append(e.changes, audit.Change{Field: field, Before: *at, After: to})
		*at = to
	}
}

func (e *edit) setBool(field string, at *bool, to bool) {
	if *at != to {
		e.changes = append(e.changes, audit.Change{Field: field, Before: strconv.FormatBool(*at), After: strconv.FormatBool(to)})
		*at = to
	}
}

// goes tells whether there is something to write. A form that was filled in from another generation, or from other values
// than those that it changes, is *fault.Conflict, with the values that are stored now (B-16); one that wants what is stored
// already does no harm.
func (e *edit) goes(generation, stored int64, was map[string]string) (bool, error) {
	current := map[string]string{}
	for _, ch := range e.changes {
		if from, ok := was[ch.Field]; ok && from != ch.Before || generation != 0 && generation != stored {
			current[ch.Field] = ch.Before
		}
	}
	if len(current) > 0 {
		return false, &fault.Conflict{Current: current}
	}
	return len(e.changes) > 0, nil
}
