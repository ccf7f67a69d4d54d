package staff_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// S2-35: names of departments are unique whatever their case, also with letters that only one of the databases folds.
func TestDepartmentsHaveNamesOfTheirOwn(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		head := reader("head", access.DepartmentsEdit)
		if _, err := people.CreateDepartment(ctx, reader("nobody", access.UsersEdit), "Family"); !isForbidden(err) {
			t.Error(err)
		}
		family, err := people.CreateDepartment(ctx, head, " Family  law ")
		if err != nil || family.Name != "Family law" {
			t.Fatal(family, err)
		}
		if _, err := people.CreateDepartment(ctx, head, "Équipe"); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{"FAMILY LAW": "departments.taken", "équipe": "departments.taken", "  ": "departments.missing"} {
			if _, err := people.CreateDepartment(ctx, head, name); keyOf(err, "name") != want {
				t.Errorf("%q: %v", name, err)
			}
		}
		if err := people.RenameDepartment(ctx, head, family.ID, "family Law", 1); err != nil { // its own name in another case
			t.Error(err)
		}
		if err := people.RenameDepartment(ctx, head, family.ID, "ÉQUIPE", 2); keyOf(err, "name") != "departments.taken" {
			t.Error(err)
		}
		if err := people.RenameDepartment(ctx, head, "none", "X", 1); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
		// B-16: who renames what somebody else has renamed meanwhile is told the name that is stored.
		var conflict *fault.Conflict
		if err := people.RenameDepartment(ctx, head, family.ID, "Business", 1); !errors.As(err, &conflict) || conflict.Current["name"] != "family Law" {
			t.Error(err)
		}
		lines, err := audit.Of(ctx, db, "department", family.ID, 10)
		if err != nil || len(lines) != 2 || lines[0].Action != "department.rename" || lines[0].Changes != `[{"field":"name","before":"Family law","after":"family Law"}]` {
			t.Errorf("%+v, %v", lines, err)
		}
	})
}

// Issue 3: no department goes while someone is in it; to merge moves everyone and every case, in one step, and each
// person's history says so.
func TestAMergeMovesEveryoneAndNothingIsLost(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		head := reader("head", access.DepartmentsEdit, access.UsersEdit)
		old, into := department(t, people, "Intake"), department(t, people, "Family")
		ana := hire(t, people, staff.NewUser{FirstName: "Ana", LastName: "Li", Email: "ana@firm.example", RoleID: access.RoleConsultant, DepartmentID: old})
		ben := hire(t, people, staff.NewUser{FirstName: "Ben", LastName: "Li", Email: "ben@firm.example", RoleID: access.RoleConsultant, DepartmentID: old})
		if err := people.SeedStatus(ctx, ben.ID, staff.Inactive, nil); err != nil {
			t.Fatal(err)
		}
		for _, sql := range []string{
			`INSERT INTO clients (id, name, created_at, updated_at) VALUES ('c', 'Client', ?, ?)`,
			`INSERT INTO cases (id, number, title, client_id, owner_id, department_id, opened_at, created_at, updated_at) VALUES ('k', 'K-1', 'Case', 'c', '` + ana.ID + `', '` + old + `', '2026-01-02T00:00:00Z', ?, ?)`,
		} {
			if err := db.In(ctx).Exec(sql, db.Now(), db.Now()).Error; err != nil {
				t.Fatal(err)
			}
		}
		row, err := people.DepartmentRow(ctx, head, old)
		if err != nil || row.People != 2 || row.Left != 1 || row.Cases != 1 {
			t.Fatalf("%+v, %v", row, err)
		}
		var refused *fault.Refused
		if err := people.DeleteDepartment(ctx, head, old); !errors.As(err, &refused) {
			t.Error("removed with people in it:", err)
		}
		if _, err := people.MergeDepartment(ctx, head, old, old, 1); keyOf(err, "into") != "staff.choose" {
			t.Error(err)
		}
		if _, err := people.MergeDepartment(ctx, head, old, "none", 1); keyOf(err, "into") != "staff.choose" {
			t.Error(err)
		}
		var conflict *fault.Conflict
		if _, err := people.MergeDepartment(ctx, head, old, into, 9); !errors.As(err, &conflict) {
			t.Error("merged by a page that is out of date:", err)
		}
		if n, err := people.MergeDepartment(ctx, head, old, into, 1); err != nil || n != 2 {
			t.Fatal(n, err)
		}
		if _, err := people.DepartmentRow(ctx, head, old); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
		if row, err := people.DepartmentRow(ctx, head, into); err != nil || row.People != 2 || row.Cases != 1 {
			t.Errorf("%+v, %v", row, err)
		}
		for _, u := range []*staff.User{ana, ben} {
			lines, err := audit.Of(ctx, db, "user", u.ID, 1)
			if err != nil || lines[0].Action != "user.set-department" || lines[0].Changes != `[{"field":"department","before":"Intake","after":"`+into+`"}]` {
				t.Errorf("%+v, %v", lines, err)
			}
		}
		if err := people.DeleteDepartment(ctx, head, department(t, people, "Empty")); err != nil {
			t.Error(err)
		}
	})
}

