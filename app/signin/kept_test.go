package signin_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"chancery/app/access"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// ASVS 8.3.2: whatever is changed of roles, profiles, departments and the organization, by whatever road, the very next
// request of every replica goes by it.
func TestAChangeOfThePracticeHoldsFromTheNextRequestOn(t *testing.T) {
	clock := storetest.NewClock()
	storetest.EachURL(t, func(t *testing.T, url string) {
		f := open(t, storetest.Open(t, url, clock.Now), clock)
		replica := storetest.Open(t, url, clock.Now)
		people := staff.New(replica, staff.Studio{})
		rooms := []*signin.Signin{f.ways, signin.New(replica, people, f.mails, signin.Options{Key: []byte("k")})}
		exec := func(statement string, args ...any) {
			t.Helper()
			f.must(f.db.In(f.ctx).Exec(statement, args...).Error)
		}
		token := f.signIn()
		exec(`INSERT INTO departments (id, name, created_at, updated_at) VALUES ('d', 'Appeals', ?, ?)`, clock.Now(), clock.Now())
		exec(`UPDATE users SET department_id = 'd' WHERE id = ?`, f.noor.ID)
		exec(`INSERT INTO roles (id, name, created_at, updated_at) VALUES ('clerk', 'Clerk', ?, ?)`, clock.Now(), clock.Now())
		exec(`INSERT INTO profiles (id, name, created_at, updated_at) VALUES ('extra', 'Extra', ?, ?)`, clock.Now(), clock.Now())
		may := func(p access.Permission) func(*signin.Current) bool {
			return func(c *signin.Current) bool { return c.Rights.Can(p) }
		}
		not := func(that func(*signin.Current) bool) func(*signin.Current) bool {
			return func(c *signin.Current) bool { return !that(c) }
		}
		for _, change := range []struct {
			name, statement string
			then            func(*signin.Current) bool
		}{
			{"a role is given a permission", `INSERT INTO role_permissions (role_id, permission) VALUES ('consultant', 'users.view')`, may("users.view")},
			{"its permission becomes another", `UPDATE role_permissions SET permission = 'users.edit' WHERE role_id = 'consultant' AND permission = 'users.view'`, may("users.edit")},
			{"a permission is taken from it", `DELETE FROM role_permissions WHERE role_id = 'consultant' AND permission = 'users.edit'`, not(may("users.edit"))},
			{"a profile is given a permission", `INSERT INTO profile_permissions (profile_id, permission) VALUES ('collections', 'users.view')`, may("users.view")},
			{"the profile's becomes another", `UPDATE profile_permissions SET permission = 'users.edit' WHERE permission = 'users.view'`, may("users.edit")},
			{"a permission is taken from the profile", `DELETE FROM profile_permissions WHERE permission = 'users.edit'`, not(may("users.edit"))},
			{"a role is renamed", `UPDATE roles SET name = 'Advocate' WHERE id = 'consultant'`, func(c *signin.Current) bool { return c.RoleName == "Advocate" }},
			{"a profile is renamed", `UPDATE profiles SET name = 'Tills' WHERE id = 'collections'`, func(c *signin.Current) bool { return c.Profiles[0] == "Tills" }},
			{"a department is renamed", `UPDATE departments SET name = 'Refugees' WHERE id = 'd'`, func(c *signin.Current) bool { return c.Department == "Refugees" }},
			{"the organization is renamed", `UPDATE organization SET name = 'Reyes'`, func(c *signin.Current) bool { return c.Org.Name == "Reyes" }},
			{"a person has another role", `UPDATE users SET role_id = 'clerk' WHERE first_name = 'Noor'`, func(c *signin.Current) bool { return c.RoleName == "Clerk" && !c.Rights.Can("cases.view") }},
			{"a person loses a profile", `DELETE FROM user_profiles`, func(c *signin.Current) bool { return len(c.Profiles) == 0 && !c.Rights.Can("invoices.view") }},
		} {
			for _, room := range rooms { // so that each has kept what was before
				if c, err := room.Resume(f.ctx, token, here); err != nil || c == nil || change.then(c) {
					t.Fatalf("before %s: %+v, %v", change.name, c, err)
				}
			}
			exec(change.statement)
			for i, room := range rooms {
				if c, err := room.Resume(f.ctx, token, here); err != nil || c == nil || !change.then(c) {
					t.Errorf("%s, and replica %d does not know: %+v, %v", change.name, i, c, err)
				}
			}
		}
	})
}

