package access

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"chancery/app/store"
)

// Book is all roles and profiles with what each grants, as they were at one moment. They are few and change rarely, so
// a process may keep a book and look rights up in it, as long as it asks with each request whether the book is still
// that of the database: see practice_version in the migrations, and signin's Resume. A book does not change; any number
// of goroutines may read it.
//
// What rights are put together from is found in one place, parts: what is allowed (Rights) and what is explained
// (Sources) cannot differ, and neither can what a change would do (With, and the previews).
type Book struct {
	roles    map[string]*bookRole
	profiles map[string]*bookProfile
}

type bookRole struct {
	Role
	own   grants
	hung  []string // ids of the profiles that hang on it, in order
	parts []part   // all that the role grants, itself first
	sets  []grants // those of parts, which is all that Rights needs

	sources func() []Source // of the role alone, put together once
}

type bookProfile struct {
	Profile
	grants grants
}

// part is a set of permissions and where it comes from.
type part struct {
	Origin
	grants grants
}

// ReadBook reads the book as it is now. Its tables are read one after the other: whoever must know that nothing has
// changed between them compares the practice's version before and after.
func ReadBook(ctx context.Context, db *store.DB) (*Book, error) {
	var roles []Role
	var profiles []Profile
	if err := db.In(ctx).Find(&roles).Error; err != nil {
		return nil, fmt.Errorf("roles: %w", err)
	}
	if err := db.In(ctx).Find(&profiles).Error; err != nil {
		return nil, fmt.Errorf("profiles: %w", err)
	}
	ofRoles, err := granted(ctx, db, `SELECT role_id AS id, permission FROM role_permissions`)
	if err != nil {
		return nil, err
	}
	ofProfiles, err := granted(ctx, db, `SELECT profile_id AS id, permission FROM profile_permissions`)
	if err != nil {
		return nil, err
	}
	var hung []struct{ RoleID, ProfileID string }
	if err := db.In(ctx).Raw(`SELECT role_id, profile_id FROM role_profiles ORDER BY role_id, profile_id`).Scan(&hung).Error; err != nil {
		return nil, fmt.Errorf("profiles of roles: %w", err)
	}
	b := &Book{make(map[string]*bookRole, len(roles)), make(map[string]*bookProfile, len(profiles))}
	for _, r := range roles {
		b.roles[r.ID] = &bookRole{Role: r, own: ofRoles[r.ID]}
	}
	for _, p := range profiles {
		b.profiles[p.ID] = &bookProfile{p, ofProfiles[p.ID]}
	}
	for _, h := range hung {
		if r := b.roles[h.RoleID]; r != nil {
			r.hung = append(r.hung, h.ProfileID)
		}
	}
	b.join()
	return b, nil
}

func granted(ctx context.Context, db *store.DB, query string) (map[string]grants, error) {
	var rows []struct {
		ID         string
		Permission Permission
	}
	if err := db.In(ctx).Raw(query).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("permissions: %w", err)
	}
	of := map[string]grants{}
	for _, r := range rows {
		if of[r.ID] == nil {
			of[r.ID] = grants{}
		}
		of[r.ID][r.Permission] = struct{}{}
	}
	return of, nil
}

// join puts together what each role grants: its own permissions, those of its ancestors (C-20), and those of the
// profiles that hang on any of them (V-2). The verbs refuse circles; should one be made by hand, each role in it counts
// once.
func (b *Book) join() {
	for _, r := range b.roles {
		r.parts, r.sets = nil, nil
		seen := map[string]bool{}
		for at := r; at != nil && !seen[at.ID]; at = b.parent(at) {
			seen[at.ID] = true
			r.parts = append(r.parts, part{Origin{Kind: FromRole, ID: at.ID, Name: at.Name, Parent: at != r}, at.own})
			for _, id := range at.hung {
				if p := b.profiles[id]; p != nil {
					r.parts = append(r.parts, part{Origin{Kind: FromProfile, ID: p.ID, Name: p.Name, RoleID: at.ID, RoleName: at.Name, Parent: at != r}, p.grants})
				}
			}
		}
		for _, p := range r.parts {
			r.sets = append(r.sets, p.grants)
		}
		r.sources = sync.OnceValue(func() []Source { return r.explain(r.parts) })
	}
}

