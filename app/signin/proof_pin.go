package signin

import (
	"context"
	"errors"

	"chancery/app/fault"
)

// A PIN sent by text to a verified number is a proof like a password, so that whoever signs in by nothing else can prove who
// they are, too. It counts in the session that asked for it alone, has the limits of every PIN (pin.go), and its wrong
// answers count for the session as wrong passwords do (check.go). It is no second factor.

// forProof is the purpose of such PINs.
const forProof = "proof"

// ErrTexted says that a PIN was sent, and that nothing else was done: it is to be typed, and what was asked for asked again.
var ErrTexted = errors.New("a PIN was sent for the proof")

// provesByPIN tells whether a person can be sent a PIN.
func (s *Signin) provesByPIN(c *Current) bool {
	return s.opt.Texts && c.User.Cell != "" && c.User.CellVerifiedAt != nil
}

// textProof sends one. It returns ErrTexted, or *fault.TooMany.
func (s *Signin) textProof(ctx context.Context, c *Current, factors bool, from Origin) error {
	if !s.provesByPIN(c) || factors {
		return fault.Refuse("pin.over")
	}
	_, err := s.ask(ctx, asking{purpose: forProof, key: s.numberKey(c.User.Cell), userID: c.User.ID, hash: sessionBrowser(c)}, from.clean())
	if err != nil {
		return err
	}
	return ErrTexted
}

// checkPIN takes a PIN as a proof. It returns *fault.Invalid on "pin", *fault.Refused with "pin.over", or ErrEnded.
func (s *Signin) checkPIN(ctx context.Context, c *Current, typed string, from Origin) error {
	if len(typed) != 6 { // no try
		return fault.Field1("pin", "pin.missing")
	}
	from = from.clean()
	return s.judged(ctx, c, func(ctx context.Context, _ held, before int) (refused, err error) {
		p, _, wrong, err := s.tryPIN(ctx, sessionBrowser(c), forProof, typed, from)
		var digits *fault.Invalid
		switch {
		case err != nil:
			return nil, err
		case wrong == nil:
			return nil, s.usePIN(ctx, p)
		case p != nil && (errors.As(wrong, &digits) || p.Tries >= pinTries):
			return s.mistaken(ctx, c, "pin", "pin.wrong-proof", "pin.wrong-proof-last", "wrong", before+1, from)
		}
		return wrong, nil
	})
}
