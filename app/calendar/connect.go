package calendar

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/outside"
	"chancery/app/store"
)

// How long a person has for saying yes at the keeper's, and how often one may begin, or try a password, within how long.
const (
	consentLasts = 10 * time.Minute
	triesWithin  = 15 * time.Minute
	triesMost    = 10
)

// Bounds of what is typed to connect a CalDAV server, in characters.
const typedMost = 300

// Begin is where a person is sent to let Chancery write in their calendar. What comes back from there is good once, for ten minutes, in the
// session of this id alone (ASVS 10.2.1). It needs appointments.view and a fresh proof (fault.ErrProve), and returns *fault.TooMany, or
// fault.ErrNotFound for a kind that is not offered.
func (c *Calendars) Begin(ctx context.Context, actor access.Actor, session string, kind Kind) (consentURL string, err error) {
	if err := c.mayConnect(actor, kind); err != nil {
		return "", err
	}
	keeper := c.opt.Keepers.OAuth[kind]
	if keeper == nil {
		return "", fault.ErrNotFound
	}
	state, verifier := secret(), secret()
	id := hashed(state)
	err = c.attempt(ctx, actor, attempt{ID: id, SessionID: session, Kind: kind, Sealed: c.seals.close("calendar attempt "+id, verifier)}, consentLasts)
	if err != nil {
		return "", err
	}
	var hint string // whose it was, for one that is connected anew
	err = c.db.Row(ctx, `SELECT account FROM calendar_connections WHERE user_id = $1 AND kind = $2 AND state = 'on'`, actor.ID, kind).Scan(&hint)
	if _, err := store.Found(err); err != nil {
		return "", fmt.Errorf("begin to connect: %w", err)
	}
	return keeper.ConsentURL(state, verifier, hint), nil
}

// Finish takes what came back from a keeper: the state that was sent, and a code, or what it calls the person's no (denied). It
// returns *fault.Refused: outside.state-unknown, outside.denied, outside.scope-missing or outside.not-taken; or *fault.Unavailable.
func (c *Calendars) Finish(ctx context.Context, actor access.Actor, session, state, code, denied string) (*Connection, error) {
	id := hashed(state)
	var kind Kind
	var sealed string
	err := c.db.Row(ctx, `DELETE FROM calendar_attempts WHERE id = $1 AND user_id = $2 AND session_id = $3 AND expires_at > $4 RETURNING kind, sealed`,
		id, actor.ID, session, c.db.Now()).Scan(&kind, &sealed)
	found, err := store.Found(err)
	switch {
	case err != nil:
		return nil, fmt.Errorf("finish connecting: %w", err)
	case !found:
		return nil, fault.Refuse("outside.state-unknown")
	}
	keeper := c.opt.Keepers.OAuth[kind]
	verifier, err := c.seals.open("calendar attempt "+id, sealed)
	switch {
	case err != nil, keeper == nil:
		return nil, fault.Refuse("outside.state-unknown")
	case denied == "access_denied": // RFC 6749, 4.1.2.1
		return nil, fault.Refuse("outside.denied")
	case denied == "server_error", denied == "temporarily_unavailable":
		return nil, unavailable(fmt.Errorf("consent: %s", denied))
	case denied != "" || code == "":
		c.opt.Log.Warn("a calendar's keeper did not give its consent", "kind", string(kind), "error", consentCode(denied))
		return nil, fault.Refuse("outside.not-taken")
	}
	if err := actor.Must(access.AppointmentsView); err != nil {
		return nil, err
	}
	g, err := keeper.Exchange(ctx, code, verifier)
	if err != nil {
		return nil, notTaken(err)
	}
	made, err := c.connect(ctx, actor, kind, g)
	if err != nil { // what nobody will use is not left behind
		if ended := keeper.Revoke(context.WithoutCancel(ctx), g); ended != nil && !errors.Is(ended, outside.ErrNoRevoke) {
			c.opt.Log.Warn("a calendar's grant that was not taken could not be ended", "kind", string(kind), "error", ended.Error())
		}
		return nil, err
	}
	return made, nil
}

// consentCode lets codes through that a keeper may answer with (RFC 6749, 4.1.2.1; OpenID Connect Core 3.1.2.6): the address could say anything.
func consentCode(said string) string {
	if slices.Contains([]string{"invalid_request", "unauthorized_client", "unsupported_response_type", "invalid_scope", "consent_required", "interaction_required", "login_required"}, said) {
		return said
	}
	return "other"
}

// notTaken is what a keeper's no to a grant means to the person.
func notTaken(err error) error {
	var refused *outside.Refused
	switch {
	case errors.As(err, &refused) && refused.Reason == outside.ScopeMissing:
		return fault.Refuse("outside.scope-missing")
	case errors.As(err, &refused), errors.Is(err, outside.ErrRevoked):
		return fault.Refuse("outside.not-taken")
	}
	return unavailable(err)
}

