package signin

import (
	"context"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/post"
)

// Mails lists the mails to a user, newest first, from the one before the id before on, and tells whether there are older
// ones (S1-36). It needs users.edit. What a page may show of a mail is its kind, its way and the server's word: its data
// names people, and its links are never stored.
func (s *Signin) Mails(ctx context.Context, actor access.Actor, userID, before string, limit int) ([]post.Mail, bool, error) {
	if err := actor.Must(access.UsersEdit); err != nil {
		return nil, false, err
	}
	return s.post.Of(ctx, userID, before, limit)
}

// Resend sends a mail once more that did not get through, as what it is now: a welcome or a proof of an address with a new
// link, a notice as it was. It is over the account, and needs users.create for a welcome, users.change-email for a proof, and users.edit for a
// notice. Mails whose secret was a password are written anew only by a reset. It returns fault.ErrNotFound for a mail that
// is not this person's, and *fault.Refused where sending it again makes no sense.
func (s *Signin) Resend(ctx context.Context, actor access.Actor, userID, mailID string) error {
	m, err := s.post.Get(ctx, mailID)
	if err != nil {
		return err
	}
	if m.UserID == nil || *m.UserID != userID {
		return fault.ErrNotFound
	}
	if !Resendable(m) {
		return fault.Refuse("mails.not-again")
	}
	switch m.Kind {
	case post.Welcome:
		return s.Reinvite(ctx, actor, userID)
	case post.EmailVerify:
		return s.SendVerification(ctx, actor, userID)
	}
	if err := actor.Must(access.UsersEdit); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := s.hold(ctx, userID); err != nil {
			return err
		}
		if err := s.over(ctx, actor, userID); err != nil {
			return err
		}
		if err := s.post.May(ctx, userID, resendsMost, verifiesWithin, m.Kind); err != nil {
			return err
		}
		return s.post.Again(ctx, m)
	})
}

// resendsMost is how many mails of one kind a person may have a day for a notice of it to be sent again.
const resendsMost = 10

// Resendable tells whether it makes sense to send a mail again: it was given up or stopped, and is no reset, which an
// administrator asks for anew.
func Resendable(m *post.Mail) bool {
	switch m.Kind {
	case post.PasswordReset, post.PasswordForgot, post.PasswordRecover, post.PasswordTemporary, post.NewDevice:
		return false
	}
	return m.State == post.Failed || m.Kind == post.Welcome && m.State != post.Waiting && m.State != post.Sending
}
