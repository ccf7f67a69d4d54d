package signin

import (
	"context"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/staff"
	"chancery/app/store"
)

// invitationAsked is for how long a wish for a new invitation is not passed on a second time.
const invitationAsked = 24 * time.Hour

// ExpiredInvitation is whose invitation has expired, by its link. It returns fault.ErrNotFound when the link has not expired,
// was taken back, or was followed by one that works: then there is nothing to ask an administrator for.
func (s *Signin) ExpiredInvitation(ctx context.Context, token string) (*Invited, error) {
	l, err := s.find(ctx, token, forWelcome)
	if err != nil {
		return nil, err
	}
	now := s.db.Now()
	if l.UsedAt != nil || l.Epoch != l.Current || now.Before(l.ExpiresAt) {
		return nil, fault.ErrNotFound
	}
	in, err := s.invited(ctx, l)
	if err != nil {
		return nil, err
	}
	if in.User.Status != staff.Pending {
		return nil, fault.ErrNotFound
	}
	var open int
	err = s.db.Row(ctx, `SELECT count(*) FROM links WHERE user_id = $1 AND purpose = 'welcome' AND used_at IS NULL AND expires_at > $2 AND epoch = $3`,
		l.UserID, now, l.Current).Scan(&open)
	switch {
	case err != nil:
		return nil, fmt.Errorf("invitation: %w", err)
	case open > 0:
		return nil, fault.ErrNotFound
	}
	return in, nil
}

// AskInvitation tells those who may invite that somebody wants a new invitation, once a day: whoever holds an old link must
// not flood their boxes. Asked again it changes nothing, which is no error. It returns what ExpiredInvitation returns.
func (s *Signin) AskInvitation(ctx context.Context, token string, from Origin) (*Invited, error) {
	from = from.clean()
	in, err := s.ExpiredInvitation(ctx, token)
	if err != nil {
		return nil, err
	}
	u := in.User
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		h, err := s.hold(ctx, u.ID)
		if err != nil {
			return err
		}
		if h.status != staff.Pending {
			return fault.ErrNotFound
		}
		now := s.db.Now()
		var before int
		err = s.db.Row(ctx, `SELECT count(*) FROM audit WHERE object_kind = 'user' AND object_id = $1 AND action = 'invitation.ask' AND at > $2`,
			u.ID, now.Add(-invitationAsked)).Scan(&before)
		if err != nil {
			return fmt.Errorf("count wishes for an invitation: %w", err)
		}
		if before > 0 {
			return nil
		}
		who := audit.Actor{ID: u.ID, Name: u.Name(), Network: from.Network, RequestID: from.RequestID}
		if err := audit.Record(ctx, s.db, who, audit.Entry{Action: "invitation.ask", Kind: "user", ID: u.ID}); err != nil {
			return err
		}
		return s.tellThose(ctx, access.UsersCreate, u.ID, post.Draft{
			SendKey: string(post.InvitationAsked) + "/" + store.NewID(), Kind: post.InvitationAsked,
			Data: map[string]any{"Person": u.Name(), "Address": u.Email, "Path": "/users/" + u.ID + "/invitation"},
		})
	})
	if err != nil {
		return nil, err
	}
	return in, nil
}
