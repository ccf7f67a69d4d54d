package signin

import (
	"context"
	"fmt"
	"strings"
	"time"

	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/notices"
	"chancery/app/staff"
	"chancery/app/store"
)

// Limits of tries (S2-31, ASVS 6.3.1).
const (
	tries        = 10
	triesWindow  = 15 * time.Minute
	lockFor      = 15 * time.Minute
	triesLocked  = 5   // how many more are checked during a lock
	triesNetwork = 100 // failures of one network within the window
	sessionsMax  = 20
)

// Opened is a session just begun: the token for the browser, and whether the person must first change their password.
type Opened struct {
	Token      string
	UserID     string
	ExpiresAt  time.Time
	MustChange bool
}

// SignIn opens a session by e-mail and password. It returns *fault.Refused (wrong, locked, expired or inactive) or
// *fault.TooMany. Which of the reasons it was is told only to whom knows the password.
func (s *Signin) SignIn(ctx context.Context, email, password string, from Origin) (Opened, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	if err := s.networkMay(ctx, from); err != nil {
		return Opened{}, err
	}
	u, c, known, err := s.person(ctx, email)
	if err != nil {
		return Opened{}, err
	}
	hash := c.PasswordHash
	if s.spent(c) || len(password) > 4*passwordMax {
		hash = "" // past the tries of a lock, or no password at all: as much work, never right
	}
	right, err := s.hasher.verify(ctx, hash, clip(password, 4*passwordMax))
	if err != nil {
		return Opened{}, err
	}
	reason := s.refusal(known, right, u.Status, c)
	if reason == "" {
		var o Opened
		err := s.db.Tx(ctx, func(ctx context.Context) (err error) {
			o, err = s.open(ctx, &u, "password", from)
			return err
		})
		return o, err
	}
	if err := s.failed(ctx, known, &u, email, "password", reason, from); err != nil {
		return Opened{}, err
	}
	switch {
	case !right:
		return Opened{}, fault.Refuse("signin.wrong")
	case reason == "locked":
		return Opened{}, fault.Refuse("signin.locked", "Until", *c.LockedUntil)
	default:
		return Opened{}, fault.Refuse("signin." + reason)
	}
}

// person finds who signs in by an address, and how they prove it. An address nobody has costs the same two statements.
func (s *Signin) person(ctx context.Context, email string) (u staff.User, c credential, known bool, err error) {
	known, err = store.Found(s.db.In(ctx).Where("email = ?", email).Take(&u).Error)
	if err != nil {
		return u, c, false, fmt.Errorf("person: %w", err)
	}
	c, err = s.credential(ctx, u.ID)
	return u, c, known, err
}

// refusal is why a try fails, or "" when it does not.
func (s *Signin) refusal(known, right bool, status staff.Status, c credential) string {
	now := s.db.Now()
	switch {
	case !known:
		return "unknown"
	case !right && c.LockedUntil != nil && now.Before(*c.LockedUntil):
		return "locked"
	case !right:
		return "wrong"
	case status == staff.Inactive:
		return "inactive"
	case c.LockedUntil != nil && now.Before(*c.LockedUntil):
		return "locked"
	case c.PasswordExpiresAt != nil && !now.Before(*c.PasswordExpiresAt):
		return "expired"
	default:
		return ""
	}
}

// spent tells whether a lock has used up the tries that are still checked while it lasts.
func (s *Signin) spent(c credential) bool {
	return c.LockedUntil != nil && s.db.Now().Before(*c.LockedUntil) && c.Failures >= tries+triesLocked
}

// open is the gate: the one place where a session begins. It must run in a transaction, after the person's proof was
// found good. It asks the status again under a lock, so that a deactivation that is just being written wins.
func (s *Signin) open(ctx context.Context, u *staff.User, method string, from Origin) (Opened, error) {
	var status string // gorm counts no row for a string type of our own
	ok, err := store.One(s.db.In(ctx).Raw(`SELECT status FROM users WHERE id = ?`+s.db.ForUpdate(), u.ID), &status)
	if err != nil {
		return Opened{}, err
	}
	if !ok || staff.Status(status) == staff.Inactive {
		return Opened{}, fault.Refuse("signin.inactive")
	}
	now := s.db.Now()
	token, hash := newToken()
	session := Session{
		ID: store.NewID(), TokenHash: hash, UserID: u.ID, Method: method, Network: from.Network,
		UserAgent: clip(from.UserAgent, 512), CreatedAt: now, ProvenAt: now, LastSeenAt: now, ExpiresAt: now.Add(s.opt.Lifetime),
	}
	if err := s.db.In(ctx).Create(&session).Error; err != nil {
		return Opened{}, fmt.Errorf("open session: %w", err)
	}
	if err := s.endOldest(ctx, u.ID, now); err != nil {
		return Opened{}, err
	}
	if err := s.attempt(ctx, &u.ID, u.Email, method, "", from); err != nil {
		return Opened{}, err
	}
	err = s.db.In(ctx).Exec(`UPDATE users SET last_sign_in_at = ?, status = CASE status WHEN 'PENDING' THEN 'ACTIVE' ELSE status END WHERE id = ?`, now, u.ID).Error
	if err != nil {
		return Opened{}, fmt.Errorf("open session: %w", err)
	}
	err = s.db.In(ctx).Exec(`UPDATE credentials SET failures = 0, failures_since = NULL, locked_until = NULL, updated_at = ? WHERE user_id = ?`, now, u.ID).Error
	if err != nil {
		return Opened{}, fmt.Errorf("open session: %w", err)
	}
	c, err := s.credential(ctx, u.ID)
	if err != nil {
		return Opened{}, err
	}
	return Opened{Token: token, UserID: u.ID, ExpiresAt: session.ExpiresAt, MustChange: c.MustChange}, nil
}

