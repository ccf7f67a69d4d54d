package signin

import (
	"context"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/notices"
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
	var mails []notices.Mail
	if err := s.db.In(ctx).Where("user_id IN ? AND kind = ?", userIDs, notices.Welcome).Order("created_at, id").Find(&mails).Error; err != nil {
		return nil, fmt.Errorf("welcome mails: %w", err)
	}
	var links []struct {
		UserID    string
		ExpiresAt time.Time
		Void      bool
	}
	err := s.db.In(ctx).Raw(`SELECT l.user_id, l.expires_at, l.epoch <> u.epoch AS void FROM links l JOIN users u ON u.id = l.user_id
		WHERE l.user_id IN ? AND l.purpose = 'welcome' ORDER BY l.epoch, l.expires_at`, userIDs).Scan(&links).Error
	if err != nil {
		return nil, fmt.Errorf("invitations: %w", err)
	}
	newestMail, newestLink := map[string]*notices.Mail{}, map[string]*invitationLink{}
	for i := range mails {
		newestMail[*mails[i].UserID] = &mails[i]
	}
	for _, l := range links {
		newestLink[l.UserID] = &invitationLink{l.ExpiresAt, l.Void}
	}
	for _, id := range userIDs {
		lives[id] = invitationOf(newestMail[id], newestLink[id]).Life(s.db.Now())
	}
	return lives, nil
}

// invitationLink is the newest link of an invitation.
type invitationLink struct {
	ExpiresAt time.Time
	Void      bool
}

// invitationOf is what the newest mail and the newest link say, either of which may be missing.
func invitationOf(m *notices.Mail, link *invitationLink) Invitation {
	var in Invitation
	if m != nil {
		in.Mail, in.At = m.State, m.CreatedAt
		in.Unsure = m.State == notices.Failed && m.MayHaveArrived()
		if m.DeliveredAt != nil {
			in.At = *m.DeliveredAt
		}
	}
	going := in.Mail == notices.Waiting || in.Mail == notices.Sending
	if link != nil && !link.Void {
		in.ExpiresAt = &link.ExpiresAt
	}
	in.Cancelled = !going && (link != nil && link.Void || link == nil && in.Mail == notices.Stopped)
	return in
}
