package staff

import (
	"context"
	"fmt"
	"slices"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/store"
)

// NewUser is what an administrator says of a new colleague (S1-3…S1-9). FullName stands in for first and last name in
// manifests and imports, split at its last space (C-1).
type NewUser struct {
	FirstName    string
	LastName     string
	FullName     string
	Email        string
	Title        string
	RoleID       string
	DepartmentID string
	ProfileIDs   []string
	Language     string
	Zone         string
	Cell         string // only imports know numbers; forms leave them to the person
	Office       string
	Confirmed    bool // of what NeedsConfirmation says
}

// Create writes a new user as PENDING. It needs users.create, a Super Admin to make a Super Admin (S1-32), and every right
// that the new user is to have. It returns *fault.Invalid (an address of any current or former user among it, S1-28),
// *NeedsConfirmation for a third Super Admin (programs are not asked), or *fault.Forbidden.
func (s *Staff) Create(ctx context.Context, actor access.Actor, n NewUser) (*User, error) {
	if err := actor.Must(access.UsersCreate); err != nil {
		return nil, err
	}
	n.ProfileIDs = slices.Compact(slices.Sorted(slices.Values(n.ProfileIDs)))
	var u *User
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		var err error
		if u, err = s.check(ctx, actor, n); err != nil {
			return err
		}
		if err := s.insert(ctx, u, n.ProfileIDs); err != nil {
			return err
		}
		if err := audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: "user.create", Kind: "user", ID: u.ID, Changes: created(u, n)}); err != nil {
			return err
		}
		return s.changed(ctx, u.ID)
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

func (s *Staff) check(ctx context.Context, actor access.Actor, n NewUser) (*User, error) {
	g, err := s.grounds(ctx, []string{Address(n.Email)})
	if err != nil {
		return nil, err
	}
	u, bad := s.draft(g, actor, n)
	if err := s.holdTitle(ctx, bad, "title", u.Title); err != nil {
		return nil, err
	}
	if err := bad.Err(); err != nil || n.Confirmed || actor.Program() {
		return u, err
	}
	return u, s.checkSupers(ctx, g.book, "", n.RoleID)
}

// grounds is what decides about a new user's values, read once: for one of them, or for all of a file's (import.go).
type grounds struct {
	org         *Organization
	book        *access.Book
	departments map[string]Department
	titles      []Title
	owners      map[string]owner // of those addresses that are or were someone's, or are to be
}

func (s *Staff) grounds(ctx context.Context, addresses []string) (*grounds, error) {
	g := &grounds{departments: map[string]Department{}, owners: map[string]owner{}}
	var err error
	if g.org, err = s.Organization(ctx); err != nil {
		return nil, err
	}
	if g.book, err = access.ReadBook(ctx, s.db); err != nil {
		return nil, err
	}
	departments, err := s.Departments(ctx)
	if err != nil {
		return nil, err
	}
	if g.titles, err = s.Titles(ctx); err != nil {
		return nil, err
	}
	for _, d := range departments {
		g.departments[d.ID] = d
	}
	return g, s.readOwners(ctx, g, addresses)
}

// owner is whose an address is, or is to be: then it is held until a time (email.go).
type owner struct {
	User
	HeldUntil *time.Time
}

// ownersAtOnce is how many addresses one query asks for.
const ownersAtOnce = 500

func (s *Staff) readOwners(ctx context.Context, g *grounds, addresses []string) error {
	for part := range slices.Chunk(addresses, ownersAtOnce) {
		var owners []struct {
			Owned     string
			HeldUntil *time.Time
			User
		}
		err := s.db.In(ctx).Raw(`SELECT a.address AS owned, a.held_until, u.* FROM addresses a JOIN users u ON u.id = a.user_id
			WHERE a.address IN ? AND (a.held_until IS NULL OR a.held_until > ?)`, part, s.db.Now()).Scan(&owners).Error
		if err != nil {
			return fmt.Errorf("addresses: %w", err)
		}
		for _, o := range owners {
			g.owners[o.Owned] = owner{o.User, o.HeldUntil}
		}
	}
	return nil
}

