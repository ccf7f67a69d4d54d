package cases_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// firm is a practice with some people and their cases.
type firm struct {
	t      testing.TB
	db     *store.DB
	staff  *staff.Staff
	cases  *cases.Cases
	client string
	next   int
}

var system = access.System("test")

func each(t *testing.T, fn func(t *testing.T, f *firm)) {
	t.Helper()
	storetest.EachURL(t, func(t *testing.T, url string) { fn(t, open(t, url)) })
}

func open(t testing.TB, url string) *firm {
	t.Helper()
	f := replica(t, url)
	f.must(access.New(f.db).Seed(t.Context()))
	f.must(f.staff.SeedOrganization(t.Context(), staff.Organization{Name: "Marlow Reyes", Language: "en", Zone: "America/Toronto"}))
	c, err := f.cases.AddClient(t.Context(), system, cases.NewClient{Name: "Kowalczyk, Aneta"})
	f.must(err)
	f.client = c.ID
	return f
}

// replica is another process on the same database.
func replica(t testing.TB, url string) *firm {
	t.Helper()
	f := &firm{t: t, db: storetest.Open(t, url, storetest.NewClock().Now)}
	f.staff = staff.New(f.db, staff.Studio{})
	f.cases = cases.New(f.db, f.staff)
	f.staff.Owns(f.cases)
	return f
}

func (f *firm) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *firm) person(name, role, department string) *staff.User {
	f.t.Helper()
	if department != "" {
		id, err := f.staff.SeedDepartment(f.t.Context(), department)
		f.must(err)
		department = id
	}
	u, err := f.staff.Create(f.t.Context(), system, staff.NewUser{FirstName: name, LastName: "Person", Email: strings.ToLower(name) + "@firm.example",
		RoleID: role, DepartmentID: department, Language: "en", Zone: "UTC"})
	f.must(err)
	f.must(f.staff.SeedStatus(f.t.Context(), u.ID, staff.Active, nil))
	return u
}

// give writes n open cases of an owner and returns their ids.
func (f *firm) give(owner *staff.User, n int) []string {
	f.t.Helper()
	var all []cases.NewCase
	for range n {
		f.next++
		all = append(all, cases.NewCase{Number: fmt.Sprintf("MR-%06d", f.next), Title: "Work permit", ClientID: f.client, OwnerID: owner.ID})
	}
	f.must(f.cases.Seed(f.t.Context(), nil, all))
	return f.owned(owner)
}

func (f *firm) owned(u *staff.User) (ids []string) {
	f.t.Helper()
	f.must(f.db.In(f.t.Context()).Raw(`SELECT id FROM cases WHERE owner_id = ? AND status = 'open' ORDER BY number`, u.ID).Scan(&ids).Error)
	return ids
}

func (f *firm) count(query string, args ...any) (n int) {
	f.t.Helper()
	f.must(f.db.In(f.t.Context()).Raw(query, args...).Scan(&n).Error)
	return n
}

func (f *firm) exec(query string, args ...any) error {
	return f.db.In(f.t.Context()).Exec(query, args...).Error
}

func invalid(t *testing.T, err error, field, key string) {
	t.Helper()
	var bad *fault.Invalid
	if !errors.As(err, &bad) || bad.Fields[0].Name != field || bad.Fields[0].Message.Key != key {
		t.Errorf("%v, want %s on %s", err, key, field)
	}
}

// S1-17: every selected case moves, each with its line in the audit; what is closed stays where it is (S1-13).
func TestSelectedCasesMoveToAnActiveColleague(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		jon, ana := f.person("Jon", access.RoleConsultant, ""), f.person("Ana", access.RoleConsultant, "")
		ids := f.give(jon, 5)
		f.must(f.exec(`UPDATE cases SET status = 'closed' WHERE id = ?`, ids[4]))
		moved, err := f.cases.Reassign(t.Context(), system, ids, ana.ID)
		if err != nil || moved != 4 || len(f.owned(ana)) != 4 || f.count(`SELECT count(*) FROM cases WHERE owner_id = ?`, jon.ID) != 1 {
			t.Errorf("%d moved, %v", moved, err)
		}
		if n := f.count(`SELECT count(*) FROM audit WHERE action = 'case.reassign' AND changes LIKE '%Jon Person (jon@firm.example)%Ana Person%'`); n != 4 {
			t.Errorf("%d lines in the audit", n)
		}
		if moved, err = f.cases.Reassign(t.Context(), system, ids[:4], ana.ID); err != nil || moved != 0 {
			t.Errorf("a second time: %d moved, %v", moved, err)
		}
	})
}

