package signin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/store"
)

// Proof is how a person shows once more who they are, in a session whose last proof is a while old (ASVS 7.5.1). One way
// of those they have is enough, so that nobody needs a password for it who does not know theirs. But who has a second
// factor changes their factors by nothing less than one (Prove): a password that was watched must not take it away.
type Proof struct {
	Password string
	Code     string // of the authenticator app
	Recovery string // a recovery code
	Passkey  string // what the browser answered, as JSON
	PIN      string // sent by text to the person's verified number
	Text     bool   // send such a PIN first, whatever else is filled in (ErrTexted)
}

// ProofWays is what a person can prove by who they are.
type ProofWays struct {
	Password bool
	App      bool
	Recovery bool
	Passkey  json.RawMessage // what the browser is to ask; nil where they have none
	PIN      bool
	Texted   bool   // one was sent in this session, and may be typed
	Ending   string // of the number that it goes to
}

// only tells whether a PIN is all that they have.
func (w ProofWays) only() bool {
	return w.PIN && !w.Password && !w.App && !w.Recovery && w.Passkey == nil
}

// Confirm takes a fresh proof; where the last one is fresh it asks for none. It returns the session's new secret (ASVS
// 7.2.4), or "" where nothing was asked, or *fault.Invalid on "password", "code", "recovery", "passkey" or "pin", or
// *fault.TooMany, or ErrEnded after one wrong answer too many (check), or ErrTexted where a PIN is on its way.
func (s *Signin) Confirm(ctx context.Context, c *Current, proof Proof, from Origin) (token string, err error) {
	if s.Fresh(c) {
		return "", nil
	}
	return s.prove(ctx, c, proof, false, from)
}

// Prove is Confirm for what is more than that: with factors it asks who has one for one of them, unless one was part of
// the last proof and that is fresh.
func (s *Signin) Prove(ctx context.Context, c *Current, proof Proof, factors bool, from Origin) (token string, err error) {
	proven, err := s.ProvenFor(ctx, c, factors)
	if err != nil || proven {
		return "", err
	}
	if factors {
		f, err := s.factorsOf(ctx, c.User.ID)
		if err != nil {
			return "", err
		}
		factors = len(f.List) > 0
	}
	return s.prove(ctx, c, proof, factors, from)
}

// ProvenFor tells whether a person's last proof is fresh, and with factors whether it is good for changing those.
func (s *Signin) ProvenFor(ctx context.Context, c *Current, factors bool) (bool, error) {
	if !factors || !s.Fresh(c) {
		return s.Fresh(c), nil
	}
	var ok bool
	err := s.db.Row(ctx, `SELECT s.proven_by = 'factor' OR NOT EXISTS (SELECT 1 FROM factors f WHERE f.user_id = s.user_id AND f.confirmed_at IS NOT NULL)
		FROM sessions s WHERE s.id = $1`, c.Session.ID).Scan(&ok)
	if _, err = store.Found(err); err != nil {
		return false, fmt.Errorf("how it was proven: %w", err)
	}
	return ok, nil
}

// ProofWays tells by what a person can prove who they are, with factors for changing those.
func (s *Signin) ProofWays(ctx context.Context, c *Current, factors bool) (ProofWays, error) {
	f, err := s.factorsOf(ctx, c.User.ID)
	if err != nil {
		return ProofWays{}, err
	}
	cred, err := s.credential(ctx, c.User.ID)
	if err != nil {
		return ProofWays{}, err
	}
	w := ProofWays{App: f.App() != nil, Recovery: f.Codes > 0 && len(f.List) > 0}
	w.Password = cred.PasswordHash != "" && !(factors && len(f.List) > 0)
	if w.Passkey, err = s.askPasskey(f.Passkeys(), askProof(c)); err != nil {
		return ProofWays{}, err
	}
	if w.PIN = s.provesByPIN(c) && !(factors && len(f.List) > 0); w.PIN {
		w.Ending = Ending(c.User.Cell)
		w.Texted, err = s.pinWaits(ctx, c, forProof)
	}
	return w, err
}

// prove takes whichever proof was given.
func (s *Signin) prove(ctx context.Context, c *Current, proof Proof, factors bool, from Origin) (token string, err error) {
	by := ""
	switch {
	case proof.Text:
		err = s.textProof(ctx, c, factors, from)
	case proof.Passkey != "", strings.TrimSpace(proof.Code) != "", strings.TrimSpace(proof.Recovery) != "":
		by, err = "factor", s.checkFactor(ctx, c, proof, from)
	case proof.Password != "" && !factors:
		_, err = s.check(ctx, c, "password", proof.Password, from)
	case proof.PIN != "" && !factors && s.provesByPIN(c):
		err = s.checkPIN(ctx, c, proof.PIN, from)
	default:
		err = s.proofMissing(ctx, c, factors, from)
	}
	if err != nil {
		return "", err
	}
	now := s.db.Now()
	token, hash := newToken()
	renewed := s.db.In(ctx).Exec(`UPDATE sessions SET token_hash = ?, proven_at = ?, proven_by = ? WHERE id = ? AND ended_at IS NULL`, hash, now, by, c.Session.ID)
	if renewed.Error != nil {
		return "", fmt.Errorf("note proof: %w", renewed.Error)
	}
	if renewed.RowsAffected == 0 {
		return "", fault.ErrNotFound // it was ended while the proof was checked
	}
	c.Session.ProvenAt, c.Session.TokenHash = now, hash
	return token, nil
}

// proofMissing says what is to be filled in, on a field that the person is shown. Who has nothing but a PIN is sent one.
func (s *Signin) proofMissing(ctx context.Context, c *Current, factors bool, from Origin) error {
	w, err := s.ProofWays(ctx, c, factors)
	switch {
	case err != nil:
		return err
	case w.Texted:
		return fault.Field1("pin", "pin.missing")
	case w.only():
		return s.textProof(ctx, c, factors, from)
	case w.Password:
		return fault.Field1("password", "password.confirm-missing")
	case w.App:
		return fault.Field1("code", "factor.code-missing")
	case w.Passkey != nil:
		return fault.Field1("passkey", "factor.passkey-missing")
	}
	return fault.Field1("recovery", "factor.recovery-missing")
}

// checkFactor takes a code or a passkey as a proof within a session. What is wrong counts as a wrong password does (check):
// for this session alone, which ends with the fifth; codes are counted for the person besides (codesMay).
func (s *Signin) checkFactor(ctx context.Context, c *Current, proof Proof, from Origin) error {
	from = from.clean()
	return s.judged(ctx, c, func(ctx context.Context, _ held, before int) (refused, err error) {
		answer := Answer{Code: proof.Code, Recovery: proof.Recovery, Passkey: proof.Passkey}
		who := audit.Actor{ID: c.User.ID, Name: c.User.Name(), Network: from.Network, RequestID: from.RequestID}
		_, err = s.answered(ctx, who, &c.User, answer, askProof(c), from)
		var wrong *wrongAnswer
		if !errors.As(err, &wrong) {
			return nil, err
		}
		refused, err = s.mistaken(ctx, c, wrong.field, wrong.key, wrong.last(), wrong.reason(), before+1, from)
		if err != nil || wrong.field != "code" {
			return refused, err
		}
		return refused, s.tellGuessed(ctx, &c.User, from)
	})
}
