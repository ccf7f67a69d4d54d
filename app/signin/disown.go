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

// disownLasts is how long the link in a security notice works: people come back from a week away.
const disownLasts = 7 * 24 * time.Hour

// forDisown is the purpose of a link by which somebody says that it was not them (B-6). It takes away and gives nothing: all
// sessions and links end, the password is blocked, and until a new one is chosen by a link nothing else opens a session
// either (the gate asks). So it needs no session, and, other than every credential, it does not end with the epoch: a thief
// who signs everybody out would take it from the person as well.
//
// What was added to the account since what the mail tells of goes, too: second factors that were confirmed, a number that was
// shown to be one's own. It is the state of before, so that who steals a mailbox gains by it nothing that was not there
// before. The sign-in name is not set back; who is told at an address that is no longer theirs is helped by an administrator.
const forDisown = "disown"

// Disowned is what such a link is about.
type Disowned struct {
	User *staff.User
	Org  *staff.Organization
	// Recovers tells that a link to a new password goes to the person's address. It does not when that has changed since.
	Recovers bool
	link     *link
}

// Disowned reads a link without using it up. It returns fault.ErrNotFound for one that never was, and *fault.Refused with
// "disown.used" or "disown.expired".
func (s *Signin) Disowned(ctx context.Context, token string) (*Disowned, error) {
	l, err := s.find(ctx, token, forDisown)
	switch {
	case err != nil:
		return nil, err
	case l.UsedAt != nil:
		return nil, fault.Refuse("disown.used")
	case !s.db.Now().Before(l.ExpiresAt):
		return nil, fault.Refuse("disown.expired")
	}
	in, err := s.invited(ctx, l)
	if err != nil {
		return nil, err
	}
	if in.User.Status == staff.Inactive {
		return nil, fault.Refuse("disown.expired")
	}
	return &Disowned{User: in.User, Org: in.Org, Recovers: in.User.Status == staff.Active && l.Address == in.User.Email, link: l}, nil
}

