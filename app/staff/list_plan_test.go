package staff_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/listing"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// crowd is how many people the plans are asked for. Postgres takes an index only where there is something to gain: with
// few people it reads them all, and is right.
var crowd = map[store.Dialect]int{store.SQLite: 20_000, store.Postgres: 40_000}

// Issue 3: no filter, order or search that the page offers, nor two of the filters at once, reads every user: each is
// answered from an index, whichever of the two ways is taken.
func TestNoListReadsEveryUser(t *testing.T) {
	clock := storetest.NewClock()
	storetest.Each(t, clock.Now, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		departments := populate(t, db, people, crowd[db.Dialect()])
		profile := profiled(t, db, crowd[db.Dialect()])
		since := clock.Now().AddDate(0, 0, -90)
		actor := reader("admin", access.UsersView)
		ways, strewn := map[bool]int{}, 0
		for _, search := range []string{"", "person.00042", "person", "tremblay", "ro", "m", "ro ana", "a tremblay", "nobody-at-all"} {
			for _, standing := range append(staff.Standings(), "") {
				for _, role := range []string{"", access.RoleConsultant, access.RoleSupport} {
					for _, department := range []string{"", departments[0], departments[3], staff.NoDepartment} {
						filter := staff.Filter{Search: search, Standing: standing, RoleID: role, DepartmentID: department, DormantSince: since}
						if several := len(search) + len(role); several%3 == 2 {
							filter.ProfileID = profile
						}
						several := 0
						for _, set := range []bool{search != "", standing != "", role != "", department != ""} {
							if set {
								several++
							}
						}
						for i, sort := range staff.Sorts() {
							if several > 1 && i != ways[true]%len(staff.Sorts()) { // one order for each is enough, in turns
								continue
							}
							q := staff.Query{Filter: filter, Sort: sort, Descending: i%2 == 0, Size: 25, Order: orders(sort, departments)}
							if len(search)%2 == 0 {
								q.After = id(crowd[db.Dialect()] / 2)
							}
							answer, err := people.Plan(ctx, q)
							if err != nil {
								t.Fatalf("%+v: %v", q, err)
							}
							ways[answer.Walked]++
							plans := answer.Parts
							for _, count := range answer.Counts {
								plans = append(plans, listing.Plan{Text: count})
							}
							for _, plan := range plans {
								if plan.Near {
									strewn++
									plan.Text = strings.Replace("\n"+plan.Text, "\nSCAN u\n", "\n", 1) // who was found along the index, and is bounded
								}
								if why := fullScan(db.Dialect(), plan.Text, plan.Along); why != "" {
									t.Fatalf("%+v: %s\n%s", q, why, plan.Text)
								}
							}
						}
					}
				}
			}
		}
		t.Logf("%d along the order, %d found first", ways[true], ways[false])
		if db.Dialect() == store.SQLite && strewn < 3 {
			t.Errorf("words were looked for along the order %d times", strewn)
		}
		if ways[true] < 50 || ways[false] < 50 {
			t.Error("one of the ways was hardly taken")
		}
		if p, err := people.List(ctx, actor, staff.Query{Size: 25}); err != nil || !p.More || p.Total != listing.CountMax {
			t.Errorf("%d, %t, %v", p.Total, p.More, err)
		}
	})
}

// orders are the groups of a list that is by role or department.
func orders(sort staff.Sort, departments []string) []string {
	switch sort {
	case staff.SortRole:
		return []string{access.RoleConsultant, access.RoleSupport, access.RoleParalegal}
	case staff.SortDepartment:
		return departments
	}
	return nil
}

// profiled gives every fiftieth of so many people a profile.
func profiled(t *testing.T, db *store.DB, n int) string {
	t.Helper()
	ctx, now := t.Context(), db.Now()
	const profile = "019fffff-0000-7000-8000-000000000001"
	err := db.In(ctx).Exec(`INSERT INTO profiles (id, name, created_at, updated_at) VALUES (?, 'Late payers', ?, ?)`, profile, now, now).Error
	for i := 0; err == nil && i < n; i += 50 {
		err = db.In(ctx).Exec(`INSERT INTO user_profiles (user_id, profile_id, created_at) VALUES (?, ?, ?)`, id(i), profile, now).Error
	}
	if err == nil && db.Dialect() == store.Postgres {
		err = db.In(ctx).Exec(`ANALYZE user_profiles`).Error
	}
	if err != nil {
		t.Fatal(err)
	}
	return profile
}

