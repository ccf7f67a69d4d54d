package staff_test

import (
	"errors"
	"testing"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

func jon() staff.NewUser {
	return staff.NewUser{FirstName: "Jon", LastName: "Okafor", Email: "Jon@MarlowReyes.example", Title: "Clerk", RoleID: access.RoleParalegal, Language: "en", Zone: "UTC"}
}

// S1-3…S1-9, C-13
func TestANewUserIsPendingAndRecorded(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		n := jon()
		n.ProfileIDs = []string{"collections", "collections"}
		u, err := people.Create(ctx, reader("admin", access.All()...), n)
		if err != nil {
			t.Fatal(err)
		}
		if u.Status != staff.Pending || u.Email != "jon@marlowreyes.example" || u.EmailVerifiedAt != nil {
			t.Errorf("%+v", u)
		}
		if got, err := people.ByEmail(ctx, " JON@marlowreyes.EXAMPLE"); err != nil || got.ID != u.ID {
			t.Error(got, err)
		}
		if _, err := people.ByEmail(ctx, "nobody@marlowreyes.example"); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
		if lines, err := audit.Of(ctx, db, "user", u.ID, 10); err != nil || len(lines) != 1 || lines[0].Action != "user.create" {
			t.Errorf("%+v, %v", lines, err)
		}
		rights, err := access.New(db).Of(ctx, u.ID)
		if err != nil || !rights.Can(access.InvoicesEdit) || !rights.Can(access.CasesEdit) || rights.Can(access.CasesCreate) {
			t.Errorf("%v, %v", rights.List(), err)
		}
	})
}

// S1-1, S1-32, ASVS 8.3.1
func TestOnlyASuperAdminMakesASuperAdmin(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		n := jon()
		var forbidden *fault.Forbidden
		if _, err := people.Create(ctx, reader("someone", access.UsersView, access.UsersEdit), n); !errors.As(err, &forbidden) {
			t.Error(err)
		}
		_, err := people.Create(ctx, reader("someone", access.UsersCreate, access.CasesView), n) // nor what they do not hold themselves
		faults(t, err, "role:role-beyond")
		n.RoleID = access.RoleSuperAdmin
		_, err = people.Create(ctx, reader("admin", access.All()...), n)
		faults(t, err, "role:role-super")
		super := access.Actor{Actor: audit.Actor{ID: "super"}, Rights: access.Granted(true, "")}
		if _, err := people.Create(ctx, super, n); err != nil {
			t.Error(err)
		}
	})
}

// S1-4, S1-28, C-18: an address is one person's for ever.
func TestAnAddressIsNeverGivenTwice(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		u := hire(t, people, jon())
		try := func() error {
			n := jon()
			n.Email = "JON@marlowreyes.example"
			_, err := people.Create(ctx, access.System("test"), n)
			return err
		}
		faults(t, try(), "email:email-taken")
		if err := people.SeedStatus(ctx, u.ID, staff.Inactive, nil); err != nil {
			t.Fatal(err)
		}
		faults(t, try(), "email:email-taken-former")
		if err := db.In(ctx).Exec(`UPDATE users SET email = 'okafor@marlowreyes.example', status = 'ACTIVE' WHERE id = ?`, u.ID).Error; err != nil {
			t.Fatal(err)
		}
		faults(t, try(), "email:email-taken-before")
	})
}

// The unique index has the last word, also when the question before it saw nothing.
func TestTheIndexSaysWhichFieldWasTaken(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		u := hire(t, people, jon())
		drop := `DROP TRIGGER addresses_stay`
		if db.Dialect() == store.Postgres {
			drop += ` ON addresses`
		}
		if err := db.In(ctx).Exec(drop).Error; err != nil {
			t.Fatal(err)
		}
		for _, sql := range []string{`DELETE FROM addresses WHERE user_id = ?`, `UPDATE users SET email = 'x@x.example' WHERE id = ?`} {
			if err := db.In(ctx).Exec(sql, u.ID).Error; err != nil {
				t.Fatal(err)
			}
			_, err := people.Create(ctx, access.System("test"), jon())
			if sql[0] == 'D' {
				faults(t, err, "email:email-taken-now")
			} else if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestFaultsOfANewUserComeTogether(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		_, err := people.Create(ctx, access.System("test"), staff.NewUser{Email: "x", RoleID: "none", DepartmentID: "none", ProfileIDs: []string{"none"}})
		faults(t, err, "first_name:first-name-missing", "last_name:last-name-missing", "email:email-invalid", "language:language-unknown", "zone:zone-unknown",
			"role:role-missing", "department:choose", "profiles:choose")
	})
}

// S0-32
func TestAListFindsPeopleByEveryWord(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		hire(t, people, jon())
		for _, n := range []staff.NewUser{
			{FirstName: "Lucía", LastName: "Fernández Ortega", Email: "lucia@marlowreyes.example", Title: "Consultant", RoleID: access.RoleConsultant},
			{FirstName: "Ana", LastName: "100%_Legal!", Email: "ana@marlowreyes.example", RoleID: access.RoleViewer},
		} {
			hire(t, people, n)
		}
		for search, want := range map[string]int{"": 3, "lucia": 1, "FERNÁNDEZ con": 1, "lucia okafor": 0, "marlowreyes": 3, "100%": 1, "%_leg": 1, "_legal!": 1, "%": 0, "_": 0, "!": 0, "!%!": 0, `"`: 0, `"or"`: 0, `an" OR "lu`: 0, "ana*": 0, "10": 1, "an": 1, "na": 0, "on 1": 0, "' OR 1=1 --": 0, "a b c d e f g h i j": 0} {
			p, err := people.List(ctx, reader("admin", access.UsersView), staff.Query{Filter: staff.Filter{Search: search}, Size: 2})
			if err != nil || int(p.Total) != want || len(p.Rows) != min(want, 2) {
				t.Errorf("%q: %d of %d, want %d, %v", search, len(p.Rows), p.Total, want, err)
			}
		}
		first, err := people.List(ctx, reader("admin", access.UsersView), staff.Query{Size: 2})
		if err != nil || !first.Later || first.Earlier {
			t.Fatalf("%+v, %v", first, err)
		}
		p, err := people.List(ctx, reader("admin", access.UsersView), staff.Query{After: first.Rows[1].ID, Size: 2})
		if err != nil || len(p.Rows) != 1 || p.Rows[0].LastName != "Okafor" || p.Rows[0].RoleName != "Paralegal" || p.Later || !p.Earlier {
			t.Errorf("%+v, %v", p, err)
		}
		var forbidden *fault.Forbidden
		if _, err := people.List(ctx, reader("someone"), staff.Query{Size: 1}); !errors.As(err, &forbidden) {
			t.Error(err)
		}
	})
}
