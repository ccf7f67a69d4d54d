package staff

import (
	"context"
	"fmt"
	"time"
)

// SeedStatus sets a user's status and last sign-in for the demo practice and the cast of tests, whose past is made up.
// Nothing else calls it: a status changes by signing in (signin) or by a verb with its guards.
func (s *Staff) SeedStatus(ctx context.Context, userID string, status Status, lastSignIn *time.Time) error {
	err := s.db.In(ctx).Exec(`UPDATE users SET status = ?, last_sign_in_at = ?, email_verified_at = created_at WHERE id = ?`,
		status, lastSignIn, userID).Error
	if err != nil {
		return fmt.Errorf("seed status: %w", err)
	}
	return nil
}

// SeedCreated sets since when a user has been here, for the demo practice.
func (s *Staff) SeedCreated(ctx context.Context, userID string, at time.Time) error {
	for _, column := range []string{"created_at = ? WHERE id = ?", "email_verified_at = ? WHERE id = ? AND email_verified_at IS NOT NULL"} {
		if err := s.db.In(ctx).Exec(`UPDATE users SET `+column, at, userID).Error; err != nil {
			return fmt.Errorf("seed created: %w", err)
		}
	}
	return nil
}

// CountUsers is how many users there are, of any status.
func (s *Staff) CountUsers(ctx context.Context) (n int64, err error) {
	if err := s.db.In(ctx).Raw("SELECT count(*) FROM users").Scan(&n).Error; err != nil {
		return 0, fmt.Errorf("count users: %w", err)
	}
	return n, nil
}
