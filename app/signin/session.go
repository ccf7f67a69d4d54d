package signin

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/owned"
	"chancery/app/staff"
)

// Session is one device's being signed in.
type Session struct {
	ID         string
	TokenHash  string
	UserID     string
	Method     string // password, link, pin or passkey; of a paired extension: extension (PairedBy)
	Factor     string // the second one that was asked for beside it: totp, recovery, passkey, or ""
	Network    string
	UserAgent  string
	CreatedAt  time.Time
	ProvenAt   time.Time // when the person last proved who they are in this session
	LastSeenAt time.Time
	ExpiresAt  time.Time
	EndedAt    *time.Time
	EndedWhy   string
}

// Current is the session of a request with all that its page needs of the person and the practice. The person is read
// each time anew, and no more than pages need, since each column costs; the practice comes from memory (kept.go).
type Current struct {
	Session           Session
	User              staff.User
	Org               staff.Organization
	Rights            access.Rights
	RoleName          string
	Department        string
	Profiles          []string // names
	MustChange        bool
	PasswordChangedAt *time.Time
	LockedUntil       *time.Time
	EnrolBy           *time.Time  // until when they have to have a second factor, while they have none; nil: they need not (required.go)
	MustEnrol         bool        // that time is over
	Unread            int64       // messages of clients that the person has not read, in their cases; a page says it to who may read messages
	Owner             owned.Owner // the manifest that owns fields of theirs; not of a Bare one
	Bulletins         int64       // notices behind the bell that they have not read
	practice          *practice
	profileIDs        []string // of the profiles that were added to the person
}

// Actor is the person as verbs want them.
func (c *Current) Actor(from Origin) access.Actor {
	return access.Actor{
		Actor:  audit.Actor{ID: c.User.ID, Name: c.User.Name(), Network: from.Network, RequestID: from.RequestID},
		Rights: c.Rights, ProvenAt: c.Session.ProvenAt,
	}
}

// proofLasts is how long what belongs to a proof lasts.
const proofLasts = access.ProofLasts

// Fresh tells whether the person has proved who they are so lately that sensitive steps need no further proof.
func (s *Signin) Fresh(c *Current) bool { return c.Actor(Origin{}).Proven(s.db.Now()) }

// resumeSQL is a request's one query: session, user, which profiles they have, and the version of all that kept.go
// keeps. It reads tables of staff, which owns them, because one round trip instead of three is a third of a page's cost;
// and no table of what changes rarely, because beginning and ending with each of those was a third of the query.
//
// What every page counts, unread messages and bulletins, and whose a person's fields are, is counted in it for the same reason: reads of indexes that
// hold only what is unread or declared are 3 µs of 32 on SQLite (go test ./app/signin -run '^$' -bench Resume), and a statement of
// their own would be a round trip on Postgres. So a stream of events (web) asks for session, rights and counts at once,
// and can afford to ask each time.
const (
	resumeSQL = `SELECT s.id, s.user_id, s.method, s.created_at, s.proven_at, s.last_seen_at, s.expires_at,
	u.email, u.email_verified_at, u.first_name, u.last_name, u.display_name, u.title, u.cell, u.cell_hidden, u.cell_verified_at, u.office, u.address, u.bio, u.client_bio,
	u.language, u.zone, u.theme, u.status, u.role_id, u.department_id, u.picture_id, u.last_sign_in_at, u.generation, u.created_at,
	(SELECT string_agg(up.profile_id, ' ') FROM user_profiles up WHERE up.user_id = u.id),
	COALESCE(c.must_change, false), c.password_changed_at, c.locked_until,
	(SELECT v.version FROM practice_version v)`
	resumeCounts = `,
	(SELECT CAST(COALESCE(sum(a.unread), 0) AS bigint) FROM associations a WHERE a.user_id = s.user_id AND a.unread > 0),
	(SELECT count(*) FROM bulletins b WHERE b.user_id = s.user_id AND b.read_at IS NULL),
	`
	resumeFactor = `,
	EXISTS (SELECT 1 FROM factors f WHERE f.user_id = s.user_id AND f.confirmed_at IS NOT NULL)`
	resumeTables = `
FROM sessions s
JOIN users u ON u.id = s.user_id
LEFT JOIN credentials c ON c.user_id = u.id
WHERE s.ended_at IS NULL AND s.epoch = u.epoch AND u.status <> 'INACTIVE' AND `
)

// question is what resumeSQL is asked: by which column, and what else to tell. Each is a text of its own and no parameter:
// Postgres would see that its plan depends on that, and plan each time anew, which took 250 µs.
type question struct {
	byID   bool // by the session's id, else by its secret
	count  bool
	factor bool // whether the person has a second factor: only where the practice asks people for one
}

var resumeTexts = func() map[question]string {
	texts := map[question]string{}
	for _, q := range []question{{}, {byID: true}, {count: true}, {byID: true, count: true}} {
		for _, q.factor = range []bool{false, true} {
			text := resumeSQL
			if q.count {
				text += resumeCounts + owned.Mine("s.user_id")
			}
			if q.factor {
				text += resumeFactor
			}
			text += resumeTables
			if q.byID {
				text += `s.id = $1`
			} else {
				text += `s.token_hash = $1`
			}
			texts[q] = text
		}
	}
	return texts
}()