// Disown ends all that anybody has in hand of a person's account, blocks the password, takes back what was added meanwhile,
// and sends them a link to a new one; those who may reset passwords are told. Whoever has the link may; it returns what
// Disowned returns.
func (s *Signin) Disown(ctx context.Context, token string, from Origin) (*Disowned, error) {
	from = from.clean()
	d, err := s.Disowned(ctx, token)
	if err != nil {
		return nil, err
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		h, err := s.hold(ctx, d.User.ID)
		if err != nil {
			return err
		}
		if h.status == staff.Inactive {
			return fault.Refuse("disown.expired")
		}
		if err := s.useDisown(ctx, d.link); err != nil {
			return err
		}
		if err := s.blockAccess(ctx, &h, d.User.ID, d.link.Since); err != nil {
			return err
		}
		who := audit.Actor{ID: d.User.ID, Name: d.User.Name(), Network: from.Network, RequestID: from.RequestID}
		if err := audit.Record(ctx, s.db, who, audit.Entry{Action: "user.disown", Kind: "user", ID: d.User.ID}); err != nil {
			return err
		}
		return s.tellDisowned(ctx, d)
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

func (s *Signin) useDisown(ctx context.Context, l *link) error {
	now := s.db.Now()
	n, err := s.db.Exec(ctx, `UPDATE links SET used_at = $1 WHERE id = $2 AND used_at IS NULL AND expires_at > $3`, now, l.ID, now)
	if err != nil {
		return fmt.Errorf("use link: %w", err)
	}
	if n == 0 {
		return fault.Refuse("disown.used")
	}
	return nil
}

// blockAccess leaves a person no way in but a recovery link. since is from when on what was added to the account goes; nil
// leaves all of it.
func (s *Signin) blockAccess(ctx context.Context, h *held, userID string, since *time.Time) error {
	if _, err := s.endAccess(ctx, h, userID, "disowned"); err != nil {
		return err
	}
	if err := s.spendLinks(ctx, userID); err != nil {
		return err
	}
	// A mail with a way in that has not gone out yet may have been asked for by whom it was.
	err := s.post.Stop(ctx, userID, post.PasswordReset, post.PasswordForgot, post.PasswordRecover, post.PasswordTemporary, post.EmailVerify)
	if err != nil {
		return err
	}
	if err := s.setPassword(ctx, userID, "", false, nil); err != nil {
		return err
	}
	if err := s.forgetDevices(ctx, userID); err != nil {
		return err
	}
	now := s.db.Now()
	if _, err := s.db.Exec(ctx, `UPDATE credentials SET disowned_at = $1 WHERE user_id = $2`, now, userID); err != nil {
		return fmt.Errorf("block password: %w", err)
	}
	if since == nil {
		return nil
	}
	if _, err := s.db.Exec(ctx, `DELETE FROM factors WHERE user_id = $1 AND (confirmed_at IS NULL OR confirmed_at >= $2)`, userID, *since); err != nil {
		return fmt.Errorf("take back factors: %w", err)
	}
	_, err = s.db.Exec(ctx, `DELETE FROM recovery_codes WHERE user_id = $1 AND (created_at >= $2
		OR NOT EXISTS (SELECT 1 FROM factors f WHERE f.user_id = $3 AND f.confirmed_at IS NOT NULL))`, userID, *since, userID) // without a factor they are for nothing
	if err != nil {
		return fmt.Errorf("take back recovery codes: %w", err)
	}
	if _, err := s.db.Exec(ctx, `UPDATE users SET cell_verified_at = NULL WHERE id = $1 AND cell_verified_at >= $2`, userID, *since); err != nil {
		return fmt.Errorf("take back number: %w", err)
	}
	return s.db.Changed(ctx, "user/"+userID)
}

// tellDisowned sends the person the way back, and tells those who may reset passwords: what happened may be about the
// practice's files, too.
func (s *Signin) tellDisowned(ctx context.Context, d *Disowned) error {
	u := d.User
	if d.Recovers {
		err := s.post.Queue(ctx, post.Draft{
			SendKey: string(post.PasswordRecover) + "/" + d.link.ID, Kind: post.PasswordRecover, UserID: u.ID, Recipient: u.Email,
			Language: u.Language, Zone: u.Zone, GoodFor: 24 * time.Hour,
		})
		if err != nil {
			return err
		}
	}
	return s.tellThose(ctx, access.UsersReset, u.ID, post.Draft{
		SendKey: string(post.Disowned) + "/" + d.link.ID, Kind: post.Disowned,
		Data: map[string]any{"Person": u.Name(), "When": s.db.Now(), "Recovers": d.Recovers, "Path": "/users/" + u.ID + "/sessions"},
	})
}

// toldMost bounds how many are told of one thing.
const toldMost = 20

// tellThose sends a notice to everybody who is here and has a permission, but one: each in their language, once per send key.
func (s *Signin) tellThose(ctx context.Context, p access.Permission, but string, d post.Draft) error {
	where, args := access.Holds(p)
	var those []struct{ ID, Email, Language, Zone string }
	err := s.db.In(ctx).Raw(`SELECT u.id, u.email, u.language, u.zone FROM users u WHERE u.status = 'ACTIVE' AND u.id <> ? AND `+where+
		` ORDER BY u.sort_name, u.id LIMIT ?`, append(append([]any{but}, args...), toldMost)...).Scan(&those).Error
	if err != nil {
		return fmt.Errorf("whom to tell: %w", err)
	}
	key := d.SendKey
	for _, one := range those {
		d.SendKey, d.UserID, d.Recipient, d.Language, d.Zone = key+"/"+one.ID, one.ID, one.Email, one.Language, one.Zone
		if err := s.post.Queue(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// encloseDisown makes the link of a security notice. What it takes back begins a little before the notice was written, since
// what it tells of was.
func (s *Signin) encloseDisown(ctx context.Context, e *Enclosure, h held, m *post.Mail) error {
	token, hash := newToken()
	now, since := s.db.Now(), m.CreatedAt.Add(-time.Minute)
	e.Path, e.Expires = []string{forDisown, token}, now.Add(disownLasts)
	_, err := s.db.Exec(ctx, `INSERT INTO links (id, token_hash, user_id, purpose, created_at, expires_at, epoch, address, since)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, store.NewID(), hash, *m.UserID, forDisown, now, e.Expires, h.epoch, m.Recipient, since)
	if err != nil {
		return fmt.Errorf("issue link: %w", err)
	}
	return nil
}
