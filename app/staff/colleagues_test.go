package staff_test

import (
	"strings"
	"testing"

	"chancery/app/access"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// S0-1, S0-14, S0-32, C-9: anyone finds those who work here, without what they hide.
func TestColleaguesAreThoseWhoWorkHere(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		dep, err := people.SeedDepartment(ctx, "Work permits")
		if err != nil {
			t.Fatal(err)
		}
		ids := map[string]string{}
		for first, status := range map[string]staff.Status{"Ana": staff.Active, "Ben": staff.Active, "Cleo": staff.Pending, "Dan": staff.Inactive} {
			u := hire(t, people, staff.NewUser{FirstName: first, LastName: "Li", Email: first + "@firm.example", Title: "Clerk", RoleID: access.RoleConsultant, DepartmentID: dep})
			ids[first] = u.ID
			if err := people.SeedStatus(ctx, u.ID, status, nil); err != nil {
				t.Fatal(err)
			}
		}
		set := func(v string) *staff.Edit { return &staff.Edit{Value: v} }
		change := staff.ProfileChange{Cell: set("+1 416 555 0111"), CellHidden: set("true"), Office: set("+1 416 555 0199")}
		if _, err := people.UpdateProfile(ctx, reader(ids["Ana"]), ids["Ana"], change); err != nil {
			t.Fatal(err)
		}
		names := func(actor access.Actor, q staff.Query) (names string, total int64, rows []staff.Colleague) {
			t.Helper()
			p, err := people.Colleagues(ctx, actor, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range p.Rows {
				names += c.FirstName + " "
			}
			return names, p.Total, p.Rows
		}
		got, total, rows := names(reader(ids["Ben"]), staff.Query{Size: 10})
		if got != "Ana Ben " || total != 2 {
			t.Fatalf("%s, %d in all", got, total)
		}
		if c := rows[0]; c.Name() != "Ana Li" || c.Email != "ana@firm.example" || c.Title != "Clerk" || c.Department != "Work permits" || c.Office != "+14165550199" || c.Cell != "" || c.PictureID != nil {
			t.Errorf("%+v", c)
		}
		if _, _, rows := names(reader(ids["Ana"]), staff.Query{Size: 10}); rows[0].Cell != "+14165550111" {
			t.Errorf("one's own number is %q", rows[0].Cell)
		}
		if _, _, rows := names(reader(ids["Ben"], access.UsersView), staff.Query{Size: 10}); rows[0].Cell != "" {
			t.Errorf("a permission shows the hidden number %q", rows[0].Cell)
		}
		for search, want := range map[string]string{"ana": "Ana ", "li clerk": "Ana Ben ", "416 555 0199": "Ana ", "416 555 0111": "", "cleo": "", "dan": "", "%": ""} {
			if got, total, _ := names(reader(ids["Ana"]), staff.Query{Filter: staff.Filter{Search: search}, Size: 10}); got != want || int(total) != strings.Count(want, " ") {
				t.Errorf("%q finds %q, %d in all, want %q", search, got, total, want)
			}
		}
		if got, total, _ := names(reader(ids["Ben"]), staff.Query{After: ids["Ana"], Size: 1}); got != "Ben " || total != 2 {
			t.Errorf("the second page is %q of %d", got, total)
		}
	})
}
