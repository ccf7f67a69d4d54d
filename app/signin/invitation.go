package signin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/staff"
	"chancery/app/store"
)

// Invitation is how far an invited person's way in is (B-13).
type Invitation struct {
	Mail      post.State // of the latest welcome mail; "" when none was written
	Unsure    bool       // of a mail given up: it may have arrived all the same
	At        time.Time  // when that mail was delivered, or else written
	ExpiresAt *time.Time // end of the newest link that is not void; nil before the mail is on its way
	Cancelled bool       // it was taken back, and no newer one was sent
}

// Life is what an invitation has come to.
type Life string

// The lives of an invitation, and whether somebody has to do something about it.
const (
	LifeNone      Life = "none"      // nothing was sent
	LifeWaiting   Life = "waiting"   // the mail is on its way
	LifeOpen      Life = "open"      // it can be used
	LifeExpired   Life = "expired"   // nobody has used it in time
	LifeBounced   Life = "bounced"   // the mail was refused, or given up
	LifeUnsure    Life = "unsure"    // nobody knows whether the mail has arrived
	LifeCancelled Life = "cancelled" // taken back
)

// Life tells what the invitation has come to by now.
func (in Invitation) Life(now time.Time) Life {
	switch {
	case in.Cancelled:
		return LifeCancelled
	case in.Mail == post.Waiting || in.Mail == post.Sending:
		return LifeWaiting
	case in.Unsure:
		return LifeUnsure
	case in.Mail == post.Failed:
		return LifeBounced
	case in.ExpiresAt != nil && !now.Before(*in.ExpiresAt):
		return LifeExpired
	case in.ExpiresAt != nil || in.Mail == post.Delivered:
		return LifeOpen
	default:
		return LifeNone
	}
}

// Invitation reads how far a person's welcome mail and its link are. It needs users.view.
func (s *Signin) Invitation(ctx context.Context, actor access.Actor, userID string) (Invitation, error) {
	if err := actor.Must(access.UsersView); err != nil {
		return Invitation{}, err
	}
	m, err := s.post.Latest(ctx, userID, post.Welcome)
	if err != nil && !errors.Is(err, fault.ErrNotFound) {
		return Invitation{}, err
	}
	var link *invitationLink
	var newest invitationLink
	ok, err := store.One(s.db.In(ctx).Raw(`SELECT l.expires_at, l.epoch <> u.epoch AS void FROM links l JOIN users u ON u.id = l.user_id
		WHERE l.user_id = ? AND l.purpose = 'welcome' ORDER BY l.epoch DESC, l.expires_at DESC LIMIT 1`, userID), &newest)
	if err != nil {
		return Invitation{}, fmt.Errorf("invitation: %w", err)
	}
	if ok {
		link = &newest
	}
	return invitationOf(m, link), nil
}

// invitationsMost is how many welcome mails a person may be sent within invitationsWithin.
const (
	invitationsMost   = 5
	invitationsWithin = 24 * time.Hour
)

// Reinvite sends the welcome mail once more, with a new link; the ones before work on until one is used. It needs
// users.create and is over the account. It returns *fault.Refused for whom has come in already, or *fault.TooMany.
func (s *Signin) Reinvite(ctx context.Context, actor access.Actor, userID string) error {
	r, _, err := s.rules(ctx)
	if err != nil {
		return err
	}
	return s.invitation(ctx, actor, userID, "invitation.resend", func(ctx context.Context, u *staff.User, _ *held) error {
		if err := s.post.May(ctx, userID, invitationsMost, invitationsWithin, post.Welcome); err != nil {
			return err
		}
		// One that is still on its way would only come beside it.
		if err := s.post.Stop(ctx, userID, post.Welcome); err != nil {
			return err
		}
		return s.welcome(ctx, actor, u, "welcome/"+userID+"/"+store.NewID(), FirstLink, r)
	})
}

// CopyInvitation makes a link that an administrator hands over by another way than mail, and returns its secret, which is
// shown once. It needs users.create and is over the account: whoever has the link can be that person. It returns *fault.Refused for whom has come in already.
func (s *Signin) CopyInvitation(ctx context.Context, actor access.Actor, userID string) (token string, expires time.Time, err error) {
	r, _, err := s.rules(ctx)
	if err != nil {
		return "", expires, err
	}
	err = s.invitation(ctx, actor, userID, "invitation.copy", func(ctx context.Context, _ *staff.User, h *held) error {
		token, expires, err = s.issue(ctx, *h, userID, forWelcome, "", actor.ID, r.invitation)
		return err
	})
	if err != nil {
		return "", expires, err
	}
	return token, expires, nil
}

// CancelInvitation takes an invitation back: its links and a first password end, and its mail is not sent any more. The
// person stays on the list, and can be invited again. It needs users.create and is over the account.
func (s *Signin) CancelInvitation(ctx context.Context, actor access.Actor, userID string) error {
	return s.invitation(ctx, actor, userID, "invitation.cancel", func(ctx context.Context, _ *staff.User, h *held) error {
		if err := s.post.Stop(ctx, userID, post.Welcome); err != nil {
			return err
		}
		if _, err := s.endAccess(ctx, h, userID, "invitation-cancelled"); err != nil {
			return err
		}
		if h.PasswordHash == "" {
			return nil
		}
		return s.setPassword(ctx, userID, "", true, nil)
	})
}

// invitation runs fn in a transaction that holds a person who has not come in yet, and writes the audit line.
func (s *Signin) invitation(ctx context.Context, actor access.Actor, userID, action string, fn func(context.Context, *staff.User, *held) error) error {
	if err := actor.Must(access.UsersCreate); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		h, err := s.hold(ctx, userID)
		if err != nil {
			return err
		}
		u, err := s.staff.Get(ctx, userID)
		if err != nil {
			return err
		}
		if err := s.over(ctx, actor, userID); err != nil {
			return err
		}
		if h.status != staff.Pending {
			return fault.Refuse("invitation.done")
		}
		if err := fn(ctx, u, &h); err != nil {
			return err
		}
		if err := audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: action, Kind: "user", ID: userID}); err != nil {
			return err
		}
		return s.db.Changed(ctx, "user/"+userID)
	})
}
