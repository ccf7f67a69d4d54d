package accounts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/staff"
)

// Dormant does what the practice wants of accounts that nobody uses (B-18): nothing but show them, warn their people, or
// warn them a week before and then deactivate those who have not come by and own nothing that somebody must take over.
// A warning goes out once for each time that an account lies unused; without one, nobody is deactivated, so that a
// practice that switches the rule on gives everyone a week. It says what it did: how many were warned, deactivated and kept.
func (r *Reconciler) Dormant(ctx context.Context) (string, error) {
	rule, err := r.Staff.DormantRule(ctx)
	if err != nil || rule.Action == staff.ShowDormant {
		return "dormant-shown", err
	}
	idle, err := r.Staff.IdleAccounts(ctx, r.Now().Add(-rule.After+rule.Notice))
	if err != nil {
		return "", err
	}
	warned, ended, kept := 0, 0, 0
	var errs []error
	for i := range idle {
		u := &idle[i]
		before, err := r.Post.Find(ctx, warningKey(u))
		switch {
		case errors.Is(err, fault.ErrNotFound):
			if err = r.warn(ctx, u, rule); err == nil {
				warned++
			}
		case err != nil:
		case rule.Action == staff.EndDormant && !r.Now().Before(before.CreatedAt.Add(rule.Notice)) && !r.Now().Before(u.Since.Add(rule.After)):
			_, err = r.Staff.Deactivate(ctx, system, u.ID, staff.Plan{Reason: staff.DormantReason})
			var refused *fault.Refused
			if errors.As(err, &refused) { // it owns open cases, is planned to leave, or is the last Super Admin
				kept++
				err = nil
			} else if err == nil {
				ended++
			}
		}
		errs = append(errs, err)
	}
	return fmt.Sprintf("dormant %d %d %d", warned, ended, kept), errors.Join(errs...)
}

// warningKey names a warning: one for each time that an account lies unused. Whoever was deactivated and comes back is of
// another epoch, and is warned anew.
func warningKey(u *staff.Idle) string {
	return fmt.Sprintf("dormant/%s/%d/%d", u.ID, u.Epoch, u.Since.Unix())
}

func (r *Reconciler) warn(ctx context.Context, u *staff.Idle, rule staff.DormantRule) error {
	data := map[string]any{"Since": u.Since, "Until": ""}
	if rule.Action == staff.EndDormant {
		until := u.Since.Add(rule.After)
		if least := r.Now().Add(rule.Notice); until.Before(least) {
			until = least
		}
		data["Until"] = until
	}
	return r.Post.Queue(ctx, post.Draft{SendKey: warningKey(u), Kind: post.Dormant, UserID: u.ID, Recipient: u.Email, Language: u.Language,
		Zone: u.Zone, Data: data, GoodFor: 5 * 24 * time.Hour})
}
