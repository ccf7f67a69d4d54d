// Package staff knows the people of the practice: users, departments, the organization, and their pictures.
//
// What a person may do is access's; how they prove who they are is signin's. A verb here asks may I, may I to this person
// (access.Over) and is it valid,
// writes in one transaction with its audit lines, and names the keys that changed.
//
// A user's status is PENDING, ACTIVE or INACTIVE; LOCKED is derived by signin from a time, so that no toggling of the
// status can leave a hidden lock behind (C-13). There is no delete, by any road (S1-15).
package staff

import (
	"context"
	"fmt"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/resource"
	"chancery/app/store"
	"chancery/app/zone"
)

// Status of a user as it is stored (C-13).
type Status string

// The stored statuses.
const (
	Pending  Status = "PENDING"  // created, has not signed in yet
	Active   Status = "ACTIVE"   // works here
	Inactive Status = "INACTIVE" // has left; kept with everything they did (S1-13)
)

// User is a person of the practice. Times are UTC.
type User struct {
	ID              string
	Email           string // sign-in name, lower case; unique over current and former users (S1-4, C-18)
	EmailVerifiedAt *time.Time
	FirstName       string
	LastName        string
	DisplayName     string // "" means "First Last" (C-1)
	SortName        string // folded "last first", what lists are ordered by
	Search          string // folded words that a search looks through
	Title           string // from a list of the administrators'; grants nothing (C-11)
	Cell            string // E.164; coworkers see it unless hidden, clients never (C-9)
	CellHidden      bool
	CellVerifiedAt  *time.Time // when its owner has shown that it is theirs; then it is a way to sign in (S3-13)
	Office          string     // E.164, with ;ext= when there is an extension
	Address         string
	Bio             string
	ClientBio       string // for clients (C-10); on the client card
	ClientEmail     string // for clients (S3-7); never the sign-in name. Requests do not read it: only Get does
	Language        string // en, es or fr
	Zone            string // IANA name
	Theme           string // "", light or dark
	Status          Status
	RoleID          string
	DepartmentID    *string
	PictureID       *string
	LastSignInAt    *time.Time
	Generation      int64
	Observed        int64
	Conditions      resource.Conditions
	CreatedAt       time.Time
	UpdatedAt       time.Time
}

// Name is what e-mails, comments and lists call the person (S0-11, C-1).
func (u *User) Name() string { return DisplayName(u.FirstName, u.LastName, u.DisplayName) }

// DisplayName is the display name, or first and last name when there is none.
func DisplayName(first, last, display string) string {
	if display != "" {
		return display
	}
	return strings.TrimSpace(first + " " + last)
}

// Organization is the practice itself; there is one (C-18).
type Organization struct {
	ID             string
	Name           string
	Tagline        string
	Language       string
	Zone           string
	PasswordPolicy string // classic or length (C-3)
	SingleNames    bool   // lets a last name be empty (C-1)
	Contact        string // whom to ask about titles and access, shown to users
	PictureID      *string
	Generation     int64
	CreatedAt      time.Time
	UpdatedAt      time.Time

	Address             string
	IdleMinutes         *int // a session ends after so long without a request; nil: as the operator says (ASVS 7.1.1)
	LifetimeHours       *int // and after so long in any case; nil: as the operator says
	LockTries           int  // wrong passwords that lock an account
	LockMinutes         int  // for so long
	LockAll             bool // a lock holds for every way in, and not for the password alone (C-15)
	InvitationDays      int  // how long the link of an invitation works
	AllowMailedPassword bool // whether administrators may have a password mailed (C-14)
	AllowTypedPassword  bool // whether they may type one (C-14)
	DormantDays         int  // accounts unused for so long are dormant; 0: none are (B-18)
	DormantAction       string

	SecondFactor      string     // who must have one: off, administrators or everyone (ASVS 6.3.3)
	SecondFactorSince *time.Time // when it was asked of more people than before
	SecondFactorDays  int        // of grace from then on, or from a person's own beginning
}

// TableName is the table of the one organization.
func (Organization) TableName() string { return "organization" }

// Place is where the practice's clocks are; UTC where its zone is none that is known.
func (o *Organization) Place() *time.Location {
	return zone.Place(o.Zone)
}

