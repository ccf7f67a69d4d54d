package signin

import (
	"context"
	"fmt"
	"time"

	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
)

// sessionsMax is how many sessions a person may hold (ASVS 7.1.2).
const sessionsMax = 20

// Opened is where a way in has led to. Either a session has begun: then Token is its secret for the browser. Or the proof
// was good and a second one is awaited (step.go): then Step is the secret that the second step is taken with, and Token
// is "".
type Opened struct {
	Token      string
	Step       string
	UserID     string
	ExpiresAt  time.Time // of either
	MustChange bool
}

// way is how somebody has proved who they are: by which method, and with which second factor ("" for none).
type way struct{ method, factor string }

// whole tells whether a way needs no second step: one was taken, or the proof is two in one, as a passkey's is that has
// asked for its owner's finger or PIN (ASVS 6.3.3).
func (w way) whole() bool { return w.factor != "" || w.method == "passkey" }

// provenBy is how good a proof a way is for changing second factors (proof.go).
func (w way) provenBy() string {
	if w.whole() {
		return "factor"
	}
	return ""
}

// SignIn opens a session by e-mail and password. It returns *fault.Refused (wrong, locked, expired or inactive) or
// *fault.TooMany, or *fault.Unavailable when more passwords are to be hashed than can be. Which of the reasons it was is told
// only to whom knows the password.
//
// The password is verified outside of any transaction, since hashing takes long. What follows from it is decided inside
// one that holds the person: of many tries at once each sees what the ones before it have counted, and a password that
// was changed meanwhile opens nothing.
func (s *Signin) SignIn(ctx context.Context, email, password string, from Origin) (Opened, error) {
	from, email = from.clean(), staff.Address(email)
	if err := s.hasher.admits(); err != nil { // before anything is asked of the database
		return Opened{}, err
	}
	if err := s.networkMay(ctx, from); err != nil {
		return Opened{}, err
	}
	u, c, r, err := s.atTheDoor(ctx, email)
	if err != nil {
		return Opened{}, err
	}
	known := u.ID != ""
	right, err := s.hasher.verifyAtDoor(ctx, c.PasswordHash, password)
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
		now := s.db.Now()
		knows := right && h.PasswordHash == c.PasswordHash
		right := knows && !h.spent(now, r)
		reason := refusal(now, known, right, h)
		if reason == "" {
			o, err = s.open(ctx, h, u, way{method: "password"}, from, r)
			return err
		}
		switch {
		case !right:
			refused = fault.Refuse("signin.wrong")
		case reason == "locked":
			refused = fault.Refuse("signin.locked", "Until", h.until())
		default:
			refused = fault.Refuse("signin." + reason)
		}
		return s.failed(ctx, h, u, "password", reason, knows, from, r)
	})
	if err != nil {
		return Opened{}, err
	}
	return o, refused
}

// atTheDoor is the person with an address, as far as signing in needs them, and their credential: both zero when nobody
// has it. Then the same statements follow and find nothing. The same statement says which rules hold.
func (s *Signin) atTheDoor(ctx context.Context, email string) (*staff.User, credential, rules, error) {
	u := &staff.User{Email: email}
	var version string
	row := s.db.Row(ctx, `SELECT `+credentialColumns+`, COALESCE(u.id, ''), COALESCE(u.language, ''), COALESCE(u.zone, ''), v.version
		FROM practice_version v LEFT JOIN users u ON u.email = $1 LEFT JOIN credentials c ON c.user_id = u.id`, email)
	c, err := scanCredential(row, &u.ID, &u.Language, &u.Zone, &version)
	if err != nil {
		return nil, c, rules{}, fmt.Errorf("user at sign-in: %w", err)
	}
	p, err := s.practice.at(ctx, version)
	if err != nil {
		return nil, c, rules{}, fmt.Errorf("user at sign-in: %w", err)
	}
	return u, c, s.rulesOf(&p.org), nil
}

// refusal is why a try fails, or "" when it does not.
func refusal(now time.Time, known, right bool, h held) string {
	switch {
	case !known:
		return "unknown"
	case !right && h.locked(now):
		return "locked"
	case !right:
		return "wrong"
	case h.status == staff.Inactive:
		return "inactive"
	case h.locked(now):
		return "locked"
	case h.PasswordExpiresAt != nil && !now.Before(*h.PasswordExpiresAt):
		return "expired"
	default:
		return ""
	}
}

// held is a person whose row the transaction holds until it ends: status and credential cannot change under it.
// Whoever writes a person's credential, sessions or links holds them first; all in the same order, so that none waits
// for another in a circle.
type held struct {
	status  staff.Status // "" when there is no such person
	epoch   int64        // what a session or link that is made now carries (B-2)
	open    int          // sessions that have not been ended
	factors int          // confirmed second factors
	credential
}

