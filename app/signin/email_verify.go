package signin

import (
	"context"
	"errors"
	"fmt"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/staff"
	"chancery/app/store"
)

// SendVerification sends a person a link by which they prove the address they have. It needs users.change-email and is over the account. It returns
// *fault.Refused when it is proved already, or *fault.TooMany.
func (s *Signin) SendVerification(ctx context.Context, actor access.Actor, userID string) error {
	if err := actor.Must(access.UsersEmail); err != nil {
		return err
	}
	return s.verify(ctx, actor, userID)
}

// VerifyOwn sends a person a link by which they prove their own address. It returns what SendVerification returns.
func (s *Signin) VerifyOwn(ctx context.Context, c *Current, from Origin) error {
	return s.verify(ctx, c.Actor(from.clean()), c.User.ID)
}

func (s *Signin) verify(ctx context.Context, actor access.Actor, userID string) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		h, err := s.hold(ctx, userID)
		if err != nil {
			return err
		}
		u, err := s.staff.Get(ctx, userID)
		switch {
		case err != nil:
			return err
		case h.status != staff.Active:
			return fault.Refuse("email.inactive")
		case u.EmailVerifiedAt != nil:
			return fault.Refuse("verify.already")
		}
		if err := s.over(ctx, actor, userID); err != nil {
			return err
		}
		if err := s.post.May(ctx, userID, verifiesMost, verifiesWithin, post.EmailVerify); err != nil {
			return err
		}
		if err := s.sendVerification(ctx, actor, u, u.Email, false); err != nil {
			return err
		}
		return audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: "user.verify-email", Kind: "user", ID: u.ID})
	})
}

func (s *Signin) sendVerification(ctx context.Context, actor access.Actor, u *staff.User, address string, change bool) error {
	return s.post.Queue(ctx, post.Draft{
		SendKey: "email-verify/" + u.ID + "/" + store.NewID(), Kind: post.EmailVerify, UserID: u.ID, Recipient: address,
		Language: u.Language, Zone: u.Zone, Data: map[string]any{"By": actor.Name, "Address": address, "Change": change}, GoodFor: verifyLasts,
	})
}

// awaits tells whether an address of a person whom the transaction holds is still to be proved: their own, or one that a
// change waits for.
func (s *Signin) awaits(ctx context.Context, userID, address string, h held) (bool, error) {
	if h.status == staff.Inactive || h.status == "" {
		return false, nil
	}
	var n int
	err := s.db.Row(ctx, `SELECT (SELECT count(*) FROM users WHERE id = $1 AND email = $2 AND email_verified_at IS NULL) + (SELECT count(*) FROM links
		WHERE user_id = $3 AND purpose = 'verify' AND address = $4 AND used_at IS NULL AND expires_at > $5 AND epoch = $6)`,
		userID, address, userID, address, s.db.Now(), h.epoch).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("address to be proved: %w", err)
	}
	return n > 0, nil
}

// Verification is what a link proves: that an address is a person's own. Change tells that it becomes their sign-in name
// by that.
type Verification struct {
	User    *staff.User
	Org     *staff.Organization
	Address string
	Change  bool
	link    *link
}

// Verification reads a link that proves an address, without using it up. It returns fault.ErrNotFound for one that never
// was, and *fault.Refused with "verify.used" or "verify.expired".
func (s *Signin) Verification(ctx context.Context, token string) (*Verification, error) {
	in, err := s.behind(ctx, token, forVerify, "verify.used", "verify.expired", func(is staff.Status) bool { return is != staff.Inactive })
	if err != nil {
		return nil, err
	}
	return &Verification{User: in.User, Org: in.Org, Address: in.link.Address, Change: in.link.Address != in.User.Email, link: in.link}, nil
}

// AcceptVerification takes an address as proved. Where a change waits for that, it counts from now on: the person is signed
// out everywhere, and the old address is told (C-4, ASVS 6.3.7). It opens no session. It returns what Verification returns,
// or *fault.Refused with "verify.taken".
func (s *Signin) AcceptVerification(ctx context.Context, token string, from Origin) (*Verification, error) {
	from = from.clean()
	v, err := s.Verification(ctx, token)
	if err != nil {
		return nil, err
	}
	who := audit.Actor{ID: v.User.ID, Name: v.User.Name(), Network: from.Network, RequestID: from.RequestID}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		h, err := s.hold(ctx, v.User.ID)
		if err != nil {
			return err
		}
		if h.status == staff.Inactive {
			return fault.Refuse("verify.expired")
		}
		if err := s.use(ctx, v.link, "verify.used"); err != nil {
			return err
		}
		if v.Change {
			return s.replaceEmail(ctx, &h, v, who)
		}
		if err := s.verified(ctx, v.User.ID); err != nil {
			return err
		}
		return audit.Record(ctx, s.db, who, audit.Entry{Action: "user.prove-email", Kind: "user", ID: v.User.ID})
	})
	var taken *fault.Invalid
	if errors.As(err, &taken) {
		return nil, fault.Refuse("verify.taken")
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}
