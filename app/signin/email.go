package signin

import (
	"context"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/staff"
	"chancery/app/store"
)

// A sign-in name is changed in two steps (C-4, B-12). An administrator asks for it: then the change waits, as a link
// whose secret nobody has, and a mail with a working one goes to the new address. The person opens that and confirms: only
// then the address counts. Until then the old one does, the change can be taken back, and the new address is held for it:
// whoever would be given it is refused with the reason. Held from the asking on, and not only found taken at the
// confirmation, nobody is left with a link that cannot work.

// verifiesMost is how many mails that prove an address a person may be sent within verifiesWithin.
const (
	verifiesMost   = 5
	verifiesWithin = 24 * time.Hour
)

// EmailChange is a change of a sign-in name that waits for the person to confirm it.
type EmailChange struct {
	Address   string
	By        string // the name of who asked for it; "" for a program
	CreatedAt time.Time
	ExpiresAt time.Time
}

// ChangeEmail asks for another sign-in name of a colleague. It needs users.change-email and a fresh proof of the
// administrator (ASVS 7.5.1), and is over the account; never one's own. The new address is sent a link, the
// old one is told. A change that waits already is replaced. It returns Confirm's token, also beside an error, or
// *fault.Invalid ("email", or "password" for the administrator's own), *fault.Refused, *fault.TooMany.
func (s *Signin) ChangeEmail(ctx context.Context, c *Current, userID, address string, proof Proof, from Origin) (token string, err error) {
	actor := c.Actor(from)
	if err := actor.Must(access.UsersEmail); err != nil {
		return "", err
	}
	u, err := s.staff.Get(ctx, userID)
	if err != nil {
		return "", err
	}
	if err := s.MayChangeEmail(ctx, actor, u); err != nil {
		return "", err
	}
	if address, err = s.staff.FreeAddress(ctx, u, address); err != nil {
		return "", err
	}
	if token, err = s.Confirm(ctx, c, proof, from); err != nil {
		return "", err
	}
	return token, s.db.Tx(ctx, func(ctx context.Context) error {
		h, err := s.hold(ctx, userID)
		if err != nil {
			return err
		}
		if h.status == staff.Inactive {
			return fault.Refuse("email.inactive")
		}
		if err := s.over(ctx, actor, userID); err != nil { // once more: they may have been promoted since
			return err
		}
		if err := s.post.May(ctx, userID, verifiesMost, verifiesWithin, post.EmailVerify); err != nil {
			return err
		}
		if err := s.dropChange(ctx, userID); err != nil {
			return err
		}
		_, expires, err := s.issue(ctx, h, userID, forVerify, address, actor.ID, verifyLasts) // its secret is forgotten here
		if err != nil {
			return err
		}
		if err := s.staff.HoldAddress(ctx, userID, address, expires); err != nil {
			return err
		}
		if err := s.sendVerification(ctx, actor, u, address, true); err != nil {
			return err
		}
		err = s.post.Queue(ctx, post.Draft{
			SendKey: "email-changing/" + u.ID + "/" + store.NewID(), Kind: post.EmailChanging, UserID: u.ID, Recipient: u.Email,
			Language: u.Language, Zone: u.Zone, Data: map[string]any{"By": actor.Name, "Address": address, "When": s.db.Now()},
		})
		if err != nil {
			return err
		}
		return audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: "user.request-email", Kind: "user", ID: u.ID,
			Changes: []audit.Change{{Field: "email", Before: u.Email, After: address}}})
	})
}

// MayChangeEmail tells why somebody's sign-in name cannot be changed by this actor, as *fault.Refused or *fault.Forbidden, or nil.
func (s *Signin) MayChangeEmail(ctx context.Context, actor access.Actor, u *staff.User) error {
	switch {
	case u.ID == actor.ID:
		return fault.Refuse("email.own")
	case u.Status == staff.Inactive:
		return fault.Refuse("email.inactive")
	}
	return s.over(ctx, actor, u.ID)
}

