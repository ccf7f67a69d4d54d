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

// C-11: titles are a list that administrators keep; nobody is given one that is not in it.
func TestATitleIsOneOfTheList(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		n := jon()
		n.Title = "Wizard"
		if _, err := people.Create(ctx, access.System("test"), n); keyOf(err, "title") != "titles.unknown" {
			t.Error(err)
		}
		n.Title = " clerk"
		if u, err := people.Create(ctx, access.System("test"), n); err != nil || u.Title != "Clerk" {
			t.Error(u, err)
		}
		if _, err := people.CreateTitle(ctx, reader("head", access.UsersEdit), "Wizard"); !isForbidden(err) {
			t.Error(err)
		}
		if _, err := people.CreateTitle(ctx, reader("head", access.TitlesEdit), "CLERK"); keyOf(err, "name") != "titles.taken" {
			t.Error(err)
		}
		if w, err := people.CreateTitle(ctx, reader("head", access.TitlesEdit), "Wizard"); err != nil || w.Name != "Wizard" {
			t.Error(w, err)
		}
	})
}

// C-11: a title that is renamed is renamed for everyone who has it, in the same step, and they are found by the new one.
func TestARenamedTitleIsEveryones(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		head := reader("head", access.TitlesEdit, access.UsersView)
		rows, err := people.TitleRows(ctx, head)
		if err != nil || len(rows) != 3 || rows[0].Name != "Clerk" {
			t.Fatalf("%+v, %v", rows, err)
		}
		ana := hire(t, people, staff.NewUser{FirstName: "Ana", LastName: "Li", Email: "ana@firm.example", Title: "Clerk", RoleID: access.RoleConsultant})
		other := hire(t, people, staff.NewUser{FirstName: "Ben", LastName: "Clerk", Email: "ben@firm.example", Title: "Consultant", RoleID: access.RoleConsultant})
		var conflict *fault.Conflict
		if err := people.RenameTitle(ctx, head, rows[0].ID, "Case officer", 7); !errors.As(err, &conflict) || conflict.Current["name"] != "Clerk" {
			t.Error(err)
		}
		if err := people.RenameTitle(ctx, head, rows[0].ID, "Case officer", 1); err != nil {
			t.Fatal(err)
		}
		if u, err := people.Get(ctx, ana.ID); err != nil || u.Title != "Case officer" {
			t.Errorf("%+v, %v", u, err)
		}
		if u, err := people.Get(ctx, other.ID); err != nil || u.Title != "Consultant" || u.Generation != other.Generation {
			t.Errorf("%+v, %v", u, err)
		}
		if lines, err := audit.Of(ctx, db, "user", ana.ID, 1); err != nil || lines[0].Action != "user.set-title" {
			t.Errorf("%+v, %v", lines, err)
		}
		var searches []string
		if err := db.In(ctx).Raw(`SELECT search FROM users WHERE search LIKE '%case officer%'`).Scan(&searches).Error; err != nil || len(searches) != 1 {
			t.Error(searches, err)
		}
		var refused *fault.Refused
		if err := people.DeleteTitle(ctx, head, rows[0].ID); !errors.As(err, &refused) || refused.Message.Args["Count"] != 1 {
			t.Error("removed though someone has it:", err)
		}
		if err := people.DeleteTitle(ctx, head, rows[2].ID); err != nil {
			t.Error(err)
		}
		if list, err := people.Titles(ctx); err != nil || len(list) != 2 {
			t.Error(list, err)
		}
	})
}
