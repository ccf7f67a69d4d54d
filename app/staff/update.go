package staff

import (
	"context"

	"chancery/app/access"
)

// Change is what an administrator changes of a person's fields: what people change of their own, and the title of the
// practice's list (S0-13, C-11). E-mail, role, department and status have verbs of their own.
type Change struct {
	ProfileChange
	Title *Edit
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
		known, err := s.Get(ctx, id)
		if err != nil {
			return err
		}
		if err := s.over(ctx, actor, access.OverRecord, id); err != nil {
			return err
		}
		u, err = s.save(ctx, actor, action, known, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	return u, nil
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