// S1-17: only to someone active; and nothing moves when one of the cases is none.
func TestCasesMoveToNobodyElse(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		jon, gone, invited := f.person("Jon", access.RoleConsultant, ""), f.person("Gone", access.RoleConsultant, ""), f.person("Invited", access.RoleConsultant, "")
		ids := f.give(jon, 2)
		f.must(f.staff.SeedStatus(t.Context(), gone.ID, staff.Inactive, nil))
		f.must(f.staff.SeedStatus(t.Context(), invited.ID, staff.Pending, nil))
		for _, to := range []string{gone.ID, invited.ID} {
			_, err := f.cases.Reassign(t.Context(), system, ids, to)
			invalid(t, err, "to", "cases.owner-gone")
		}
		_, err := f.cases.Reassign(t.Context(), system, ids, "")
		invalid(t, err, "to", "cases.choose-owner")
		ana := f.person("Ana", access.RoleConsultant, "")
		if _, err = f.cases.Reassign(t.Context(), system, append(ids, "nobody"), ana.ID); !errors.Is(err, fault.ErrNotFound) || len(f.owned(jon)) != 2 {
			t.Error(err)
		}
		var forbidden *fault.Forbidden
		if _, err = f.cases.Reassign(t.Context(), access.Actor{}, ids, ana.ID); !errors.As(err, &forbidden) {
			t.Error(err)
		}
	})
}

// All that a search finds, and no other.
func TestAllThatMatchMove(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		jon, ana := f.person("Jon", access.RoleConsultant, ""), f.person("Ana", access.RoleConsultant, "")
		ids := f.give(jon, 12)
		f.must(f.exec(`UPDATE cases SET title = 'LMIA 100% of them', search = 'lmia 100% of them ' || search WHERE id IN ?`, ids[:7]))
		moved, err := f.cases.ReassignAll(t.Context(), system, jon.ID, "lmia 100% kowal", ana.ID)
		if err != nil || moved != 7 || len(f.owned(jon)) != 5 {
			t.Errorf("%d moved, %v", moved, err)
		}
		if moved, err = f.cases.ReassignAll(t.Context(), system, jon.ID, "", ana.ID); err != nil || moved != 5 {
			t.Errorf("%d moved, %v", moved, err)
		}
	})
}

func TestAListGoesOnWhereItEnded(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		jon := f.person("Jon", access.RoleConsultant, "")
		f.give(jon, 25)
		after, seen := "", 0
		for {
			rows, n, err := f.cases.OfOwner(t.Context(), system, jon.ID, cases.Owned{After: after, Limit: 10})
			if err != nil || n != 25 {
				t.Fatal(n, err)
			}
			if len(rows) == 0 {
				break
			}
			seen += len(rows)
			after = rows[len(rows)-1].ID
		}
		if seen != 25 {
			t.Errorf("%d seen", seen)
		}
		viewer := access.Actor{Rights: access.Granted(false, "cases.view users.view")}
		viewer.ID = jon.ID
		if _, n, err := f.cases.OfOwner(t.Context(), viewer, jon.ID, cases.Owned{Limit: 1}); err != nil || n != 25 {
			t.Error("one's own are hidden", err)
		}
		viewer.ID = "another"
		if _, _, err := f.cases.OfOwner(t.Context(), viewer, jon.ID, cases.Owned{Limit: 1}); err == nil {
			t.Error("others' are shown without cases.view-all")
		}
		if n, err := f.cases.CountOpen(t.Context(), viewer, jon.ID); err != nil || n != 0 {
			t.Error(n, err)
		}
	})
}

// Who takes cases over works here and may work on cases: by role or by profile. They stand in one alphabet.
func TestCasesAreOfferedToThoseWhoMayWorkOnThem(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		jon := f.person("Jon", access.RoleConsultant, "Family")
		f.person("Ana", access.RoleParalegal, "Work")
		f.person("Zoe", access.RoleConsultant, "Family")
		f.person("Peter", access.RoleAccountant, "Family")
		f.person("Elena", access.RoleSuperAdmin, "")
		extra := f.person("Wei", access.RoleViewer, "")
		f.must(f.exec(`INSERT INTO profiles (id, name, created_at, updated_at) VALUES ('p', 'Helps', ?, ?)`, f.db.Now(), f.db.Now()))
		f.must(f.exec(`INSERT INTO profile_permissions (profile_id, permission) VALUES ('p', 'cases.edit')`))
		f.must(f.exec(`INSERT INTO user_profiles (user_id, profile_id, created_at) VALUES (?, 'p', ?)`, extra.ID, f.db.Now()))
		f.give(jon, 1)
		list, err := f.cases.Takers(t.Context(), system, jon.ID)
		f.must(err)
		var names []string
		for _, x := range list {
			names = append(names, x.FirstName)
		}
		if got := strings.Join(names, " "); got != "Ana Elena Wei Zoe" {
			t.Error(got)
		}
	})
}