// Every insert, update and delete in a table that is kept makes a new version, whether or not a test above can see it.
func TestEveryChangeOfThePracticeMakesANewVersion(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, seen := t.Context(), map[string]bool{}
		version := func() (v string) {
			t.Helper()
			if err := db.Row(ctx, `SELECT version FROM practice_version`).Scan(&v); err != nil {
				t.Fatal(err)
			}
			return v
		}
		seen[version()] = true
		now := db.Now()
		for _, change := range []struct {
			statement string
			args      []any
		}{
			{`INSERT INTO organization (id, name, created_at, updated_at) VALUES ('organization', 'A', ?, ?)`, []any{now, now}},
			{`UPDATE organization SET tagline = 'B'`, nil},
			{`DELETE FROM organization`, nil},
			{`INSERT INTO departments (id, name, created_at, updated_at) VALUES ('d', 'A', ?, ?)`, []any{now, now}},
			{`UPDATE departments SET name = 'B'`, nil},
			{`DELETE FROM departments`, nil},
			{`INSERT INTO roles (id, name, created_at, updated_at) VALUES ('r', 'A', ?, ?)`, []any{now, now}},
			{`UPDATE roles SET name = 'B'`, nil},
			{`INSERT INTO role_permissions (role_id, permission) VALUES ('r', 'a.b')`, nil},
			{`UPDATE role_permissions SET permission = 'a.c'`, nil},
			{`DELETE FROM role_permissions`, nil},
			{`DELETE FROM roles`, nil},
			{`INSERT INTO profiles (id, name, created_at, updated_at) VALUES ('p', 'A', ?, ?)`, []any{now, now}},
			{`UPDATE profiles SET name = 'B'`, nil},
			{`INSERT INTO profile_permissions (profile_id, permission) VALUES ('p', 'a.b')`, nil},
			{`UPDATE profile_permissions SET permission = 'a.c'`, nil},
			{`DELETE FROM profile_permissions`, nil},
			{`DELETE FROM profiles`, nil},
		} {
			if err := db.In(ctx).Exec(change.statement, change.args...).Error; err != nil {
				t.Fatal(change.statement, err)
			}
			v := version()
			if v == "" || seen[v] {
				t.Errorf("after %s the version is %q, which was there before", change.statement, v)
			}
			seen[v] = true
		}
	})
}

// What a transaction changed and took back is nobody's, though a request inside it has read it.
func TestWhatWasRolledBackIsNotKept(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		token, taken := f.signIn(), errors.New("taken back")
		err := f.db.Tx(f.ctx, func(ctx context.Context) error {
			f.must(f.db.In(ctx).Exec(`INSERT INTO role_permissions (role_id, permission) VALUES ('consultant', 'users.edit')`).Error)
			if c, err := f.ways.Resume(ctx, token, here); err != nil || !c.Rights.Can("users.edit") {
				t.Errorf("within: %+v, %v", c, err)
			}
			return taken
		})
		if !errors.Is(err, taken) {
			t.Fatal(err)
		}
		if f.current(token).Rights.Can("users.edit") {
			t.Error("granted by a change that never was")
		}
		f.must(f.db.In(f.ctx).Exec(`UPDATE roles SET summary = 'x' WHERE id = 'viewer'`).Error)
		if f.current(token).Rights.Can("users.edit") {
			t.Error("granted by the next change")
		}
	})
}

// A permission moves to and fro between a role and a profile, each time in one transaction: whoever asks meanwhile has
// it, and never two states mixed. A taken one is gone for whoever asks afterwards.
func TestManyRequestsDuringChangesSeeOneState(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		token := f.signIn()
		move := func(from, fromTable, to, toTable string) {
			f.must(f.db.Tx(f.ctx, func(ctx context.Context) error {
				if err := f.db.In(ctx).Exec(`DELETE FROM ` + fromTable + ` WHERE permission = 'users.view' AND ` + from).Error; err != nil {
					return err
				}
				return f.db.In(ctx).Exec(`INSERT INTO ` + toTable + ` VALUES ('` + to + `', 'users.view')`).Error
			}))
		}
		f.must(f.db.In(f.ctx).Exec(`INSERT INTO role_permissions VALUES ('consultant', 'users.view')`).Error)
		done := make(chan struct{})
		var asking sync.WaitGroup
		for range 4 {
			asking.Go(func() {
				for {
					c, err := f.ways.Resume(f.ctx, token, here)
					if err != nil || c == nil || !c.Rights.Can(access.UsersView) {
						t.Errorf("%+v, %v", c, err)
						return
					}
					select {
					case <-done:
						return
					default:
					}
				}
			})
		}
		for range 15 {
			move("role_id = 'consultant'", "role_permissions", "collections", "profile_permissions")
			move("profile_id = 'collections'", "profile_permissions", "consultant", "role_permissions")
		}
		close(done)
		asking.Wait()
		f.must(f.db.In(f.ctx).Exec(`DELETE FROM role_permissions WHERE permission = 'users.view'`).Error)
		if f.current(token).Rights.Can(access.UsersView) {
			t.Error("still granted")
		}
	})
}
