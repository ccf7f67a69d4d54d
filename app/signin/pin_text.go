package signin

import (
	"context"
	"crypto/hmac"
	"encoding/binary"
	"fmt"
	"time"

	"chancery/app/post"
	"chancery/app/staff"
	"chancery/app/store"
)

// PIN is what is secret in a text.
type PIN struct {
	Code      string
	ExpiresAt time.Time
	Number    string // where it goes
}

// EnclosePIN makes the PIN of a text, at the moment of sending; only then it counts. It returns ErrWithdrawn where the text has
// lost its meaning: the PIN has expired or was used, or the number, the person or what they hold has changed since.
func (s *Signin) EnclosePIN(ctx context.Context, t *post.Text) (out PIN, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		h, err := s.hold(ctx, t.UserID)
		if err != nil {
			return err
		}
		var p pin
		var purpose, browser string
		ok, err := store.Found(s.db.Row(ctx, `SELECT p.id, p.purpose, p.browser_hash, p.number_key, p.epoch, p.tries, p.expires_at, p.used_at, u.cell, u.cell_verified_at
			FROM pins p JOIN users u ON u.id = p.user_id WHERE p.id = $1 AND u.id = $2`, t.ObjectID, t.UserID).
			Scan(&p.ID, &purpose, &browser, &p.NumberKey, &p.Epoch, &p.Tries, &p.ExpiresAt, &p.UsedAt, &p.User.Cell, &p.verifiedAt))
		if err != nil {
			return fmt.Errorf("PIN of a text: %w", err)
		}
		theirs := hmac.Equal([]byte(s.numberKey(p.User.Cell)), []byte(p.NumberKey)) && (purpose == forCell || p.verifiedAt != nil)
		if !ok || h.status != staff.Active || p.Epoch != h.epoch || p.UsedAt != nil || p.Tries >= pinTries || !s.db.Now().Before(p.ExpiresAt) || !theirs {
			return ErrWithdrawn
		}
		out = PIN{Code: s.pinOf(p.ID, browser), ExpiresAt: p.ExpiresAt, Number: p.User.Cell}
		if _, err := s.db.Exec(ctx, `UPDATE pins SET pin_hash = $1 WHERE id = $2`, s.pinHash(p.ID, out.Code), p.ID); err != nil {
			return fmt.Errorf("PIN of a text: %w", err)
		}
		return nil
	})
	if err != nil {
		return PIN{}, err
	}
	return out, nil
}

// pinOf are the six digits of a PIN. 64 bits divide by a million with a bias of 1 in 10¹³.
func (s *Signin) pinOf(id, browserHash string) string {
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(s.keyed("PIN", id, browserHash))%1_000_000)
}

// pinHash is what is stored of a PIN: keyed, since a million of them are tried in a second.
func (s *Signin) pinHash(id, code string) string {
	return s.mac("PIN hash", id, code)
}

// numberKey names a number without telling it.
func (s *Signin) numberKey(number string) string {
	return s.mac("cell number", number)[:32]
}
