package signin

import (
	"context"
	"fmt"
	"time"

	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
)

// A step is a sign-in whose first proof was good and whose second is awaited. It is worth nothing but its second step:
// no page, no verb takes it. What the first proof has changed (a link used up, a password set) stays changed.
const (
	stepLasts = 10 * time.Minute
	stepTries = 5 // wrong answers, then it is over, and the first proof has to be given again
)

// step is a row of signin_steps. Epoch is of its making; it counts only while that is the person's (B-2).
type step struct {
	ID        string
	UserID    string
	Method    string // of the first proof
	Tries     int
	ExpiresAt time.Time
	UsedAt    *time.Time
	Epoch     int64
	Current   int64 // the person's epoch now
}

// beginStep writes a step for a person whom the transaction holds, and returns its secret.
func (s *Signin) beginStep(ctx context.Context, h held, u *staff.User, by way) (Opened, error) {
	token, hash := newToken()
	now := s.db.Now()
	o := Opened{Step: token, UserID: u.ID, ExpiresAt: now.Add(stepLasts), MustChange: h.MustChange}
	_, err := s.db.Exec(ctx, `INSERT INTO signin_steps (id, token_hash, user_id, method, purpose, epoch, created_at, expires_at)
		VALUES ($1, $2, $3, $4, 'sign-in', $5, $6, $7)`, store.NewID(), hash, u.ID, by.method, h.epoch, now, o.ExpiresAt)
	if err != nil {
		return Opened{}, fmt.Errorf("begin step: %w", err)
	}
	return o, nil
}

// findStep reads a step by its secret without taking it. One that never was, is over, was taken, or is of an epoch
// before is *fault.Refused with "signin.step-over": begin again.
func (s *Signin) findStep(ctx context.Context, token string) (*step, error) {
	over := fault.Refuse("signin.step-over")
	if len(token) != 43 {
		return nil, over
	}
	var st step
	ok, err := store.One(s.db.In(ctx).Raw(`SELECT st.id, st.user_id, st.method, st.tries, st.expires_at, st.used_at, st.epoch, u.epoch AS current
		FROM signin_steps st JOIN users u ON u.id = st.user_id WHERE st.token_hash = ? AND st.purpose = 'sign-in'`, hashToken(token)), &st)
	switch {
	case err != nil:
		return nil, fmt.Errorf("step: %w", err)
	case !ok, st.UsedAt != nil, st.Epoch != st.Current, st.Tries >= stepTries, !s.db.Now().Before(st.ExpiresAt):
		return nil, over
	}
	return &st, nil
}

// takeStep uses a step up, in a transaction that holds its person: of two answers at once one counts.
func (s *Signin) takeStep(ctx context.Context, st *step) error {
	now := s.db.Now()
	n, err := s.db.Exec(ctx, `UPDATE signin_steps SET used_at = $1 WHERE id = $2 AND used_at IS NULL AND expires_at > $3 AND tries <= $4
		AND epoch = (SELECT u.epoch FROM users u WHERE u.id = signin_steps.user_id)`, now, st.ID, now, stepTries)
	if err != nil {
		return fmt.Errorf("take step: %w", err)
	}
	if n == 0 {
		return fault.Refuse("signin.step-over")
	}
	return nil
}
