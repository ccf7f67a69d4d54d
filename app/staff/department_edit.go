package staff

import (
	"context"

	"chancery/app/access"
)

// EditDepartment is SetDepartment by a form that was filled in from e.Was: when another has moved the person since, it is
// *fault.Conflict on "department" and nothing changes (B-16). Who left the field as it was moves nobody.
func (s *Staff) EditDepartment(ctx context.Context, actor access.Actor, userID string, e Edit) error {
	if e.Was != nil && e.Value == *e.Was {
		return s.unmoved(ctx, actor, userID)
	}
	return s.setDepartment(ctx, actor, userID, e.Value, e.Was)
}

// unmoved finds the person whom a form names, and does nothing.
func (s *Staff) unmoved(ctx context.Context, actor access.Actor, userID string) error {
	if err := actor.Must(access.UsersEdit); err != nil {
		return err
	}
	_, err := s.Get(ctx, userID)
	return err
}
