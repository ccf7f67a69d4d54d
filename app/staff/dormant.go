package staff

import (
	"context"
	"fmt"
	"time"
)

// DormantAction is what a practice wants of accounts that nobody uses (B-18).
type DormantAction string

// The actions.
const (
	ShowDormant DormantAction = "show"
	WarnDormant DormantAction = "warn"
	EndDormant  DormantAction = "deactivate"
)

// DormantRule is the practice's rule: an account is dormant After so long without a sign-in, and its person hears of it
// Notice before anything is done.
type DormantRule struct {
	Action DormantAction
	After  time.Duration
	Notice time.Duration
}

const dormantNotice = 7 * 24 * time.Hour

// DormantRule reads the rule. No days mean that no account is dormant.
func (s *Staff) DormantRule(ctx context.Context) (DormantRule, error) {
	var days int
	r := DormantRule{Notice: dormantNotice}
	if err := s.db.Row(ctx, `SELECT dormant_days, dormant_action FROM organization`).Scan(&days, &r.Action); err != nil {
		return r, fmt.Errorf("dormant rule: %w", err)
	}
	if r.After = time.Duration(days) * 24 * time.Hour; days == 0 {
		r.Action = ShowDormant
	}
	if r.Action == WarnDormant {
		r.Notice = 0 // nothing follows that it would be before
	}
	return r, nil
}

// Idle is an account that nobody has used since a time.
type Idle struct {
	ID       string
	Email    string
	Language string
	Zone     string
	Epoch    int64
	Since    time.Time `gorm:"-"` // the last sign-in, or when the account was made

	CreatedAt    time.Time
	LastSignInAt *time.Time
}

// IdleAccounts lists the active accounts that nobody has used since before. The last active Super Admin is not among
// them: that account is the way back in. (Programs have no accounts here; who signs in by key alone, once there are such,
// is to be left out likewise.)
func (s *Staff) IdleAccounts(ctx context.Context, before time.Time) ([]Idle, error) {
	var all []Idle
	err := s.db.In(ctx).Raw(`SELECT u.id, u.email, u.language, u.zone, u.epoch, u.created_at, u.last_sign_in_at
		FROM users u JOIN roles r ON r.id = u.role_id
		WHERE u.status = 'ACTIVE' AND (u.last_sign_in_at <= ? OR u.last_sign_in_at IS NULL AND u.created_at <= ?)
			AND NOT (r.super AND NOT EXISTS (SELECT 1 FROM users o JOIN roles p ON p.id = o.role_id WHERE p.super AND o.status = 'ACTIVE' AND o.id <> u.id))
		ORDER BY u.id`, before, before).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("idle accounts: %w", err)
	}
	for i := range all {
		if all[i].Since = all[i].CreatedAt; all[i].LastSignInAt != nil {
			all[i].Since = *all[i].LastSignInAt
		}
	}
	return all, nil
}
