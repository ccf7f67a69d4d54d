package cases_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store/storetest"
)

// B-1, S1-18: a leaver with 500 cases leaves none without an owner, whichever way they go.
func TestALeaverWith500CasesLeavesNoneWithoutAnOwner(t *testing.T) {
	for _, way := range []staff.Way{staff.ToOne, staff.ToDepartment, staff.ToPicked} {
		t.Run(string(way), func(t *testing.T) {
			each(t, func(t *testing.T, f *firm) {
				jon := f.person("Jon", access.RoleConsultant, "Family")
				ana, zoe := f.person("Ana", access.RoleConsultant, "Family"), f.person("Zoe", access.RoleParalegal, "Family")
				f.give(zoe, 100)
				ids := f.give(jon, 500)
				f.must(f.exec(`UPDATE cases SET private = true WHERE id = ?`, ids[7])) // private ones go too
				plan := staff.Plan{Way: way, Successor: ana.ID, Reason: "Moves to Halifax"}
				if way == staff.ToPicked {
					plan.Picked = map[string]string{}
					for _, id := range ids[:90] {
						plan.Picked[id] = zoe.ID
					}
				}
				d, err := f.staff.Deactivate(t.Context(), system, jon.ID, plan)
				f.must(err)
				want := map[staff.Way][2]int{staff.ToOne: {500, 100}, staff.ToDepartment: {500, 100}, staff.ToPicked: {410, 190}}[way]
				if got := [2]int{len(f.owned(ana)), len(f.owned(zoe))}; got != want {
					t.Errorf("Ana and Zoe own %v, want %v", got, want)
				}
				if n := f.count(`SELECT count(*) FROM cases k LEFT JOIN users u ON u.id = k.owner_id WHERE k.status = 'open' AND (u.id IS NULL OR u.status <> 'ACTIVE')`); n != 0 {
					t.Errorf("%d cases without an active owner", n)
				}
				item := d.Receipt.Items[0]
				if item.Kind != "cases" || item.Count != 500 || item.To[0].Name != "Ana Person" || item.To[0].Count != int64(len(f.owned(ana))) {
					t.Errorf("the receipt says %+v", item)
				}
				if n := f.count(`SELECT count(*) FROM audit WHERE action = 'case.reassign'`); n != 500 {
					t.Errorf("%d lines in the audit", n)
				}
				if n := f.count(`SELECT count(*) FROM audit WHERE action = 'user.deactivate' AND changes LIKE '%Moves to Halifax%' AND changes LIKE '%cases_to%Ana Person%'`); n != 1 {
					t.Error("the history does not tell of it")
				}
				u, err := f.staff.Get(t.Context(), jon.ID)
				if err != nil || u.Status != staff.Inactive {
					t.Error(u.Status, err)
				}
			})
		})
	}
}

// B-1: a department stands in with those of the leaver's role, however few cases others have; where there is none of them,
// with whoever works on cases there. What is foretold is what is done.
func TestADepartmentStandsInWithTheLeaversRoleFirst(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		jon, lead := f.person("Jon", access.RoleConsultant, "Family"), f.person("Lead", access.RoleManager, "Family")
		ana, bea, zoe := f.person("Ana", access.RoleConsultant, "Family"), f.person("Bea", access.RoleConsultant, "Family"), f.person("Zoe", access.RoleParalegal, "Family")
		f.person("Ken", access.RoleConsultant, "Work")
		f.give(ana, 4)
		f.give(jon, 10)
		f.give(lead, 3)
		plan := staff.Plan{Way: staff.ToDepartment}
		foretold, err := f.cases.Foretell(t.Context(), system, jon.ID, plan)
		f.must(err)
		d, err := f.staff.Deactivate(t.Context(), system, jon.ID, plan)
		f.must(err)
		if got := [...]int{len(f.owned(ana)), len(f.owned(bea)), len(f.owned(zoe)), len(f.owned(lead))}; got != [...]int{7, 7, 0, 3} {
			t.Errorf("Ana, Bea, Zoe and the lead own %v", got)
		}
		if !slices.Equal(foretold, d.Receipt.Items[0].To) || foretold[0] != (staff.Taken{ID: bea.ID, Name: "Bea Person", Count: 7}) {
			t.Errorf("foretold %v, done %v", foretold, d.Receipt.Items[0].To)
		}
		_, err = f.staff.Deactivate(t.Context(), system, lead.ID, plan) // nobody else is a manager there
		f.must(err)
		if len(f.owned(zoe)) != 3 {
			t.Errorf("Zoe owns %d", len(f.owned(zoe)))
		}
		ken, err := f.cases.Foretell(t.Context(), system, zoe.ID, staff.Plan{Way: staff.ToOne})
		var refused *fault.Refused
		if !errors.As(err, &refused) {
			t.Error(ken, err)
		}
	})
}

