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

// A browser's extension is paired with a person's account (S3-15): they make a one-time code on their own page, against a
// fresh proof, and the extension redeems it for a token.
//
// It is a kind of its own between a session and an API token. A session's secret would open every page, and end within
// days; an API token is an administrator's to make and to see. A pairing opens the few routes below /extension, with
// pairingScopes and no more, and cases.view-all is not among them: it shows the cases that its person is on. To people it is a
// place where they are signed in: it stands among the sessions (Sessions), and whatever ends those ends it (end, endAccess).
//
// The code has 49 bits, works once, for pairingCodeLasts, and wrong ones count against the network that they come from. Of
// code and token only hashes are kept.

// pairingMark is what every token of a pairing begins with, so that scanners and other routes tell it from an API token.
const pairingMark = "chancery_ext_"

// PairedBy is the method of a pairing among the sessions, and of its redemption among the tries to sign in.
const PairedBy = "extension"

const (
	pairingCodeLasts = 10 * time.Minute
	pairingIdle      = 30 * 24 * time.Hour // without a request, and a badge asks every few minutes
	pairingLasts     = 180 * 24 * time.Hour
	pairingsMost     = 10 // of one person, that count
)

// pairingScopes are all that an extension may, of what its person may.
var pairingScopes = []access.Permission{access.CasesView, access.MessagesView, access.MessagesSend}

// pairing is one as a request finds it.
type pairing struct {
	ID        string
	UserAgent string
	SeenAt    time.Time
	ExpiresAt time.Time
}

