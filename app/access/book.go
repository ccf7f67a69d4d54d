package access

import (
	"context"
	"fmt"

	"chancery/app/store"
)

// Book is all roles and profiles with what each grants, as they were at one moment. They are few and change rarely, so
// a process may keep a book and look rights up in it, as long as it asks with each request whether the book is still
// that of the database: see practice_version in the migrations, and signin's Resume. A book does not change; any number
// of goroutines may read it.
type Book struct {
	roles, profiles map[string]entry
}

type entry struct {
	name   string
	super  bool
	grants []grants // one
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
	b := &Book{make(map[string]entry, len(roles)), make(map[string]entry, len(profiles))}
	for _, r := range roles {
		b.roles[r.ID] = entry{r.Name, r.Super, []grants{ofRoles[r.ID]}}
	}
	for _, p := range profiles {
		b.profiles[p.ID] = entry{p.Name, false, []grants{ofProfiles[p.ID]}}
	}
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

// Rights are those of a role and of the profiles added to it (S1-25). This is the one place where they are put
// together. What the book does not know grants nothing.
func (b *Book) Rights(roleID string, profileIDs []string) Rights {
	role := b.roles[roleID]
	r := Rights{role.super, role.grants}
	if len(profileIDs) == 0 {
		return r
	}
	r.from = make([]grants, 0, 1+len(profileIDs))
	r.from = append(r.from, role.grants...)
	for _, id := range profileIDs {
		r.from = append(r.from, b.profiles[id].grants...)
	}
	return r
}

// RoleName is the name of a role as the practice wrote it.
func (b *Book) RoleName(id string) string { return b.roles[id].name }

// ProfileName is the name of a profile as the practice wrote it.
func (b *Book) ProfileName(id string) string { return b.profiles[id].name }