// S2-35, 8.3.1: a person is in one department or in none.
func TestAPersonIsPutIntoADepartment(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		head, family := reader("head", access.UsersEdit), department(t, people, "Family")
		ana := hire(t, people, staff.NewUser{FirstName: "Ana", LastName: "Li", Email: "ana@firm.example", RoleID: access.RoleConsultant})
		if err := people.SetDepartment(ctx, reader(ana.ID), ana.ID, family); !isForbidden(err) {
			t.Error("by the person:", err)
		}
		if err := people.SetDepartment(ctx, head, ana.ID, "none"); keyOf(err, "department") != "staff.choose" {
			t.Error(err)
		}
		if err := people.SetDepartment(ctx, head, "nobody", family); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
		for _, to := range []string{family, family, ""} {
			if err := people.SetDepartment(ctx, head, ana.ID, to); err != nil {
				t.Fatal(err)
			}
		}
		u, err := people.Get(ctx, ana.ID)
		if err != nil || u.DepartmentID != nil || u.Generation != ana.Generation+2 {
			t.Errorf("%+v, %v", u, err)
		}
		lines, err := audit.Of(ctx, db, "user", ana.ID, 10)
		if err != nil || len(lines) != 3 { // created, in, out; the second time was none
			t.Errorf("%+v, %v", lines, err)
		}
	})
}

func department(t *testing.T, people *staff.Staff, name string) string {
	t.Helper()
	id, err := people.SeedDepartment(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func isForbidden(err error) bool {
	var forbidden *fault.Forbidden
	return errors.As(err, &forbidden)
}

// keyOf is the message of a field that an error is about, or "".
func keyOf(err error, field string) string {
	var invalid *fault.Invalid
	if errors.As(err, &invalid) {
		for _, f := range invalid.Fields {
			if f.Name == field {
				return f.Message.Key
			}
		}
	}
	return ""
}

// Issue 3, on both databases: two who merge each of two departments into the other, at the same moment. One is done, the
// other finds that a department is gone; nobody is left without one, and nobody waits for ever.
func TestTwoMergesOfEachIntoTheOther(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		head := reader("head", access.DepartmentsEdit, access.UsersEdit)
		for round := range 5 {
			a, b := department(t, people, fmt.Sprintf("A%d", round)), department(t, people, fmt.Sprintf("B%d", round))
			ids := []string{settler(t, people, round, "ana", a), settler(t, people, round, "ben", b)}
			into := [2]string{b, a}
			errs := atOnce(
				func() error { _, err := people.MergeDepartment(ctx, head, a, b, 1); return err },
				func() error { _, err := people.MergeDepartment(ctx, head, b, a, 1); return err },
			)
			won := slices.Index(errs, nil)
			if won < 0 || errs[1-won] == nil || !errors.Is(errs[1-won], fault.ErrNotFound) && keyOf(errs[1-won], "into") != "staff.choose" {
				t.Fatalf("%v, %v", errs[0], errs[1])
			}
			for _, id := range ids {
				if u, err := people.Get(ctx, id); err != nil || u.DepartmentID == nil || *u.DepartmentID != into[won] {
					t.Errorf("%+v, %v", u, err)
				}
			}
			if row, err := people.DepartmentRow(ctx, head, into[won]); err != nil || row.People != 2 {
				t.Errorf("%+v, %v", row, err)
			}
			if _, err := people.DepartmentRow(ctx, head, into[1-won]); !errors.Is(err, fault.ErrNotFound) {
				t.Error(err)
			}
		}
	})
}