// seenEvery is how often a session's last use is written; oftener would make every request a write.
const seenEvery = time.Minute

// Resume finds the session of a token. It returns nil when there is none, it has ended, it is of an epoch before (B-2),
// it is idle or over its lifetime, the person is inactive, or is locked where a lock holds for everything (S1-12, C-15,
// ASVS 7.3.1, 7.3.2, 7.4.2). The times are judged here and not in the query, since the practice sets them and the query
// is what tells which practice it is.
func (s *Signin) Resume(ctx context.Context, token string, from Origin) (*Current, error) {
	return s.ResumeAs(ctx, token, from, Manner{})
}

// Manner is how a session is resumed; its zero value is what a page wants.
type Manner struct {
	Bare  bool // nothing is counted: for answers that show no counts
	Quiet bool // what a page asks by itself is no use of the session, which goes on being idle (ASVS 7.3.1)
}

// ResumeAs is Resume for what is no page, or asked by no person.
func (s *Signin) ResumeAs(ctx context.Context, token string, from Origin, m Manner) (*Current, error) {
	if len(token) != 43 {
		return nil, nil
	}
	c, err := s.resume(ctx, question{count: !m.Bare}, hashToken(token))
	if c == nil || err != nil {
		return nil, err
	}
	c.Session.TokenHash = hashToken(token)
	now := s.db.Now()
	if !m.Quiet && now.Sub(c.Session.LastSeenAt) >= seenEvery {
		err := s.db.In(ctx).Exec(`UPDATE sessions SET last_seen_at = ?, network = ? WHERE id = ? AND ended_at IS NULL`, now, from.clean().Network, c.Session.ID).Error
		if err != nil {
			return nil, fmt.Errorf("note use of session: %w", err)
		}
	}
	return c, nil
}

// Watch is how a session stands that was resumed before, by its id: its secret may have changed since (Saved.Token). It is nil
// once the session has ended, and no use of it.
func (s *Signin) Watch(ctx context.Context, sessionID string) (*Current, error) {
	return s.resume(ctx, question{byID: true, count: true}, sessionID)
}

func (s *Signin) resume(ctx context.Context, ask question, key string) (*Current, error) {
	now := s.db.Now()
	c := Current{}
	var profiles sql.NullString // ids, by spaces
	var version, mine string
	se, u := &c.Session, &c.User
	var has bool
	fields := []any{&se.ID, &se.UserID, &se.Method, &se.CreatedAt, &se.ProvenAt, &se.LastSeenAt, &se.ExpiresAt,
		&u.Email, &u.EmailVerifiedAt, &u.FirstName, &u.LastName, &u.DisplayName, &u.Title, &u.Cell, &u.CellHidden, &u.CellVerifiedAt, &u.Office, &u.Address, &u.Bio, &u.ClientBio,
		&u.Language, &u.Zone, &u.Theme, &u.Status, &u.RoleID, &u.DepartmentID, &u.PictureID, &u.LastSignInAt, &u.Generation, &u.CreatedAt,
		&profiles, &c.MustChange, &c.PasswordChangedAt, &c.LockedUntil, &version}
	if ask.count {
		fields = append(fields, &c.Unread, &c.Bulletins, &mine)
	}
	if ask.factor = s.asksFactors(); ask.factor {
		fields = append(fields, &has)
	}
	err := s.db.Row(ctx, resumeTexts[ask], key).Scan(fields...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("resume session: %w", err)
	}
	u.ID, c.Owner = se.UserID, owned.Read(mine)
	p, err := s.practice.at(ctx, version)
	if err != nil {
		return nil, fmt.Errorf("resume session: %w", err)
	}
	if r := s.rulesOf(&p.org); r.over(se, now) || r.lockAll && c.LockedUntil != nil && now.Before(*c.LockedUntil) {
		return nil, nil
	}
	p.describe(&c, strings.Fields(profiles.String))
	if err := s.requireFactor(ctx, &c, now, ask.factor, has); err != nil {
		return nil, err
	}
	return &c, nil
}

// Sessions lists the sessions in which a user is signed in now, and the extensions that are paired with their
// account, the latest used first (S2-28, S3-15). Each sees their own; others need users.sign-out.
func (s *Signin) Sessions(ctx context.Context, actor access.Actor, userID string) ([]Session, error) {
	if actor.ID != userID {
		if err := actor.Must(access.UsersSignOut); err != nil {
			return nil, err
		}
	}
	now, r := s.db.Now(), s.rulesLast()
	var list []Session
	err := s.db.In(ctx).Raw(`SELECT s.id, s.user_id, s.method, s.factor, s.network, s.user_agent, s.created_at, s.proven_at, s.last_seen_at, s.expires_at
			FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.user_id = ? AND s.ended_at IS NULL AND s.epoch = u.epoch
		UNION ALL SELECT `+pairedSessions+` ORDER BY 9 DESC, 1 DESC`, userID, userID).Scan(&list).Error
	if err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	return slices.DeleteFunc(list, func(one Session) bool {
		if one.Method == PairedBy {
			return pairingOver(&one, now)
		}
		return r.over(&one, now)
	}), nil
}
