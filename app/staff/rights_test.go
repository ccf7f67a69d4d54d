package staff_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

func elena() access.Actor {
	return access.Actor{Actor: audit.Actor{ID: "elena", Name: "Elena"}, Rights: access.Granted(true, "")}
}

func grace() access.Actor { return reader("grace", access.All()...) }

// colleague is a person of a role, active.
func colleague(t *testing.T, people *staff.Staff, name, role string, profiles ...string) *staff.User {
	t.Helper()
	u := hire(t, people, staff.NewUser{FirstName: name, LastName: "Person", Email: name + "@firm.example", RoleID: role, ProfileIDs: profiles})
	if err := people.SeedStatus(t.Context(), u.ID, staff.Active, nil); err != nil {
		t.Fatal(err)
	}
	return u
}

func refusal(t *testing.T, err error, key string) {
	t.Helper()
	var no *fault.Refused
	if !errors.As(err, &no) || no.Message.Key != "staff."+key {
		t.Errorf("%v, want a refusal %s", err, key)
	}
}

// S1-23, S1-24, ASVS 8.3.2: role and profiles are set, count at once, and stand in the history.
func TestARoleAndProfilesAreSet(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		u := colleague(t, people, "Jon", access.RoleParalegal)
		for range 2 { // the second time changes nothing
			if err := people.SetRole(ctx, grace(), u.ID, access.RoleViewer, false); err != nil {
				t.Fatal(err)
			}
			if err := people.SetProfiles(ctx, grace(), u.ID, []string{"collections", "collections"}); err != nil {
				t.Fatal(err)
			}
		}
		rights, err := access.New(db).Of(ctx, u.ID)
		if err != nil || rights.Can(access.CasesEdit) || !rights.Can(access.InvoicesEdit) {
			t.Error(rights.List(), err)
		}
		if err := people.SetProfiles(ctx, grace(), u.ID, nil); err != nil {
			t.Fatal(err)
		}
		if r, err := people.RightsOf(ctx, grace(), u.ID); err != nil || r.RoleID != access.RoleViewer || len(r.ProfileIDs) != 0 {
			t.Error(r, err)
		}
		lines, err := audit.Of(ctx, db, "user", u.ID, 10)
		if err != nil || len(lines) != 4 || lines[2].Action != "user.set-role" || lines[2].Changes != `[{"field":"role","before":"paralegal","after":"viewer"}]` ||
			lines[0].Action != "user.set-profiles" || lines[0].Changes != `[{"field":"profiles","before":"collections","after":""}]` {
			t.Errorf("%+v, %v", lines, err)
		}
		faults(t, people.SetRights(ctx, grace(), u.ID, staff.RightsEdit{RoleID: new("nothing"), ProfileIDs: &[]string{"nothing"}}), "role:role-missing", "profiles:choose")
		if err := people.SetRole(ctx, grace(), "nobody", access.RoleViewer, false); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
		var forbidden *fault.Forbidden
		if err := people.SetRole(ctx, reader("x", access.UsersView, access.RolesEdit), u.ID, access.RoleViewer, false); !errors.As(err, &forbidden) {
			t.Error(err)
		}
		refusal(t, people.SetRole(ctx, reader(u.ID, access.All()...), u.ID, access.RoleAdministrator, false), "own-rights")
		refusal(t, people.SetProfiles(ctx, reader(u.ID, access.All()...), u.ID, []string{"collections"}), "own-rights")
	})
}

// The issue: nobody gives a right that they do not hold, be it by a role or a profile; less is free to give.
func TestNobodyGivesWhatTheyDoNotHold(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		u := colleague(t, people, "Jon", access.RoleParalegal)
		who := reader("someone", access.UsersView, access.UsersEdit, access.CasesView, access.CasesCreate, access.CasesEdit, access.MessagesView, access.MessagesSend,
			access.AppointmentsView, access.AppointmentsEdit)
		faults(t, people.SetRole(ctx, who, u.ID, access.RoleAccountant, false), "role:role-beyond")
		faults(t, people.SetProfiles(ctx, who, u.ID, []string{"collections"}), "profiles:profiles-beyond")
		_, _, err := people.PreviewRights(ctx, who, u.ID, staff.RightsEdit{RoleID: new(access.RoleAdministrator)})
		faults(t, err, "role:role-beyond")
		if err := people.SetRole(ctx, who, u.ID, access.RoleConsultant, false); err != nil { // one right more, which they hold
			t.Error(err)
		}
		if err := people.SetRole(ctx, who, u.ID, access.RoleViewer, false); err != nil {
			t.Error(err)
		}
	})
}