// S1-17: a new owner is told how many came and by whom, once an Apply; nobody is told of what they did themselves.
func TestTheNewOwnerIsTold(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		jon, ana := f.person("Jon", access.RoleConsultant, "Family"), f.person("Ana", access.RoleConsultant, "Family")
		told := &telling{}
		f.cases.Tells(told)
		ids := f.give(jon, 5)
		_, err := f.cases.Reassign(t.Context(), system, ids[:2], ana.ID)
		f.must(err)
		_, err = f.cases.Reassign(t.Context(), system, ids[:2], ana.ID) // theirs already
		f.must(err)
		self := system
		self.ID = ana.ID
		_, err = f.cases.ReassignAll(t.Context(), self, jon.ID, "", ana.ID)
		f.must(err)
		if told.all[0].CaseID != "" {
			t.Errorf("of two cases only %s is named", told.all[0].CaseID)
		}
		if len(told.all) != 1 || told.all[0].Count != 2 || told.all[0].UserID != ana.ID || told.all[0].Language != ana.Language {
			t.Errorf("%+v", told.all)
		}
	})
}

// Issue 5: whoever is added to a case is told, once and by whom; nobody of what they did themselves, or own already, nor who has left, nor
// who sees no cases.
func TestANewMemberIsTold(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		jon, ana, ben := f.person("Jon", access.RoleConsultant, ""), f.person("Ana", access.RoleConsultant, ""), f.person("Ben", access.RoleParalegal, "")
		gone, blind := f.person("Gone", access.RoleConsultant, ""), f.person("Blind", access.RoleSupport, "")
		f.must(f.staff.SeedStatus(ctx, gone.ID, staff.Inactive, nil))
		f.must(f.exec(`DELETE FROM role_permissions WHERE role_id = ? AND permission = ?`, access.RoleSupport, string(access.CasesView)))
		told := &telling{}
		k := f.open(jon, true)
		f.cases.Tells(told)
		by := reader(jon.ID, access.CasesView, access.CasesEdit)
		for _, id := range []string{ana.ID, ana.ID, jon.ID, blind.ID} {
			f.must(f.cases.AddMember(ctx, by, k, id))
		}
		f.must(f.cases.AddMember(ctx, system, k, ben.ID))
		invalid(t, f.cases.AddMember(ctx, by, k, gone.ID), "member", "cases.choose-member")
		self := reader(ben.ID, access.CasesView, access.CasesViewAll, access.CasesEdit)
		f.must(f.cases.AddMember(ctx, self, f.open(jon, false), ben.ID))
		f.must(f.cases.RemoveMember(ctx, by, k, ana.ID))
		f.must(f.cases.AddMember(ctx, by, k, ana.ID)) // once more
		want := [][3]string{{k, ana.ID, jon.ID}, {k, ben.ID, system.ID}, {k, ana.ID, jon.ID}}
		if !slices.Equal(told.joined, want) {
			t.Errorf("told %v, want %v", told.joined, want)
		}
		told.all = nil
		if _, err := f.cases.Reassign(ctx, system, []string{k}, blind.ID); err != nil || len(told.all) != 0 {
			t.Errorf("who sees no cases is told of one: %+v, %v", told.all, err)
		}
	})
}

type telling struct {
	all    []cases.Came
	joined [][3]string // case, person, by whom
	scored [][2]string // score, by whom
}

func (l *telling) Came(_ context.Context, c cases.Came) error {
	l.all = append(l.all, c)
	return nil
}

func (l *telling) Joined(_ context.Context, caseID, userID string, by access.Actor) error {
	l.joined = append(l.joined, [3]string{caseID, userID, by.ID})
	return nil
}

