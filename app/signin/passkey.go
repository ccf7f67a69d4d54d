package signin

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
)

// # Passkeys
//
// A passkey signs in by itself at the door, where the browser has asked for its owner's finger, face or PIN (user
// verification), so that it is two proofs in one; or it is the second step after another way, or a fresh proof in a
// session, where to have it is enough. Attestations are not asked for: which make of key somebody has is their own affair.
// A key whose counter goes back has been copied: it opens nothing, and the history says so.

// newRelyingParty makes what speaks WebAuthn for the place where people reach the app; nil where browsers have no
// passkeys: at an address without a name, or without encryption elsewhere than on this machine.
func newRelyingParty(site *url.URL) *webauthn.WebAuthn {
	if site == nil || protocol.ValidateRPID(site.Hostname()) != nil || site.Scheme != "https" && site.Hostname() != "localhost" {
		return nil
	}
	rp, err := webauthn.New(&webauthn.Config{
		RPID: site.Hostname(), RPDisplayName: site.Hostname(), RPOrigins: []string{site.Scheme + "://" + site.Host},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementPreferred, UserVerification: protocol.VerificationPreferred,
		},
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore, // password managers add some of their own
	})
	if err != nil {
		return nil
	}
	return rp
}

// Passkeys tells whether people can have passkeys where this app is reached.
func (s *Signin) Passkeys() bool { return s.rp != nil }

// owner is a person as go-webauthn wants them.
type owner struct {
	id, name, display string
	keys              []webauthn.Credential
}

func (o *owner) WebAuthnID() []byte                         { return []byte(o.id) }
func (o *owner) WebAuthnName() string                       { return o.name }
func (o *owner) WebAuthnDisplayName() string                { return o.display }
func (o *owner) WebAuthnCredentials() []webauthn.Credential { return o.keys }

// ownerOf gathers a person's passkeys.
func ownerOf(userID string, factors []Factor) (*owner, error) {
	o := &owner{id: userID}
	for i := range factors {
		var c webauthn.Credential
		if err := json.Unmarshal([]byte(factors[i].Credential), &c); err != nil {
			return nil, fmt.Errorf("stored passkey: %w", err)
		}
		o.keys = append(o.keys, c)
	}
	return o, nil
}

// askPasskey is what the browser is told to ask one of these passkeys; nil where there are none.
func (s *Signin) askPasskey(factors []Factor, a ask) (json.RawMessage, error) {
	if s.rp == nil || len(factors) == 0 {
		return nil, nil
	}
	o, err := ownerOf(factors[0].UserID, factors)
	if err != nil {
		return nil, err
	}
	options, _, err := s.rp.BeginLogin(o, webauthn.WithChallenge(s.challenge(a)))
	if err != nil {
		return nil, fmt.Errorf("ask passkey: %w", err)
	}
	return json.Marshal(options.Response)
}

// AskAtDoor is what the browser is told to ask any passkey it has for this place; nil where there can be none. browser is
// a secret of the browser's, to which the answer is bound.
func (s *Signin) AskAtDoor(browser string) (json.RawMessage, error) {
	if s.rp == nil || browser == "" {
		return nil, nil
	}
	options, _, err := s.rp.BeginDiscoverableLogin(webauthn.WithChallenge(s.challenge(askDoor(browser))), webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, fmt.Errorf("ask passkey: %w", err)
	}
	return json.Marshal(options.Response)
}

