package access_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/store"
)

// Nothing is released that someone has, and no base role ever.
func TestWhatSomeoneHasIsNotReleased(t *testing.T) {
	room(t, func(t *testing.T, ctx context.Context, db *store.DB, a *access.Access) {
		who := administrator()
		p, err := a.CreateProfile(ctx, who, access.ProfileEdit{Name: "Debts"})
		if err != nil {
			t.Fatal(err)
		}
		r, err := a.CreateRole(ctx, who, access.RoleEdit{Name: "Clerk", ProfileIDs: []string{p.ID}})
		if err != nil {
			t.Fatal(err)
		}
		heir, err := a.CreateRole(ctx, who, access.RoleEdit{Name: "Heir", ParentID: r.ID})
		if err != nil {
			t.Fatal(err)
		}
		refused(t, a.DeleteRole(ctx, who, access.RoleViewer), "role-base")
		refused(t, a.DeleteRole(ctx, who, r.ID), "role-parent")
		refused(t, a.DeleteProfile(ctx, who, p.ID), "profile-hangs")
		person(t, db, "gone", heir.ID, "INACTIVE", "collections")
		refused(t, a.DeleteRole(ctx, who, heir.ID), "role-in-use")
		refused(t, a.DeleteProfile(ctx, who, "collections"), "profile-in-use")
		run(t, db, `UPDATE users SET role_id = 'viewer'`)
		run(t, db, `DELETE FROM user_profiles`)
		for _, id := range []string{heir.ID, r.ID} {
			if err := a.DeleteRole(ctx, who, id); err != nil {
				t.Error(err)
			}
		}
		if err := a.DeleteProfile(ctx, who, p.ID); err != nil {
			t.Error(err)
		}
		if err := a.DeleteProfile(ctx, who, p.ID); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
		_, err = a.CreateRole(ctx, who, access.RoleEdit{Name: "vIEWER", Summary: strings.Repeat("x", 201)})
		refused(t, err, "summary:too-long")
		_, err = a.CreateRole(ctx, who, access.RoleEdit{Name: "vIEWER"})
		refused(t, err, "name:name-taken")
		_, err = a.CreateProfile(ctx, who, access.ProfileEdit{Name: " collections"})
		refused(t, err, "name:name-taken")
		_, err = a.CreateProfile(ctx, who, access.ProfileEdit{Permissions: []access.Permission{"users.fly"}})
		refused(t, err, "name:name-missing permissions:choose")
	})
}