// EmailChange is the change that waits for a person, or nil. It needs users.view.
func (s *Signin) EmailChange(ctx context.Context, actor access.Actor, userID string) (*EmailChange, error) {
	if err := actor.Must(access.UsersView); err != nil {
		return nil, err
	}
	var c EmailChange
	ok, err := store.One(s.db.In(ctx).Raw(waitingSQL, userID, s.db.Now()), &c)
	if err != nil || !ok {
		return nil, err
	}
	return &c, nil
}

// waitingSQL finds the change that waits: the link whose secret nobody has, which is the one with who asked for it.
const waitingSQL = `SELECT l.address, l.created_at, l.expires_at,
	COALESCE((SELECT CASE b.display_name WHEN '' THEN b.first_name || ' ' || b.last_name ELSE b.display_name END FROM users b WHERE b.id = l.created_by), '') AS by
FROM links l JOIN users u ON u.id = l.user_id
WHERE l.user_id = ? AND l.purpose = 'verify' AND l.created_by <> '' AND l.used_at IS NULL AND l.expires_at > ?
	AND l.epoch = u.epoch AND l.address <> u.email
ORDER BY l.created_at DESC, l.id DESC LIMIT 1`

// CancelEmailChange takes a change back that waits. It needs users.change-email and is over the account; it returns
// fault.ErrNotFound when none does.
func (s *Signin) CancelEmailChange(ctx context.Context, actor access.Actor, userID string) error {
	if err := actor.Must(access.UsersEmail); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := s.hold(ctx, userID); err != nil {
			return err
		}
		if err := s.over(ctx, actor, userID); err != nil {
			return err
		}
		var c EmailChange
		ok, err := store.One(s.db.In(ctx).Raw(waitingSQL, userID, s.db.Now()), &c)
		if err != nil {
			return err
		}
		if !ok {
			return fault.ErrNotFound
		}
		if err := s.dropChange(ctx, userID); err != nil {
			return err
		}
		return audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: "user.cancel-email", Kind: "user", ID: userID,
			Changes: []audit.Change{{Field: "email", Before: c.Address}}})
	})
}

// dropChange ends the links that prove an address, and takes back the mails that would bring another.
func (s *Signin) dropChange(ctx context.Context, userID string) error {
	if err := s.post.Stop(ctx, userID, post.EmailVerify); err != nil {
		return err
	}
	return s.spendLinks(ctx, userID, forVerify)
}

func (s *Signin) replaceEmail(ctx context.Context, h *held, v *Verification, who audit.Actor) error {
	u, old := v.User, v.User.Email
	if err := s.staff.ChangeEmail(ctx, who, u, v.Address); err != nil {
		return err
	}
	if _, err := s.endAccess(ctx, h, u.ID, "email-changed"); err != nil {
		return err
	}
	if err := s.post.Moved(ctx, u.ID, old, v.Address); err != nil {
		return err
	}
	// Nothing secret goes to the old address any more.
	if err := s.post.Stop(ctx, u.ID, post.PasswordReset, post.PasswordForgot, post.PasswordRecover, post.PasswordTemporary, post.Welcome, post.EmailVerify); err != nil {
		return err
	}
	err := s.post.Queue(ctx, post.Draft{
		SendKey: "email-changed/" + u.ID + "/" + v.link.ID, Kind: post.EmailChanged, UserID: u.ID, Recipient: old, Language: u.Language,
		Zone: u.Zone, Data: map[string]any{"Address": v.Address, "When": s.db.Now()},
	})
	if err != nil || h.status != staff.Pending {
		return err
	}
	by := access.Actor{Actor: audit.Actor{Name: v.Org.Name}} // the invitation follows to where it can be read
	return s.welcome(ctx, by, u, "welcome/"+u.ID+"/"+store.NewID(), FirstLink, s.rulesOf(v.Org))
}
