package signin

import (
	"context"
	"fmt"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/staff"
)

// ResetFactors takes all second factors of a colleague away, who has lost them (ASVS 6.4.4). It needs users.reset-password
// and a fresh proof of the administrator, whose rights cover the other's. Whatever the person has in hand ends, and they
// are told by mail. Where the practice asks for a factor they set one up at their next sign-in. It returns Confirm's token,
// also beside an error, or *fault.Refused, also where there is nothing to take.
func (s *Signin) ResetFactors(ctx context.Context, c *Current, userID string, proof Proof, from Origin) (token string, err error) {
	actor := c.Actor(from.clean())
	if err := actor.Must(access.UsersReset); err != nil {
		return "", err
	}
	u, err := s.staff.Get(ctx, userID)
	if err != nil {
		return "", err
	}
	if err := s.MayReset(ctx, actor, u); err != nil {
		return "", err
	}
	if token, err = s.Confirm(ctx, c, proof, from); err != nil {
		return "", err
	}
	return token, s.db.Tx(ctx, func(ctx context.Context) error {
		h, err := s.hold(ctx, userID)
		switch {
		case err != nil:
			return err
		case h.factors == 0:
			return fault.Refuse("factor.reset-none")
		}
		if err := s.over(ctx, actor, userID); err != nil { // once more: they may have been promoted since
			return err
		}
		if _, err := s.endAccess(ctx, &h, userID, "ended-by-administrator"); err != nil {
			return err
		}
		return s.takeFactors(ctx, &h, actor.Actor, u, from)
	})
}

// takeFactors deletes what a person whom the transaction holds has of second factors, and tells them. Where they have none
// it does nothing.
func (s *Signin) takeFactors(ctx context.Context, h *held, by audit.Actor, u *staff.User, from Origin) error {
	if _, err := s.db.Exec(ctx, `DELETE FROM factors WHERE user_id = $1`, u.ID); err != nil {
		return fmt.Errorf("take factors: %w", err)
	}
	if err := s.dropCodes(ctx, u.ID); err != nil {
		return err
	}
	if h.factors == 0 {
		return nil
	}
	h.factors = 0
	return s.factorChanged(ctx, by, u, factorChange{Action: "factor.reset", what: "reset"}, from)
}