func (l *telling) Scored(_ context.Context, s *cases.Score, by access.Actor) error {
	l.scored = append(l.scored, [2]string{s.ID, by.ID})
	return nil
}

// breaks is a kind whose handing over fails.
type breaks struct{ err error }

func (breaks) Kind() string { return "broken" }
func (breaks) Count(context.Context, string) (staff.Holding, error) {
	return staff.Holding{}, nil
}
func (b breaks) HandOver(context.Context, access.Actor, string, staff.Plan) (staff.Handed, error) {
	return staff.Handed{}, b.err
}

// B-1: what fails half-way has changed nothing, wherever it fails.
func TestAFailureHalfWayChangesNothing(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		f := open(t, url)
		jon, ana := f.person("Jon", access.RoleConsultant, "Family"), f.person("Ana", access.RoleConsultant, "Family")
		f.give(jon, 40)
		before := f.state()
		broken := replica(t, url)
		broken.staff.Owns(breaks{errors.New("the disk is full")})
		if _, err := broken.staff.Deactivate(t.Context(), system, jon.ID, staff.Plan{Way: staff.ToOne, Successor: ana.ID}); err == nil || err.Error() != "the disk is full" {
			t.Error(err)
		}
		for _, stop := range []string{
			`CREATE TRIGGER stop BEFORE INSERT ON audit WHEN NEW.action = 'user.deactivate' BEGIN SELECT RAISE(ABORT, 'stopped'); END`,
			`CREATE TRIGGER stop BEFORE UPDATE ON departures BEGIN SELECT RAISE(ABORT, 'stopped'); END`,
			`CREATE TRIGGER stop BEFORE UPDATE OF status ON users BEGIN SELECT RAISE(ABORT, 'stopped'); END`,
		} {
			if f.db.Dialect() != "sqlite" {
				break
			}
			f.must(f.exec(stop))
			if _, err := f.staff.Deactivate(t.Context(), system, jon.ID, staff.Plan{Way: staff.ToDepartment}); err == nil {
				t.Error("it went through")
			}
			f.must(f.exec(`DROP TRIGGER stop`))
		}
		if after := f.state(); after != before {
			t.Errorf("before %s, after %s", before, after)
		}
		_, err := f.staff.Deactivate(t.Context(), system, jon.ID, staff.Plan{Way: staff.ToOne, Successor: ana.ID})
		f.must(err)
	})
}

// state is what a departure could change.
func (f *firm) state() string {
	return fmt.Sprint(f.count(`SELECT count(*) FROM users WHERE status = 'ACTIVE'`), f.count(`SELECT count(*) FROM audit`), f.count(`SELECT count(*) FROM departures`),
		f.count(`SELECT sum(generation) FROM cases`), f.count(`SELECT sum(epoch) FROM users`), f.count(`SELECT count(DISTINCT owner_id) FROM cases`))
}

// S1-18: it is refused, with the reason, while an open case would be left without an active owner.
func TestADepartureThatWouldOrphanACaseIsRefused(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		jon, gone, alone := f.person("Jon", access.RoleConsultant, "Family"), f.person("Gone", access.RoleConsultant, "Family"), f.person("Alone", access.RoleConsultant, "Work")
		ids := f.give(jon, 3)
		f.give(alone, 1)
		f.must(f.staff.SeedStatus(t.Context(), gone.ID, staff.Inactive, nil))
		before := f.state()
		for _, c := range []struct {
			who  *staff.User
			plan staff.Plan
			key  string
		}{
			{jon, staff.Plan{}, "departure.no-successor"},
			{jon, staff.Plan{Way: staff.ToOne}, "departure.no-successor"},
			{jon, staff.Plan{Way: staff.ToOne, Successor: jon.ID}, "departure.no-successor"},
			{jon, staff.Plan{Way: staff.ToOne, Successor: gone.ID}, "departure.successor-gone"},
			{jon, staff.Plan{Way: staff.ToPicked, Picked: map[string]string{ids[0]: alone.ID}}, "departure.no-successor"},
			{jon, staff.Plan{Way: staff.ToPicked, Picked: map[string]string{ids[0]: gone.ID}, Successor: alone.ID}, "departure.successor-gone"},
			{alone, staff.Plan{Way: staff.ToDepartment}, "departure.no-department"},
			{jon, staff.Plan{Way: staff.ToOne, Successor: gone.ID, At: f.db.Now().Add(time.Hour)}, "departure.successor-gone"}, // planned too
		} {
			_, err := f.staff.Deactivate(t.Context(), system, c.who.ID, c.plan)
			var refused *fault.Refused
			if !errors.As(err, &refused) || refused.Message.Key != c.key {
				t.Errorf("%+v: %v, want %s", c.plan, err, c.key)
			}
		}
		if after := f.state(); after != before {
			t.Errorf("before %s, after %s", before, after)
		}
	})
}