// S1-30, S1-32
func TestOnlyASuperAdminGivesAndTakesSuperAdmin(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		first, jon, ann := colleague(t, people, "First", access.RoleSuperAdmin), colleague(t, people, "Jon", access.RoleParalegal), colleague(t, people, "Ann", access.RoleViewer)
		faults(t, people.SetRole(ctx, grace(), jon.ID, access.RoleSuperAdmin, true), "role:role-super")
		var forbidden *fault.Forbidden
		if err := people.SetRole(ctx, grace(), first.ID, access.RoleViewer, true); !errors.As(err, &forbidden) || forbidden.Message.Key != "access.over-super" {
			t.Error(err)
		}
		if err := people.SetRole(ctx, elena(), jon.ID, access.RoleSuperAdmin, false); err != nil { // the second is as meant
			t.Fatal(err)
		}
		var risk *staff.NeedsConfirmation
		if err := people.SetRole(ctx, elena(), ann.ID, access.RoleSuperAdmin, false); !errors.As(err, &risk) || risk.Message.Key != "staff.super-third" || risk.Message.Args["Count"] != 2 {
			t.Errorf("%v", err)
		}
		refusal(t, people.SetRole(ctx, elena(), ann.ID, access.RoleSuperAdmin, false), "super-third")
		preview, risk, err := people.PreviewRights(ctx, elena(), ann.ID, staff.RightsEdit{RoleID: new(access.RoleSuperAdmin)})
		if err != nil || risk == nil || len(preview.Gained) != len(access.All())-3 {
			t.Errorf("%+v %v %v", preview, risk, err)
		}
		n := jon1("Third", access.RoleSuperAdmin)
		if _, err := people.Create(ctx, elena(), n); !errors.As(err, &risk) {
			t.Errorf("%v", err)
		}
		n.Confirmed = true
		if _, err := people.Create(ctx, elena(), n); err != nil {
			t.Error(err)
		}
		if err := people.SetRole(ctx, elena(), ann.ID, access.RoleSuperAdmin, true); err != nil {
			t.Error(err)
		}
		if err := people.SetRole(ctx, elena(), ann.ID, access.RoleViewer, false); err != nil {
			t.Error(err)
		}
	})
}

func jon1(name, role string) staff.NewUser {
	return staff.NewUser{FirstName: name, LastName: "Person", Email: name + "@firm.example", RoleID: role, Language: "en", Zone: "UTC"}
}

// B-16: of two who change the same, the second is told; what one left as it was is nobody's conflict.
func TestRightsThatChangedMeanwhileAreAConflict(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		u := colleague(t, people, "Jon", access.RoleParalegal)
		seen := staff.Rights{RoleID: access.RoleParalegal}
		edit := func(role string, profiles ...string) error {
			return people.SetRights(ctx, grace(), u.ID, staff.RightsEdit{RoleID: &role, ProfileIDs: &profiles, Was: &seen})
		}
		if err := edit(access.RoleViewer); err != nil {
			t.Fatal(err)
		}
		var conflict *fault.Conflict
		if err := edit(access.RoleSupport, "collections"); !errors.As(err, &conflict) || len(conflict.Current) != 1 || conflict.Current["role"] != access.RoleViewer {
			t.Errorf("%v, %+v", err, conflict)
		}
		if r, err := people.RightsOf(ctx, grace(), u.ID); err != nil || r.RoleID != access.RoleViewer || len(r.ProfileIDs) != 0 {
			t.Error(r, err)
		}
		if err := edit(access.RoleParalegal, "collections"); err != nil { // the role was left as it was shown
			t.Error(err)
		}
		if r, err := people.RightsOf(ctx, grace(), u.ID); err != nil || r.RoleID != access.RoleViewer || !slices.Equal(r.ProfileIDs, []string{"collections"}) {
			t.Error(r, err)
		}
		if err := edit(access.RoleParalegal, "collections", "x"); !errors.As(err, &conflict) || conflict.Current["profiles"] != "collections" {
			t.Error(err)
		}
	})
}

