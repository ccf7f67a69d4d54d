package signin

import (
	"context"
	"fmt"
	"time"

	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
)

// Lifetimes of what is handed to new colleagues (C-14).
const (
	welcomeLasts   = 7 * 24 * time.Hour
	temporaryLasts = 72 * time.Hour
)

// IssueWelcome makes a one-time link for a user who has not signed in yet and returns its secret. It is called at the
// moment of sending, so that the secret is never at rest; when a mail is sent again, both links work until one is used.
// For anyone else it is *fault.Refused: a welcome is no way around a password.
func (s *Signin) IssueWelcome(ctx context.Context, userID string) (token string, expires time.Time, err error) {
	token, hash := newToken()
	now := s.db.Now()
	expires = now.Add(welcomeLasts)
	err = s.toPending(ctx, userID, func(ctx context.Context) error {
		err := s.db.In(ctx).Exec(`INSERT INTO links (id, token_hash, user_id, purpose, created_at, expires_at) VALUES (?, ?, ?, 'welcome', ?, ?)`,
			store.NewID(), hash, userID, now, expires).Error
		if err != nil {
			return fmt.Errorf("issue link: %w", err)
		}
		return nil
	})
	if err != nil {
		return "", expires, err
	}
	return token, expires, nil
}

// toPending runs fn in a transaction that holds a person who has not signed in yet.
func (s *Signin) toPending(ctx context.Context, userID string, fn func(ctx context.Context) error) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		h, err := s.hold(ctx, userID)
		if err != nil {
			return err
		}
		if h.status != staff.Pending {
			return fault.Refuse("welcome.used")
		}
		return fn(ctx)
	})
}

// IssueTemporary makes a temporary password for a user who has not signed in yet, stores its hash, and returns it with
// its end. It must be changed at the first sign-in (S1-5, S1-6, ASVS 6.4.1). For anyone else it is *fault.Refused: it
// would take the place of a password that they have chosen.
func (s *Signin) IssueTemporary(ctx context.Context, userID string) (password string, expires time.Time, err error) {
	password = newPassword()
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return "", expires, err
	}
	expires = s.db.Now().Add(temporaryLasts)
	err = s.toPending(ctx, userID, func(ctx context.Context) error { return s.setPassword(ctx, userID, hash, true, &expires) })
	if err != nil {
		return "", expires, err
	}
	return password, expires, nil
}

// Invited is whom a welcome link is for.
type Invited struct {
	User *staff.User
	Org  *staff.Organization
	id   string
}

// Welcome reads a welcome link without using it up, so that mail scanners that follow links change nothing (ASVS
// 3.5.3). It returns fault.ErrNotFound for one that never was, and *fault.Refused with "welcome.used",
// "welcome.expired", or "welcome.done" for whom has a password of their own by now.
func (s *Signin) Welcome(ctx context.Context, token string) (*Invited, error) {
	var link struct {
		ID        string
		UserID    string
		ExpiresAt time.Time
		UsedAt    *time.Time
	}
	if len(token) != 43 {
		return nil, fault.ErrNotFound
	}
	ok, err := store.One(s.db.In(ctx).Raw(`SELECT id, user_id, expires_at, used_at FROM links WHERE token_hash = ? AND purpose = 'welcome'`, hashToken(token)), &link)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, fault.ErrNotFound
	case link.UsedAt != nil:
		return nil, fault.Refuse("welcome.used")
	}
	u, err := s.staff.Get(ctx, link.UserID)
	if err != nil {
		return nil, err
	}
	c, err := s.credential(ctx, u.ID)
	if err != nil {
		return nil, err
	}
	if err := welcomes(u.Status, c); err != nil {
		return nil, err
	}
	if !s.db.Now().Before(link.ExpiresAt) {
		return nil, fault.Refuse("welcome.expired")
	}
	org, err := s.staff.Organization(ctx)
	if err != nil {
		return nil, err
	}
	return &Invited{User: u, Org: org, id: link.ID}, nil
}

// welcomes tells whether a person is still to be welcomed: until they have signed in with a password that is their own.
// After that an open link would be a way around it.
func welcomes(status staff.Status, c credential) error {
	switch {
	case status == staff.Pending, status == staff.Active && c.MustChange:
		return nil
	case status == staff.Inactive:
		return fault.Refuse("welcome.expired")
	default:
		return fault.Refuse("welcome.done")
	}
}

// AcceptWelcome sets the first password by a welcome link, takes the address as verified, and opens a session. It
// returns what Welcome returns, or *fault.Invalid on "new" and "confirm"; then the link still works.
func (s *Signin) AcceptWelcome(ctx context.Context, token, password, confirm string, from Origin) (Opened, error) {
	from = from.clean()
	invited, err := s.Welcome(ctx, token)
	if err != nil {
		return Opened{}, err
	}
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
		s.policy(bad, "new", password, invited.Org.PasswordPolicy, contextWords(invited.Org, invited.User))
	}
	if err := bad.Err(); err != nil {
		return Opened{}, err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return Opened{}, err
	}
	var o Opened
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		now := s.db.Now()
		h, err := s.hold(ctx, invited.User.ID)
		if err != nil {
			return err
		}
		used := s.db.In(ctx).Exec(`UPDATE links SET used_at = ? WHERE id = ? AND used_at IS NULL`, now, invited.id)
		if used.Error != nil {
			return fmt.Errorf("use link: %w", used.Error)
		}
		if used.RowsAffected == 0 {
			return fault.Refuse("welcome.used")
		}
		if err := welcomes(h.status, h.credential); err != nil {
			return err
		}
		if err := s.spendLinks(ctx, invited.User.ID); err != nil {
			return err
		}
		if err := s.setPassword(ctx, invited.User.ID, hash, false, nil); err != nil {
			return err
		}
		h.MustChange = false
		err = s.db.In(ctx).Exec(`UPDATE users SET email_verified_at = COALESCE(email_verified_at, ?) WHERE id = ?`, now, invited.User.ID).Error
		if err != nil {
			return fmt.Errorf("verify address: %w", err)
		}
		if o, err = s.open(ctx, h, invited.User, "link", from); err != nil {
			return err
		}
		who := audit.Actor{ID: invited.User.ID, Name: invited.User.Name(), Network: from.Network, RequestID: from.RequestID}
		return audit.Record(ctx, s.db, who, audit.Entry{Action: "user.accept-invitation", Kind: "user", ID: invited.User.ID})
	})
	return o, err
}

// spendLinks makes every open link of a user useless. They end, rather than count as used: to read that a link was used
// alarms people, and rightly.
func (s *Signin) spendLinks(ctx context.Context, userID string) error {
	now := s.db.Now()
	if err := s.db.In(ctx).Exec(`UPDATE links SET expires_at = ? WHERE user_id = ? AND used_at IS NULL AND expires_at > ?`, now, userID, now).Error; err != nil {
		return fmt.Errorf("spend links: %w", err)
	}
	return nil
}
