package signin

import (
	"context"
	"fmt"
	"time"

	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/staff"
)

// PasswordChange is what a person types to change their own password. When New and Confirm are both empty nothing of
// the password changes (S0-22), unless Meant says that the form is for nothing else: then it is an oversight.
type PasswordChange struct {
	Current   string
	New       string
	Confirm   string
	EndOthers bool // sign out the other devices (C-8)
	Meant     bool
}

func (p PasswordChange) empty() bool { return p.New == "" && p.Confirm == "" && !p.Meant }

// Saved is what a save gives back. Token is the session's new secret when the password changed, and "" otherwise; Proven that
// of a proof that was just given (SaveProven), which counts where there is no Token.
type Saved struct {
	User   *staff.User
	Token  string
	Proven string
}

// NeedsCurrent tells whether changing the password asks for the one now in force: always, but for a forced change and
// in the first ten minutes of a session opened by a link or a PIN (C-2, S3-14). Later proofs in that session do not count: they were
// given with the very password.
func (s *Signin) NeedsCurrent(c *Current) bool {
	byLink := (c.Session.Method == "link" || c.Session.Method == "pin") && s.db.Now().Sub(c.Session.CreatedAt) < proofLasts
	return !c.MustChange && !byLink
}

// Save changes a person's own profile and, when a new one is typed, their password: all of it or nothing (S0-24). All
// faults of both come together in one *fault.Invalid, on the fields "current", "new", "confirm" and those of the
// profile. The session stays, under a new token (S0-28,
// ASVS 7.2.4). A number that signs in is changed by who has proved lately who they are (SaveProven); else that is the fault of
// "cell". When the session has ended meanwhile, or another tab was faster, it is *fault.Refused.
func (s *Signin) Save(ctx context.Context, c *Current, profile staff.ProfileChange, p PasswordChange, from Origin) (Saved, error) {
	from = from.clean()
	if changesCell(&c.User, profile) && s.AsksForCell(c, &c.User) {
		return Saved{}, fault.Field1("cell", "cell.proof")
	}
	if p.empty() {
		u, err := s.staff.UpdateKnown(ctx, c.Actor(from), &c.User, profile)
		return Saved{User: u}, err
	}
	bad := &fault.Invalid{}
	old, hash, err := s.prepare(ctx, c, p, from, bad)
	if err != nil {
		return Saved{}, err
	}
	var out Saved
	err = s.db.Tx(ctx, func(ctx context.Context) (err error) {
		if out.User, err = s.staff.UpdateKnown(ctx, c.Actor(from), &c.User, profile); err != nil {
			if err = bad.Join(err); err != nil {
				return err
			}
		}
		if err := bad.Err(); err != nil {
			return err
		}
		out.Token, err = s.changePassword(ctx, c, old, hash, p.EndOthers, from)
		return err
	})
	if err != nil {
		return Saved{}, err
	}
	return out, nil
}

// prepare checks a password change and hashes the new one, outside of any transaction, since hashing takes long. old is
// the hash that it is to replace. All that is wrong is said at once: the current password is looked at although the new
// one would not do, and a wrong one counts (check.go), so that nobody guesses it by new ones that are never taken.
func (s *Signin) prepare(ctx context.Context, c *Current, p PasswordChange, from Origin, bad *fault.Invalid) (old, hash string, err error) {
	if p.New == "" {
		bad.Add("new", "password.new-missing")
	} else {
		s.policy(bad, "new", p.New, c.Org.PasswordPolicy, contextWords(&c.Org, &c.User))
	}
	switch {
	case p.Confirm == "":
		bad.Add("confirm", "password.repeat-missing")
	case p.New != "" && p.New != p.Confirm:
		bad.Add("confirm", "password.mismatch")
	}
	old, same, err := s.inForce(ctx, c, p, from, bad)
	if err != nil {
		return "", "", err
	}
	if same && !bad.Has("new") {
		bad.Add("new", "password.same-as-old")
	}
	if bad.Err() != nil {
		return "", "", nil
	}
	hash, err = s.hasher.hash(ctx, p.New)
	return old, hash, err
}

