package signin

import (
	"context"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/post"
)

// Lives is what the invitations of some people have come to, by the person's id, as Invitation tells it of one. It needs
// users.view.
func (s *Signin) Lives(ctx context.Context, actor access.Actor, userIDs []string) (map[string]Life, error) {
	if err := actor.Must(access.UsersView); err != nil {
		return nil, err
	}
	lives := make(map[string]Life, len(userIDs))
	if len(userIDs) == 0 {
		return lives, nil
	}
	var rows []struct {
		post.Mail
		PersonID  string
		ExpiresAt *time.Time
		Void      bool
	}
	err := s.db.In(ctx).Raw(`SELECT u.id AS person_id, m.*, l.expires_at, COALESCE(l.epoch <> u.epoch, FALSE) AS void FROM users u
		LEFT JOIN mails m ON m.id = (SELECT n.id FROM mails n WHERE n.user_id = u.id AND n.kind = ? ORDER BY n.created_at DESC, n.id DESC LIMIT 1)
		LEFT JOIN links l ON l.id = (SELECT n.id FROM links n WHERE n.user_id = u.id AND n.purpose = 'welcome' ORDER BY n.epoch DESC, n.expires_at DESC LIMIT 1)
		WHERE u.id IN ?`, post.Welcome, userIDs).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("invitations: %w", err)
	}
	for i := range rows {
		var m *post.Mail
		var link *invitationLink
		if rows[i].ID != "" {
			m = &rows[i].Mail
		}
		if rows[i].ExpiresAt != nil {
			link = &invitationLink{*rows[i].ExpiresAt, rows[i].Void}
		}
		lives[rows[i].PersonID] = invitationOf(m, link).Life(s.db.Now())
	}
	return lives, nil
}

// invitationLink is the newest link of an invitation.
type invitationLink struct {
	ExpiresAt time.Time
	Void      bool
}

// invitationOf is what the newest mail and the newest link say, either of which may be missing.
func invitationOf(m *post.Mail, link *invitationLink) Invitation {
	var in Invitation
	if m != nil {
		in.Mail, in.At = m.State, m.CreatedAt
		in.Unsure = m.State == post.Failed && m.MayHaveArrived()
		if m.DeliveredAt != nil {
			in.At = *m.DeliveredAt
		}
	}
	going := in.Mail == post.Waiting || in.Mail == post.Sending
	if link != nil && !link.Void {
		in.ExpiresAt = &link.ExpiresAt
	}
	in.Cancelled = !going && (link != nil && link.Void || link == nil && in.Mail == post.Stopped)
	return in
}
