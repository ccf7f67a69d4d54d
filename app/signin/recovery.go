package signin

import (
	"context"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/staff"
)

// IssueRecovery makes a recovery link in the operator's hands, for whom no mail reaches (B-20), and takes the second factors
// away, which who has lost everything has lost too. Only programs may. The
// caller's transaction carries the audit line.
func (s *Signin) IssueRecovery(ctx context.Context, actor access.Actor, u *staff.User) (token string, expires time.Time, err error) {
	if !actor.Program() {
		return "", expires, &fault.Forbidden{Permission: "operator"}
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		h, err := s.hold(ctx, u.ID)
		if err != nil {
			return err
		}
		if h.status != staff.Active {
			return fault.Refuse("reset.inactive")
		}
		if err := s.takeFactors(ctx, &h, actor.Actor, u, Origin{}); err != nil { // with the password they are lost too, most likely
			return err
		}
		if token, expires, err = s.issue(ctx, h, u.ID, forReset, "", actor.ID, recoveryLasts); err != nil {
			return err
		}
		return audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: "password.reset", Kind: "user", ID: u.ID,
			Changes: []audit.Change{{Field: "way", After: string(ByLink)}}})
	})
	if err != nil {
		return "", expires, err
	}
	return token, expires, nil
}

// Recovery reads a recovery link without using it up. It returns fault.ErrNotFound for one that never was, and
// *fault.Refused with "reset.used" or "reset.expired".
func (s *Signin) Recovery(ctx context.Context, token string) (*Invited, error) {
	return s.behind(ctx, token, forReset, "reset.used", "reset.expired", func(is staff.Status) bool { return is == staff.Active })
}

// AcceptRecovery sets a new password by a recovery link, ends whatever the person had in hand, and opens a session. Who has
// asked for the link themselves may keep the sessions that are open elsewhere (keepOthers); links end in any case. It
// lifts a lock, as C-15 says, unless that holds for every way in. It returns what Recovery returns, or *fault.Invalid on
// "new" and "confirm"; then the link still works.
func (s *Signin) AcceptRecovery(ctx context.Context, token, password, confirm string, keepOthers bool, from Origin) (Opened, error) {
	from = from.clean()
	in, err := s.Recovery(ctx, token)
	if err != nil {
		return Opened{}, err
	}
	hash, err := s.chosen(ctx, in, password, confirm)
	if err != nil {
		return Opened{}, err
	}
	u := in.User
	var o Opened
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		h, err := s.hold(ctx, u.ID)
		if err != nil {
			return err
		}
		if err := s.use(ctx, in.link, "reset.used"); err != nil {
			return err
		}
		if keepOthers && in.link.own() {
			err = s.spendLinks(ctx, u.ID, forWelcome, forReset)
		} else {
			_, err = s.endAccess(ctx, &h, u.ID, "password-changed")
		}
		if err != nil {
			return err
		}
		if err := s.post.Stop(ctx, u.ID, post.PasswordReset, post.PasswordForgot, post.PasswordRecover, post.PasswordTemporary); err != nil {
			return err
		}
		if err := s.setPassword(ctx, u.ID, hash, false, nil); err != nil {
			return err
		}
		h.MustChange = false
		if in.link.Address == u.Email {
			if err := s.verified(ctx, u.ID); err != nil {
				return err
			}
		}
		if o, err = s.open(ctx, h, u, way{method: "link"}, from, s.rulesOf(in.Org)); err != nil {
			return err
		}
		who := audit.Actor{ID: u.ID, Name: u.Name(), Network: from.Network, RequestID: from.RequestID}
		if err := audit.Record(ctx, s.db, who, audit.Entry{Action: "password.recover", Kind: "user", ID: u.ID}); err != nil {
			return err
		}
		return s.tellChanged(ctx, u, s.db.Now(), from)
	})
	return o, err
}
