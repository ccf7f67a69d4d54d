package signin

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"chancery/app/fault"
	"chancery/app/store"
)

// PasskeySetup is what the browser is told to make a new passkey by. It wants a proof (fault.ErrProve), and returns
// *fault.Refused where there can be none, or the person has too many.
func (s *Signin) PasskeySetup(ctx context.Context, c *Current) (json.RawMessage, error) {
	proven, err := s.ProvenFor(ctx, c, true)
	switch {
	case err != nil:
		return nil, err
	case !proven:
		return nil, fault.ErrProve
	}
	o, err := s.enroller(ctx, c)
	if err != nil {
		return nil, err
	}
	options, _, err := s.registration(o, s.challenge(askEnrol(c)))
	if err != nil {
		return nil, fmt.Errorf("ask for a new passkey: %w", err)
	}
	return json.Marshal(options.Response)
}

// enroller is the person who wants another passkey, with those they have.
func (s *Signin) enroller(ctx context.Context, c *Current) (*owner, error) {
	if s.rp == nil {
		return nil, fault.Refuse("passkey.nowhere")
	}
	f, err := s.factorsOf(ctx, c.User.ID)
	if err != nil {
		return nil, err
	}
	keys := f.Passkeys()
	if len(keys) >= factorsMax {
		return nil, fault.Refuse("passkey.enough", "Count", factorsMax)
	}
	o, err := ownerOf(c.User.ID, keys)
	if err != nil {
		return nil, err
	}
	o.name, o.display = c.User.Email, c.User.Name()
	return o, nil
}

// registration begins one: the same options for asking and for checking the answer.
func (s *Signin) registration(o *owner, challenge []byte) (*protocol.CredentialCreation, *webauthn.SessionData, error) {
	return s.rp.BeginRegistration(o, webauthn.WithExclusions(webauthn.Credentials(o.keys).CredentialDescriptors()),
		func(options *protocol.PublicKeyCredentialCreationOptions) error {
			options.Challenge = challenge
			return nil
		})
}

// AddPasskey takes a new passkey into use, as the browser has made it. Without a name it is called after the browser. It
// returns recovery codes where the person had none, to be shown once; *fault.Invalid on "name" or "passkey"; or
// *fault.Refused. It wants a proof (fault.ErrProve).
func (s *Signin) AddPasskey(ctx context.Context, c *Current, answer, name string, from Origin) (codes []string, err error) {
	from = from.clean()
	if strings.TrimSpace(name) == "" {
		name = Device(from.UserAgent)
	}
	if name == "" {
		name = "WebAuthn"
	}
	if name, err = factorName(name); err != nil {
		return nil, err
	}
	if answer == "" {
		return nil, fault.Field1("passkey", "factor.passkey-missing")
	}
	err = s.changeFactors(ctx, c, func(ctx context.Context, _ held) error {
		key, err := s.newPasskey(ctx, c, answer)
		if err != nil {
			return err
		}
		stored, err := json.Marshal(key)
		if err != nil {
			return fmt.Errorf("store passkey: %w", err)
		}
		now := s.db.Now()
		_, err = s.db.Exec(ctx, `INSERT INTO factors (id, user_id, kind, name, credential_id, credential, created_at, confirmed_at)
			VALUES ($1, $2, 'passkey', $3, $4, $5, $6, $7)`, store.NewID(), c.User.ID, name, encodeID(key.ID), string(stored), now, now)
		if store.Violated(err, "factors_credential", "factors.credential_id") {
			return fault.Field1("passkey", "passkey.taken")
		}
		if err != nil {
			return fmt.Errorf("add passkey: %w", err)
		}
		codes, err = s.factorAdded(ctx, c, KindPasskey, name, from)
		return err
	})
	return codes, err
}

// newPasskey checks what the browser has made.
func (s *Signin) newPasskey(ctx context.Context, c *Current, answer string) (*webauthn.Credential, error) {
	o, err := s.enroller(ctx, c)
	if err != nil {
		return nil, err
	}
	given, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil {
		return nil, fault.Field1("passkey", "passkey.unfit")
	}
	challenge, ok := s.answeredTo(askEnrol(c), given.Response.CollectedClientData.Challenge)
	if !ok {
		return nil, fault.Field1("passkey", "passkey.late")
	}
	_, session, err := s.registration(o, challenge)
	if err != nil {
		return nil, fmt.Errorf("new passkey: %w", err)
	}
	key, err := s.rp.CreateCredential(o, *session, given)
	if err != nil {
		return nil, fault.Field1("passkey", "passkey.unfit")
	}
	first, err := s.spend(ctx, askEnrol(c), c.User.ID, challenge)
	if err != nil {
		return nil, err
	}
	if !first {
		return nil, fault.Field1("passkey", "passkey.late")
	}
	key.Attestation = webauthn.CredentialAttestation{} // it is not looked at again
	return key, nil
}
