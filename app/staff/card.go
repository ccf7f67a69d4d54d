package staff

import (
	"context"
	"fmt"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/owned"
	"chancery/app/store"
)

// Card is a person as colleagues see them (S0-1, S0-14, S0-15, S0-33). What the reader may not see is not in it.
type Card struct {
	Colleague
	Bio     string
	Left    bool     `gorm:"-"` // no longer works here (S1-13)
	Invited bool     `gorm:"-"` // has not signed in yet
	Account *Account `gorm:"-"` // nil for readers without users.view
}

// Account is what those see who look after the practice's people (S1-35).
type Account struct {
	Status          Status
	LockedUntil     *time.Time
	RoleID          string
	RoleName        string
	Profiles        []string `gorm:"-"` // names
	ProfileIDs      string   // by spaces
	Language        string
	Zone            string
	EmailVerifiedAt *time.Time
	LastSignInAt    *time.Time
	CreatedAt       time.Time
	Leaving         DepartureState // of a departure that is not over, or ""
	LeavesAt        *time.Time     // when it is due
	Owner           owned.Owner    `gorm:"-"` // the manifest that owns fields of the person
}

// Dormant is Row.Dormant of an account.
func (a *Account) Dormant(since time.Time) bool {
	return dormant(a.Status, a.LastSignInAt, a.CreatedAt, since)
}

type cardRow struct {
	Card
	Account
	CellHidden   bool
	ProfileNames string
	Owned        string
}

var cardSQL = `SELECT u.id, u.first_name, u.last_name, u.display_name, u.email, u.title, u.picture_id, u.cell, u.cell_hidden, u.office,
	u.bio, u.status, u.role_id, u.language, u.zone, u.email_verified_at, u.last_sign_in_at, u.created_at,
	c.locked_until, COALESCE(dp.state, '') AS leaving, dp.due_at AS leaves_at, r.name AS role_name, COALESCE(d.name, '') AS department,
	COALESCE((SELECT string_agg(p.name, '` + "\x1f" + `') FROM
		(SELECT p.name FROM user_profiles up JOIN profiles p ON p.id = up.profile_id WHERE up.user_id = u.id ORDER BY p.name) p), '') AS profile_names,
	COALESCE((SELECT string_agg(up.profile_id, ' ') FROM user_profiles up WHERE up.user_id = u.id), '') AS profile_ids, ` + owned.Mine("u.id") + ` AS owned
FROM users u
JOIN roles r ON r.id = u.role_id
LEFT JOIN departments d ON d.id = u.department_id
LEFT JOIN credentials c ON c.user_id = u.id
LEFT JOIN departures dp ON dp.user_id = u.id AND dp.state IN ('planned', 'working', 'blocked')
WHERE u.id = ?`

// Card is one person as the actor may see them; any colleague may look. It returns fault.ErrNotFound when there is none.
func (s *Staff) Card(ctx context.Context, actor access.Actor, id string) (*Card, error) {
	var row cardRow
	ok, err := store.One(s.db.In(ctx).Raw(cardSQL, id), &row)
	if err != nil {
		return nil, fmt.Errorf("card: %w", err)
	}
	if !ok {
		return nil, fault.ErrNotFound
	}
	c := row.Card
	if row.CellHidden && actor.ID != c.ID {
		c.Cell = ""
	}
	c.Left, c.Invited = row.Status == Inactive, row.Status == Pending
	c.Account = nil
	if actor.Rights.Can(access.UsersView) {
		c.Account = &row.Account
		c.Account.Owner = owned.Read(row.Owned)
		if row.ProfileNames != "" {
			c.Account.Profiles = strings.Split(row.ProfileNames, "\x1f")
		}
	}
	return &c, nil
}

// CountSupers counts the people who are Super Admins and have not left: one or two are meant to be (S1-30).
func (s *Staff) CountSupers(ctx context.Context) (n int, err error) {
	err = s.db.In(ctx).Raw(`SELECT count(*) FROM users u JOIN roles r ON r.id = u.role_id WHERE r.super AND u.status <> 'INACTIVE'`).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count super admins: %w", err)
	}
	return n, nil
}
