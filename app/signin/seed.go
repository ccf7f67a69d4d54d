package signin

import (
	"context"
	"fmt"
	"time"

	"chancery/app/store"
)

// What the demo practice is told of its past, which is made up. Nothing else calls these.

// SeedPassword gives a person the password of another, chosen at a time: one hash serves a whole demo practice.
func (s *Signin) SeedPassword(ctx context.Context, userID, likeID string, at time.Time) error {
	_, err := s.db.Exec(ctx, `UPDATE credentials SET password_hash = (SELECT c.password_hash FROM credentials c WHERE c.user_id = $1),
		password_changed_at = $2, must_change = false WHERE user_id = $3`, likeID, at, userID)
	if err != nil {
		return fmt.Errorf("seed password: %w", err)
	}
	return nil
}

// SeedLock locks a person until a time, after as many wrong passwords from one network as the practice allows.
func (s *Signin) SeedLock(ctx context.Context, userID, email string, until time.Time, from Origin) error {
	r, _, err := s.rules(ctx)
	if err != nil {
		return err
	}
	for range r.tries {
		if err := s.attempt(ctx, &userID, email, "password", "wrong", from); err != nil {
			return err
		}
	}
	_, err = s.db.Exec(ctx, `UPDATE credentials SET failures = $1, failures_since = $2, locked_until = $3 WHERE user_id = $4`, r.tries, s.db.Now(), until, userID)
	if err != nil {
		return fmt.Errorf("seed lock: %w", err)
	}
	return nil
}

// SeedInvitation writes the link of an invitation that was sent at a time. Nobody knows its secret.
func (s *Signin) SeedInvitation(ctx context.Context, userID string, at time.Time) error {
	r, _, err := s.rules(ctx)
	if err != nil {
		return err
	}
	_, hash := newToken()
	_, err = s.db.Exec(ctx, `INSERT INTO links (id, token_hash, user_id, purpose, created_at, expires_at, epoch)
		SELECT $1, $2, u.id, $3, $4, $5, u.epoch FROM users u WHERE u.id = $6`, store.NewID(), hash, forWelcome, at, at.Add(r.invitation), userID)
	if err != nil {
		return fmt.Errorf("seed invitation: %w", err)
	}
	return nil
}
