package signin

import (
	"context"
	"fmt"
	"slices"
	"time"

	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
)

// Lifetimes of what is handed out (C-14, ASVS 6.4.1, 6.4.3). How long an invitation works the practice says.
const (
	temporaryLasts = 72 * time.Hour // a first password
	resetLasts     = 24 * time.Hour // a temporary password after a reset
	recoveryLasts  = time.Hour      // a recovery link
	verifyLasts    = 72 * time.Hour // a link that proves an address, and so a change of address that waits for it
)

// The purposes of links.
const (
	forWelcome = "welcome"
	forReset   = "reset"
	forVerify  = "verify"
)

// link is a one-time link as it is stored. Epoch is of its making; it counts only while that is the person's (B-2).
type link struct {
	ID        string
	UserID    string
	Address   string // that it proves, or ""
	CreatedBy string // who asked for it, or ""
	ExpiresAt time.Time
	UsedAt    *time.Time
	Since     *time.Time // of a link that disowns: from when on it takes back
	Epoch     int64
	Current   int64 // the person's epoch now
}

// void tells why a link does not work any more, in the given words, or nil.
func (l *link) void(now time.Time, used, expired string) error {
	switch {
	case l.UsedAt != nil:
		return fault.Refuse(used)
	case l.Epoch != l.Current || !now.Before(l.ExpiresAt):
		return fault.Refuse(expired)
	default:
		return nil
	}
}

// find reads a link by its secret, without using it up, so that mail scanners that follow links change nothing (ASVS
// 3.5.3). It returns fault.ErrNotFound for one that never was.
func (s *Signin) find(ctx context.Context, token, purpose string) (*link, error) {
	if len(token) != 43 {
		return nil, fault.ErrNotFound
	}
	var l link
	ok, err := store.One(s.db.In(ctx).Raw(`SELECT l.id, l.user_id, l.address, l.created_by, l.expires_at, l.used_at, l.since, l.epoch, u.epoch AS current
		FROM links l JOIN users u ON u.id = l.user_id WHERE l.token_hash = ? AND l.purpose = ?`, hashToken(token), purpose), &l)
	switch {
	case err != nil:
		return nil, fmt.Errorf("link: %w", err)
	case !ok:
		return nil, fault.ErrNotFound
	}
	return &l, nil
}

// issue makes a link for a person whom the transaction holds, and returns its secret. It is called at the moment of
// sending, so that the secret is never at rest; when a mail is sent again, both links work until one is used.
func (s *Signin) issue(ctx context.Context, h held, userID, purpose, address, by string, lasts time.Duration) (token string, expires time.Time, err error) {
	token, hash := newToken()
	now := s.db.Now()
	expires = now.Add(lasts)
	_, err = s.db.Exec(ctx, `INSERT INTO links (id, token_hash, user_id, purpose, created_at, expires_at, epoch, address, created_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, store.NewID(), hash, userID, purpose, now, expires, h.epoch, address, by)
	if err != nil {
		return "", expires, fmt.Errorf("issue link: %w", err)
	}
	return token, expires, nil
}

// use marks a link as used, in a transaction that holds its person. It asks once more what may have changed since the
// link was read: of two clicks one counts, and none after the epoch was raised. It is refused in the given words.
func (s *Signin) use(ctx context.Context, l *link, used string) error {
	now := s.db.Now()
	n, err := s.db.Exec(ctx, `UPDATE links SET used_at = $1 WHERE id = $2 AND used_at IS NULL AND expires_at > $3
		AND epoch = (SELECT u.epoch FROM users u WHERE u.id = links.user_id)`, now, l.ID, now)
	if err != nil {
		return fmt.Errorf("use link: %w", err)
	}
	if n == 0 {
		return fault.Refuse(used)
	}
	return nil
}

// behind reads a link that still works, for a person whose status lets it, and whom it is for. It does not use it up. It
// returns fault.ErrNotFound for one that never was, and *fault.Refused in the given words.
func (s *Signin) behind(ctx context.Context, token, purpose, used, expired string, lets func(staff.Status) bool) (*Invited, error) {
	l, err := s.find(ctx, token, purpose)
	if err != nil {
		return nil, err
	}
	if err := l.void(s.db.Now(), used, expired); err != nil {
		return nil, err
	}
	in, err := s.invited(ctx, l)
	if err != nil {
		return nil, err
	}
	if !lets(in.User.Status) {
		return nil, fault.Refuse(expired)
	}
	return in, nil
}

// invited reads whom a link is for.
func (s *Signin) invited(ctx context.Context, l *link) (*Invited, error) {
	u, err := s.staff.Get(ctx, l.UserID)
	if err != nil {
		return nil, err
	}
	org, err := s.staff.Organization(ctx)
	if err != nil {
		return nil, err
	}
	return &Invited{User: u, Org: org, link: l}, nil
}

// chosen checks and hashes the password that a person chooses by a link. It returns *fault.Invalid on "new" and
// "confirm"; then the link still works.
func (s *Signin) chosen(ctx context.Context, in *Invited, password, confirm string) (hash string, err error) {
	bad := &fault.Invalid{}
	switch {
	case password == "":
		bad.Add("new", "password.new-missing")
	case confirm == "":
		bad.Add("confirm", "password.repeat-missing")
	case password != confirm:
		bad.Add("confirm", "password.mismatch")
	}
	if password != "" {
		s.policy(bad, "new", password, in.Org.PasswordPolicy, contextWords(in.Org, in.User))
	}
	if err := bad.Err(); err != nil {
		return "", err
	}
	return s.hasher.hash(ctx, password)
}

// verified takes a person's address as proved, since they have opened what was sent to it.
func (s *Signin) verified(ctx context.Context, userID string) error {
	_, err := s.db.Exec(ctx, `UPDATE users SET email_verified_at = COALESCE(email_verified_at, $1) WHERE id = $2`, s.db.Now(), userID)
	if err != nil {
		return fmt.Errorf("verify address: %w", err)
	}
	return nil
}

// spendLinks makes a user's open links of some purposes useless, or of all when none is named. They end, rather than count as used: to read that a link
// was used alarms people, and rightly.
func (s *Signin) spendLinks(ctx context.Context, userID string, purposes ...string) error {
	now := s.db.Now()
	if len(purposes) == 0 || slices.Contains(purposes, forVerify) {
		if err := s.staff.ReleaseHeld(ctx, userID); err != nil {
			return err
		}
	}
	if len(purposes) == 0 {
		purposes = []string{forWelcome, forReset, forVerify, forDisown}
	}
	err := s.db.In(ctx).Exec(`UPDATE links SET expires_at = ? WHERE user_id = ? AND purpose IN ? AND used_at IS NULL AND expires_at > ?`,
		now, userID, purposes, now).Error
	if err != nil {
		return fmt.Errorf("spend links: %w", err)
	}
	return nil
}