var (
	liteScan = regexp.MustCompile(`(?m)^SCAN (u|users|w|c|k|l|m|p|user_words|credentials|links|mails|user_profiles)\b.*$`)
	pgScan   = regexp.MustCompile(`Seq Scan on (users|credentials)\b`)
)

// fullScan says what in a plan reads a whole table, or sorts what has no bound.
func fullScan(d store.Dialect, plan string, walked bool) string {
	if d == store.Postgres {
		if found := pgScan.FindString(plan); found != "" {
			return found
		}
		return ""
	}
	for _, line := range liteScan.FindAllString(plan, -1) {
		// Along an index of the order, until the part is full: that is what "walked" is. To count all is to go along until
		// a thousand and one have been seen.
		if !strings.Contains(line, "USING COVERING INDEX") && !strings.Contains(line, "USING INDEX") {
			return line
		}
	}
	if chosen, _, _ := strings.Cut(plan, "SCAN part"); walked && strings.Contains(chosen, "USE TEMP B-TREE") {
		return "many are sorted"
	}
	return ""
}

func id(i int) string { return fmt.Sprintf("01900000-0000-7000-8000-%012d", i) }

// populate writes people at once, with the last names, roles, standings and pasts that a large practice would have.
func populate(t *testing.T, db *store.DB, people *staff.Staff, n int) (departments []string) {
	t.Helper()
	for _, name := range []string{"Family", "Business", "Refugees", "Appeals"} {
		d, err := people.SeedDepartment(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		departments = append(departments, d)
	}
	last := []string{"mbeki", "okafor", "tremblay", "fernandez", "lindqvist", "macgillivray", "salcedo", "nguyen", "roy", "iyer"}
	first := []string{"ana", "bao", "chloe", "diego", "elena", "farid", "grace"}
	const batch = 100
	now := db.Now()
	write := func(ctx context.Context, from int) error {
		var values []string
		var args []any
		for i := from; i < from+batch; i++ {
			f, l := first[i%len(first)], last[i/7%len(last)]
			status, role, department := staff.Active, access.RoleParalegal, any(departments[i%3])
			switch {
			case i%200 == 0:
				status = staff.Inactive
			case i%97 == 0:
				status = staff.Pending
			}
			switch {
			case i%2 == 0:
				role = access.RoleConsultant
			case i%1999 == 0:
				role = access.RoleSupport
			}
			switch {
			case i%5 == 4:
				department = nil
			case i%501 == 0:
				department = departments[3]
			}
			var seen any
			if status != staff.Pending {
				seen = now.Add(-time.Duration(i*7919%n*2400/n) * time.Hour)
			}
			email := fmt.Sprintf("person.%05d@firm.example", i)
			values = append(values, "(?, ?, ?, ?, ?, ?, ?, 'en', 'UTC', ?, ?, ?, ?, ?, ?)")
			args = append(args, id(i), email, f, l, fmt.Sprintf("%s %s %05d", l, f, i), fmt.Sprintf("%s %s %s consultant 1416%07d", f, l, email, i), "Consultant",
				status, role, department, seen, now.Add(-time.Duration(i%200*24*60+i)*time.Minute), now)
		}
		return db.In(ctx).Exec(`INSERT INTO users (id, email, first_name, last_name, sort_name, search, title, language, zone, status, role_id, department_id,
			last_sign_in_at, created_at, updated_at) VALUES `+strings.Join(values, ", "), args...).Error
	}
	err := db.Tx(t.Context(), func(ctx context.Context) error {
		for from := 0; from < n; from += batch {
			if err := write(ctx, from); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for from, locked := range map[string]any{"NOT LIKE": nil, "LIKE": now.Add(time.Hour)} {
		err := db.In(t.Context()).Exec(`INSERT INTO credentials (user_id, locked_until, updated_at) SELECT id, ?, updated_at FROM users WHERE sort_name `+from+` '%77_'`, locked).Error
		if err != nil {
			t.Fatal(err)
		}
	}
	if db.Dialect() == store.Postgres { // as its own housekeeping does within minutes
		if err := db.In(t.Context()).Exec(`VACUUM ANALYZE`).Error; err != nil {
			t.Fatal(err)
		}
	}
	return departments
}