// C-11, S3-6: a title says what a person is called, and grants nothing.
func TestATitleGrantsNothing(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		u := colleague(t, people, "Jon", access.RoleViewer)
		a := access.New(db)
		before, err := a.Of(ctx, u.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, title := range []string{"Super Admin", "super-admin", "Administrator", "administrator", "RCIC Consultant", "Collections", "collections"} {
			if err := db.In(ctx).Exec(`UPDATE users SET title = ? WHERE id = ?`, title, u.ID).Error; err != nil {
				t.Fatal(err)
			}
			after, err := a.Of(ctx, u.ID)
			if err != nil || after.Super() || !slices.Equal(after.List(), before.List()) {
				t.Errorf("%s grants %v, %v", title, after.List(), err)
			}
		}
	})
}

// S1-32, B-20: whoever tries, by whatever way, at the same moment: one active Super Admin stays. The practice is opened
// twice, as two replicas do.
func TestTheLastActiveSuperAdminStays(t *testing.T) {
	ways := map[string]func(ctx context.Context, db *store.DB, people *staff.Staff, id string) error{
		"role": func(ctx context.Context, _ *store.DB, people *staff.Staff, id string) error {
			return people.SetRole(ctx, elena(), id, access.RoleAdministrator, false)
		},
		"file role": func(ctx context.Context, _ *store.DB, people *staff.Staff, id string) error {
			return people.ApplyImport(ctx, elena(), id, staff.ImportChange{Changes: []audit.Change{{Field: "role", Before: access.RoleSuperAdmin, After: access.RoleViewer}}})
		},
		"file status": func(ctx context.Context, _ *store.DB, people *staff.Staff, id string) error {
			return people.ApplyImport(ctx, elena(), id, staff.ImportChange{Changes: []audit.Change{{Field: "status", Before: "ACTIVE", After: "INACTIVE"}}})
		},
		"sql role": func(ctx context.Context, db *store.DB, _ *staff.Staff, id string) error {
			return db.In(ctx).Exec(`UPDATE users SET role_id = 'viewer' WHERE id = ?`, id).Error
		},
		"sql status": func(ctx context.Context, db *store.DB, _ *staff.Staff, id string) error {
			return db.In(ctx).Exec(`UPDATE users SET status = 'INACTIVE' WHERE id = ?`, id).Error
		},
		"sql pending": func(ctx context.Context, db *store.DB, _ *staff.Staff, id string) error {
			return db.In(ctx).Exec(`UPDATE users SET status = 'PENDING', role_id = 'viewer' WHERE id = ?`, id).Error
		},
		"sql all": func(ctx context.Context, db *store.DB, _ *staff.Staff, _ string) error {
			return db.In(ctx).Exec(`UPDATE users SET status = 'INACTIVE' WHERE role_id = 'super-admin'`).Error
		},
		"sql snapshot": func(ctx context.Context, db *store.DB, _ *staff.Staff, id string) error {
			return db.Tx(ctx, func(ctx context.Context) error {
				if db.Dialect() == store.Postgres {
					if err := db.In(ctx).Exec(`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ`).Error; err != nil {
						return err
					}
				}
				var n int
				if err := db.In(ctx).Raw(`SELECT count(*) FROM users`).Scan(&n).Error; err != nil { // the snapshot is taken here
					return err
				}
				return db.In(ctx).Exec(`UPDATE users SET role_id = 'viewer' WHERE id = ?`, id).Error
			})
		},
	}
	storetest.EachURL(t, func(t *testing.T, url string) {
		clock := storetest.NewClock()
		replicas := []*store.DB{storetest.Open(t, url, clock.Now), storetest.Open(t, url, clock.Now)}
		ctx, people := practice(t, replicas[0])
		rooms := []*staff.Staff{people, staff.New(replicas[1], staff.Studio{})}
		var supers []*staff.User
		for i := range 4 {
			supers = append(supers, colleague(t, people, fmt.Sprintf("Super%d", i), access.RoleSuperAdmin))
		}
		active := func() (n int) {
			t.Helper()
			if err := replicas[0].In(ctx).Raw(`SELECT count(*) FROM users WHERE role_id = 'super-admin' AND status = 'ACTIVE'`).Scan(&n).Error; err != nil {
				t.Fatal(err)
			}
			return n
		}
		for name, way := range ways {
			for range 5 {
				if err := replicas[0].In(ctx).Exec(`UPDATE users SET role_id = 'super-admin', status = 'ACTIVE'`).Error; err != nil {
					t.Fatal(err)
				}
				if err := replicas[0].In(ctx).Exec(`UPDATE departures SET state = 'done'`).Error; err != nil {
					t.Fatal(err)
				}
				start := make(chan struct{})
				var wg sync.WaitGroup
				errs := make([]error, len(supers))
				for i, u := range supers {
					wg.Go(func() {
						<-start
						errs[i] = way(ctx, replicas[i%2], rooms[i%2], u.ID)
					})
				}
				close(start)
				wg.Wait()
				n, failed := active(), 0
				for _, err := range errs {
					if err != nil {
						failed++
					}
				}
				if n < 1 || failed == 0 {
					t.Fatalf("%s: %d active Super Admins are left, errors %v", name, n, errs)
				}
				if (name == "role" || strings.HasPrefix(name, "file")) && n != 1 {
					t.Errorf("%s: %d are left where only the last one stays: %v", name, n, errs)
				}
			}
		}
		if err := replicas[0].In(ctx).Exec(`UPDATE users SET role_id = 'super-admin', status = 'ACTIVE'`).Error; err != nil {
			t.Fatal(err)
		}
		for _, u := range supers[1:] {
			if err := people.SetRole(ctx, elena(), u.ID, access.RoleViewer, false); err != nil {
				t.Fatal(err)
			}
		}
		refusal(t, people.SetRole(ctx, elena(), supers[0].ID, access.RoleViewer, false), "last-super-admin")
		for _, sql := range []string{`UPDATE users SET status = 'INACTIVE'`, `UPDATE users SET role_id = 'viewer'`} {
			if err := replicas[1].In(ctx).Exec(sql).Error; !store.Violated(err, "users_last_super_admin", "") {
				t.Errorf("%s: %v", sql, err)
			}
		}
		if n := active(); n != 1 {
			t.Errorf("%d active Super Admins", n)
		}
	})
}

