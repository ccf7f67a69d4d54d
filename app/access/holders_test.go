package access_test

import (
	"context"
	"slices"
	"testing"

	"chancery/app/access"
	"chancery/app/store"
)

// Who is listed as having a right is who has it, by whatever way.
func TestWhoHoldsARightIsWhoMay(t *testing.T) {
	room(t, func(t *testing.T, ctx context.Context, db *store.DB, a *access.Access) {
		run(t, db, `UPDATE roles SET parent_id = 'accountant' WHERE id = 'viewer'`)
		run(t, db, `UPDATE roles SET parent_id = 'viewer' WHERE id = 'support'`)
		run(t, db, `INSERT INTO profiles (id, name, created_at, updated_at) VALUES ('desk', 'Desk', ?, ?)`, db.Now(), db.Now())
		run(t, db, `INSERT INTO profile_permissions (profile_id, permission) VALUES ('desk', 'users.create')`)
		run(t, db, `INSERT INTO role_profiles (role_id, profile_id) VALUES ('viewer', 'desk')`)
		var people []string
		for _, role := range []string{"super-admin", "administrator", "manager", "consultant", "paralegal", "accountant", "support", "viewer"} {
			person(t, db, role, role, "ACTIVE")
			person(t, db, role+"+", role, "ACTIVE", "collections", "desk")
			people = append(people, role, role+"+")
		}
		for _, p := range access.All() {
			where, args := access.Holds(p)
			var listed []string
			if err := db.In(ctx).Raw(`SELECT u.id FROM users u WHERE `+where, args...).Scan(&listed).Error; err != nil {
				t.Fatal(err)
			}
			for _, id := range people {
				rights, err := a.Of(ctx, id)
				if err != nil || rights.Can(p) != slices.Contains(listed, id) {
					t.Errorf("%s, %s: may %t, listed %t, %v", id, p, rights.Can(p), slices.Contains(listed, id), err)
				}
			}
		}
	})
}
