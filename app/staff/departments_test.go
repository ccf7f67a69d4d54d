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
