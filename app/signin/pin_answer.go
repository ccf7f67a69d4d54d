package signin

import (
	"context"
	"crypto/hmac"
	"fmt"
	"time"

	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
)

// SignInByPIN opens a session by a PIN, in the browser that asked for it. It returns *fault.Invalid on "pin" while there are
// tries left, *fault.Refused with "pin.over" for a PIN that was used, has expired, was tried too often or never was, or what
// the gate refuses, and *fault.TooMany. Which of it says nothing about whose the number is.
func (s *Signin) SignInByPIN(ctx context.Context, browser, typed string, from Origin) (Opened, error) {
	from = from.clean()
	if err := s.networkMay(ctx, from); err != nil {
		return Opened{}, err
	}
	r, _, err := s.rules(ctx)
	if err != nil {
		return Opened{}, err
	}
	var o Opened
	var refused error
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		p, h, wrong, err := s.tryPIN(ctx, hashToken(browser), forSignIn, typed, from)
		if err != nil || wrong != nil {
			refused = wrong
			return err
		}
		if o, err = s.open(ctx, h, &p.User, way{method: "pin"}, from, r); err != nil {
			return err // nothing of the try is kept: what the gate has refused has opened nothing
		}
		return s.usePIN(ctx, p)
	})
	if err != nil {
		return Opened{}, err
	}
	return o, refused
}

// pin is a row of pins with whose it is. User is as the gate wants it, and empty for a number that nobody has.
type pin struct {
	ID         string
	NumberKey  string
	PinHash    string
	Tries      int
	Epoch      int64
	CreatedAt  time.Time
	ExpiresAt  time.Time
	UsedAt     *time.Time
	User       staff.User
	verifiedAt *time.Time
	current    int64 // the person's epoch now
	status     staff.Status
}

// findPIN is the latest PIN of a browser, or nil.
func (s *Signin) findPIN(ctx context.Context, browserHash, purpose string) (*pin, error) {
	var p pin
	ok, err := store.Found(s.db.Row(ctx, `SELECT p.id, p.number_key, p.pin_hash, p.tries, p.epoch, p.created_at, p.expires_at, p.used_at,
			COALESCE(u.id, ''), COALESCE(u.email, ''), COALESCE(u.language, ''), COALESCE(u.zone, ''), COALESCE(u.cell, ''), u.cell_verified_at,
			COALESCE(u.epoch, 0), COALESCE(u.status, '')
		FROM pins p LEFT JOIN users u ON u.id = p.user_id WHERE p.browser_hash = $1 AND p.purpose = $2 ORDER BY p.created_at DESC, p.id DESC LIMIT 1`,
		browserHash, purpose).Scan(&p.ID, &p.NumberKey, &p.PinHash, &p.Tries, &p.Epoch, &p.CreatedAt, &p.ExpiresAt, &p.UsedAt,
		&p.User.ID, &p.User.Email, &p.User.Language, &p.User.Zone, &p.User.Cell, &p.verifiedAt, &p.current, &p.status))
	if err != nil {
		return nil, fmt.Errorf("PIN: %w", err)
	}
	if !ok {
		return nil, nil
	}
	p.User.Status = p.status
	return &p, nil
}

// stillTheirs tells whether the number that a PIN was asked for is its person's way to sign in, now as then.
func (s *Signin) stillTheirs(p *pin) bool {
	return p.User.ID != "" && p.verifiedAt != nil && p.status == staff.Active && hmac.Equal([]byte(s.numberKey(p.User.Cell)), []byte(p.NumberKey))
}

// tryPIN counts a try of the latest PIN of a browser and judges it, in a transaction. wrong is what to tell when it is not
// right; h holds its person. The count is one statement, so that of tries at once no more than there are get through.
func (s *Signin) tryPIN(ctx context.Context, browserHash, purpose, typed string, from Origin) (p *pin, h held, wrong, err error) {
	over := fault.Refuse("pin.over")
	if p, err = s.findPIN(ctx, browserHash, purpose); err != nil {
		return nil, h, nil, err
	}
	if p == nil {
		return nil, h, over, nil
	}
	if h, err = s.hold(ctx, p.User.ID); err != nil {
		return nil, h, nil, err
	}
	n, err := s.db.Exec(ctx, `UPDATE pins SET tries = tries + 1 WHERE id = $1 AND tries < $2 AND used_at IS NULL AND expires_at > $3`, p.ID, pinTries, s.db.Now())
	if err != nil {
		return nil, h, nil, fmt.Errorf("count try of PIN: %w", err)
	}
	if n == 0 {
		return nil, h, over, nil
	}
	// What was read before the person was held may have changed: the last word has a second look.
	if p, err = s.findPIN(ctx, browserHash, purpose); err != nil || p == nil {
		return nil, h, over, err
	}
	right := p.PinHash != "" && hmac.Equal([]byte(p.PinHash), []byte(s.pinHash(p.ID, typed))) && p.Epoch == h.epoch && h.status == staff.Active
	switch {
	case right && (purpose == forCell || s.stillTheirs(p)):
		return p, h, nil, nil
	case right:
		wrong = over
	default:
		wrong = wrongPIN(pinTries - p.Tries)
	}
	if purpose == forProof {
		return p, h, wrong, nil // counted with the session's other wrong proofs
	}
	var userID *string
	if p.User.ID != "" {
		userID = &p.User.ID
	}
	method := "pin"
	if purpose == forCell {
		method = "confirm" // typed within a session, which is no try to sign in
	}
	return p, h, wrong, s.attempt(ctx, userID, "pin\x00"+p.NumberKey, method, "wrong", from)
}

// wrongPIN is what to tell of a PIN that is not right.
func wrongPIN(left int) error {
	if left <= 0 {
		return fault.Refuse("pin.over")
	}
	return fault.Field1("pin", "pin.wrong", "Count", left)
}

// usePIN marks a PIN as used: it works once (ASVS 6.5.1).
func (s *Signin) usePIN(ctx context.Context, p *pin) error {
	n, err := s.db.Exec(ctx, `UPDATE pins SET used_at = $1 WHERE id = $2 AND used_at IS NULL`, s.db.Now(), p.ID)
	if err != nil {
		return fmt.Errorf("use PIN: %w", err)
	}
	if n == 0 {
		return fault.Refuse("pin.over")
	}
	return nil
}
