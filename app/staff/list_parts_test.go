package staff_test

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/listing"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// S0-32, S1-34, B-18: whatever the filter, the order and the way that is taken, the parts of a list put together are those
// who match, each once and in order, forwards and backwards.
func TestThePartsOfAListAreTheWhole(t *testing.T) {
	clock := storetest.NewClock()
	storetest.Each(t, clock.Now, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		departments := populate(t, db, people, 1300)
		profile := profiled(t, db, 1300)
		since, actor := clock.Now().AddDate(0, 0, -90), reader("admin", access.UsersView)
		var all []staff.Row
		if err := people.Each(ctx, actor, staff.Query{}, func(rows []staff.Row) error { all = append(all, rows...); return nil }); err != nil || len(all) != 1300 {
			t.Fatalf("%d, %v", len(all), err)
		}
		for i, f := range []struct {
			staff.Filter
			want func(r *staff.Row) bool
		}{
			{staff.Filter{}, func(*staff.Row) bool { return true }},
			{staff.Filter{RoleID: access.RoleConsultant}, func(r *staff.Row) bool { return r.RoleID == access.RoleConsultant }},
			{staff.Filter{DepartmentID: staff.NoDepartment}, func(r *staff.Row) bool { return r.DepartmentID == nil }},
			{staff.Filter{DepartmentID: departments[1], RoleID: access.RoleParalegal}, func(r *staff.Row) bool { return r.Department == "Business" && r.RoleID == access.RoleParalegal }},
			{staff.Filter{Standing: staff.StandsActive}, func(r *staff.Row) bool { return r.Status == staff.Active && r.LockedUntil == nil }},
			{staff.Filter{Standing: staff.StandsInvited}, func(r *staff.Row) bool { return r.Status == staff.Pending && r.LockedUntil == nil }},
			{staff.Filter{Standing: staff.StandsInactive}, func(r *staff.Row) bool { return r.Status == staff.Inactive }},
			{staff.Filter{Standing: staff.StandsLocked}, func(r *staff.Row) bool { return r.Status != staff.Inactive && r.LockedUntil != nil }},
			{staff.Filter{Standing: staff.StandsDormant, DormantSince: since}, func(r *staff.Row) bool { return r.Dormant(since) }},
			{staff.Filter{ProfileID: profile}, func(r *staff.Row) bool { return number(r)%50 == 0 }},
			{staff.Filter{ProfileID: profile, RoleID: access.RoleConsultant}, func(r *staff.Row) bool { return number(r)%50 == 0 && r.RoleID == access.RoleConsultant }},
			{staff.Filter{IDs: []string{id(3), id(5), id(700), "nobody"}}, func(r *staff.Row) bool { return number(r) == 3 || number(r) == 5 || number(r) == 700 }},
			{staff.Filter{Search: "person tremblay"}, func(r *staff.Row) bool { return r.LastName == "tremblay" }},
			{staff.Filter{Search: "consultant"}, func(r *staff.Row) bool { return true }},
			{staff.Filter{Search: "CH"}, func(r *staff.Row) bool { return r.FirstName == "chloe" }},
			{staff.Filter{Search: "m"}, func(r *staff.Row) bool { return strings.HasPrefix(r.LastName, "m") }},
			{staff.Filter{Search: "m d"}, func(r *staff.Row) bool { return strings.HasPrefix(r.LastName, "m") && r.FirstName == "diego" }},
			{staff.Filter{Search: "person g", Standing: staff.StandsActive, RoleID: access.RoleConsultant},
				func(r *staff.Row) bool {
					return r.FirstName == "grace" && r.Status == staff.Active && r.LockedUntil == nil && r.RoleID == access.RoleConsultant
				}},
		} {
			for j, sort := range staff.Sorts() {
				q := staff.Query{Filter: f.Filter, Sort: sort, Descending: (i+j)%2 == 0, Size: 100, Order: orders(sort, departments)}
				var want []staff.Row
				for _, r := range all {
					if f.want(&r) {
						want = append(want, r)
					}
				}
				slices.SortFunc(want, func(a, b staff.Row) int {
					way := cmp.Or(before(sort, departments, &a, &b), cmp.Compare(a.ID, b.ID))
					if q.Descending {
						return -way
					}
					return way
				})
				name := fmt.Sprintf("%+v by %s, descending %t", f.Filter, sort, q.Descending)
				if len(want) == 0 {
					t.Fatalf("%s: nobody to be found", name)
				}
				var got []staff.Row
				for {
					p, err := people.List(ctx, actor, q)
					if err != nil {
						t.Fatalf("%s: %v", name, err)
					}
					if int(p.Total) != min(len(want), listing.CountMax) || p.More != (len(want) > listing.CountMax) || p.Earlier != (len(got) > 0) {
						t.Fatalf("%s: %d (more: %t, earlier: %t) of %d", name, p.Total, p.More, p.Earlier, len(want))
					}
					got = append(got, p.Rows...)
					if !p.Later {
						break
					}
					q.After = p.Rows[len(p.Rows)-1].ID
				}
				if fmt.Sprint(ids(got)) != fmt.Sprint(ids(want)) {
					t.Fatalf("%s, forwards:\n%v\nwant\n%v", name, ids(got), ids(want))
				}
				q.After, q.Before, got = "", want[len(want)-1].ID, want[len(want)-1:]
				for len(want) > 1 {
					p, err := people.List(ctx, actor, q)
					if err != nil || !p.Later {
						t.Fatalf("%s: %v", name, err)
					}
					got = append(slices.Clone(p.Rows), got...)
					if !p.Earlier {
						break
					}
					q.Before = p.Rows[0].ID
				}
				if fmt.Sprint(ids(got)) != fmt.Sprint(ids(want)) {
					t.Fatalf("%s, backwards:\n%v\nwant\n%v", name, ids(got), ids(want))
				}
			}
		}
		if p, err := people.List(ctx, actor, staff.Query{After: "nobody", Size: 10}); err != nil || len(p.Rows) != 0 {
			t.Errorf("after nobody: %+v, %v", p, err)
		}
	})
}