// A plan changes nothing until its day, and a rehearsal of it never does.
func TestAPlannedDepartureWaitsForItsDay(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		jon, ana := f.person("Jon", access.RoleConsultant, "Family"), f.person("Ana", access.RoleConsultant, "Family")
		f.give(jon, 10)
		d, err := f.staff.Deactivate(t.Context(), system, jon.ID, staff.Plan{Way: staff.ToDepartment, At: f.db.Now().Add(48 * time.Hour)})
		f.must(err)
		if d.State != staff.Planned || len(f.owned(jon)) != 10 || f.count(`SELECT count(*) FROM audit WHERE action = 'user.plan-departure'`) != 1 {
			t.Errorf("%+v", d)
		}
		heard := make(chan string, 64)
		defer f.db.Listen("departure/", func(key string) { heard <- key })()
		until := func(end string) (own int) { // how often the departure was announced until then
			for {
				f.must(f.db.Changed(t.Context(), end)) // again and again: Postgres' feed is there a moment after the database
				select {
				case key := <-heard:
					if key == end {
						return own
					}
					if key == "departure/"+d.ID {
						own++
					}
				case <-time.After(20 * time.Millisecond):
				}
			}
		}
		until("departure/planned")
		f.must(f.staff.Rehearse(t.Context(), system, d))
		if n := until("departure/rehearsed"); n > 0 { // it would be called again by its own word, for ever
			t.Errorf("a rehearsal announces itself %d times", n)
		}
		if len(f.owned(jon)) != 10 || f.count(`SELECT count(*) FROM users WHERE status = 'INACTIVE'`) != 0 {
			t.Error("a rehearsal has changed something")
		}
		var refused *fault.Refused
		if _, err := f.staff.Deactivate(t.Context(), system, jon.ID, staff.Plan{Way: staff.ToOne, Successor: ana.ID}); !errors.As(err, &refused) || refused.Message.Key != "departure.planned-already" {
			t.Error(err)
		}
		f.must(f.staff.CancelDeparture(t.Context(), system, jon.ID))
		if err := f.staff.CancelDeparture(t.Context(), system, jon.ID); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
		if err := f.staff.Depart(t.Context(), system, d); err == nil {
			t.Error("a cancelled departure was done")
		}
		_, err = f.staff.Deactivate(t.Context(), system, jon.ID, staff.Plan{Way: staff.ToOne, Successor: ana.ID})
		f.must(err)
		if len(f.owned(ana)) != 10 {
			t.Error("not handed over")
		}
	})
}

// Two who leave at once, each to the other's favour, on two replicas: one goes, the other stays; nobody waits for ever.
func TestTwoWhoLeaveToEachOthersFavourDoNotBothGo(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		f, other := open(t, url), replica(t, url)
		for i := range 10 {
			a, b := f.person(fmt.Sprintf("A%d", i), access.RoleConsultant, ""), f.person(fmt.Sprintf("B%d", i), access.RoleConsultant, "")
			f.give(a, 20)
			f.give(b, 20)
			var first, second error
			var wg sync.WaitGroup
			wg.Go(func() {
				_, first = f.staff.Deactivate(t.Context(), system, a.ID, staff.Plan{Way: staff.ToOne, Successor: b.ID})
			})
			wg.Go(func() {
				_, second = other.staff.Deactivate(t.Context(), system, b.ID, staff.Plan{Way: staff.ToOne, Successor: a.ID})
			})
			wg.Wait()
			var refused *fault.Refused
			if (first == nil) == (second == nil) || !errors.As(errors.Join(first, second), &refused) {
				t.Errorf("%v, %v", first, second)
			}
		}
	})
}