// Issue 3: someone is put into a department, and someone else is hired into it, while it is merged into another. Each is in
// the other one afterwards, or is told that the first is no longer there; never in one that is gone.
func TestAMergeWhilePeopleComeIn(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		head := reader("head", access.DepartmentsEdit, access.UsersEdit)
		for round := range 5 {
			a, b := department(t, people, fmt.Sprintf("A%d", round)), department(t, people, fmt.Sprintf("B%d", round))
			inside, comes := settler(t, people, round, "ana", a), settler(t, people, round, "ben", "")
			var hired string
			errs := atOnce(
				func() error { _, err := people.MergeDepartment(ctx, head, a, b, 1); return err },
				func() error { return people.SetDepartment(ctx, head, comes, a) },
				func() error {
					u, err := people.Create(ctx, access.System("test"), staff.NewUser{FirstName: "Eve", LastName: "Li", Email: fmt.Sprintf("eve%d@firm.example", round), RoleID: access.RoleViewer, DepartmentID: a, Language: "en", Zone: "America/Toronto"})
					if err == nil {
						hired = u.ID
					}
					return err
				},
			)
			var refused *fault.Refused
			merged := errs[0] == nil
			if !merged && !errors.As(errs[0], &refused) { // the one who is hired may stop it, and it can be asked again
				t.Fatal(errs[0])
			}
			in := map[bool]string{true: b, false: a}[merged]
			if errs[1] != nil && keyOf(errs[1], "department") != "staff.choose" || errs[1] != nil && !merged {
				t.Error("put into it:", errs[1])
			}
			if errs[2] != nil && (keyOf(errs[2], "department") != "staff.choose" || !merged) {
				t.Error("hired into it:", errs[2])
			}
			for id, err := range map[string]error{inside: nil, comes: errs[1], hired: errs[2]} {
				if err != nil {
					continue
				}
				if u, err := people.Get(ctx, id); err != nil || u.DepartmentID == nil || *u.DepartmentID != in {
					t.Errorf("round %d, merged %t: %+v, %v", round, merged, u, err)
				}
			}
			if merged {
				if _, err := people.DepartmentRow(ctx, head, a); !errors.Is(err, fault.ErrNotFound) {
					t.Error(err)
				}
			}
		}
	})
}

// settler is someone in a department, or in none.
func settler(t *testing.T, people *staff.Staff, round int, name, department string) string {
	t.Helper()
	return hire(t, people, staff.NewUser{FirstName: name, LastName: "Li", Email: fmt.Sprintf("%s%d@firm.example", name, round), RoleID: access.RoleConsultant, DepartmentID: department}).ID
}

// atOnce does things at the same moment, each by itself.
func atOnce(things ...func() error) []error {
	errs := make([]error, len(things))
	begin, done := make(chan struct{}), sync.WaitGroup{}
	for i, thing := range things {
		done.Go(func() { <-begin; errs[i] = thing() })
	}
	close(begin)
	done.Wait()
	return errs
}
