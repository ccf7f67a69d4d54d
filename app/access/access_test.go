package access_test

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// ASVS 8.2.1: what is not granted is denied; what names no permission, too.
func TestNothingIsGrantedByDefault(t *testing.T) {
	for name, r := range map[string]access.Rights{"zero": {}, "none": access.Granted(false, ""), "one": access.Granted(false, "users.view")} {
		for _, p := range append(access.All(), "", " ", "users", "view", "users.vie", "sers.view") {
			if r.Can(p) && !(name == "one" && p == access.UsersView) {
				t.Errorf("%s may %q", name, p)
			}
		}
	}
	var forbidden *fault.Forbidden
	if err := (access.Actor{}).Must(access.UsersEdit); !errors.As(err, &forbidden) || forbidden.Permission != "users.edit" {
		t.Error(err)
	}
}

// S1-31
func TestASuperAdminMayEverything(t *testing.T) {
	r := access.Granted(true, "")
	if !r.Super() || !slices.Equal(r.List(), access.All()) {
		t.Error(r.List())
	}
	if who := access.System("seed"); !who.Program() || !who.Rights.Super() || who.ID != "system:seed" {
		t.Errorf("%+v", who)
	}
	if (access.Actor{}).Program() {
		t.Error("nobody is a program")
	}
}

// S1-23…S1-25: a role and what profiles add; each permission once.
func TestRightsAreTheRolesAndTheProfiles(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, a := t.Context(), access.New(db)
		if err := a.Seed(ctx); err != nil {
			t.Fatal(err)
		}
		user := func(id, role string, profiles ...string) access.Rights {
			t.Helper()
			err := db.In(ctx).Exec(`INSERT INTO users (id, email, first_name, last_name, sort_name, search, language, zone, status, role_id, created_at, updated_at)
				VALUES (?, ?, 'A', 'B', '', '', 'en', 'UTC', 'ACTIVE', ?, ?, ?)`, id, id+"@x.example", role, db.Now(), db.Now()).Error
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range profiles {
				if err := db.In(ctx).Exec(`INSERT INTO user_profiles (user_id, profile_id, created_at) VALUES (?, ?, ?)`, id, p, db.Now()).Error; err != nil {
					t.Fatal(err)
				}
			}
			r, err := a.Of(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		if r := user("v", access.RoleViewer); !slices.Equal(r.List(), []access.Permission{access.CasesView, access.MessagesView, access.AppointmentsView}) {
			t.Error(r.List())
		}
		if r := user("w", access.RoleViewer, "collections"); len(r.List()) != 7 || !r.Can(access.InvoicesEdit) || r.Can(access.UsersView) {
			t.Error(r.List())
		}
		if r := user("a", access.RoleAdministrator); r.Super() || !slices.Equal(r.List(), access.All()) {
			t.Error(r.List())
		}
		if r := user("s", access.RoleSuperAdmin); !r.Super() {
			t.Error("not super")
		}
		if r, err := a.Of(ctx, "nobody"); err != nil || len(r.List()) != 0 {
			t.Error(r.List(), err)
		}
	})
}

// Two replicas that start together both seed, and what the practice has changed since stays.
func TestSeedingIsDoneOnce(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, a := t.Context(), access.New(db)
		var wg sync.WaitGroup
		errs := make(chan error, 6)
		for range 6 {
			wg.Go(func() { errs <- a.Seed(ctx) })
		}
		wg.Wait()
		close(errs)
		for err := range errs {
			if err != nil {
				t.Error(err)
			}
		}
		if err := db.In(ctx).Exec(`DELETE FROM role_permissions WHERE role_id = 'viewer'`).Error; err != nil {
			t.Fatal(err)
		}
		if err := a.Seed(ctx); err != nil {
			t.Fatal(err)
		}
		roles, err := a.Roles(ctx)
		if err != nil || len(roles) != 8 || roles[0].ID != access.RoleSuperAdmin || access.NameKey(roles[7].ID, roles[7].Name) != "role.viewer" {
			t.Errorf("%+v, %v", roles, err)
		}
		if access.NameKey("viewer", "Guest") != "" {
			t.Error("a role that was renamed is called by its old name")
		}
		profiles, err := a.Profiles(ctx)
		if err != nil || len(profiles) != 1 {
			t.Errorf("%+v, %v", profiles, err)
		}
		var n int
		if err := db.In(ctx).Raw(`SELECT count(*) FROM role_permissions WHERE role_id = 'viewer'`).Scan(&n).Error; err != nil || n != 0 {
			t.Errorf("seeding gave back %d permissions that were taken, %v", n, err)
		}
	})
}