// draft is the user that would be written, and everything that is wrong with them. It asks nothing but its grounds.
func (s *Staff) draft(g *grounds, actor access.Actor, n NewUser) (*User, *fault.Invalid) {
	if n.FullName != "" {
		n.FirstName, n.LastName = splitName(line(n.FullName))
	}
	bad := &fault.Invalid{}
	now := s.db.Now()
	u := &User{
		ID: store.NewID(), Status: Pending, CreatedAt: now, UpdatedAt: now, Generation: 1,
		FirstName: clean(bad, "first_name", n.FirstName, false),
		LastName:  clean(bad, "last_name", n.LastName, g.org.SingleNames),
		Email:     email(bad, "email", n.Email),
		Title:     titleAmong(g.titles, bad, "title", n.Title),
		Language:  clean(bad, "language", n.Language, false),
		Zone:      clean(bad, "zone", n.Zone, false),
		Cell:      clean(bad, "cell", n.Cell, false),
		Office:    clean(bad, "office", n.Office, false),
		RoleID:    n.RoleID,
	}
	g.checkAddress(bad, u.Email)
	g.checkPlace(actor, bad, u, n)
	u.index()
	return u, bad
}

// checkPlace checks that role, department and profiles are there, and that they are the actor's to give.
func (g *grounds) checkPlace(actor access.Actor, bad *fault.Invalid, u *User, n NewUser) {
	checkRole(bad, g.book, actor, "", n.RoleID)
	if n.DepartmentID != "" {
		if _, ok := g.departments[n.DepartmentID]; !ok {
			bad.Add("department", "staff.choose")
		}
		u.DepartmentID = &n.DepartmentID
	}
	checkProfiles(bad, g.book, actor, nil, n.ProfileIDs)
}

// checkAddress says whose an address is or was, so that the administrator understands the refusal. The unique key of
// addresses has the last word (insert).
func (g *grounds) checkAddress(bad *fault.Invalid, address string) {
	if bad.Has("email") {
		return
	}
	if owner, ok := g.owners[address]; ok {
		addTaken(bad, &owner, address)
	}
}

func addTaken(bad *fault.Invalid, o *owner, address string) {
	switch {
	case o.HeldUntil != nil:
		bad.Add("email", "staff.email-held", "Name", o.Name(), "Until", *o.HeldUntil)
	case o.Status == Inactive:
		bad.Add("email", "staff.email-taken-former", "Name", o.Name())
	case o.Email != address:
		bad.Add("email", "staff.email-taken-before", "Name", o.Name())
	default:
		bad.Add("email", "staff.email-taken", "Name", o.Name())
	}
}

func (s *Staff) insert(ctx context.Context, u *User, profiles []string) error {
	if err := s.db.In(ctx).Create(u).Error; err != nil {
		switch { // what was there a moment ago, when it was checked, or was not
		case store.Violated(err, "users_email", "users.email"):
			return fault.Field1("email", "staff.email-taken-now")
		case store.Violated(err, "users_department_id_fkey", ""):
			return fault.Field1("department", "staff.choose")
		case store.Violated(err, "users_role_id_fkey", ""):
			return fault.Field1("role", "staff.role-missing")
		}
		return fmt.Errorf("create user: %w", err)
	}
	if err := s.reserve(ctx, u.ID, u.Email, nil); err != nil {
		return err
	}
	for _, p := range profiles {
		row := map[string]any{"user_id": u.ID, "profile_id": p, "created_at": u.CreatedAt}
		if err := s.db.In(ctx).Table("user_profiles").Create(row).Error; err != nil {
			if store.Violated(err, "user_profiles_profile_id_fkey", "") {
				return fault.Field1("profiles", "staff.choose")
			}
			return fmt.Errorf("add profile: %w", err)
		}
	}
	return nil
}

func created(u *User, n NewUser) []audit.Change {
	c := []audit.Change{
		{Field: "first_name", After: u.FirstName}, {Field: "last_name", After: u.LastName}, {Field: "email", After: u.Email},
		{Field: "role", After: u.RoleID}, {Field: "language", After: u.Language}, {Field: "zone", After: u.Zone},
	}
	if u.Title != "" {
		c = append(c, audit.Change{Field: "title", After: u.Title})
	}
	for _, number := range []audit.Change{{Field: "cell", After: u.Cell}, {Field: "office", After: u.Office}} {
		if number.After != "" {
			c = append(c, number)
		}
	}
	if u.DepartmentID != nil {
		c = append(c, audit.Change{Field: "department", After: *u.DepartmentID})
	}
	for _, p := range n.ProfileIDs {
		c = append(c, audit.Change{Field: "profile", After: p})
	}
	return c
}

// splitName splits a full name at its last space (C-1).
func splitName(full string) (first, last string) {
	for i := len(full) - 1; i > 0; i-- {
		if full[i] == ' ' {
			return full[:i], full[i+1:]
		}
	}
	return full, ""
}