func unavailable(err error) error {
	u := &fault.Unavailable{Message: fault.M("outside.unavailable"), Cause: err}
	var later *outside.Later
	if errors.As(err, &later) {
		u.After = later.After
	}
	return u
}

func (c *Calendars) mayConnect(actor access.Actor, kind Kind) error {
	if err := actor.Must(access.AppointmentsView); err != nil {
		return err
	}
	if !c.offers(kind) || actor.Program() {
		return fault.ErrNotFound
	}
	if !actor.Proven(c.db.Now()) {
		return fault.ErrProve
	}
	return nil
}

// attempt is a row.
type attempt struct {
	ID        string
	UserID    string
	SessionID string
	Kind      Kind
	Sealed    string
	ExpiresAt time.Time
}

// TableName is the table of attempts.
func (attempt) TableName() string { return "calendar_attempts" }

// attempt writes down that somebody begins to connect, or *fault.TooMany.
func (c *Calendars) attempt(ctx context.Context, actor access.Actor, a attempt, lasts time.Duration) error {
	now := c.db.Now()
	a.UserID, a.ExpiresAt = actor.ID, now.Add(lasts)
	return c.db.Tx(ctx, func(ctx context.Context) error {
		if err := c.db.Alone(ctx, "calendar attempts of "+actor.ID); err != nil {
			return err
		}
		var n int
		if err := c.db.Row(ctx, `SELECT count(*) FROM calendar_attempts WHERE user_id = $1 AND kind = $2 AND expires_at > $3`, actor.ID, a.Kind, now).Scan(&n); err != nil {
			return fmt.Errorf("count attempts: %w", err)
		}
		if n >= triesMost {
			return &fault.TooMany{After: lasts, Message: fault.M("outside.too-many", "Minutes", int(lasts/time.Minute))}
		}
		if err := c.db.In(ctx).Create(&a).Error; err != nil {
			return fmt.Errorf("note attempt: %w", err)
		}
		return nil
	})
}

// connect writes a grant down. One of the same account is the same connection, also while it was ending; one of another account ends
// what was connected before, with what was written there, since nothing is to stand twice.
func (c *Calendars) connect(ctx context.Context, actor access.Actor, kind Kind, g outside.Grant) (*Connection, error) {
	var row connection
	err := c.db.Tx(ctx, func(ctx context.Context) error {
		// Whoever deactivates the person holds the same row.
		var status string
		if err := c.db.Row(ctx, `SELECT status FROM users WHERE id = $1`+c.db.ForUpdate(), actor.ID).Scan(&status); err != nil {
			return fmt.Errorf("connect: %w", err)
		}
		if status == "INACTIVE" {
			return fault.ErrNotFound
		}
		var known []connection
		err := c.db.In(ctx).Raw(`SELECT * FROM calendar_connections WHERE user_id = ? AND kind = ? ORDER BY id`+c.db.ForUpdate(), actor.ID, kind).Scan(&known).Error
		if err != nil {
			return fmt.Errorf("connect: %w", err)
		}
		now, server := c.db.Now(), hostOf(g.Server)
		if g.Server == "" {
			server = ""
		}
		row = connection{ID: store.NewID(), UserID: actor.ID, Kind: kind, CreatedAt: now}
		for i := range known {
			if strings.EqualFold(known[i].Account, g.Account) && known[i].Server == server && (row.Generation == 0 || known[i].State == on) {
				row = known[i]
			}
		}
		for i := range known {
			if known[i].State == on && known[i].ID != row.ID {
				if err := c.end(ctx, &known[i], true); err != nil {
					return err
				}
			}
		}
		fresh := row.Generation == 0
		if row.Sealed, err = c.closeGrant(&row, g); err != nil {
			return err
		}
		row.State, row.Clears, row.EndedAt, row.Account, row.Server = on, false, nil, g.Account, server
		row.Term, row.Generation = row.Term+1, row.Generation+1
		row.Health, row.Reason, row.Since, row.ToldAt, row.Tries, row.NextAt, row.UpdatedAt = Starting, "", now, nil, 0, nil, now
		write := c.db.In(ctx).Save
		if fresh {
			write = c.db.In(ctx).Create
		}
		if err := write(&row).Error; err != nil {
			return fmt.Errorf("connect: %w", err)
		}
		if err := c.announce(ctx, row.ID, row.UserID); err != nil {
			return err
		}
		return audit.Record(ctx, c.db, actor.Actor, audit.Entry{Action: "calendar.connect", Kind: "user", ID: actor.ID, Changes: []audit.Change{
			{Field: "kind", After: string(kind)}, {Field: "account", After: g.Account},
		}})
	})
	if err != nil {
		return nil, err
	}
	shown := row.shown(true)
	return &shown, nil
}

// secret is 256 bits that nobody guesses, in the characters that a URL and RFC 7636 (4.1) allow.
func secret() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails, by its contract
	return base64.RawURLEncoding.EncodeToString(raw)
}

func hashed(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}
