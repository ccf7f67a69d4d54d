package signin

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
)

// An API token is what another system signs in with, on behalf of whoever made it (ASVS 13.3.x). It may what it was given
// scopes for, as long as its person may that, and is never a Super Admin: what it may is found anew with every request. It dies
// with its person, their epoch (B-2), its day, or by hand, with the next request. It opens no session and no page.
//
// Only its hash is kept. It begins with a mark that scanners of source code know it by, and the list shows the last signs.

// tokenMark is what every token begins with.
const tokenMark = "chancery_"

// tokenDays are how long a token may live; a year at most.
const (
	tokenDaysMost = 366
	tokensMost    = 50 // of one person, that count
	tokenNameMax  = 80
)

// TokenKept is for how long a token that was revoked, or has expired, is still listed.
const TokenKept = 90 * 24 * time.Hour

// Scopes are what tokens can be given: what the API asks for.
func Scopes() []access.Permission {
	return []access.Permission{
		access.CasesView, access.CasesViewAll, access.CasesCreate, access.CasesEdit, access.CasesReassign, access.MessagesView, access.MessagesSend,
		access.AppointmentsView, access.AppointmentsEdit, access.InvoicesView, access.InvoicesEdit, access.PaymentsView, access.PaymentsRecord,
	}
}

// Token is an API token without its secret. Times are UTC.
type Token struct {
	ID          string
	TokenHash   string
	UserID      string
	Name        string
	Hint        string // its last signs
	Scopes      string // permissions, by spaces
	Epoch       int64
	CreatedAt   time.Time
	ExpiresAt   time.Time
	LastUsedAt  *time.Time
	LastNetwork string
	RevokedAt   *time.Time
	RevokedBy   string
}

// TokenRow is a token as the list shows it, with whose it is and whether it counts.
type TokenRow struct {
	Token
	FirstName   string
	LastName    string
	DisplayName string
	Ended       bool // its person has left, or all that they had in hand was ended
}

// Owner is what others call whose it is.
func (t *TokenRow) Owner() string { return staff.DisplayName(t.FirstName, t.LastName, t.DisplayName) }

// State is how a token stands: "active", "expired", "revoked" or "ended".
func (t *TokenRow) State(now time.Time) string {
	switch {
	case t.RevokedAt != nil:
		return "revoked"
	case t.Ended:
		return "ended"
	case !now.Before(t.ExpiresAt):
		return "expired"
	}
	return "active"
}

// NewToken is what a token is to be.
type NewToken struct {
	Name   string
	Scopes []access.Permission
	Days   int
}

// CreateToken makes a token for oneself. secret is shown once. It needs tokens.edit and a fresh proof (fault.ErrProve), and returns
// *fault.Invalid on "name", "scopes" (none, an unknown one, or one that the person may not themselves) or "days", or *fault.Refused.
func (s *Signin) CreateToken(ctx context.Context, c *Current, n NewToken, from Origin) (secret string, t *Token, err error) {
	actor := c.Actor(from.clean())
	if err := actor.Must(access.TokensEdit); err != nil {
		return "", nil, err
	}
	if !s.Fresh(c) {
		return "", nil, fault.ErrProve
	}
	bad := &fault.Invalid{}
	n.Name = strings.Join(strings.Fields(n.Name), " ")
	if length := utf8.RuneCountInString(n.Name); length == 0 || length > tokenNameMax {
		bad.Add("name", "tokens.name-length", "Max", tokenNameMax)
	}
	if n.Days < 1 || n.Days > tokenDaysMost {
		bad.Add("days", "tokens.days", "Max", tokenDaysMost)
	}
	var scopes []string
	for _, p := range Scopes() { // in their order, each once
		if slices.Contains(n.Scopes, p) {
			scopes = append(scopes, string(p))
		}
	}
	switch {
	case len(n.Scopes) == 0:
		bad.Add("scopes", "tokens.no-scope")
	case slices.ContainsFunc(n.Scopes, func(p access.Permission) bool { return !slices.Contains(Scopes(), p) || !actor.Rights.Can(p) }):
		bad.Add("scopes", "tokens.scope-beyond")
	}
	if err := bad.Err(); err != nil {
		return "", nil, err
	}
	token, _ := newToken()
	secret = tokenMark + token
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		h, err := s.hold(ctx, c.User.ID)
		if err != nil {
			return err
		}
		if h.status != staff.Active {
			return fault.Refuse("signin.inactive")
		}
		now := s.db.Now()
		var count int
		err = s.db.Row(ctx, `SELECT count(*) FROM tokens WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2 AND epoch = $3`, c.User.ID, now, h.epoch).Scan(&count)
		if err != nil {
			return fmt.Errorf("count tokens: %w", err)
		}
		if count >= tokensMost {
			return fault.Refuse("tokens.enough", "Max", tokensMost)
		}
		t = &Token{ID: store.NewID(), TokenHash: hashToken(secret), UserID: c.User.ID, Name: n.Name, Hint: secret[len(secret)-4:], Scopes: strings.Join(scopes, " "),
			Epoch: h.epoch, CreatedAt: now, ExpiresAt: now.AddDate(0, 0, n.Days)}
		if err := s.db.In(ctx).Create(t).Error; err != nil {
			return fmt.Errorf("make token: %w", err)
		}
		return audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: "token.create", Kind: "user", ID: c.User.ID, Changes: []audit.Change{
			{Field: "token_name", After: t.Name}, {Field: "scopes", After: t.Scopes}, {Field: "expires_at", After: t.ExpiresAt.Format(time.RFC3339)},
		}})
	})
	if err != nil {
		return "", nil, err
	}
	return secret, t, nil
}