// hold takes two statements. Joined into one, Postgres would wait for the lock and then give the credential as it was
// before the wait.
func (s *Signin) hold(ctx context.Context, userID string) (held, error) {
	var h held
	_, err := store.Found(s.db.Row(ctx, `SELECT status, epoch FROM users WHERE id = $1`+s.db.ForUpdate(), userID).Scan(&h.status, &h.epoch))
	if err != nil {
		return h, fmt.Errorf("hold user: %w", err)
	}
	row := s.db.Row(ctx, `SELECT `+credentialColumns+`, (SELECT count(*) FROM sessions WHERE user_id = u.id AND ended_at IS NULL),
		(SELECT count(*) FROM factors WHERE user_id = u.id AND confirmed_at IS NOT NULL)
		FROM users u LEFT JOIN credentials c ON c.user_id = u.id WHERE u.id = $1`, userID)
	if h.credential, err = scanCredential(row, &h.open, &h.factors); err != nil {
		return h, fmt.Errorf("hold user: %w", err)
	}
	return h, nil
}

// open is the gate: the one place where a session begins, after the person's proof was found good. h shows that the
// transaction holds the person, so that a deactivation that is just being written wins. A lock that holds for every way in is
// asked here, so that no way in can forget it (C-15), as is whether the person has said that it was not them (B-6), and a
// second factor: who has one gets a step and no session (ASVS 6.3.4, 6.4.3).
func (s *Signin) open(ctx context.Context, h held, u *staff.User, by way, from Origin, r rules) (Opened, error) {
	now := s.db.Now()
	switch {
	case h.status == "" || h.status == staff.Inactive:
		return Opened{}, fault.Refuse("signin.inactive")
	case r.lockAll && h.locked(now):
		return Opened{}, fault.Refuse("signin.locked-all", "Until", h.until())
	case h.DisownedAt != nil && by.method != "link":
		return Opened{}, fault.Refuse("signin.disowned")
	case h.factors > 0 && !by.whole():
		return s.beginStep(ctx, h, u, by)
	}
	token, hash := newToken()
	session := Session{
		ID: store.NewID(), TokenHash: hash, UserID: u.ID, Method: by.method, Factor: by.factor, Network: from.Network,
		UserAgent: from.UserAgent, CreatedAt: now, ProvenAt: now, LastSeenAt: now, ExpiresAt: now.Add(r.lifetime),
	}
	_, err := s.db.Exec(ctx, `INSERT INTO sessions (id, token_hash, user_id, method, factor, network, user_agent, created_at, proven_at, last_seen_at, expires_at, epoch, proven_by, announced)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, true)`, session.ID, session.TokenHash, session.UserID, session.Method, session.Factor,
		session.Network, session.UserAgent, session.CreatedAt, session.ProvenAt, session.LastSeenAt, session.ExpiresAt, h.epoch, by.provenBy())
	if err != nil {
		return Opened{}, fmt.Errorf("open session: %w", err)
	}
	if err := s.met(ctx, h, u, by, from, session.ID); err != nil {
		return Opened{}, err
	}
	if h.open >= sessionsMax {
		if err := s.endOldest(ctx, u.ID, now, r); err != nil {
			return Opened{}, err
		}
	}
	if err := s.attempt(ctx, &u.ID, u.Email, by.method, "", from); err != nil {
		return Opened{}, err
	}
	_, err = s.db.Exec(ctx, `UPDATE users SET last_sign_in_at = $1, status = CASE status WHEN 'PENDING' THEN 'ACTIVE' ELSE status END WHERE id = $2`, now, u.ID)
	if err != nil {
		return Opened{}, fmt.Errorf("open session: %w", err)
	}
	if err := s.passed(ctx, h, u.ID, by.method == "password" && h.PasswordExpiresAt != nil, now); err != nil {
		return Opened{}, err
	}
	if h.status == staff.Pending {
		if err := s.db.Changed(ctx, "user/"+u.ID); err != nil {
			return Opened{}, err
		}
	}
	return Opened{Token: token, UserID: u.ID, ExpiresAt: session.ExpiresAt, MustChange: h.MustChange}, nil
}

// passed forgets the failures and the lock before a success. A temporary password has done its work then: it opens one
// session, and no other (C-14, ASVS 6.4.1).
func (s *Signin) passed(ctx context.Context, h held, userID string, temporary bool, now time.Time) error {
	if h.Failures == 0 && h.LockedUntil == nil && !temporary {
		return nil
	}
	expires := h.PasswordExpiresAt
	if temporary {
		expires = &now
	}
	_, err := s.db.Exec(ctx, `UPDATE credentials SET failures = 0, locked_until = NULL, password_expires_at = CASE WHEN password_hash = $1
		THEN $2 ELSE password_expires_at END, updated_at = $3 WHERE user_id = $4`, h.PasswordHash, expires, now, userID)
	if err != nil {
		return fmt.Errorf("open session: %w", err)
	}
	return nil
}

// endOldest ends what is beyond the number that a person may hold. Sessions that are over by their time do not count.
func (s *Signin) endOldest(ctx context.Context, userID string, now time.Time, r rules) error {
	err := s.db.In(ctx).Exec(`UPDATE sessions SET ended_at = ?, ended_why = 'too-many' WHERE user_id = ? AND ended_at IS NULL AND id NOT IN
		(SELECT id FROM sessions WHERE user_id = ? AND ended_at IS NULL AND expires_at > ? AND last_seen_at > ?
		ORDER BY created_at DESC, id DESC LIMIT ?)`, now, userID, userID, now, now.Add(-r.idle), sessionsMax).Error
	if err != nil {
		return fmt.Errorf("end oldest session: %w", err)
	}
	return nil
}