func (s *Signin) endOldest(ctx context.Context, userID string, now time.Time) error {
	err := s.db.In(ctx).Exec(`UPDATE sessions SET ended_at = ?, ended_why = 'too-many' WHERE user_id = ? AND ended_at IS NULL AND id NOT IN
		(SELECT id FROM sessions WHERE user_id = ? AND ended_at IS NULL ORDER BY created_at DESC, id DESC LIMIT ?)`,
		now, userID, userID, sessionsMax).Error
	if err != nil {
		return fmt.Errorf("end oldest session: %w", err)
	}
	return nil
}

// failed writes a failure down and locks the password route when it was one too many.
func (s *Signin) failed(ctx context.Context, known bool, u *staff.User, email, method, reason string, from Origin) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		var id *string
		if known {
			id = &u.ID
		}
		if err := s.attempt(ctx, id, email, method, reason, from); err != nil {
			return err
		}
		if reason == "inactive" || reason == "expired" {
			return nil // the password was right: nobody is guessing
		}
		return s.count(ctx, u, from)
	})
}

// count counts one failure of an account, and locks it with the tenth. For an account that does not exist the same
// statement runs and finds nothing.
func (s *Signin) count(ctx context.Context, u *staff.User, from Origin) error {
	now := s.db.Now()
	begins := now.Add(-triesWindow)
	err := s.db.In(ctx).Exec(`UPDATE credentials SET
			failures = CASE WHEN failures_since IS NULL OR failures_since < ? THEN 1 ELSE failures + 1 END,
			failures_since = CASE WHEN failures_since IS NULL OR failures_since < ? THEN ? ELSE failures_since END
		WHERE user_id = ?`, begins, begins, now, u.ID).Error
	if err != nil {
		return fmt.Errorf("count failure: %w", err)
	}
	until := now.Add(lockFor)
	locked := s.db.In(ctx).Exec(`UPDATE credentials SET locked_until = ?, updated_at = ?
		WHERE user_id = ? AND failures >= ? AND (locked_until IS NULL OR locked_until <= ?)`, until, now, u.ID, tries, now)
	if locked.Error != nil {
		return fmt.Errorf("lock: %w", locked.Error)
	}
	if locked.RowsAffected == 0 {
		return nil
	}
	err = audit.Record(ctx, s.db, audit.Actor{ID: "system:signin", Name: "signin", Network: from.Network, RequestID: from.RequestID},
		audit.Entry{Action: "user.lock", Kind: "user", ID: u.ID, Changes: []audit.Change{{Field: "locked_until", After: until.Format(time.RFC3339)}}})
	if err != nil {
		return err
	}
	return s.notices.Queue(ctx, notices.Draft{
		SendKey: "locked/" + u.ID + "/" + now.Format(time.RFC3339), Kind: notices.Locked, UserID: u.ID, Recipient: u.Email,
		Language: u.Language, Zone: u.Zone, Data: map[string]any{"Until": until, "Attempts": tries, "Network": from.Network}, GoodFor: time.Hour,
	})
}

func (s *Signin) networkMay(ctx context.Context, from Origin) error {
	var n int
	err := s.db.In(ctx).Raw(`SELECT count(*) FROM signin_attempts WHERE network = ? AND at > ? AND outcome = 'failure'`,
		from.limitKey(), s.db.Now().Add(-triesWindow)).Scan(&n).Error
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
	err := s.db.In(ctx).Exec(`INSERT INTO signin_attempts (id, user_id, subject, network, user_agent, method, outcome, reason, at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, store.NewID(), userID, s.subject(email), from.limitKey(), clip(from.UserAgent, 512),
		method, outcome, reason, s.db.Now()).Error
	if err != nil {
		return fmt.Errorf("note attempt: %w", err)
	}
	return nil
}