// S1-15, S1-18: no road leads to an open case without an owner who has not left: plain SQL is refused too.
func TestNoStatementLeavesAnOpenCaseWithoutAnOwner(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		jon, gone := f.person("Jon", access.RoleConsultant, ""), f.person("Gone", access.RoleConsultant, "")
		ids := f.give(jon, 2)
		f.must(f.exec(`UPDATE users SET status = 'INACTIVE' WHERE id = ?`, gone.ID))
		insert := `INSERT INTO cases (id, number, title, client_id, status, owner_id, opened_at, created_at, updated_at) VALUES (?, ?, 'x', ?, ?, ?, ?, ?, ?)`
		now := f.db.Now()
		for what, err := range map[string]error{
			"the owner leaves":           f.exec(`UPDATE users SET status = 'INACTIVE' WHERE id = ?`, jon.ID),
			"everyone leaves":            f.exec(`UPDATE users SET status = 'INACTIVE'`),
			"given to one who has left":  f.exec(`UPDATE cases SET owner_id = ? WHERE id = ?`, gone.ID, ids[0]),
			"given to nobody":            f.exec(`UPDATE cases SET owner_id = NULL WHERE id = ?`, ids[0]),
			"begun for one who has left": f.exec(insert, "n1", "N1", f.client, "open", gone.ID, now, now, now),
			"begun for nobody":           f.exec(insert, "n2", "N2", f.client, "open", nil, now, now, now),
			"the owner is deleted":       f.exec(`DELETE FROM users WHERE id = ?`, jon.ID),
			"opened again for one who left": func() error {
				if err := f.exec(insert, "n3", "N3", f.client, "closed", gone.ID, now, now, now); err != nil {
					t.Error(err)
				}
				return f.exec(`UPDATE cases SET status = 'open' WHERE id = 'n3'`)
			}(),
		} {
			if err == nil {
				t.Errorf("%s: nothing stops it", what)
			}
		}
		if n := f.count(`SELECT count(*) FROM cases k LEFT JOIN users u ON u.id = k.owner_id WHERE k.status = 'open' AND (u.id IS NULL OR u.status = 'INACTIVE')`); n != 0 {
			t.Errorf("%d open cases are without an owner", n)
		}
		f.must(f.exec(`UPDATE cases SET status = 'closed' WHERE owner_id = ?`, jon.ID))
		f.must(f.exec(`UPDATE users SET status = 'INACTIVE' WHERE id = ?`, jon.ID)) // closed ones stay under the name (S1-13)
	})
}

// Two replicas at the same moment, again and again: one deactivates a person, the other gives them a case.
func TestALeaverIsGivenNoCaseMeanwhile(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		f, other := open(t, url), replica(t, url)
		jon := f.person("Jon", access.RoleConsultant, "")
		const rounds = 25
		left, given := 0, 0
		for i := range rounds {
			ana := f.person(fmt.Sprintf("Ana%02d", i), access.RoleConsultant, "")
			ids := f.give(jon, 1)
			var wg sync.WaitGroup
			var leaves, gives error
			wg.Go(func() {
				if i%2 == 0 {
					leaves = f.exec(`UPDATE users SET status = 'INACTIVE' WHERE id = ?`, ana.ID)
				} else {
					_, leaves = f.staff.Deactivate(t.Context(), system, ana.ID, staff.Plan{})
				}
			})
			wg.Go(func() {
				if i%3 == 0 {
					gives = other.exec(`UPDATE cases SET owner_id = ? WHERE id = ?`, ana.ID, ids[0])
				} else {
					_, gives = other.cases.Reassign(t.Context(), system, ids, ana.ID)
				}
			})
			wg.Wait()
			if (leaves == nil) == (gives == nil) {
				t.Errorf("round %d: leaves %v, gives %v", i, leaves, gives)
			}
			if leaves == nil {
				left++
			} else {
				given++
			}
			f.must(f.exec(`UPDATE cases SET status = 'closed'`))
		}
		t.Logf("%d left, %d were given the case", left, given)
		if n := f.count(`SELECT count(*) FROM cases k JOIN users u ON u.id = k.owner_id WHERE k.status = 'open' AND u.status = 'INACTIVE'`); n != 0 {
			t.Errorf("%d open cases are with one who has left", n)
		}
	})
}

// A leaver with 500 cases: the moment of leaving, done and taken back.
func BenchmarkDeparture(b *testing.B) {
	for name, url := range map[string]func(testing.TB) string{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		b.Run(name, func(b *testing.B) {
			f := open(b, url(b))
			jon := f.person("Jon", access.RoleConsultant, "Family")
			for i := range 8 {
				f.person(fmt.Sprintf("Ana%d", i), access.RoleConsultant, "Family")
			}
			f.give(jon, 500)
			d, err := f.staff.Deactivate(b.Context(), system, jon.ID, staff.Plan{Way: staff.ToDepartment, At: f.db.Now().Add(time.Hour)})
			f.must(err)
			for b.Loop() {
				f.must(f.staff.Rehearse(b.Context(), system, d))
			}
		})
	}
}
