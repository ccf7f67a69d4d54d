package staff_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// practice is an empty practice with its base roles.
func practice(t *testing.T, db *store.DB) (context.Context, *staff.Staff) {
	t.Helper()
	ctx, people := t.Context(), staff.New(db, staff.Studio{})
	if err := access.New(db).Seed(ctx); err != nil {
		t.Fatal(err)
	}
	for _, title := range []string{"Clerk", "Consultant", "Desk 24"} {
		if err := people.SeedTitle(ctx, title); err != nil {
			t.Fatal(err)
		}
	}
	if err := people.SeedOrganization(ctx, staff.Organization{Name: "Marlow Reyes", Language: "en", Zone: "America/Toronto"}); err != nil {
		t.Fatal(err)
	}
	return ctx, people
}

func hire(t *testing.T, people *staff.Staff, n staff.NewUser) *staff.User {
	t.Helper()
	n.Language, n.Zone = "en", "America/Toronto"
	u, err := people.Create(t.Context(), access.System("test"), n)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func reader(id string, may ...access.Permission) access.Actor {
	listed := ""
	for _, p := range may {
		listed += string(p) + " "
	}
	return access.Actor{Actor: audit.Actor{ID: id}, Rights: access.Granted(false, listed)}
}

// S0-1, S0-14, C-9: a colleague sees the card without what concerns the account, and no cell number that is hidden.
func TestAColleagueSeesTheCardAndNotTheAccount(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		dep, err := people.SeedDepartment(ctx, "Work permits")
		if err != nil {
			t.Fatal(err)
		}
		u := hire(t, people, staff.NewUser{FirstName: "Daniel", LastName: "Osei", Email: "daniel@marlowreyes.example", Title: "Consultant",
			RoleID: access.RoleConsultant, DepartmentID: dep, ProfileIDs: []string{"collections"}})
		set := func(v string) *staff.Edit { return &staff.Edit{Value: v} }
		if _, err = people.UpdateProfile(ctx, reader(u.ID), u.ID, staff.ProfileChange{Cell: set("+1 416 555 0121"), Bio: set("Work permits.")}); err != nil {
			t.Fatal(err)
		}
		c, err := people.Card(ctx, reader("someone"), u.ID)
		if err != nil {
			t.Fatal(err)
		}
		if c.Name() != "Daniel Osei" || c.Department != "Work permits" || c.Title != "Consultant" || c.Bio != "Work permits." || c.Cell != "+14165550121" {
			t.Errorf("%+v", c)
		}
		if c.Account != nil {
			t.Error("a colleague without users.view sees the account")
		}
		if _, err = people.UpdateProfile(ctx, reader(u.ID), u.ID, staff.ProfileChange{CellHidden: set("true")}); err != nil {
			t.Fatal(err)
		}
		for who, want := range map[string]string{"someone": "", u.ID: "+14165550121"} {
			if c, err = people.Card(ctx, reader(who), u.ID); err != nil || c.Cell != want {
				t.Errorf("%s sees the hidden number %q, %v", who, c.Cell, err)
			}
		}
	})
}

// S1-35: who looks after the people sees how the account stands.
func TestAdministratorsSeeTheAccount(t *testing.T) {
	clock := storetest.NewClock()
	storetest.Each(t, clock.Now, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		u := hire(t, people, staff.NewUser{FirstName: "Ana", LastName: "Li", Email: "ana@marlowreyes.example",
			RoleID: access.RoleConsultant, ProfileIDs: []string{"collections"}})
		until := clock.Now().Add(time.Minute)
		row := map[string]any{"user_id": u.ID, "locked_until": until, "updated_at": clock.Now()}
		if err := db.In(ctx).Table("credentials").Create(row).Error; err != nil {
			t.Fatal(err)
		}
		c, err := people.Card(ctx, reader("admin", access.UsersView), u.ID)
		if err != nil {
			t.Fatal(err)
		}
		a := c.Account
		if a == nil || a.Status != staff.Pending || a.RoleName != "RCIC Consultant" || len(a.Profiles) != 1 || a.Profiles[0] != "Collections" ||
			a.LockedUntil == nil || !a.LockedUntil.Equal(until) || !a.CreatedAt.Equal(clock.Now()) || a.LastSignInAt != nil {
			t.Errorf("%+v", a)
		}
		if _, err := people.Card(ctx, reader("admin", access.UsersView), "nobody"); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
	})
}

// S1-30: those who have left do not count.
func TestSuperAdminsAreCountedWhoAreStillHere(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		owen := hire(t, people, staff.NewUser{FirstName: "Owen", LastName: "Pritchard", Email: "owen@marlowreyes.example", RoleID: access.RoleSuperAdmin})
		hire(t, people, staff.NewUser{FirstName: "Noor", LastName: "Haddad", Email: "noor@marlowreyes.example", RoleID: access.RoleSuperAdmin})
		hire(t, people, staff.NewUser{FirstName: "Elena", LastName: "Marlow", Email: "elena@marlowreyes.example", RoleID: access.RoleAdministrator})
		if err := db.In(ctx).Exec(`UPDATE users SET status = 'INACTIVE' WHERE id = ?`, owen.ID).Error; err != nil {
			t.Fatal(err)
		}
		if n, err := people.CountSupers(ctx); n != 1 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	})
}
