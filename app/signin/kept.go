package signin

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"chancery/app/access"
	"chancery/app/staff"
	"chancery/app/store"
)

// practice is what every request needs and what changes rarely: the organization, the departments, the roles and the
// profiles, as they were at one version of the database. It does not change.
type practice struct {
	version     string
	org         staff.Organization
	departments map[string]string // names by id
	listed      []staff.Department
	book        *access.Book
}

// describe puts into c what follows for its user, whose profiles are given by their ids.
func (p *practice) describe(c *Current, profiles []string) {
	c.Org, c.practice, c.profileIDs = p.org, p, profiles
	c.Rights = p.book.Rights(c.User.RoleID, profiles)
	c.RoleName = p.book.RoleName(c.User.RoleID)
	if c.User.DepartmentID != nil {
		c.Department = p.departments[*c.User.DepartmentID]
	}
	for _, id := range profiles {
		c.Profiles = append(c.Profiles, p.book.ProfileName(id))
	}
	slices.Sort(c.Profiles)
}

// Roles are the practice's, in its order, as they were when the request began.
func (c *Current) Roles() []access.Role {
	if c.practice == nil {
		return nil
	}
	return c.practice.book.Roles()
}

// AllProfiles are the practice's, by name, as they were when the request began.
func (c *Current) AllProfiles() []access.Profile {
	if c.practice == nil {
		return nil
	}
	return c.practice.book.Profiles()
}

// Carriers are the roles whose people have a profile because of their role.
func (c *Current) Carriers(profileID string) []string {
	if c.practice == nil {
		return nil
	}
	return c.practice.book.Carriers(profileID)
}

// Departments are the practice's, by name, as they were when the request began. They are to be read only.
func (c *Current) Departments() []staff.Department {
	if c.practice == nil {
		return nil
	}
	return c.practice.listed
}

// practices keeps the practice in memory. What keeps it right is the table practice_version: every change of what is
// kept gives it a new mark, in the transaction of the change, by triggers, so that changes by hand count too. A request
// reads the mark in the one statement that reads its session, and only a practice of that mark answers it: a permission
// that was taken is gone with the next request, on every replica, as if it had been read anew.
type practices struct {
	db     *store.DB
	people *staff.Staff
	last   atomic.Pointer[practice]
	turn   chan struct{} // of one reader at a time: after a change all requests need the same
}

func newPractices(db *store.DB, people *staff.Staff) *practices {
	return &practices{db: db, people: people, turn: make(chan struct{}, 1)}
}

// at is the practice of a version that the caller has just read, or a later one.
func (k *practices) at(ctx context.Context, version string) (*practice, error) {
	if p := k.last.Load(); p != nil && p.version == version {
		return p, nil
	}
	select {
	case k.turn <- struct{}{}:
		defer func() { <-k.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if p := k.last.Load(); p != nil && p.version == version {
		return p, nil
	}
	p, err := k.read(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the practice: %w", err)
	}
	k.last.Store(p)
	return p, nil
}

// read reads the version, everything, and the version once more, until both are the same: then nothing has changed
// between, and what was read is that version's. Marks are never used twice, so a transaction's own changes may be read
// and kept, too: should it be rolled back, no request will ever ask for that mark.
func (k *practices) read(ctx context.Context) (*practice, error) {
	before, err := k.version(ctx)
	if err != nil {
		return nil, err
	}
	for {
		p := &practice{version: before, departments: map[string]string{}}
		org, err := k.people.Organization(ctx)
		if err != nil {
			return nil, err
		}
		p.org = *org
		departments, err := k.people.Departments(ctx)
		if err != nil {
			return nil, err
		}
		p.listed = departments
		for _, d := range departments {
			p.departments[d.ID] = d.Name
		}
		if p.book, err = access.ReadBook(ctx, k.db); err != nil {
			return nil, err
		}
		after, err := k.version(ctx)
		if err != nil || after == before {
			return p, err
		}
		before = after
	}
}

func (k *practices) version(ctx context.Context) (version string, err error) {
	err = k.db.Row(ctx, `SELECT version FROM practice_version`).Scan(&version)
	return version, err
}
