package signin

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
)

// Reason names a cause why somebody cannot sign in.
type Reason string

// The reasons, those that shut the door first, in the order in which they are said.
const (
	WhyInactive    Reason = "inactive"     // the account has ended: At, By
	WhyLocked      Reason = "locked"       // too many wrong passwords: Until, Count, Network, Device
	WhyDisowned    Reason = "disowned"     // they have said that it was not them, and not chosen a new password yet: At
	WhyInvitation  Reason = "invitation"   // never came in: Life, At, Until
	WhyNoPassword  Reason = "no-password"  // there is none: a temporary one is on its way, or was never delivered
	WhyExpired     Reason = "expired"      // the temporary password has expired, or was used: At
	WhyNetwork     Reason = "network"      // the network they came from last is paused: Network
	WhyLeaving     Reason = "leaving"      // the account ends on a date: Until, By
	WhyMustChange  Reason = "must-change"  // a temporary password waits for its change
	WhyFactor      Reason = "factor"       // they must have a second factor and have none; nothing but setting one up opens: Until, when their time was over
	WhyEmailChange Reason = "email-change" // another sign-in name waits to be confirmed: Address, Until
	WhyUnverified  Reason = "unverified"   // nobody has proved the address yet
)

// Cause is one of them, with what is to be said about it. Blocks tells that it keeps the person out; the others are what
// one should know besides.
type Cause struct {
	Reason  Reason
	Blocks  bool
	At      *time.Time
	Until   *time.Time
	By      string
	Count   int
	Network string
	Device  string // as Device names it
	Address string
	Life    Life
}

// Why is why somebody cannot sign in (B-8): the first cause is the sentence. None means that nothing stands in the way.
type Why []Cause

// Blocked is the first cause that keeps the person out, or nil.
func (w Why) Blocked() *Cause {
	if i := slices.IndexFunc(w, func(c Cause) bool { return c.Blocks }); i >= 0 {
		return &w[i]
	}
	return nil
}

// whySQL finds all that most accounts need in one statement. The network is the one of the latest try.
const whySQL = `SELECT u.status, u.email_verified_at, u.left_at, COALESCE(c.password_hash, '') <> '' AS has_password, COALESCE(c.must_change, false) AS must_change,
	c.password_expires_at, c.locked_until, c.disowned_at, COALESCE(c.failures, 0) AS failures,
	d.due_at, COALESCE(d.requested_name, '') AS leaving_by, COALESCE(a.network, '') AS network, COALESCE(a.user_agent, '') AS user_agent,
	(SELECT count(*) FROM signin_attempts n WHERE n.network = a.network AND n.at > ? AND n.outcome = 'failure') AS of_network,
	u.role_id, u.created_at, (SELECT string_agg(up.profile_id, ' ') FROM user_profiles up WHERE up.user_id = u.id) AS profiles,
	(SELECT count(*) FROM factors f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL) AS factors,
	(SELECT l.address FROM links l WHERE l.user_id = u.id AND l.purpose = 'verify' AND l.created_by <> '' AND l.used_at IS NULL AND l.expires_at > ?
		AND l.epoch = u.epoch AND l.address <> u.email ORDER BY l.created_at DESC LIMIT 1) AS address
FROM users u
LEFT JOIN credentials c ON c.user_id = u.id
LEFT JOIN departures d ON d.user_id = u.id AND d.state IN ('planned', 'working', 'blocked')
LEFT JOIN signin_attempts a ON a.id = (SELECT t.id FROM signin_attempts t WHERE t.user_id = u.id ORDER BY t.at DESC, t.id DESC LIMIT 1)
WHERE u.id = ?`

type whyRow struct {
	Status            staff.Status
	EmailVerifiedAt   *time.Time
	LeftAt            *time.Time
	HasPassword       bool
	MustChange        bool
	PasswordExpiresAt *time.Time
	LockedUntil       *time.Time
	DisownedAt        *time.Time
	Failures          int
	DueAt             *time.Time
	LeavingBy         string
	Network           string
	UserAgent         string
	OfNetwork         int
	Address           *string
	RoleID            string
	CreatedAt         time.Time
	Profiles          *string
	Factors           int
}