// S1-32: the last active Super Admin stays, also when two leave at once; oneself never; and only by a Super Admin.
func TestWhoMayNotBeDeactivated(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		f, other := open(t, url), replica(t, url)
		one, two := f.person("One", access.RoleSuperAdmin, ""), f.person("Two", access.RoleSuperAdmin, "")
		expect := func(err error, key string) {
			t.Helper()
			var refused *fault.Refused
			if !errors.As(err, &refused) || refused.Message.Key != key {
				t.Errorf("%v, want %s", err, key)
			}
		}
		admin := access.Actor{Rights: access.Granted(false, "users.deactivate users.view")}
		admin.ID = one.ID
		_, err := f.staff.Deactivate(t.Context(), admin, one.ID, staff.Plan{})
		expect(err, "departure.own")
		admin.ID = "admin"
		_, err = f.staff.Deactivate(t.Context(), admin, two.ID, staff.Plan{})
		var forbidden *fault.Forbidden
		if !errors.As(err, &forbidden) || forbidden.Message.Key != "access.over-super" {
			t.Error(err)
		}
		if _, err = f.staff.Deactivate(t.Context(), access.Actor{}, two.ID, staff.Plan{}); !errors.As(err, &forbidden) {
			t.Error(err)
		}
		if _, err = f.staff.Deactivate(t.Context(), system, "nobody", staff.Plan{}); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
		var wg sync.WaitGroup
		errs := make([]error, 2)
		wg.Go(func() { _, errs[0] = f.staff.Deactivate(t.Context(), system, one.ID, staff.Plan{}) })
		wg.Go(func() { _, errs[1] = other.staff.Deactivate(t.Context(), system, two.ID, staff.Plan{}) })
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("%v, %v", errs[0], errs[1])
		}
		expect(errors.Join(errs...), "staff.last-super-admin")
	})
}

// S1-33, C-13: an account comes back with its history.
func TestAnAccountComesBack(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		jon, never := f.person("Jon", access.RoleConsultant, ""), f.person("Never", access.RoleViewer, "")
		seen := f.db.Now().Add(-time.Hour)
		f.must(f.staff.SeedStatus(t.Context(), jon.ID, staff.Active, &seen))
		for _, u := range []*staff.User{jon, never} {
			_, err := f.staff.Deactivate(t.Context(), system, u.ID, staff.Plan{})
			f.must(err)
			f.must(f.staff.Reactivate(t.Context(), system, u.ID))
			var refused *fault.Refused
			if err := f.staff.Reactivate(t.Context(), system, u.ID); !errors.As(err, &refused) {
				t.Error(err)
			}
		}
		if n := f.count(`SELECT count(*) FROM users WHERE status = 'ACTIVE' AND left_at IS NULL AND epoch = 1 AND id = ?`, jon.ID); n != 1 {
			t.Error("not active, or the epoch of before")
		}
		if n := f.count(`SELECT count(*) FROM users WHERE status = 'PENDING' AND id = ?`, never.ID); n != 1 {
			t.Error("who never was here is invited still")
		}
		if n := f.count(`SELECT count(*) FROM departures WHERE state <> 'done'`); n != 0 {
			t.Error("a departure is left open")
		}
	})
}

// The day ends when it ends in the practice's zone, also where the clocks change.
func TestALastDayEndsInThePracticesZone(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		for day, want := range map[string]string{"2026-11-21": "2026-11-22T05:00:00Z", "2027-03-14": "2027-03-15T04:00:00Z", "2027-07-01": "2027-07-02T04:00:00Z"} {
			at, err := f.staff.LastDay(t.Context(), day)
			if err != nil || at.Format(time.RFC3339) != want {
				t.Errorf("%s ends %s, %v", day, at, err)
			}
		}
		for day, key := range map[string]string{"": "departure.day-missing", "21.11.2026": "departure.day-missing", "2026-11-20": "departure.day-past", "2099-01-01": "departure.day-far"} {
			_, err := f.staff.LastDay(t.Context(), day)
			invalid(t, err, "last_day", key)
		}
	})
}
