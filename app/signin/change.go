package signin

import (
	"context"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/notices"
	"chancery/app/staff"
)

// PasswordChange is what a person types to change their own password. When New and Confirm are both empty nothing of
// the password changes (S0-22).
type PasswordChange struct {
	Current   string
	New       string
	Confirm   string
	EndOthers bool // sign out the other devices (C-8)
}

func (p PasswordChange) empty() bool { return p.New == "" && p.Confirm == "" }

// Saved is what a save gives back. Token is the session's new secret when the password changed, and "" otherwise.
type Saved struct {
	User  *staff.User
	Token string
}

// NeedsCurrent tells whether changing the password asks for the one now in force: always, but for a forced change and
// for ten minutes after signing in by a link (C-2).
func (s *Signin) NeedsCurrent(c *Current) bool {
	return !c.MustChange && (c.Session.Method != "link" || !s.Fresh(c))
}

// Save changes a person's own profile and, when a new one is typed, their password: all of it or nothing (S0-24). All
// faults of both come together in one *fault.Invalid, on the fields "current", "new", "confirm" and those of the
// profile. The session stays, under a new token (S0-28, ASVS 7.2.4).
func (s *Signin) Save(ctx context.Context, c *Current, profile staff.ProfileChange, p PasswordChange, from Origin) (Saved, error) {
	bad := &fault.Invalid{}
	hash := ""
	if !p.empty() {
		var err error
		if hash, err = s.prepare(ctx, c, p, from, bad); err != nil {
			return Saved{}, err
		}
	}
	var out Saved
	err := s.db.Tx(ctx, func(ctx context.Context) (err error) {
		if out.User, err = s.staff.UpdateProfile(ctx, c.Actor(from), c.User.ID, profile); err != nil {
			if err = bad.Join(err); err != nil {
				return err
			}
		}
		if err := bad.Err(); err != nil {
			return err
		}
		if hash == "" {
			return nil
		}
		out.Token, err = s.changePassword(ctx, c, hash, p.EndOthers, from)
		return err
	})
	if err != nil {
		return Saved{}, err
	}
	return out, nil
}

// prepare checks a password change and hashes the new one, outside of any transaction, since hashing takes long.
func (s *Signin) prepare(ctx context.Context, c *Current, p PasswordChange, from Origin, bad *fault.Invalid) (string, error) {
	switch {
	case p.New == "":
		bad.Add("new", "password.new-missing")
	case p.Confirm == "":
		bad.Add("confirm", "password.repeat-missing")
	case p.New != p.Confirm:
		bad.Add("confirm", "password.mismatch")
	}
	if p.New != "" {
		s.policy(bad, "new", p.New, c.Org.PasswordPolicy, contextWords(&c.Org, &c.User))
	}
	needs := s.NeedsCurrent(c)
	if needs && p.Current == "" {
		bad.Add("current", "password.current-missing")
	}
	if bad.Err() != nil {
		return "", nil
	}
	if needs {
		if err := bad.Join(s.check(ctx, &c.User, "current", p.Current, from)); err != nil || bad.Err() != nil {
			return "", err
		}
	}
	old, err := s.credential(ctx, c.User.ID)
	if err != nil {
		return "", err
	}
	same := needs && p.Current == p.New
	if !needs && old.PasswordHash != "" {
		if same, err = s.hasher.verify(ctx, old.PasswordHash, p.New); err != nil {
			return "", err
		}
	}
	if same {
		bad.Add("new", "password.same-as-old")
		return "", nil
	}
	return s.hasher.hash(ctx, p.New)
}

func (s *Signin) changePassword(ctx context.Context, c *Current, hash string, endOthers bool, from Origin) (string, error) {
	now := s.db.Now()
	if err := s.setPassword(ctx, c.User.ID, hash, false, nil); err != nil {
		return "", err
	}
	if endOthers {
		if _, err := s.end(ctx, "password-changed", "user_id = ? AND id <> ?", c.User.ID, c.Session.ID); err != nil {
			return "", err
		}
	}
	if err := s.spendLinks(ctx, c.User.ID); err != nil {
		return "", err
	}
	token, tokenHash := newToken()
	if err := s.db.In(ctx).Exec(`UPDATE sessions SET token_hash = ?, proven_at = ? WHERE id = ?`, tokenHash, now, c.Session.ID).Error; err != nil {
		return "", fmt.Errorf("rotate session: %w", err)
	}
	if err := audit.Record(ctx, s.db, c.Actor(from).Actor, audit.Entry{Action: "password.change", Kind: "user", ID: c.User.ID}); err != nil {
		return "", err
	}
	return token, s.tellChanged(ctx, &c.User, now, from)
}

func (s *Signin) tellChanged(ctx context.Context, u *staff.User, at time.Time, from Origin) error {
	return s.notices.Queue(ctx, notices.Draft{
		SendKey: "password-changed/" + u.ID + "/" + at.Format(time.RFC3339Nano), Kind: notices.PasswordChanged, UserID: u.ID,
		Recipient: u.Email, Language: u.Language, Zone: u.Zone,
		Data: map[string]any{"When": at, "Network": from.Network, "Device": Device(from.UserAgent)},
	})
}

// setPassword stores a hash and clears what stood in the way of signing in with it. expires is for temporary ones.
func (s *Signin) setPassword(ctx context.Context, userID, hash string, mustChange bool, expires *time.Time) error {
	now := s.db.Now()
	err := s.db.In(ctx).Exec(`INSERT INTO credentials (user_id, password_hash, password_changed_at, password_expires_at, must_change, updated_at)
		VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (user_id) DO UPDATE SET password_hash = excluded.password_hash, password_changed_at = excluded.password_changed_at,
			password_expires_at = excluded.password_expires_at, must_change = excluded.must_change, failures = 0,
			failures_since = NULL, locked_until = NULL, updated_at = excluded.updated_at`,
		userID, hash, now, expires, mustChange, now).Error
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	return nil
}

// SetPassword sets a user's password on the practice's behalf, for seeds and the operator's commands. It is checked
// against the policy like any other.
func (s *Signin) SetPassword(ctx context.Context, actor access.Actor, userID, password string, mustChange bool) error {
	if err := actor.Must(access.UsersEdit); err != nil {
		return err
	}
	u, err := s.staff.Get(ctx, userID)
	if err != nil {
		return err
	}
	org, err := s.staff.Organization(ctx)
	if err != nil {
		return err
	}
	bad := &fault.Invalid{}
	s.policy(bad, "password", password, org.PasswordPolicy, contextWords(org, u))
	if err := bad.Err(); err != nil {
		return err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.setPassword(ctx, userID, hash, mustChange, nil); err != nil {
			return err
		}
		return audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: "password.set", Kind: "user", ID: userID})
	})
}
