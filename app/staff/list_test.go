package staff_test

import (
	"testing"

	"chancery/app/access"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// found is who a search of the users finds, by first name, in order.
func found(t *testing.T, people *staff.Staff, search string) string {
	t.Helper()
	p, err := people.List(t.Context(), reader("admin", access.UsersView), staff.Query{Filter: staff.Filter{Search: search}, Size: 10})
	if err != nil || int(p.Total) != len(p.Rows) {
		t.Fatalf("%q: %d of %d, %v", search, len(p.Rows), p.Total, err)
	}
	names := ""
	for _, r := range p.Rows {
		names += r.FirstName + " "
	}
	return names
}

// S0-32, C-9: a number is found however it is grouped, with or without the name, and by a part of it.
func TestASearchFindsNumbersAsPeopleWriteThem(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		set := func(v string) *staff.Edit { return &staff.Edit{Value: v} }
		for _, p := range []struct{ first, cell, office string }{
			{"Ana", "+1 416-555-0111", "+1 416 555 0199 ext. 22"}, {"Ben", "+44 20 7946 0018", ""}, {"Cleo", "+1 416-555-0112", ""}, {"Dan", "", ""},
		} {
			u := hire(t, people, staff.NewUser{FirstName: p.first, LastName: "Li", Email: p.first + "@firm.example", Title: "Desk 24", RoleID: access.RoleConsultant})
			if _, err := people.UpdateProfile(ctx, reader(u.ID), u.ID, staff.ProfileChange{Cell: set(p.cell), Office: set(p.office)}); err != nil {
				t.Fatal(err)
			}
		}
		for search, want := range map[string]string{
			"+1 416-555-0111": "Ana ", "416-555-0111": "Ana ", "(416) 555-0111": "Ana ", "+14165550111": "Ana ", "416 555 0111": "Ana ", "416.555.0111": "Ana ",
			"416\u2011555\u20110111": "Ana ", " 416/555 0111 ": "Ana ", "0111": "Ana ", "555-011": "Ana Cleo ", "416 555": "Ana Cleo ", "555 416": "",
			"416-555-0199": "Ana ", "+44 20 7946 0018": "Ben ", "0044 20 7946 0018": "Ben ", "020 7946 0018": "Ben ", "0018": "Ben ",
			"01111416":        "", // no number begins where another ends
			"li 416-555-0112": "Cleo ", "416 555 0112 li": "Cleo ", "cleo (416) 555 li": "Cleo ", "ben 416 555": "", "ana +1 416 555 0111 li": "Ana ",
			"24": "Ana Ben Cleo Dan ", "desk 24": "Ana Ben Cleo Dan ", "dan 24": "Dan ", "+": "", "- -": "", "()": "", "0000000": "", "": "Ana Ben Cleo Dan ",
		} {
			if got := found(t, people, search); got != want {
				t.Errorf("%q finds %q, want %q", search, got, want)
			}
		}
	})
}

// C-9: nobody learns a hidden number by guessing it in the search; shown again, it is found again.
func TestAHiddenCellNumberIsNotFound(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		u := hire(t, people, staff.NewUser{FirstName: "Ana", LastName: "Li", Email: "ana@firm.example", RoleID: access.RoleConsultant})
		set := func(v string) *staff.Edit { return &staff.Edit{Value: v} }
		for _, step := range []struct {
			change       staff.ProfileChange
			cell, office string
		}{
			{staff.ProfileChange{Cell: set("+1 416 555 0111"), Office: set("+1 416 555 0199")}, "Ana ", "Ana "},
			{staff.ProfileChange{CellHidden: set("true")}, "", "Ana "},
			{staff.ProfileChange{Cell: set("+1 416 555 0113")}, "", "Ana "},
			{staff.ProfileChange{CellHidden: set("false"), Cell: set("+1 416 555 0111")}, "Ana ", "Ana "},
			{staff.ProfileChange{CellHidden: set("true"), Bio: set("Work permits.")}, "", "Ana "},
		} {
			if _, err := people.UpdateProfile(ctx, reader(u.ID), u.ID, step.change); err != nil {
				t.Fatal(err)
			}
			for _, number := range []string{"+1 416 555 0111", "5550111", "0111"} {
				if got := found(t, people, number); got != step.cell {
					t.Errorf("%+v: %q finds %q, want %q", step.change, number, got, step.cell)
				}
			}
			if got := found(t, people, "416 555 0113"); got != "" {
				t.Errorf("a number that is hidden or gone finds %q", got)
			}
			if got := found(t, people, "555-0199"); got != step.office {
				t.Errorf("the office number finds %q, want %q", got, step.office)
			}
		}
	})
}