// Day is the day at a moment where the practice is, as YYYY-MM-DD: what is due, is due there.
func (o *Organization) Day(at time.Time) string { return at.In(o.Place()).Format(time.DateOnly) }

// Department is a part of the practice; a user belongs to none or one (S2-35).
type Department struct {
	ID         string
	Name       string
	Generation int64
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// Staff is the room.
type Staff struct {
	db         *store.DB
	studio     Studio
	belongings []Belonging // what people own, by kind (departure.go)
	cellLost   CellLost    // hears of numbers that are no way in any more (cell.go)

	absenceTeller AbsenceTeller // nil: nobody is told (absences_tell.go)
}

// New opens the room. studio makes and keeps pictures; its zero value refuses them.
func New(db *store.DB, studio Studio) *Staff { return &Staff{db: db, studio: studio} }

// Get is one user. It returns fault.ErrNotFound when there is none.
func (s *Staff) Get(ctx context.Context, id string) (*User, error) {
	var u User
	ok, err := store.Found(s.db.In(ctx).Where("id = ?", id).Take(&u).Error)
	if err != nil {
		return nil, fmt.Errorf("user: %w", err)
	}
	if !ok {
		return nil, fault.ErrNotFound
	}
	return &u, nil
}

// ByEmail is the user with a sign-in name now, or fault.ErrNotFound.
func (s *Staff) ByEmail(ctx context.Context, address string) (*User, error) {
	var u User
	ok, err := store.Found(s.db.In(ctx).Where("email = ?", Address(address)).Take(&u).Error)
	if err != nil {
		return nil, fmt.Errorf("user: %w", err)
	}
	if !ok {
		return nil, fault.ErrNotFound
	}
	return &u, nil
}

// Organization is the practice's own row.
func (s *Staff) Organization(ctx context.Context) (*Organization, error) {
	var o Organization
	ok, err := store.Found(s.db.In(ctx).Take(&o).Error)
	if err != nil {
		return nil, fmt.Errorf("organization: %w", err)
	}
	if !ok {
		return nil, fault.ErrNotFound
	}
	return &o, nil
}

// Departments lists the departments by name.
func (s *Staff) Departments(ctx context.Context) ([]Department, error) {
	var d []Department
	if err := s.db.In(ctx).Order("name").Find(&d).Error; err != nil {
		return nil, fmt.Errorf("departments: %w", err)
	}
	return d, nil
}

// SeedOrganization writes the practice's row once; what is there stays as it is.
func (s *Staff) SeedOrganization(ctx context.Context, o Organization) error {
	now := s.db.Now()
	o.ID, o.CreatedAt, o.UpdatedAt, o.Generation = "organization", now, now, 1
	if o.PasswordPolicy == "" {
		o.PasswordPolicy = "classic"
	}
	err := s.db.In(ctx).Exec(`INSERT INTO organization
		(id, name, tagline, language, zone, password_policy, single_names, contact, generation, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
		o.ID, o.Name, o.Tagline, o.Language, o.Zone, o.PasswordPolicy, o.SingleNames, o.Contact, o.Generation, now, now).Error
	if err != nil {
		return fmt.Errorf("seed organization: %w", err)
	}
	return nil
}

// SeedDepartment writes a department by name once and returns its id.
func (s *Staff) SeedDepartment(ctx context.Context, name string) (string, error) {
	now := s.db.Now()
	var id string
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		err := s.db.In(ctx).Exec(`INSERT INTO departments (id, name, created_at, updated_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (lower(name)) DO NOTHING`, store.NewID(), name, now, now).Error
		if err != nil {
			return err
		}
		_, err = store.One(s.db.In(ctx).Raw("SELECT id FROM departments WHERE lower(name) = lower(?)", name), &id)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("seed department: %w", err)
	}
	return id, nil
}

// changed names the user's key on the change feed.
func (s *Staff) changed(ctx context.Context, id string) error { return s.db.Changed(ctx, "user/"+id) }

// over returns a *fault.Forbidden when the actor may not use a verb that is over that on this user.
func (s *Staff) over(ctx context.Context, actor access.Actor, o access.Over, userID string) error {
	return access.New(s.db).MustOver(ctx, actor, o, userID)
}

// may returns nil when the actor is the user, or holds the permission.
func may(actor access.Actor, userID string, p access.Permission) error {
	if actor.ID == userID {
		return nil
	}
	return actor.Must(p)
}