// Why tells why a user cannot sign in (B-8, S1-35). It needs users.view. It is one statement for most accounts, and one or
// two more for those who have left, or have not come in yet.
func (s *Signin) Why(ctx context.Context, actor access.Actor, userID string) (Why, error) {
	if err := actor.Must(access.UsersView); err != nil {
		return nil, err
	}
	now := s.db.Now()
	var row whyRow
	ok, err := store.One(s.db.In(ctx).Raw(whySQL, now.Add(-triesWindow), now, userID), &row)
	switch {
	case err != nil:
		return nil, fmt.Errorf("why: %w", err)
	case !ok:
		return nil, fault.ErrNotFound
	}
	var w Why
	switch row.Status {
	case staff.Inactive:
		c, err := s.ended(ctx, userID, row.LeftAt)
		return Why{c}, err
	case staff.Pending:
		in, err := s.Invitation(ctx, actor, userID)
		if err != nil {
			return nil, err
		}
		w = append(w, Cause{Reason: WhyInvitation, Blocks: true, Life: in.Life(now), At: &in.At, Until: in.ExpiresAt})
	}
	return append(w, row.causes(now, s.enrolsBy(&row))...), nil
}

// enrolsBy is by when somebody without a second factor has to have one, or nil. It asks the practice as it was at the last
// request, which is that of who wants to know.
func (s *Signin) enrolsBy(row *whyRow) *time.Time {
	p := s.practice.last.Load()
	if p == nil || row.Factors > 0 {
		return nil
	}
	var profiles []string
	if row.Profiles != nil {
		profiles = strings.Fields(*row.Profiles)
	}
	if !asksFactor(&p.org, p.book.Rights(row.RoleID, profiles)) {
		return nil
	}
	by := enrolBy(&p.org, row.CreatedAt)
	return &by
}

// causes are those of an account that has not ended.
func (row *whyRow) causes(now time.Time, enrolBy *time.Time) (w Why) {
	active := row.Status == staff.Active
	if row.LockedUntil != nil && now.Before(*row.LockedUntil) {
		w = append(w, Cause{Reason: WhyLocked, Blocks: true, Until: row.LockedUntil, Count: row.Failures, Network: row.Network, Device: Device(row.UserAgent)})
	}
	switch {
	case row.DisownedAt != nil:
		w = append(w, Cause{Reason: WhyDisowned, Blocks: true, At: row.DisownedAt})
	case active && !row.HasPassword:
		w = append(w, Cause{Reason: WhyNoPassword, Blocks: true})
	case row.HasPassword && row.MustChange && row.PasswordExpiresAt != nil && !now.Before(*row.PasswordExpiresAt):
		w = append(w, Cause{Reason: WhyExpired, Blocks: active, At: row.PasswordExpiresAt})
	case active && row.MustChange:
		w = append(w, Cause{Reason: WhyMustChange, Until: row.PasswordExpiresAt})
	}
	if row.OfNetwork >= triesNetwork {
		w = append(w, Cause{Reason: WhyNetwork, Blocks: true, Network: row.Network, Count: row.OfNetwork})
	}
	if active && enrolBy != nil && !now.Before(*enrolBy) {
		w = append(w, Cause{Reason: WhyFactor, Until: enrolBy})
	}
	if row.DueAt != nil {
		w = append(w, Cause{Reason: WhyLeaving, Until: row.DueAt, By: row.LeavingBy})
	}
	if row.Address != nil && *row.Address != "" {
		w = append(w, Cause{Reason: WhyEmailChange, Address: *row.Address})
	}
	if active && row.EmailVerifiedAt == nil {
		w = append(w, Cause{Reason: WhyUnverified})
	}
	return w
}

// ended says since when and by whom an account has ended, as far as that is known: a status that was changed by hand
// has no such line.
func (s *Signin) ended(ctx context.Context, userID string, at *time.Time) (Cause, error) {
	c := Cause{Reason: WhyInactive, Blocks: true, At: at}
	var last struct {
		RequestedName string
		FinishedAt    *time.Time
	}
	ok, err := store.One(s.db.In(ctx).Raw(`SELECT requested_name, finished_at FROM departures WHERE user_id = ? AND state = 'done'
		ORDER BY created_at DESC, id DESC LIMIT 1`, userID), &last)
	if err != nil {
		return c, fmt.Errorf("why: %w", err)
	}
	if ok {
		c.By = last.RequestedName
		if c.At == nil {
			c.At = last.FinishedAt
		}
	}
	return c, nil
}
