package signin

import (
	"context"
	"fmt"
	"slices"
	"time"

	"chancery/app/post"
	"chancery/app/staff"
	"chancery/app/store"
)

// A browser is known again by a secret of its own, in a cookie that outlives sessions, together with what it calls itself
// (B-6). Never by its address: people move, and a thief may sit in the same office. The secret opens nothing: who has it, and
// the password, is merely not announced. So it is no credential, and does not end with the epoch.

// DeviceLasts is how long a browser is known after it was last signed in: as long as browsers keep a cookie (RFC 6265bis).
const DeviceLasts = 400 * 24 * time.Hour

// NewDevice makes the secret of a browser that has none yet.
func NewDevice() string {
	secret, _ := newToken()
	return secret
}

// met notes in which browser a session begins, and tells the person by mail of one that is new to them (ASVS 6.3.5). It is
// part of the gate, so that no way in is quiet. Who comes in for the first time by the link of their welcome mail is told
// nothing: there is no browser yet that could be the usual one, and the mail would come to where they have just been.
func (s *Signin) met(ctx context.Context, h held, u *staff.User, by way, from Origin, sessionID string) error {
	now, browser := s.db.Now(), Device(from.UserAgent)
	if from.Device != "" {
		n, err := s.db.Exec(ctx, `UPDATE devices SET last_seen_at = $1 WHERE user_id = $2 AND device_hash = $3 AND browser = $4`,
			now, u.ID, hashToken(from.Device), browser)
		if err != nil {
			return fmt.Errorf("note device: %w", err)
		}
		if n > 0 {
			return nil
		}
		before, err := s.usedBefore(ctx, h, u.ID, browser)
		if err != nil {
			return err
		}
		_, err = s.db.Exec(ctx, `INSERT INTO devices (id, user_id, device_hash, browser, created_at, last_seen_at) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (user_id, device_hash) DO UPDATE SET browser = excluded.browser, last_seen_at = excluded.last_seen_at`,
			store.NewID(), u.ID, hashToken(from.Device), browser, now, now)
		if err != nil {
			return fmt.Errorf("note device: %w", err)
		}
		if before {
			return nil
		}
	}
	if h.status == staff.Pending && by.method == "link" {
		return nil
	}
	return s.post.Queue(ctx, post.Draft{
		SendKey: string(post.NewDevice) + "/" + u.ID + "/" + sessionID, Kind: post.NewDevice, UserID: u.ID, Recipient: u.Email,
		Language: u.Language, Zone: u.Zone, Data: map[string]any{"When": now, "Network": from.Network, "Device": browser, "Method": by.method},
	})
}

// usedBefore tells whether a browser calls itself as one did in which the person was signed in before browsers were known
// at all, and none of that name is known yet. Without this everybody would be sent a mail about their own browser when they
// first sign in after the upgrade, and learn not to read such mails. What it costs: who has somebody's password by then, uses
// a browser of the same name and comes before them is not told by mail, once, as nobody was until then; they stand in the
// history of sign-ins all the same, and the owner's own browser is the one that is told. It ends with the rows of those
// sessions, which are cleared away (history.go), and with whatever ends a person's access.
func (s *Signin) usedBefore(ctx context.Context, h held, userID, browser string) (bool, error) {
	if browser == "" {
		return false, nil
	}
	var agents []string
	err := s.db.In(ctx).Raw(`SELECT DISTINCT s.user_agent FROM sessions s WHERE s.user_id = ? AND s.epoch = ? AND NOT s.announced
		AND NOT EXISTS (SELECT 1 FROM devices d WHERE d.user_id = s.user_id AND d.browser = ?)`, userID, h.epoch, browser).Scan(&agents).Error
	if err != nil {
		return false, fmt.Errorf("browsers of before: %w", err)
	}
	return slices.ContainsFunc(agents, func(agent string) bool { return Device(agent) == browser }), nil
}

// forgetDevices makes every browser of a person a new one.
func (s *Signin) forgetDevices(ctx context.Context, userID string) error {
	if _, err := s.db.Exec(ctx, `DELETE FROM devices WHERE user_id = $1`, userID); err != nil {
		return fmt.Errorf("forget devices: %w", err)
	}
	return nil
}
