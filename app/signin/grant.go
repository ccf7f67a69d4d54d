package signin

import (
	"context"

	"chancery/app/access"
	"chancery/app/staff"
)

// Whoever makes somebody a Super Admin gives away everything there is: like a reset and another address, it wants a fresh
// proof of who asks, so that an open session on a forgotten screen is not enough (ASVS 7.5.1).

// SetRights is staff's verb of that name with the proof of who asks, where the role is a Super Admin's, the
// person is none yet, and the last proof is not fresh. It returns the session's new secret when a proof was just given,
// also beside an error; besides staff's errors what Confirm returns.
func (s *Signin) SetRights(ctx context.Context, c *Current, userID string, e staff.RightsEdit, proof Proof, from Origin) (token string, err error) {
	actor := c.Actor(from)
	if e.RoleID != nil {
		if _, _, err := s.staff.PreviewRights(ctx, actor, userID, e); err != nil { // what is refused anyway asks for nothing
			return "", err
		}
		has, err := s.staff.RightsOf(ctx, actor, userID)
		if err != nil {
			return "", err
		}
		if token, err = s.ConfirmRole(ctx, c, has.RoleID, *e.RoleID, proof, from); err != nil {
			return token, err
		}
	}
	return token, s.staff.SetRights(ctx, actor, userID, e)
}

// ConfirmRole asks for the proof where somebody of a role, or of none yet, is to get another. It returns what Confirm does.
func (s *Signin) ConfirmRole(ctx context.Context, c *Current, has, next string, proof Proof, from Origin) (token string, err error) {
	asks, err := s.AsksProof(ctx, c, has, next)
	if err != nil || !asks {
		return "", err
	}
	return s.Confirm(ctx, c, proof, from)
}

// AsksProof tells whether that role is given against a fresh proof only. Who is no Super Admin is refused without one.
func (s *Signin) AsksProof(ctx context.Context, c *Current, has, next string) (bool, error) {
	return s.asksProof(ctx, c.Actor(Origin{}), has, next)
}

func (s *Signin) asksProof(ctx context.Context, actor access.Actor, has, next string) (bool, error) {
	if has == next || !actor.Rights.Super() || actor.Proven(s.db.Now()) {
		return false, nil
	}
	book, err := s.Book(ctx)
	if err != nil {
		return false, err
	}
	role, ok := book.Role(next)
	return ok && role.Super, nil
}