func (b *Book) parent(r *bookRole) *bookRole {
	if r.ParentID == nil {
		return nil
	}
	return b.roles[*r.ParentID]
}

// Rights are those of a role and of the profiles added to it (S1-25). What the book does not know grants nothing.
func (b *Book) Rights(roleID string, profileIDs []string) Rights {
	role := b.roles[roleID]
	if role == nil {
		role = &bookRole{}
	}
	r := Rights{role.Super, role.sets}
	if len(profileIDs) == 0 {
		return r
	}
	r.from = make([]grants, 0, len(role.sets)+len(profileIDs))
	r.from = append(r.from, role.sets...)
	for _, id := range profileIDs {
		if p := b.profiles[id]; p != nil {
			r.from = append(r.from, p.grants)
		}
	}
	return r
}

// RoleName is the name of a role as the practice wrote it.
func (b *Book) RoleName(id string) string {
	r, _ := b.Role(id)
	return r.Name
}

// ProfileName is the name of a profile as the practice wrote it.
func (b *Book) ProfileName(id string) string {
	p, _ := b.Profile(id)
	return p.Name
}

// Role is one role.
func (b *Book) Role(id string) (Role, bool) {
	if r := b.roles[id]; r != nil {
		return r.Role, true
	}
	return Role{}, false
}

// Profile is one profile.
func (b *Book) Profile(id string) (Profile, bool) {
	if p := b.profiles[id]; p != nil {
		return p.Profile, true
	}
	return Profile{}, false
}

// Roles are all roles in the practice's order.
func (b *Book) Roles() []Role {
	all := make([]Role, 0, len(b.roles))
	for _, r := range b.roles {
		all = append(all, r.Role)
	}
	slices.SortFunc(all, func(x, y Role) int { return cmp.Or(x.Position-y.Position, cmp.Compare(x.Name, y.Name)) })
	return all
}

// Profiles are all profiles by name.
func (b *Book) Profiles() []Profile {
	all := make([]Profile, 0, len(b.profiles))
	for _, p := range b.profiles {
		all = append(all, p.Profile)
	}
	slices.SortFunc(all, func(x, y Profile) int { return cmp.Compare(x.Name, y.Name) })
	return all
}

// Own are the permissions that stand in a role itself, in reading order: neither inherited nor from a profile.
func (b *Book) Own(roleID string) []Permission {
	if r := b.roles[roleID]; r != nil {
		return r.own.list()
	}
	return nil
}

// Hung are the ids of the profiles that hang on a role itself.
func (b *Book) Hung(roleID string) []string {
	if r := b.roles[roleID]; r != nil {
		return slices.Clone(r.hung)
	}
	return nil
}

// Adds are the permissions of a profile, in reading order.
func (b *Book) Adds(profileID string) []Permission {
	if p := b.profiles[profileID]; p != nil {
		return p.grants.list()
	}
	return nil
}

// Heirs are the roles that have this one among their ancestors, the role itself first.
func (b *Book) Heirs(roleID string) []string {
	heirs := []string{roleID}
	for _, r := range b.Roles() {
		if r.ID != roleID && slices.ContainsFunc(b.roles[r.ID].parts, func(p part) bool { return p.Kind == FromRole && p.ID == roleID }) {
			heirs = append(heirs, r.ID)
		}
	}
	return heirs
}

// Carriers are the roles whose people have a profile because it hangs on the role or on an ancestor of it.
func (b *Book) Carriers(profileID string) []string {
	var carriers []string
	for _, r := range b.Roles() {
		if slices.ContainsFunc(b.roles[r.ID].parts, func(p part) bool { return p.Kind == FromProfile && p.ID == profileID }) {
			carriers = append(carriers, r.ID)
		}
	}
	return carriers
}

// with is the book with some roles and profiles in the place of the old ones.
func (b *Book) with(now ...subject) *Book {
	n := &Book{make(map[string]*bookRole, len(b.roles)+1), maps.Clone(b.profiles)}
	for id, r := range b.roles {
		c := *r
		n.roles[id] = &c
	}
	for _, s := range now {
		switch s := s.(type) {
		case *bookRole:
			n.roles[s.ID] = s
		case *bookProfile:
			n.profiles[s.ID] = s
		}
	}
	n.join()
	return n
}

// Book reads the roles and profiles as they are now.
func (a *Access) Book(ctx context.Context) (*Book, error) { return ReadBook(ctx, a.db) }
