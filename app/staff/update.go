package staff

import (
	"cmp"
	"context"
	"errors"
	"maps"

	"chancery/app/access"
	"chancery/app/fault"
)

// Change is what an administrator changes of a person's fields: what people change of their own, the title of the
// practice's list (S0-13, C-11), and the department, by its id (S2-35). E-mail, role and status have verbs of their own.
type Change struct {
	ProfileChange
	Title      *Edit
	Department *Edit
}

// Update changes a person's fields, all or none, by an administrator. It needs users.edit, also for one's own, and is over
// the person's record. It returns *fault.Invalid, *fault.Conflict with the values that another has stored since
// the form was filled in (B-16), *fault.Forbidden or fault.ErrNotFound.
func (s *Staff) Update(ctx context.Context, actor access.Actor, id string, c Change) (*User, error) {
	if err := actor.Must(access.UsersEdit); err != nil {
		return nil, err
	}
	action := "user.edit"
	if actor.ID == id {
		action = "user.edit-profile"
	}
	var u *User
	err := s.db.Tx(ctx, func(ctx context.Context) error { // a title is held in it (TitleFor)
		moved := s.moved(ctx, actor, id, c.Department)
		if !saidToForm(moved) {
			return moved
		}
		known, err := s.Get(ctx, id)
		if err != nil {
			return err
		}
		if err := s.over(ctx, actor, access.OverRecord, id); err != nil {
			return err
		}
		u, err = s.save(ctx, actor, action, known, c)
		return both(moved, err)
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

// moved puts a person into the department of an edit. One that was left as it was filled in stays as it is stored.
func (s *Staff) moved(ctx context.Context, actor access.Actor, id string, e *Edit) error {
	if e == nil || e.Was != nil && e.Value == *e.Was {
		return nil
	}
	return s.setDepartment(ctx, actor, id, e.Value, e.Was)
}

// saidToForm tells whether an error is none, or one that a form shows beside its fields.
func saidToForm(err error) bool {
	var invalid *fault.Invalid
	var conflict *fault.Conflict
	return err == nil || errors.As(err, &invalid) || errors.As(err, &conflict)
}

// both makes one answer of what two verbs say to one form: everything that is wrong, or everything in conflict.
func both(a, b error) error {
	if !saidToForm(b) || a == nil {
		return b
	}
	bad := &fault.Invalid{}
	a, b = bad.Join(a), bad.Join(b)
	if bad.Err() != nil {
		return bad
	}
	var one, other *fault.Conflict
	if errors.As(a, &one) && errors.As(b, &other) {
		maps.Copy(one.Current, other.Current)
		return one
	}
	return cmp.Or(a, b)
}

// Editable is a person whose fields the actor may change, or the error that Update would return.
func (s *Staff) Editable(ctx context.Context, actor access.Actor, id string) (*User, error) {
	if err := actor.Must(access.UsersEdit); err != nil {
		return nil, err
	}
	u, err := s.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return u, s.over(ctx, actor, access.OverRecord, id)
}