// Tokens are all there are, those that count first, then the latest made. It needs tokens.edit.
func (s *Signin) Tokens(ctx context.Context, actor access.Actor) (all []TokenRow, err error) {
	if err := actor.Must(access.TokensEdit); err != nil {
		return nil, err
	}
	err = s.db.In(ctx).Raw(`SELECT t.*, u.first_name, u.last_name, u.display_name, (u.status <> 'ACTIVE' OR u.epoch <> t.epoch) AS ended
		FROM tokens t JOIN users u ON u.id = t.user_id
		ORDER BY t.revoked_at IS NOT NULL OR u.status <> 'ACTIVE' OR u.epoch <> t.epoch OR t.expires_at <= ?, t.created_at DESC, t.id DESC`, s.db.Now()).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("tokens: %w", err)
	}
	return all, nil
}

// RevokeToken ends a token, from its next request on; twice does no harm. It needs tokens.edit and is over the account of whose it
// is, unless that is one's own.
func (s *Signin) RevokeToken(ctx context.Context, actor access.Actor, id string) error {
	if err := actor.Must(access.TokensEdit); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		var t Token
		ok, err := store.Found(s.db.In(ctx).Where("id = ?", id).Take(&t).Error)
		switch {
		case err != nil:
			return fmt.Errorf("token: %w", err)
		case !ok:
			return fault.ErrNotFound
		}
		if t.UserID != actor.ID {
			if _, err := s.hold(ctx, t.UserID); err != nil {
				return err
			}
			if err := s.over(ctx, actor, t.UserID); err != nil {
				return err
			}
		}
		n, err := s.db.Exec(ctx, `UPDATE tokens SET revoked_at = $1, revoked_by = $2 WHERE id = $3 AND revoked_at IS NULL`, s.db.Now(), actor.ID, id)
		if err != nil {
			return fmt.Errorf("revoke token: %w", err)
		}
		if n == 0 {
			return nil
		}
		return audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: "token.revoke", Kind: "user", ID: t.UserID, Changes: []audit.Change{{Field: "token_name", Before: t.Name}}})
	})
}

// Program is another system at work with a token: which, whose, and what it may.
type Program struct {
	TokenID string
	Name    string
	Org     staff.Organization
	Actor   access.Actor

	Departments []staff.Department // the practice's, by name
}

// ByToken finds who a request's token stands for. It returns nil when it is none, or does not count any more, for whatever
// reason. The person's rights are read with it, so that what they lose their tokens have lost.
func (s *Signin) ByToken(ctx context.Context, secret string, from Origin) (*Program, error) {
	if !strings.HasPrefix(secret, tokenMark) || len(secret) != len(tokenMark)+43 {
		return nil, nil
	}
	from = from.clean()
	now := s.db.Now()
	var t Token
	var u staff.User
	var profiles, version string
	var locked *time.Time
	ok, err := store.Found(s.db.Row(ctx, `SELECT t.id, t.name, t.scopes, t.expires_at, t.last_used_at, u.id, u.first_name, u.last_name, u.display_name, u.role_id,
			COALESCE((SELECT string_agg(up.profile_id, ' ') FROM user_profiles up WHERE up.user_id = u.id), ''), c.locked_until, (SELECT v.version FROM practice_version v)
		FROM tokens t JOIN users u ON u.id = t.user_id LEFT JOIN credentials c ON c.user_id = u.id
		WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND t.epoch = u.epoch AND u.status = 'ACTIVE'`, hashToken(secret)).
		Scan(&t.ID, &t.Name, &t.Scopes, &t.ExpiresAt, &t.LastUsedAt, &u.ID, &u.FirstName, &u.LastName, &u.DisplayName, &u.RoleID, &profiles, &locked, &version))
	if err != nil {
		return nil, fmt.Errorf("token of a request: %w", err)
	}
	if !ok || !now.Before(t.ExpiresAt) {
		return nil, nil
	}
	p, err := s.practice.at(ctx, version)
	if err != nil {
		return nil, fmt.Errorf("token of a request: %w", err)
	}
	if r := s.rulesOf(&p.org); r.lockAll && locked != nil && now.Before(*locked) {
		return nil, nil
	}
	if t.LastUsedAt == nil || now.Sub(*t.LastUsedAt) >= seenEvery {
		if _, err := s.db.Exec(ctx, `UPDATE tokens SET last_used_at = $1, last_network = $2 WHERE id = $3`, now, from.Network, t.ID); err != nil {
			return nil, fmt.Errorf("note use of token: %w", err)
		}
	}
	var scopes []access.Permission
	for _, name := range strings.Fields(t.Scopes) {
		scopes = append(scopes, access.Permission(name))
	}
	return &Program{TokenID: t.ID, Name: t.Name, Org: p.org, Departments: p.listed, Actor: access.Actor{
		Actor:  audit.Actor{ID: u.ID, Name: u.Name() + " (" + t.Name + ")", Token: t.Name, Network: from.Network, RequestID: from.RequestID},
		Rights: p.book.Rights(u.RoleID, strings.Fields(profiles)).Only(scopes),
	}}, nil
}