// inForce is the hash of the password in force, once the person has typed it where they must, and whether the new one is
// the same. What is wrong with what they typed stands in bad.
func (s *Signin) inForce(ctx context.Context, c *Current, p PasswordChange, from Origin, bad *fault.Invalid) (old string, same bool, err error) {
	if s.NeedsCurrent(c) {
		if p.Current == "" {
			bad.Add("current", "password.current-missing")
			return "", false, nil
		}
		if old, err = s.check(ctx, c, "current", p.Current, from); err != nil {
			return "", false, bad.Join(err)
		}
		return old, p.Current == p.New, nil
	}
	now, err := s.credential(ctx, c.User.ID)
	if err != nil {
		return "", false, err
	}
	if old = now.PasswordHash; old != "" && p.New != "" && !bad.Has("new") {
		same, err = s.hasher.verify(ctx, old, p.New)
	}
	return old, same, err
}

// changePassword replaces old by hash, and the session's token by a new one, which it returns. Both must still be what
// they were when the request came in.
func (s *Signin) changePassword(ctx context.Context, c *Current, old, hash string, endOthers bool, from Origin) (string, error) {
	now := s.db.Now()
	h, err := s.hold(ctx, c.User.ID)
	if err != nil {
		return "", err
	}
	token, tokenHash := newToken()
	rotated := s.db.In(ctx).Exec(`UPDATE sessions SET token_hash = ?, proven_at = ? WHERE id = ? AND token_hash = ? AND ended_at IS NULL`,
		tokenHash, now, c.Session.ID, c.Session.TokenHash)
	switch {
	case rotated.Error != nil:
		return "", fmt.Errorf("rotate session: %w", rotated.Error)
	case rotated.RowsAffected == 0, h.status == staff.Inactive:
		return "", fault.Refuse("signin.again-note-short")
	case h.PasswordHash != old:
		return "", fault.Field1("current", "password.wrong-current")
	}
	if err := s.setPassword(ctx, c.User.ID, hash, false, nil); err != nil {
		return "", err
	}
	if endOthers {
		if _, err := s.end(ctx, "password-changed", "user_id = ? AND id <> ?", c.User.ID, c.Session.ID); err != nil {
			return "", err
		}
	}
	if err := s.spendLinks(ctx, c.User.ID, forWelcome, forReset); err != nil {
		return "", err
	}
	if err := audit.Record(ctx, s.db, c.Actor(from).Actor, audit.Entry{Action: "password.change", Kind: "user", ID: c.User.ID}); err != nil {
		return "", err
	}
	return token, s.tellChanged(ctx, &c.User, now, from)
}

func (s *Signin) tellChanged(ctx context.Context, u *staff.User, at time.Time, from Origin) error {
	return s.post.Queue(ctx, post.Draft{
		SendKey: "password-changed/" + u.ID + "/" + at.Format(time.RFC3339Nano), Kind: post.PasswordChanged, UserID: u.ID,
		Recipient: u.Email, Language: u.Language, Zone: u.Zone,
		Data: map[string]any{"When": at, "Network": from.Network, "Device": Device(from.UserAgent)},
	})
}

// setPassword stores a hash for a person whom the transaction holds, and clears what stood in the way of signing in with
// it. expires is for temporary ones.
func (s *Signin) setPassword(ctx context.Context, userID, hash string, mustChange bool, expires *time.Time) error {
	now := s.db.Now()
	err := s.db.In(ctx).Exec(`INSERT INTO credentials (user_id, password_hash, password_changed_at, password_expires_at, must_change, failures_since, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (user_id) DO UPDATE SET password_hash = excluded.password_hash, password_changed_at = excluded.password_changed_at,
			password_expires_at = excluded.password_expires_at, must_change = excluded.must_change, failures = 0,
			failures_since = excluded.failures_since, locked_until = NULL, disowned_at = NULL, updated_at = excluded.updated_at`,
		userID, hash, now, expires, mustChange, now, now).Error
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	// A sign-in that was begun with the one before is over, too.
	_, err = s.db.Exec(ctx, `UPDATE signin_steps SET used_at = $1 WHERE user_id = $2 AND method = 'password' AND purpose = 'sign-in' AND used_at IS NULL`, now, userID)
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	return nil
}
