package staff

import (
	"context"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/listing"
)

// How the list of users is found, put in order and cut is listing's; here stands what a user is, what may be asked of one
// (conditions.go) and in which orders (order.go). TestNoListReadsEveryUser holds every combination that the page offers
// against the databases' own plans.

// Row is a user as a list shows them.
type Row struct {
	ID           string
	Email        string
	FirstName    string
	LastName     string
	DisplayName  string
	Title        string
	Status       Status
	LockedUntil  *time.Time
	RoleID       string
	RoleName     string
	ProfileIDs   string // by spaces
	DepartmentID *string
	Department   string
	PictureID    *string
	LastSignInAt *time.Time
	CreatedAt    time.Time
}

// Name is what the list calls the person.
func (r *Row) Name() string { return DisplayName(r.FirstName, r.LastName, r.DisplayName) }

// Dormant tells whether the account has been unused since then; a zero time: no account is dormant (B-18). Who has left
// is not dormant, and who never came is from the day the account was made.
func (r *Row) Dormant(since time.Time) bool {
	return dormant(r.Status, r.LastSignInAt, r.CreatedAt, since)
}

func dormant(status Status, seen *time.Time, created, since time.Time) bool {
	if seen != nil {
		created = *seen
	}
	return status != Inactive && created.Before(since)
}

// DormantSince is the time since which a dormant account has not been used, or zero when none are dormant (B-18).
func (o *Organization) DormantSince(now time.Time) time.Time {
	if o.DormantDays <= 0 {
		return time.Time{}
	}
	return now.AddDate(0, 0, -o.DormantDays)
}

// Standing is how an account stands, as a list is filtered by it.
type Standing string

// The standings. Locked is derived from a time (C-13): who is locked is neither active nor invited here, as in the
// badge. Dormant accounts are active, invited or locked ones; expired are those among the invited whose invitation nobody
// has used in time, and who get no further by themselves (B-13).
const (
	StandsActive   Standing = "active"
	StandsInvited  Standing = "invited"
	StandsLocked   Standing = "locked"
	StandsInactive Standing = "inactive"
	StandsDormant  Standing = "dormant"
	StandsExpired  Standing = "expired"
)

// Standings are those that a list may be filtered by, in the order in which they are offered.
func Standings() []Standing {
	return []Standing{StandsActive, StandsInvited, StandsExpired, StandsLocked, StandsDormant, StandsInactive}
}

// Filter says which users are wanted; its zero value wants all.
type Filter struct {
	Search       string // words, all of which must occur in name, e-mail, title or a phone number that may be seen
	Standing     Standing
	RoleID       string
	DepartmentID string // or NoDepartment
	ProfileID    string // added to the person, or brought by one of these roles
	Carriers     []string
	DormantSince time.Time // what dormant means (Organization.DormantSince)
	IDs          []string  // these people, of those who meet the rest; nil for all
}

// NoDepartment stands for a department in a Filter: those who are in none.
const NoDepartment = "none"

// Sort is what a list is ordered by. Those who have never signed in come before all who have.
type Sort string

// The orders there are. By role, department and standing the list is that of each, one after the other, by name within
// (groups.go): what they are called differs from language to language, so that no index has their order.
const (
	SortName       Sort = "name" // last name, then first; also what "" means
	SortEmail      Sort = "email"
	SortTitle      Sort = "title"
	SortRole       Sort = "role"
	SortDepartment Sort = "department"
	SortStanding   Sort = "status"
	SortLastSignIn Sort = "last-sign-in"
	SortCreated    Sort = "created"
)

// Sorts are the orders there are.
func Sorts() []Sort {
	return []Sort{SortName, SortEmail, SortTitle, SortRole, SortDepartment, SortStanding, SortLastSignIn, SortCreated}
}

// Query says which users a list wants, in which order, and which part of them.
type Query struct {
	Filter
	Sort       Sort
	Descending bool
	Order      []string // by role or department: all of them, by id, in the order in which they are to come
	After      string   // the id of the user that the part begins after; "" for the first
	Before     string   // or of the one that it ends before
	Size       int
}

// List is one part of the users, and how many there are. It needs users.view (S1-1).
func (s *Staff) List(ctx context.Context, actor access.Actor, q Query) (listing.Part[Row], error) {
	if err := actor.Must(access.UsersView); err != nil {
		return listing.Part[Row]{}, err
	}
	p, err := listing.Read[Row](ctx, s.db, table, s.asked(q), columns)
	if err != nil {
		return p, fmt.Errorf("list users: %w", err)
	}
	return p, nil
}

// RowOf is one user as List shows them, or fault.ErrNotFound. It needs users.view.
func (s *Staff) RowOf(ctx context.Context, actor access.Actor, id string) (*Row, error) {
	if err := actor.Must(access.UsersView); err != nil {
		return nil, err
	}
	var rows []Row
	if err := s.db.In(ctx).Raw(`SELECT `+rowColumns+` FROM users u `+rowJoins+` WHERE u.id = ?`, id).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("user's row: %w", err)
	}
	if len(rows) == 0 {
		return nil, fault.ErrNotFound
	}
	return &rows[0], nil
}

// Each gives every user whom a filter finds to fn, some hundred at a time, in the order of the query; its part and size
// do not matter. It holds no transaction: whoever comes or leaves meanwhile is there or not. It needs users.view.
func (s *Staff) Each(ctx context.Context, actor access.Actor, q Query, fn func([]Row) error) error {
	if err := actor.Must(access.UsersView); err != nil {
		return err
	}
	if err := listing.Each(ctx, s.db, table, s.asked(q), columns, func(r *Row) string { return r.ID }, fn); err != nil {
		return fmt.Errorf("list users: %w", err)
	}
	return nil
}

// columns are what List reads of a user.
var columns = listing.Columns{Select: rowColumns, Joins: rowJoins}

const rowColumns = `u.id, u.email, u.first_name, u.last_name, u.display_name, u.title, u.status, u.role_id, u.department_id, u.picture_id,
	u.last_sign_in_at, u.created_at, c.locked_until, r.name AS role_name, COALESCE(d.name, '') AS department,
	COALESCE((SELECT string_agg(up.profile_id, ' ') FROM user_profiles up WHERE up.user_id = u.id), '') AS profile_ids`

const rowJoins = `JOIN roles r ON r.id = u.role_id LEFT JOIN departments d ON d.id = u.department_id LEFT JOIN credentials c ON c.user_id = u.id`