// CreatePairing makes a one-time code that pairs an extension with one's account, and ends a code of before. It is shown once.
// It needs messages.view and a fresh proof (fault.ErrProve).
func (s *Signin) CreatePairing(ctx context.Context, c *Current, from Origin) (code string, until time.Time, err error) {
	actor := c.Actor(from.clean())
	if err := actor.Must(access.MessagesView); err != nil {
		return "", until, err
	}
	if !s.Fresh(c) {
		return "", until, fault.ErrProve
	}
	code = newCode()
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		h, err := s.hold(ctx, c.User.ID)
		if err != nil {
			return err
		}
		if h.status != staff.Active {
			return fault.Refuse("signin.inactive")
		}
		if _, err := s.db.Exec(ctx, `DELETE FROM pairings WHERE user_id = $1 AND token_hash IS NULL`, c.User.ID); err != nil {
			return fmt.Errorf("end pairing code: %w", err)
		}
		now := s.db.Now()
		until = now.Add(pairingCodeLasts)
		_, err = s.db.Exec(ctx, `INSERT INTO pairings (id, user_id, code_hash, epoch, created_at, last_seen_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			store.NewID(), c.User.ID, s.pairingHash(code), h.epoch, now, now, until)
		if err != nil {
			return fmt.Errorf("make pairing code: %w", err)
		}
		return audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: "session.pair-code", Kind: "user", ID: c.User.ID})
	})
	if err != nil {
		return "", until, err
	}
	return code, until, nil
}

func (s *Signin) pairingHash(code string) string { return s.mac("pairing code", plainCode(code)) }

// Pair redeems a code for a token, which is the extension's and shown to nobody. Its person is told by mail. It returns
// *fault.Refused for a code that was never made, was used, or has expired, whichever it is; or *fault.TooMany for a network that
// has failed too often.
func (s *Signin) Pair(ctx context.Context, code string, from Origin) (token string, err error) {
	from = from.clean()
	if err := s.networkMay(ctx, from); err != nil {
		return "", err
	}
	secret, _ := newToken()
	token = pairingMark + secret
	var refused error
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		userID, err := s.redeem(ctx, code, token, from)
		if err != nil {
			return err
		}
		if userID == "" {
			refused = fault.Refuse("extension.code-wrong")
			return s.attempt(ctx, nil, "", PairedBy, "wrong", from)
		}
		return nil
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return "", err
	}
	return token, nil
}

// redeem turns a code into a pairing, and returns whose it is, or "".
func (s *Signin) redeem(ctx context.Context, code, token string, from Origin) (userID string, err error) {
	var id string
	ok, err := store.Found(s.db.Row(ctx, `SELECT id, user_id FROM pairings WHERE code_hash = $1`, s.pairingHash(code)).Scan(&id, &userID))
	if err != nil {
		return "", fmt.Errorf("pairing code: %w", err)
	}
	if !ok {
		return "", nil
	}
	h, err := s.hold(ctx, userID)
	if err != nil {
		return "", err
	}
	r, _, err := s.rules(ctx)
	if err != nil {
		return "", err
	}
	now := s.db.Now()
	if h.status != staff.Active || h.DisownedAt != nil || h.MustChange || r.lockAll && h.locked(now) {
		return "", nil
	}
	n, err := s.db.Exec(ctx, `UPDATE pairings SET code_hash = NULL, token_hash = $1, network = $2, user_agent = $3, created_at = $4, last_seen_at = $5, expires_at = $6
		WHERE id = $7 AND code_hash IS NOT NULL AND ended_at IS NULL AND expires_at > $8 AND epoch = $9`,
		hashToken(token), from.Network, from.UserAgent, now, now, now.Add(pairingLasts), id, now, h.epoch)
	if err != nil {
		return "", fmt.Errorf("redeem pairing code: %w", err)
	}
	if n == 0 {
		return "", nil
	}
	return userID, s.paired(ctx, id, userID, from)
}

// paired notes where a new pairing begins, and tells its person (ASVS 6.3.5). The oldest beyond their number ends.
func (s *Signin) paired(ctx context.Context, id, userID string, from Origin) error {
	now := s.db.Now()
	_, err := s.db.Exec(ctx, `UPDATE pairings SET ended_at = $1, ended_why = 'too-many' WHERE user_id = $2 AND ended_at IS NULL AND token_hash IS NOT NULL AND id NOT IN
		(SELECT id FROM pairings WHERE user_id = $3 AND ended_at IS NULL AND token_hash IS NOT NULL ORDER BY created_at DESC, id DESC LIMIT $4)`, now, userID, userID, pairingsMost)
	if err != nil {
		return fmt.Errorf("end oldest pairing: %w", err)
	}
	u, err := s.staff.Get(ctx, userID)
	if err != nil {
		return err
	}
	if err := s.attempt(ctx, &userID, u.Email, PairedBy, "", from); err != nil {
		return err
	}
	who := audit.Actor{ID: userID, Name: u.Name(), Network: from.Network, RequestID: from.RequestID}
	if err := audit.Record(ctx, s.db, who, audit.Entry{Action: "session.pair", Kind: "user", ID: userID}); err != nil {
		return err
	}
	return s.post.Queue(ctx, post.Draft{
		SendKey: string(post.NewDevice) + "/" + userID + "/" + id, Kind: post.NewDevice, UserID: userID, Recipient: u.Email, Language: u.Language, Zone: u.Zone,
		Data: map[string]any{"When": now, "Network": from.Network, "Device": Device(from.UserAgent), "Method": PairedBy},
	})
}

// ByPairing finds for whom an extension asks. It returns nil when its token is none, or does not count any more, for whatever
// reason; also while its person would be led to nothing but a change of password or a second factor.
func (s *Signin) ByPairing(ctx context.Context, token string, from Origin) (*Program, error) {
	if !strings.HasPrefix(token, pairingMark) || len(token) != len(pairingMark)+43 {
		return nil, nil
	}
	from = from.clean()
	now := s.db.Now()
	var p pairing
	var u staff.User
	var profiles, version string
	var locked *time.Time
	var mustChange, factor bool
	ok, err := store.Found(s.db.Row(ctx, `SELECT p.id, p.user_agent, p.last_seen_at, p.expires_at, u.id, u.first_name, u.last_name, u.display_name, u.language, u.zone, u.role_id, u.created_at,
			COALESCE((SELECT string_agg(up.profile_id, ' ') FROM user_profiles up WHERE up.user_id = u.id), ''), c.locked_until, COALESCE(c.must_change, false) OR c.disowned_at IS NOT NULL,
			EXISTS (SELECT 1 FROM factors f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL), (SELECT v.version FROM practice_version v)
		FROM pairings p JOIN users u ON u.id = p.user_id LEFT JOIN credentials c ON c.user_id = u.id
		WHERE p.token_hash = $1 AND p.ended_at IS NULL AND p.epoch = u.epoch AND u.status = 'ACTIVE'`, hashToken(token)).
		Scan(&p.ID, &p.UserAgent, &p.SeenAt, &p.ExpiresAt, &u.ID, &u.FirstName, &u.LastName, &u.DisplayName, &u.Language, &u.Zone, &u.RoleID, &u.CreatedAt,
			&profiles, &locked, &mustChange, &factor, &version))
	if err != nil {
		return nil, fmt.Errorf("pairing of a request: %w", err)
	}
	if !ok || mustChange || !now.Before(p.ExpiresAt) || now.Sub(p.SeenAt) >= pairingIdle {
		return nil, nil
	}
	k, err := s.practice.at(ctx, version)
	if err != nil {
		return nil, fmt.Errorf("pairing of a request: %w", err)
	}
	rights := k.book.Rights(u.RoleID, strings.Fields(profiles))
	if r := s.rulesOf(&k.org); r.lockAll && locked != nil && now.Before(*locked) {
		return nil, nil
	}
	if !factor && asksFactor(&k.org, rights) && !now.Before(enrolBy(&k.org, u.CreatedAt)) {
		return nil, nil
	}
	if now.Sub(p.SeenAt) >= seenEvery {
		if _, err := s.db.Exec(ctx, `UPDATE pairings SET last_seen_at = $1, network = $2 WHERE id = $3 AND ended_at IS NULL`, now, from.Network, p.ID); err != nil {
			return nil, fmt.Errorf("note use of pairing: %w", err)
		}
	}
	through := strings.Trim("Extension · "+Device(p.UserAgent), " ·")
	return &Program{TokenID: p.ID, Name: u.Name(), Org: k.org, Departments: k.listed, Actor: access.Actor{
		Actor:  audit.Actor{ID: u.ID, Name: u.Name(), Token: through, Network: from.Network, RequestID: from.RequestID},
		Rights: rights.Only(pairingScopes),
	}}, nil
}

// Unpair ends the pairing that a request came by, at the extension's own wish.
func (s *Signin) Unpair(ctx context.Context, p *Program) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		n, err := s.end(ctx, "signed-out", "id = ?", p.TokenID)
		if err != nil || n == 0 {
			return err
		}
		return audit.Record(ctx, s.db, p.Actor.Actor, audit.Entry{Action: "session.sign-out", Kind: "user", ID: p.Actor.ID})
	})
}

// pairedSessions reads the extensions that are paired with a person's account, as sessions.
const pairedSessions = `p.id, p.user_id, 'extension', '', p.network, p.user_agent, p.created_at, p.created_at, p.last_seen_at, p.expires_at
	FROM pairings p JOIN users u ON u.id = p.user_id WHERE p.user_id = ? AND p.token_hash IS NOT NULL AND p.ended_at IS NULL AND p.epoch = u.epoch`

// pairingOver tells whether a pairing has come to its end by time.
func pairingOver(s *Session, now time.Time) bool {
	return !now.Before(s.ExpiresAt) || now.Sub(s.LastSeenAt) >= pairingIdle
}
