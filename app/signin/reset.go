package signin

import (
	"context"
	"fmt"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/staff"
	"chancery/app/store"
)

// Way is how someone comes to a new password at an administrator's wish.
type Way string

// The three ways. The link is the default, since with it nobody but the person knows the password (C-14, ASVS 6.4.6).
const (
	ByLink Way = "link"   // a recovery link by mail, one hour, once (S1-20)
	ByMail Way = "mailed" // a random password by mail (S1-19)
	ByHand Way = "typed"  // typed by the administrator, who hands it over (S1-21)
)

// Reset is the administrator's choice. A password that somebody else knows works once, expires after 24 hours, must be
// changed, and ends what the person has in hand; a link does that when it is used, and at once where EndSessions says so.
type Reset struct {
	Way         Way
	Typed       string
	EndSessions bool
}

// resetsMost is how many mails of a reset a person may be sent within resetsWithin.
const (
	resetsMost   = 5
	resetsWithin = time.Hour
)

// ResetPassword gives a colleague a way to a new password (S1-19…S1-21, C-14). It needs users.reset-password and a fresh
// proof of the administrator (ASVS 7.5.1), and is over the account. The person is told by mail (ASVS 6.3.7). It
// returns Confirm's token, also beside an error, or *fault.Invalid ("password" the administrator's own, "way",
// "temporary_password"), *fault.Refused, *fault.TooMany.
func (s *Signin) ResetPassword(ctx context.Context, c *Current, userID string, reset Reset, proof Proof, from Origin) (token string, err error) {
	actor := c.Actor(from)
	if err := actor.Must(access.UsersReset); err != nil {
		return "", err
	}
	u, err := s.staff.Get(ctx, userID)
	if err != nil {
		return "", err
	}
	if err := s.MayReset(ctx, actor, u); err != nil {
		return "", err
	}
	hash, err := s.resetHash(ctx, &c.Org, u, reset)
	if err != nil {
		return "", err
	}
	if token, err = s.Confirm(ctx, c, proof, from); err != nil {
		return "", err
	}
	return token, s.reset(ctx, actor, u, reset, hash)
}

// MayReset tells why somebody cannot be given a new password by this actor, as *fault.Refused or *fault.Forbidden, or nil.
func (s *Signin) MayReset(ctx context.Context, actor access.Actor, u *staff.User) error {
	switch {
	case u.ID == actor.ID:
		return fault.Refuse("reset.own")
	case u.Status == staff.Inactive:
		return fault.Refuse("reset.inactive")
	case u.Status == staff.Pending:
		return fault.Refuse("reset.invited")
	}
	return s.over(ctx, actor, u.ID)
}

// over keeps an account from whose rights do not cover its own, a Super Admin's above all (access.OverAccount). Every verb
// of this room that administrators have is over the account.
func (s *Signin) over(ctx context.Context, actor access.Actor, userID string) error {
	return access.New(s.db).MustOver(ctx, actor, access.OverAccount, userID)
}

// MayOver is MustOver for a page, by the roles and profiles that the request has found: one short query, and none for a
// Super Admin.
func (s *Signin) MayOver(ctx context.Context, actor access.Actor, o access.Over, userID string) error {
	if o == access.OverNothing || actor.ID == userID || actor.Rights.Super() {
		return nil
	}
	var of struct{ RoleID, Profiles string }
	_, err := store.One(s.db.In(ctx).Raw(`SELECT u.role_id, COALESCE((SELECT string_agg(up.profile_id, ' ') FROM user_profiles up WHERE up.user_id = u.id), '') AS profiles
		FROM users u WHERE u.id = ?`, userID), &of)
	if err != nil {
		return fmt.Errorf("over whom: %w", err)
	}
	book, err := s.Book(ctx)
	if err != nil {
		return err
	}
	return actor.MustOver(o, userID, book.Rights(of.RoleID, strings.Fields(of.Profiles)))
}

// resetHash checks the way, and checks and hashes a typed password.
func (s *Signin) resetHash(ctx context.Context, org *staff.Organization, u *staff.User, reset Reset) (string, error) {
	bad := &fault.Invalid{}
	switch {
	case reset.Way == ByLink:
	case reset.Way == ByMail && org.AllowMailedPassword:
	case reset.Way == ByHand && org.AllowTypedPassword && reset.Typed == "":
		bad.Add("temporary_password", "password.new-missing")
	case reset.Way == ByHand && org.AllowTypedPassword:
		s.policy(bad, "temporary_password", reset.Typed, org.PasswordPolicy, contextWords(org, u))
	default:
		bad.Add("way", "staff.choose")
	}
	if err := bad.Err(); err != nil || reset.Way != ByHand {
		return "", err
	}
	return s.hasher.hash(ctx, reset.Typed)
}

