package signin

import (
	"context"
	"time"

	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/staff"
)

// IssueWelcome makes a one-time link for a user who has not signed in yet and returns its secret. For anyone else it is
// *fault.Refused: a welcome is no way around a password.
func (s *Signin) IssueWelcome(ctx context.Context, userID string) (token string, expires time.Time, err error) {
	r, _, err := s.rules(ctx)
	if err != nil {
		return "", expires, err
	}
	err = s.toPending(ctx, userID, func(ctx context.Context, h held) error {
		token, expires, err = s.issue(ctx, h, userID, forWelcome, "", "", r.invitation)
		return err
	})
	if err != nil {
		return "", expires, err
	}
	return token, expires, nil
}

// toPending runs fn in a transaction that holds a person who has not signed in yet.
func (s *Signin) toPending(ctx context.Context, userID string, fn func(ctx context.Context, h held) error) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		h, err := s.hold(ctx, userID)
		if err != nil {
			return err
		}
		if h.status != staff.Pending {
			return fault.Refuse("welcome.used")
		}
		return fn(ctx, h)
	})
}

// IssueTemporary makes a temporary password for a user who has not signed in yet, stores its hash, and returns it with
// its end. It must be changed at the first sign-in (S1-5, S1-6, ASVS 6.4.1). For anyone else it is *fault.Refused: it
// would take the place of a password that they have chosen.
func (s *Signin) IssueTemporary(ctx context.Context, userID string) (password string, expires time.Time, err error) {
	password, hash, err := s.temporary(ctx, userID)
	if err != nil {
		return "", expires, err
	}
	expires = s.db.Now().Add(temporaryLasts)
	err = s.toPending(ctx, userID, func(ctx context.Context, _ held) error { return s.setPassword(ctx, userID, hash, true, &expires) })
	if err != nil {
		return "", expires, err
	}
	return password, expires, nil
}

// Invited is whom a link is for.
type Invited struct {
	User *staff.User
	Org  *staff.Organization
	link *link
}

// Welcome reads a welcome link without using it up. It returns fault.ErrNotFound for one that never was, and
// *fault.Refused with "welcome.used", "welcome.expired", "welcome.ended" for who is inactive, or "welcome.done" for whom has a password of their own by now.
func (s *Signin) Welcome(ctx context.Context, token string) (*Invited, error) {
	l, err := s.find(ctx, token, forWelcome)
	if err != nil {
		return nil, err
	}
	if l.UsedAt != nil {
		return nil, fault.Refuse("welcome.used")
	}
	in, err := s.invited(ctx, l)
	if err != nil {
		return nil, err
	}
	c, err := s.credential(ctx, in.User.ID)
	if err != nil {
		return nil, err
	}
	if err := welcomes(in.User.Status, c); err != nil {
		return nil, err
	}
	if err := l.void(s.db.Now(), "welcome.used", "welcome.expired"); err != nil {
		return nil, err
	}
	return in, nil
}

// welcomes tells whether a person is still to be welcomed: until they have signed in with a password that is their own.
// After that an open link would be a way around it.
func welcomes(status staff.Status, c credential) error {
	switch {
	case status == staff.Pending, status == staff.Active && c.MustChange:
		return nil
	case status == staff.Inactive:
		return fault.Refuse("welcome.ended")
	default:
		return fault.Refuse("welcome.done")
	}
}

// AcceptWelcome sets the first password by a welcome link, takes the address as verified, and opens a session. It
// returns what Welcome returns, or *fault.Invalid on "new" and "confirm"; then the link still works.
func (s *Signin) AcceptWelcome(ctx context.Context, token, password, confirm string, from Origin) (Opened, error) {
	from = from.clean()
	invited, err := s.Welcome(ctx, token)
	if err != nil {
		return Opened{}, err
	}
	hash, err := s.chosen(ctx, invited, password, confirm)
	if err != nil {
		return Opened{}, err
	}
	var o Opened
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		h, err := s.hold(ctx, invited.User.ID)
		if err != nil {
			return err
		}
		if err := s.use(ctx, invited.link, "welcome.used"); err != nil {
			return err
		}
		if err := welcomes(h.status, h.credential); err != nil {
			return err
		}
		if err := s.spendLinks(ctx, invited.User.ID, forWelcome, forReset); err != nil {
			return err
		}
		if err := s.setPassword(ctx, invited.User.ID, hash, false, nil); err != nil {
			return err
		}
		h.MustChange = false
		if err := s.verified(ctx, invited.User.ID); err != nil {
			return err
		}
		if o, err = s.open(ctx, h, invited.User, way{method: "link"}, from, s.rulesOf(invited.Org)); err != nil {
			return err
		}
		who := audit.Actor{ID: invited.User.ID, Name: invited.User.Name(), Network: from.Network, RequestID: from.RequestID}
		return audit.Record(ctx, s.db, who, audit.Entry{Action: "user.accept-invitation", Kind: "user", ID: invited.User.ID})
	})
	return o, err
}
