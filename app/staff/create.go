package staff

import (
	"context"
	"fmt"
	"slices"

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
}

// Create writes a new user as PENDING. It needs users.create, and a Super Admin to make a Super Admin (S1-32). It
// returns *fault.Invalid (an address of any current or former user among it, S1-28) or *fault.Forbidden.
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
	org, err := s.Organization(ctx)
	if err != nil {
		return nil, err
	}
	if n.FullName != "" {
		n.FirstName, n.LastName = splitName(line(n.FullName))
	}
	bad := &fault.Invalid{}
	now := s.db.Now()
	u := &User{
		ID: store.NewID(), Status: Pending, CreatedAt: now, UpdatedAt: now, Generation: 1,
		FirstName: clean(bad, "first_name", n.FirstName, false),
		LastName:  clean(bad, "last_name", n.LastName, org.SingleNames),
		Email:     email(bad, "email", n.Email),
		Title:     line(n.Title),
		Language:  clean(bad, "language", n.Language, false),
		Zone:      clean(bad, "zone", n.Zone, false),
		RoleID:    n.RoleID,
	}
	checkMax(bad, "title", u.Title, nameMax)
	if err := s.checkAddress(ctx, bad, u.Email); err != nil {
		return nil, err
	}
	if err := s.checkPlace(ctx, actor, bad, u, n); err != nil {
		return nil, err
	}
	u.index()
	return u, bad.Err()
}

// checkPlace checks that role, department and profiles are there, and that the role is the actor's to give.
func (s *Staff) checkPlace(ctx context.Context, actor access.Actor, bad *fault.Invalid, u *User, n NewUser) error {
	var role access.Role
	ok, err := store.Found(s.db.In(ctx).Where("id = ?", n.RoleID).Take(&role).Error)
	switch {
	case err != nil:
		return fmt.Errorf("role: %w", err)
	case !ok:
		bad.Add("role", "staff.role-missing")
	case role.Super && !actor.Rights.Super():
		bad.Add("role", "staff.role-super")
	}
	if n.DepartmentID != "" {
		var dep Department
		if ok, err = store.Found(s.db.In(ctx).Where("id = ?", n.DepartmentID).Take(&dep).Error); err != nil {
			return fmt.Errorf("department: %w", err)
		} else if !ok {
			bad.Add("department", "staff.choose")
		}
		u.DepartmentID = &dep.ID
	}
	if len(n.ProfileIDs) > 0 {
		var have int64
		if err := s.db.In(ctx).Model(&access.Profile{}).Where("id IN ?", n.ProfileIDs).Count(&have).Error; err != nil {
			return fmt.Errorf("profiles: %w", err)
		}
		if int(have) != len(n.ProfileIDs) {
			bad.Add("profiles", "staff.choose")
		}
	}
	return nil
}

// checkAddress says whose an address is or was, so that the administrator understands the refusal. The unique key of
// addresses has the last word (insert).
func (s *Staff) checkAddress(ctx context.Context, bad *fault.Invalid, address string) error {
	if bad.Has("email") {
		return nil
	}
	var owner User
	ok, err := store.One(s.db.In(ctx).Raw(`SELECT u.email, u.first_name, u.last_name, u.display_name, u.status
		FROM addresses a JOIN users u ON u.id = a.user_id WHERE a.address = ?`, address), &owner)
	if err != nil {
		return fmt.Errorf("address: %w", err)
	}
	if !ok {
		return nil
	}
	addTaken(bad, &owner, address)
	return nil
}

func addTaken(bad *fault.Invalid, owner *User, address string) {
	key := "staff.email-taken"
	if owner.Status == Inactive || owner.Email != address {
		key = "staff.email-taken-former"
	}
	bad.Add("email", key, "Name", owner.Name())
}

func (s *Staff) insert(ctx context.Context, u *User, profiles []string) error {
	if err := s.db.In(ctx).Create(u).Error; err != nil {
		if store.Violated(err, "users_email", "users.email") {
			return fault.Field1("email", "staff.email-taken-now")
		}
		return fmt.Errorf("create user: %w", err)
	}
	row := map[string]any{"address": u.Email, "user_id": u.ID, "created_at": u.CreatedAt}
	if err := s.db.In(ctx).Table("addresses").Create(row).Error; err != nil {
		if store.Violated(err, "addresses_pkey", "addresses.address") {
			return fault.Field1("email", "staff.email-taken-now")
		}
		return fmt.Errorf("reserve address: %w", err)
	}
	for _, p := range profiles {
		row := map[string]any{"user_id": u.ID, "profile_id": p, "created_at": u.CreatedAt}
		if err := s.db.In(ctx).Table("user_profiles").Create(row).Error; err != nil {
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
