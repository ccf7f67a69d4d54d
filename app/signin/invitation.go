package signin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/notices"
	"chancery/app/store"
)

// Invitation is how far an invited person's way in is (B-13).
type Invitation struct {
	Mail      notices.State // of the welcome mail; "" when none was written
	Unsure    bool          // of a mail given up: it may have arrived all the same
	At        time.Time     // when that mail was delivered, or else written
	ExpiresAt *time.Time    // end of the newest link; nil before the mail is on its way
}

// Invitation reads how far a person's welcome mail and its link are. It needs users.view.
func (s *Signin) Invitation(ctx context.Context, actor access.Actor, userID string) (Invitation, error) {
	if err := actor.Must(access.UsersView); err != nil {
		return Invitation{}, err
	}
	var in Invitation
	m, err := s.notices.Find(ctx, "welcome/"+userID) // named by Invite, one in a life
	switch {
	case errors.Is(err, fault.ErrNotFound):
	case err != nil:
		return in, err
	default:
		in.Mail, in.At = m.State, m.CreatedAt
		in.Unsure = m.State == notices.Failed && m.MayHaveArrived()
		if m.DeliveredAt != nil {
			in.At = *m.DeliveredAt
		}
	}
	var link struct{ ExpiresAt time.Time }
	ok, err := store.One(s.db.In(ctx).Raw(`SELECT expires_at FROM links WHERE user_id = ? AND purpose = 'welcome' ORDER BY expires_at DESC LIMIT 1`, userID), &link)
	if err != nil {
		return in, fmt.Errorf("invitation: %w", err)
	}
	if ok {
		in.ExpiresAt = &link.ExpiresAt
	}
	return in, nil
}