// The issue: a role and a profile are deleted while somebody is given them, on both databases. One of the two is done and
// the other is told why not; nobody is left with what is gone.
func TestWhatIsGivenIsNotDeletedAtTheSameMoment(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		rights, system := access.New(db), access.System("test")
		ana := hire(t, people, staff.NewUser{FirstName: "Ana", LastName: "Li", Email: "ana@firm.example", RoleID: access.RoleViewer})
		for round := range 5 {
			role, err := rights.CreateRole(ctx, system, access.RoleEdit{Name: fmt.Sprintf("Clerk %d", round)})
			if err != nil {
				t.Fatal(err)
			}
			profile, err := rights.CreateProfile(ctx, system, access.ProfileEdit{Name: fmt.Sprintf("Desk %d", round)})
			if err != nil {
				t.Fatal(err)
			}
			give := staff.RightsEdit{RoleID: &role.ID, ProfileIDs: &[]string{profile.ID}}
			errs := atOnce(
				func() error { return people.SetRights(ctx, system, ana.ID, give) },
				func() error { return rights.DeleteRole(ctx, system, role.ID) },
				func() error { return rights.DeleteProfile(ctx, system, profile.ID) },
			)
			has, err := people.RightsOf(ctx, system, ana.ID)
			if err != nil {
				t.Fatal(err)
			}
			given := has.RoleID == role.ID && slices.Equal(has.ProfileIDs, []string{profile.ID})
			var refused *fault.Refused
			switch {
			case errs[0] == nil && (!given || !errors.As(errs[1], &refused) || !errors.As(errs[2], &refused)):
				t.Errorf("given: %+v, %v, %v", has, errs[1], errs[2])
			case errs[0] != nil && (given || errs[1] != nil && errs[2] != nil || keyOf(errs[0], "role") == "" && keyOf(errs[0], "profiles") == ""):
				t.Errorf("not given: %+v, %v", has, errs)
			}
			if err := people.SetRights(ctx, system, ana.ID, staff.RightsEdit{RoleID: &ana.RoleID, ProfileIDs: &[]string{}}); err != nil {
				t.Fatal(err)
			}
		}
	})
}