func number(r *staff.Row) int {
	n, _ := strconv.Atoi(strings.TrimLeft(r.ID[24:], "0"))
	return n
}

func before(sort staff.Sort, departments []string, a, b *staff.Row) int {
	name := func(r *staff.Row) string { return fmt.Sprintf("%s %s %s", r.LastName, r.FirstName, r.Email[7:12]) }
	byName := strings.Compare(name(a), name(b))
	group := func(rank func(*staff.Row) int) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), byName) }
	switch sort {
	case staff.SortEmail:
		return strings.Compare(a.Email, b.Email)
	case staff.SortCreated:
		return a.CreatedAt.Compare(b.CreatedAt)
	case staff.SortTitle:
		return cmp.Or(strings.Compare(a.Title, b.Title), byName)
	case staff.SortRole:
		return group(func(r *staff.Row) int { return slices.Index(orders(sort, nil), r.RoleID) })
	case staff.SortDepartment:
		return group(func(r *staff.Row) int {
			if r.DepartmentID == nil {
				return len(departments)
			}
			return slices.Index(departments, *r.DepartmentID)
		})
	case staff.SortStanding:
		return group(func(r *staff.Row) int {
			switch {
			case r.Status == staff.Inactive:
				return 3
			case r.LockedUntil != nil:
				return 2
			case r.Status == staff.Pending:
				return 1
			}
			return 0
		})
	case staff.SortLastSignIn:
		at := func(r *staff.Row) time.Time {
			if r.LastSignInAt == nil {
				return time.Time{}
			}
			return *r.LastSignInAt
		}
		return at(a).Compare(at(b))
	}
	return byName
}

func ids(rows []staff.Row) (all []string) {
	for _, r := range rows {
		all = append(all, strings.TrimLeft(r.ID[24:], "0"))
	}
	return all
}