func (s *Signin) reset(ctx context.Context, actor access.Actor, u *staff.User, reset Reset, hash string) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		h, err := s.hold(ctx, u.ID)
		if err != nil {
			return err
		}
		if h.status != staff.Active {
			return fault.Refuse("reset.inactive")
		}
		if err := s.over(ctx, actor, u.ID); err != nil { // once more: they may have been promoted since
			return err
		}
		if reset.Way != ByHand {
			if err := s.post.May(ctx, u.ID, resetsMost, resetsWithin, post.PasswordReset, post.PasswordTemporary); err != nil {
				return err
			}
		}
		// The last wish counts: what an earlier one has on its way is taken back, and its links end.
		if err := s.post.Stop(ctx, u.ID, post.PasswordReset, post.PasswordTemporary); err != nil {
			return err
		}
		if err := s.spendLinks(ctx, u.ID, forReset); err != nil {
			return err
		}
		if reset.Way != ByLink || reset.EndSessions {
			if _, err := s.endAccess(ctx, &h, u.ID, "ended-by-administrator"); err != nil {
				return err
			}
		}
		if actor.Program() { // the operator breaks the glass
			if err := s.takeFactors(ctx, &h, actor.Actor, u, Origin{}); err != nil {
				return err
			}
		}
		now := s.db.Now()
		d := post.Draft{UserID: u.ID, Recipient: u.Email, Language: u.Language, Zone: u.Zone, Data: map[string]any{"By": actor.Name}, GoodFor: 24 * time.Hour}
		switch reset.Way {
		case ByMail:
			// The old one ends now, and not when the mail goes out: that may be the very reason.
			d.Kind, err = post.PasswordTemporary, s.setPassword(ctx, u.ID, "", true, nil)
		case ByHand:
			expires := now.Add(resetLasts)
			d.Kind, err = post.PasswordSet, s.setPassword(ctx, u.ID, hash, true, &expires)
			d.Data["When"], d.Data["Expires"] = now, expires
		default:
			d.Kind = post.PasswordReset
		}
		if err != nil {
			return err
		}
		d.SendKey = string(d.Kind) + "/" + u.ID + "/" + store.NewID()
		if err := s.post.Queue(ctx, d); err != nil {
			return err
		}
		return audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: "password.reset", Kind: "user", ID: u.ID,
			Changes: []audit.Change{{Field: "way", After: string(reset.Way)}}})
	})
}

// SetTemporary gives a person a temporary password that the operator types (B-20), as ByHand does, and takes their second
// factors away. Only programs may.
func (s *Signin) SetTemporary(ctx context.Context, actor access.Actor, u *staff.User, password string) error {
	if !actor.Program() {
		return &fault.Forbidden{Permission: "operator"}
	}
	_, org, err := s.rules(ctx)
	if err != nil {
		return err
	}
	operator := *org
	operator.AllowTypedPassword = true // the switch is for the pages
	reset := Reset{Way: ByHand, Typed: password}
	hash, err := s.resetHash(ctx, &operator, u, reset)
	if err != nil {
		return err
	}
	return s.reset(ctx, actor, u, reset, hash)
}

// Unlock ends a lock, and begins the count of wrong passwords anew (B-8). It needs users.unlock and is over the account. Where there is nothing
// to unlock it changes nothing.
func (s *Signin) Unlock(ctx context.Context, actor access.Actor, userID string) error {
	if err := actor.Must(access.UsersUnlock); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		h, err := s.hold(ctx, userID)
		switch {
		case err != nil:
			return err
		case h.status == "":
			return fault.ErrNotFound
		}
		if err := s.over(ctx, actor, userID); err != nil {
			return err
		}
		if h.Failures == 0 && h.LockedUntil == nil {
			return nil
		}
		now := s.db.Now()
		_, err = s.db.Exec(ctx, `UPDATE credentials SET failures = 0, failures_since = $1, locked_until = NULL, updated_at = $2 WHERE user_id = $3`, now, now, userID)
		if err != nil {
			return fmt.Errorf("unlock: %w", err)
		}
		change := audit.Change{Field: "locked_until"}
		if h.LockedUntil != nil {
			change.Before = h.LockedUntil.Format(time.RFC3339)
		}
		if err := audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: "user.unlock", Kind: "user", ID: userID, Changes: []audit.Change{change}}); err != nil {
			return err
		}
		return s.db.Changed(ctx, "user/"+userID)
	})
}
