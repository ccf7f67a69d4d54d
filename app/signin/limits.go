package signin

import (
	"context"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/staff"
	"chancery/app/store"
)

// Limits of tries (S2-31, ASVS 6.3.1) that no practice sets; the others are rules.
const (
	triesWindow  = 15 * time.Minute
	triesLocked  = 5   // how many more are checked during a lock
	triesNetwork = 100 // failures of one network within the window
)

// locked tells whether the password route is locked.
func (c *credential) locked(now time.Time) bool {
	return c.LockedUntil != nil && now.Before(*c.LockedUntil)
}

// spent tells whether a lock has used up the tries that are still checked while it lasts.
func (c *credential) spent(now time.Time, r rules) bool {
	return c.locked(now) && c.Failures >= r.tries+triesLocked
}

// until is the end of the lock, or the zero time.
func (c *credential) until() time.Time {
	if c.LockedUntil == nil {
		return time.Time{}
	}
	return *c.LockedUntil
}

// failed writes a failure down and locks the password route when it was one too many. u has no id when nobody has the
// address; knows tells that the password was the person's all the same.
func (s *Signin) failed(ctx context.Context, h held, u *staff.User, method, reason string, knows bool, from Origin, r rules) error {
	var id *string
	if u.ID != "" {
		id = &u.ID
	}
	if err := s.attempt(ctx, id, u.Email, method, reason, from); err != nil {
		return err
	}
	if reason == "inactive" || reason == "expired" {
		return nil // the password was right: nobody is guessing
	}
	return s.count(ctx, h, u, knows, from, r)
}

// count counts the failure that was just written, and locks with one too many. The right password, typed during a lock, is
// no wrong one, and costs the same statements, so that no clock tells it from them. For an account that does not exist the same
// statements run and find nothing.
func (s *Signin) count(ctx context.Context, h held, u *staff.User, knows bool, from Origin, r rules) error {
	now := s.db.Now()
	failures, err := s.recent(ctx, h, u.ID, now)
	if err != nil {
		return err
	}
	until, locks := h.LockedUntil, false
	switch {
	case h.locked(now) && knows:
		failures = h.Failures
	case h.locked(now):
		failures = h.Failures + 1 // a lock counts on, however long ago the first of them was
	case failures >= r.tries:
		end := now.Add(r.lockFor)
		until, locks = &end, true
	}
	err = s.db.In(ctx).Exec(`UPDATE credentials SET failures = ?, locked_until = ?, updated_at = ? WHERE user_id = ?`,
		failures, until, now, u.ID).Error
	if err != nil {
		return fmt.Errorf("count failure: %w", err)
	}
	if !locks {
		return nil
	}
	return s.tellLocked(ctx, u, now, *until, from, r)
}

// recent counts the wrong passwords typed at the door in the last quarter of an hour that came after the last success, the last change of
// the password and the end of the last lock.
func (s *Signin) recent(ctx context.Context, h held, userID string, now time.Time) (n int, err error) {
	since := now.Add(-triesWindow + time.Microsecond)
	for _, t := range []*time.Time{h.FailuresSince, h.LockedUntil} {
		if t != nil && t.After(since) && !t.After(now) {
			since = *t
		}
	}
	err = s.db.In(ctx).Raw(`SELECT count(*) FROM signin_attempts WHERE user_id = ? AND at >= ? AND reason IN ('wrong', 'locked') AND method = 'password' AND id >
		COALESCE((SELECT max(id) FROM signin_attempts WHERE user_id = ? AND at >= ? AND outcome = 'success'), '')`,
		userID, since, userID, since).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count failures: %w", err)
	}
	return n, nil
}

func (s *Signin) tellLocked(ctx context.Context, u *staff.User, now, until time.Time, from Origin, r rules) error {
	err := audit.Record(ctx, s.db, itself(from),
		audit.Entry{Action: "user.lock", Kind: "user", ID: u.ID, Changes: []audit.Change{{Field: "locked_until", After: until.Format(time.RFC3339)}}})
	if err != nil {
		return err
	}
	return s.post.Queue(ctx, post.Draft{
		SendKey: "locked/" + u.ID + "/" + now.Format(time.RFC3339), Kind: post.Locked, UserID: u.ID, Recipient: u.Email,
		Language: u.Language, Zone: u.Zone, Data: map[string]any{"Until": until, "Attempts": r.tries, "Network": from.Network}, GoodFor: time.Hour,
	})
}

// itself is this room as the history names it, where nobody asked for what is done.
func itself(from Origin) audit.Actor {
	who := access.System("signin").Actor
	who.Network, who.RequestID = from.Network, from.RequestID
	return who
}

// networkMay refuses a network that has failed too often. It is asked before the work of hashing, so tries that are
// under way at that moment are not among those it counts.
func (s *Signin) networkMay(ctx context.Context, from Origin) error {
	var n int
	err := s.db.Row(ctx, `SELECT count(*) FROM signin_attempts WHERE network = $1 AND at > $2 AND outcome = 'failure'`,
		from.limitKey(), s.db.Now().Add(-triesWindow)).Scan(&n)
	if err != nil {
		return fmt.Errorf("count network: %w", err)
	}
	if n >= triesNetwork {
		return &fault.TooMany{After: triesWindow, Message: fault.M("signin.network")}
	}
	return nil
}

// attempt writes one try to sign in. reason is "" for a success.
func (s *Signin) attempt(ctx context.Context, userID *string, email, method, reason string, from Origin) error {
	outcome := "success"
	if reason != "" {
		outcome = "failure"
	}
	_, err := s.db.Exec(ctx, `INSERT INTO signin_attempts (id, user_id, subject, network, user_agent, method, outcome, reason, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, store.NewID(), userID, s.subject(email), from.limitKey(), from.UserAgent,
		method, outcome, reason, s.db.Now())
	if err != nil {
		return fmt.Errorf("note attempt: %w", err)
	}
	return nil
}