// SignInByPasskey opens a session by a passkey alone. It returns *fault.Refused ("passkey.unknown", "passkey.late", or what
// open refuses) or *fault.TooMany.
func (s *Signin) SignInByPasskey(ctx context.Context, answer, browser string, from Origin) (Opened, error) {
	from = from.clean()
	if err := s.networkMay(ctx, from); err != nil {
		return Opened{}, err
	}
	r, _, err := s.rules(ctx)
	if err != nil {
		return Opened{}, err
	}
	u, err := s.ownerAtDoor(ctx, answer)
	if err != nil {
		return Opened{}, err
	}
	var o Opened
	var refused error
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		h, err := s.hold(ctx, u.ID)
		if err != nil {
			return err
		}
		err = s.byPasskey(ctx, u.ID, answer, askDoor(browser), from)
		var wrong *wrongAnswer
		switch {
		case errors.As(err, &wrong):
			refused = fault.Refuse(wrong.key)
			var id *string
			if u.ID != "" {
				id = &u.ID
			}
			return s.attempt(ctx, id, u.Email, "passkey", "factor", from)
		case err != nil:
			return err
		}
		o, err = s.open(ctx, h, u, way{method: "passkey"}, from, r)
		return err
	})
	if err != nil {
		return Opened{}, err
	}
	return o, refused
}

// ownerAtDoor is the person whom an answer names, or an empty one.
func (s *Signin) ownerAtDoor(ctx context.Context, answer string) (*staff.User, error) {
	given, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return &staff.User{}, nil
	}
	var id string
	ok, err := store.Found(s.db.Row(ctx, `SELECT user_id FROM factors WHERE credential_id = $1 AND confirmed_at IS NOT NULL`, encodeID(given.RawID)).Scan(&id))
	switch {
	case err != nil:
		return nil, fmt.Errorf("owner of passkey: %w", err)
	case !ok:
		return &staff.User{}, nil
	}
	return s.staff.Get(ctx, id)
}

// byPasskey checks an answer of one of a person's passkeys, and takes it; *wrongAnswer on "passkey" says why it is none.
// The transaction holds the person. At the door the browser must have asked for its owner.
func (s *Signin) byPasskey(ctx context.Context, userID, answer string, a ask, from Origin) error {
	unknown := &wrongAnswer{"passkey", "passkey.unknown"}
	if s.rp == nil || userID == "" {
		return unknown
	}
	given, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return unknown
	}
	challenge, ok := s.answeredTo(a, given.Response.CollectedClientData.Challenge)
	if !ok {
		return &wrongAnswer{"passkey", "passkey.late"}
	}
	f, err := s.factorsOf(ctx, userID)
	if err != nil {
		return err
	}
	o, err := ownerOf(userID, f.Passkeys())
	if err != nil {
		return err
	}
	if len(o.keys) == 0 {
		return unknown
	}
	session := webauthn.SessionData{
		Challenge: protocol.URLEncodedBase64(challenge).String(), RelyingPartyID: s.rp.Config.RPID, UserID: []byte(userID),
		UserVerification: protocol.VerificationPreferred,
	}
	if a.purpose == "passkey" {
		session.UserVerification = protocol.VerificationRequired
	}
	key, err := s.rp.ValidateLogin(o, session, given)
	if err != nil {
		return unknown // the library's reasons are about the answer, which is the browser's
	}
	first, err := s.spend(ctx, a, userID, challenge)
	if err != nil {
		return err
	}
	if !first {
		return &wrongAnswer{"passkey", "passkey.late"}
	}
	if key.Authenticator.CloneWarning {
		who := audit.Actor{ID: "system:signin", Name: "signin", Network: from.Network, RequestID: from.RequestID}
		if err := audit.Record(ctx, s.db, who, audit.Entry{Action: "factor.copied", Kind: "user", ID: userID}); err != nil {
			return err
		}
		return unknown
	}
	stored, err := json.Marshal(key)
	if err != nil {
		return fmt.Errorf("store passkey: %w", err)
	}
	_, err = s.db.Exec(ctx, `UPDATE factors SET credential = $1, last_used_at = $2 WHERE user_id = $3 AND credential_id = $4`, string(stored), s.db.Now(), userID, encodeID(key.ID))
	if err != nil {
		return fmt.Errorf("note use of passkey: %w", err)
	}
	return nil
}

func encodeID(id []byte) string { return base64.RawURLEncoding.EncodeToString(id) }
