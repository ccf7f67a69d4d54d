package post

import (
	"context"
	"fmt"
	"time"

	"chancery/app/fault"
	"chancery/app/store"
)

// Of lists the mails to a user, newest first, from the one before the id before on ("" from the newest), and tells
// whether there are older ones (S1-36).
func (p *Post) Of(ctx context.Context, userID, before string, limit int) (list []Mail, more bool, err error) {
	q := p.db.In(ctx).Where("user_id = ?", userID)
	if before != "" {
		q = q.Where("(created_at, id) < (SELECT b.created_at, b.id FROM mails b WHERE b.id = ? AND b.user_id = ?)", before, userID)
	}
	if err := q.Order("created_at DESC, id DESC").Limit(limit + 1).Find(&list).Error; err != nil {
		return nil, false, fmt.Errorf("mails of user: %w", err)
	}
	if len(list) > limit {
		return list[:limit], true, nil
	}
	return list, false, nil
}

// Latest is the newest mail of one of the kinds to a user, or fault.ErrNotFound.
func (p *Post) Latest(ctx context.Context, userID string, kinds ...Kind) (*Mail, error) {
	var m Mail
	ok, err := store.Found(p.db.In(ctx).Where("user_id = ? AND kind IN ?", userID, kinds).Order("created_at DESC, id DESC").Take(&m).Error)
	if err != nil {
		return nil, fmt.Errorf("latest mail: %w", err)
	}
	if !ok {
		return nil, fault.ErrNotFound
	}
	return &m, nil
}

// May returns *fault.TooMany when a user was written most mails of the kinds within the time: what people ask for by a
// button must not flood anybody's box.
func (p *Post) May(ctx context.Context, userID string, most int, within time.Duration, kinds ...Kind) error {
	now := p.db.Now()
	var first time.Time // of the last so many
	found, err := store.One(p.db.In(ctx).Raw(`SELECT created_at FROM mails WHERE user_id = ? AND created_at > ? AND kind IN ? ORDER BY created_at DESC LIMIT 1 OFFSET ?`,
		userID, now.Add(-within), kinds, most-1), &first)
	if err != nil {
		return fmt.Errorf("count mails: %w", err)
	}
	if found {
		return &fault.TooMany{After: first.Add(within).Sub(now), Message: fault.M("mails.too-often", "Count", most)}
	}
	return nil
}

// Stop takes back the mails of the kinds to a user that have not gone out yet. One that is being sent just now may still
// go; what is secret in it is not made any more (Going).
func (p *Post) Stop(ctx context.Context, userID string, kinds ...Kind) error {
	err := p.db.In(ctx).Exec(`UPDATE mails SET state = 'stopped', observed = generation WHERE user_id = ? AND kind IN ? AND state IN ('waiting', 'sending')`,
		userID, kinds).Error
	if err != nil {
		return fmt.Errorf("stop mails: %w", err)
	}
	return nil
}

// Going tells whether a mail is being sent: it was not taken back since.
func (p *Post) Going(ctx context.Context, id string) (bool, error) {
	var state State
	ok, err := store.Found(p.db.Row(ctx, `SELECT state FROM mails WHERE id = $1`, id).Scan(&state))
	if err != nil {
		return false, fmt.Errorf("mail: %w", err)
	}
	return ok && state == Sending, nil
}

// Again writes a mail that was given up or stopped once more, as a new one. Mails with a secret in them are written anew
// by the room whose secret it is.
func (p *Post) Again(ctx context.Context, m *Mail) error {
	now, id := p.db.Now(), store.NewID()
	err := p.db.In(ctx).Exec(`INSERT INTO mails (id, send_key, kind, user_id, recipient, language, zone, data, state, next_try_at, not_after, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?, ?)`,
		id, m.SendKey+"/"+id, m.Kind, m.UserID, m.Recipient, m.Language, m.Zone, m.Data, now, now.Add(72*time.Hour), now).Error
	if err != nil {
		return fmt.Errorf("send again: %w", err)
	}
	return p.db.Changed(ctx, "mail/"+id)
}
