package signin

import (
	"context"
	"errors"
	"fmt"

	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
)

// triesInSession is how many wrong proofs (passwords, codes, PINs) one session may give within triesWindow before it has to
// sign in again.
const triesInSession = 5

// ErrEnded says that a session is over because its password was asked for and typed wrong too often, in this request or
// in one beside it. Whoever sits there has to sign in again.
var ErrEnded = errors.New("session ended after wrong passwords")

// check verifies a signed-in person's password and returns the hash that it was right for, *fault.Invalid on the field,
// ErrEnded, or *fault.Refused when the session has ended otherwise meanwhile.
//
// It has a count of its own, by session: the lock of the sign-in page, which strangers can cause, keeps nobody who is in
// from changing their password, and what is typed here locks nobody out there (ASVS 6.1.1). Five wrong ones within 15
// minutes and since the last right one end the session, so that who finds an unlocked computer cannot go on guessing.
func (s *Signin) check(ctx context.Context, cur *Current, field, password string, from Origin) (string, error) {
	from = from.clean()
	c, err := s.credential(ctx, cur.User.ID)
	if err != nil {
		return "", err
	}
	right, err := s.hasher.verify(ctx, c.PasswordHash, password)
	if err != nil {
		return "", err
	}
	return c.PasswordHash, s.judged(ctx, cur, func(ctx context.Context, h held, before int) (refused, err error) {
		if right && h.PasswordHash == c.PasswordHash {
			return nil, nil
		}
		return s.mistaken(ctx, cur, field, "password.wrong-current", "password.wrong-current-last", "wrong", before+1, from)
	})
}

// judged runs judge over something that a person has given as a proof in their session, in a transaction that holds them.
// before is how many wrong ones came before it; refused is what to tell, and does not undo what was written. A session that
// is over takes no proof: ErrEnded when that is because of wrong ones, else *fault.Refused.
func (s *Signin) judged(ctx context.Context, cur *Current, judge func(ctx context.Context, h held, before int) (refused, err error)) error {
	var refused error
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		h, err := s.hold(ctx, cur.User.ID)
		if err != nil {
			return err
		}
		p, err := s.proofs(ctx, cur)
		switch {
		case err != nil:
			return err
		case p.guessed:
			refused = ErrEnded
			return nil
		case !p.open || h.status == staff.Inactive:
			refused = fault.Refuse("signin.again-note-short")
			return nil
		}
		refused, err = judge(ctx, h, p.wrong)
		return err
	})
	if err != nil {
		return err
	}
	return refused
}

// proofs is how a session stands.
type proofs struct {
	open    bool
	guessed bool // ended over wrong passwords
	wrong   int  // typed since the last right one
}

func (s *Signin) proofs(ctx context.Context, cur *Current) (p proofs, err error) {
	err = s.db.Row(ctx, `SELECT s.ended_at IS NULL, s.ended_why = 'wrong-passwords', (SELECT count(*) FROM signin_attempts a
			WHERE a.user_id = s.user_id AND a.at > $1 AND a.at >= s.proven_at AND a.method = 'confirm' AND a.subject = $2)
		FROM sessions s WHERE s.id = $3`, s.db.Now().Add(-triesWindow), s.subject(proofOf(cur)), cur.Session.ID).Scan(&p.open, &p.guessed, &p.wrong)
	if _, err = store.Found(err); err != nil { // one that the clean-up took is not open
		return p, fmt.Errorf("count proofs: %w", err)
	}
	return p, nil
}

// proofOf is what a wrong password within a session is counted by; no address can be so written.
func proofOf(cur *Current) string { return "session\x00" + cur.Session.ID }

// mistaken writes a session's nth wrong answer down, for a reason, and ends the session when it is one too many. refused is
// what to tell: the message of that key on the field, and of last before the one too many.
func (s *Signin) mistaken(ctx context.Context, cur *Current, field, key, last, reason string, nth int, from Origin) (refused, err error) {
	if err := s.attempt(ctx, &cur.User.ID, proofOf(cur), "confirm", reason, from); err != nil {
		return nil, err
	}
	switch {
	case nth == triesInSession-1:
		return fault.Field1(field, last), nil
	case nth < triesInSession:
		return fault.Field1(field, key), nil
	}
	if _, err := s.end(ctx, "wrong-passwords", "id = ?", cur.Session.ID); err != nil {
		return nil, err
	}
	return ErrEnded, audit.Record(ctx, s.db, itself(from), audit.Entry{Action: "session.end", Kind: "user", ID: cur.User.ID,
		Changes: []audit.Change{{Field: "ended_why", After: "wrong-passwords"}}})
}
