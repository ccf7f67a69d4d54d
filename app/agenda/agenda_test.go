package agenda_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/agenda"
	"chancery/app/audit"
	"chancery/app/cases"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// firm is a practice with some people, a client, and what they have before them.
type firm struct {
	t      testing.TB
	ctx    context.Context
	clock  *storetest.Clock
	db     *store.DB
	staff  *staff.Staff
	cases  *cases.Cases
	agenda *agenda.Agenda
	client string
	next   int
}

var system = access.System("test")

func each(t *testing.T, fn func(t *testing.T, f *firm)) {
	t.Helper()
	storetest.EachURL(t, func(t *testing.T, url string) {
		f := &firm{t: t, ctx: t.Context(), clock: storetest.NewClock()}
		f.db = storetest.Open(t, url, f.clock.Now)
		f.staff = staff.New(f.db, staff.Studio{})
		f.cases = cases.New(f.db, f.staff)
		f.agenda = agenda.New(f.db, f.cases, f.staff)
		f.staff.Owns(f.cases, f.agenda)
		f.must(access.New(f.db).Seed(t.Context()))
		f.must(f.staff.SeedOrganization(t.Context(), staff.Organization{Name: "Marlow Reyes", Language: "en", Zone: "America/Toronto"}))
		c, err := f.cases.AddClient(t.Context(), system, cases.NewClient{Name: "Kowalczyk, Aneta"})
		f.must(err)
		f.client = c.ID
		fn(t, f)
	})
}

func (f *firm) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *firm) person(first string) access.Actor {
	f.t.Helper()
	u, err := f.staff.Create(f.ctx, system, staff.NewUser{FirstName: first, LastName: "Person", Email: strings.ToLower(first) + "@firm.example",
		RoleID: access.RoleConsultant, Language: "en", Zone: "UTC"})
	f.must(err)
	f.must(f.staff.SeedStatus(f.ctx, u.ID, staff.Active, nil))
	return access.Actor{Actor: audit.Actor{ID: u.ID, Name: u.Name()}, Rights: access.Granted(false, "cases.view appointments.view appointments.edit")}
}

func (f *firm) open(owner access.Actor) string {
	f.t.Helper()
	f.next++
	k, err := f.cases.Create(f.ctx, system, cases.NewCase{Number: fmt.Sprintf("MR-%06d", f.next), Title: "Work permit", ClientID: f.client, OwnerID: owner.ID})
	f.must(err)
	return k.ID
}

// plan is a meeting of half an hour, so many hours from now.
func (f *firm) plan(caseID string, hours int) agenda.Plan {
	at := f.clock.Now().Add(time.Duration(hours) * time.Hour)
	return agenda.Plan{CaseID: caseID, Title: "Review translations", StartsAt: at, EndsAt: at.Add(30 * time.Minute), Zone: "America/Toronto"}
}

func (f *firm) create(who access.Actor, p agenda.Plan) *agenda.Appointment {
	f.t.Helper()
	made, err := f.agenda.Create(f.ctx, who, p)
	f.must(err)
	return made
}

// titles are those of the appointments that somebody sees within a week.
func (f *firm) seen(who access.Actor, q agenda.Query) (ids []string) {
	f.t.Helper()
	q.From, q.Until, q.Limit = f.clock.Now().Add(-time.Hour), f.clock.Now().Add(7*24*time.Hour), 100
	all, err := f.agenda.List(f.ctx, who, q)
	f.must(err)
	for _, e := range all {
		ids = append(ids, e.ID)
	}
	return ids
}

func (f *firm) wrong(err error, field, key string) {
	f.t.Helper()
	var bad *fault.Invalid
	if !errors.As(err, &bad) || !slices.ContainsFunc(bad.Fields, func(w fault.Field) bool { return w.Name == field && w.Message.Key == key }) {
		f.t.Errorf("%v, want %s on %s", err, key, field)
	}
}

// S0-34, ASVS 8.2.2: an appointment of a case is seen by who sees the case, any other by those whose it is.
func TestWhoSeesAnAppointment(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ana, ben, cleo := f.person("Ana"), f.person("Ben"), f.person("Cleo")
		k := f.open(ana)
		of := f.create(ana, f.plan(k, 3))
		own := f.plan("", 1)
		own.People = []string{ben.ID, ben.ID, ana.ID, ""}
		private := f.create(ana, own)
		if of.OwnerID != ana.ID || private.OwnerID != ana.ID {
			t.Error(of.OwnerID, private.OwnerID)
		}
		boss := cleo
		boss.Rights = access.Granted(false, "cases.view cases.view-all appointments.view")
		for _, c := range []struct {
			who  access.Actor
			want []string
		}{{ana, []string{private.ID, of.ID}}, {ben, []string{private.ID}}, {cleo, nil}, {boss, []string{of.ID}}} {
			if got := f.seen(c.who, agenda.Query{}); !slices.Equal(got, c.want) {
				t.Errorf("%s sees %v, want %v", c.who.Name, got, c.want)
			}
		}
		for _, id := range []string{of.ID, private.ID, store.NewID(), ""} {
			_, _, got := f.agenda.Get(f.ctx, cleo, id)
			_, changed := f.agenda.Update(f.ctx, cleo, id, 1, f.plan("", 2))
			_, cancelled := f.agenda.Cancel(f.ctx, cleo, id, 1)
			for _, err := range []error{got, changed, cancelled} {
				if !errors.Is(err, fault.ErrNotFound) {
					t.Errorf("%q: %v", id, err)
				}
			}
		}
		if got := f.seen(ana, agenda.Query{CaseID: k}); !slices.Equal(got, []string{of.ID}) {
			t.Error(got)
		}
		if got := f.seen(ana, agenda.Query{UserID: ben.ID}); !slices.Equal(got, []string{private.ID}) {
			t.Error(got)
		}
		if _, err := f.agenda.Create(f.ctx, ben, f.plan(k, 1)); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
		e, people, err := f.agenda.Get(f.ctx, ben, private.ID)
		f.must(err)
		if !e.Mine || e.Owner() != "Ana Person" || !slices.Equal(people, []string{ben.ID}) {
			t.Errorf("%+v %v", e, people)
		}
	})
}

// What lasts into a day belongs to it, and what ended the moment it began does not.
func TestADayHasWhatLastsIntoIt(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ana := f.person("Ana")
		long := f.plan("", 1)
		long.EndsAt = long.StartsAt.Add(30 * 24 * time.Hour)
		trip := f.create(ana, long)
		from := trip.StartsAt.Add(20 * 24 * time.Hour)
		all, err := f.agenda.List(f.ctx, ana, agenda.Query{From: from, Until: from.Add(24 * time.Hour), UserID: ana.ID, Limit: 10})
		f.must(err)
		if len(all) != 1 || all[0].ID != trip.ID {
			t.Errorf("%+v", all)
		}
		for _, q := range []agenda.Query{{From: trip.EndsAt, Until: trip.EndsAt.Add(time.Hour)}, {From: trip.StartsAt.Add(-time.Hour), Until: trip.StartsAt}} {
			q.Limit = 10
			if all, err := f.agenda.List(f.ctx, ana, q); err != nil || len(all) != 0 {
				t.Error(len(all), err)
			}
		}
	})
}

// B-16: who saves over what somebody else has saved is told; what is cancelled is not changed, and can be planned again.
func TestAnAppointmentIsChangedAsItWasRead(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ana := f.person("Ana")
		p := f.create(ana, f.plan(f.open(ana), 3))
		to := f.plan("", 5)
		to.Title = "  Review   everything "
		now, err := f.agenda.Update(f.ctx, ana, p.ID, p.Generation, to)
		f.must(err)
		if now.Title != "Review everything" || now.Generation != 2 || now.CaseID == nil || !now.StartsAt.Equal(to.StartsAt) {
			t.Errorf("%+v", now)
		}
		var conflict *fault.Conflict
		if _, err := f.agenda.Update(f.ctx, ana, p.ID, p.Generation, to); !errors.As(err, &conflict) {
			t.Error(err)
		}
		_, err = f.agenda.Cancel(f.ctx, ana, p.ID, 2)
		f.must(err)
		if ids := f.seen(ana, agenda.Query{}); len(ids) != 0 {
			t.Error(ids)
		}
		if ids := f.seen(ana, agenda.Query{Cancelled: true}); len(ids) != 1 {
			t.Error(ids)
		}
		var refused *fault.Refused
		if _, err := f.agenda.Update(f.ctx, ana, p.ID, 3, to); !errors.As(err, &refused) || refused.Message.Key != "agenda.cancelled" {
			t.Error(err)
		}
		back, err := f.agenda.Restore(f.ctx, ana, p.ID, 3)
		f.must(err)
		if back.Status != agenda.Planned || back.Generation != 4 {
			t.Errorf("%+v", back)
		}
		var lines []string
		f.must(f.db.In(f.ctx).Raw(`SELECT action FROM audit WHERE object_id = ? AND action LIKE 'appointment.%' ORDER BY id`, *p.CaseID).Scan(&lines).Error)
		if want := []string{"appointment.create", "appointment.update", "appointment.cancel", "appointment.restore"}; !slices.Equal(lines, want) {
			t.Error(lines)
		}
	})
}

// Bad input gets its reason on its field.
func TestAPlanIsHeldToItsBounds(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ana, gone := f.person("Ana"), f.person("Gone")
		f.must(f.staff.SeedStatus(f.ctx, gone.ID, staff.Inactive, nil))
		for key, change := range map[string]func(*agenda.Plan){
			"title agenda.empty":        func(p *agenda.Plan) { p.Title = " \t" },
			"title agenda.too-long":     func(p *agenda.Plan) { p.Title = strings.Repeat("é", 201) },
			"place agenda.too-long":     func(p *agenda.Plan) { p.Place = strings.Repeat("é", 201) },
			"notes agenda.too-long":     func(p *agenda.Plan) { p.Notes = strings.Repeat("é", 4001) },
			"starts agenda.no-day":      func(p *agenda.Plan) { p.StartsAt = time.Time{} },
			"ends agenda.ends-before":   func(p *agenda.Plan) { p.EndsAt = p.StartsAt },
			"ends agenda.too-far":       func(p *agenda.Plan) { p.EndsAt = p.StartsAt.Add(32 * 24 * time.Hour) },
			"zone agenda.no-zone":       func(p *agenda.Plan) { p.Zone = "Mars/Olympus" },
			"owner agenda.owner-gone":   func(p *agenda.Plan) { p.OwnerID = gone.ID },
			"people agenda.person-gone": func(p *agenda.Plan) { p.People = []string{gone.ID} },
			"people agenda.too-many": func(p *agenda.Plan) {
				for range 51 {
					p.People = append(p.People, store.NewID())
				}
			},
		} {
			p := f.plan("", 1)
			change(&p)
			_, err := f.agenda.Create(f.ctx, ana, p)
			field, key, _ := strings.Cut(key, " ")
			f.wrong(err, field, key)
		}
		p := f.plan("", 1)
		p.ExternalID = "app-7"
		if one, two := f.create(ana, p), f.create(ana, p); one.ID != two.ID {
			t.Error("what comes twice is one")
		}
	})
}

// B-1: a leaver's appointments go to whoever takes the case, or whom the plan names; what is over stays theirs.
func TestALeaversAppointmentsAreTakenOver(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ana, ben, cleo := f.person("Ana"), f.person("Ben"), f.person("Cleo")
		k := f.open(ana)
		past := f.create(ana, f.plan(k, 1))
		f.clock.Add(3 * time.Hour)
		of := f.plan(k, 24)
		of.People = []string{ben.ID}
		ofCase, alone := f.create(ana, of), f.create(ana, f.plan("", 48))
		hers := f.plan("", 50)
		hers.People = []string{ana.ID}
		other := f.create(cleo, hers)
		d, err := f.staff.Deactivate(f.ctx, system, ana.ID, staff.Plan{Way: staff.ToOne, Successor: ben.ID})
		f.must(err)
		owner := func(id string) (who string) {
			f.must(f.db.In(f.ctx).Raw(`SELECT owner_id FROM appointments WHERE id = ?`, id).Scan(&who).Error)
			return who
		}
		if owner(past.ID) != ana.ID || owner(ofCase.ID) != ben.ID || owner(alone.ID) != ben.ID || owner(other.ID) != cleo.ID {
			t.Error(owner(past.ID), owner(ofCase.ID), owner(alone.ID), owner(other.ID))
		}
		var left int
		f.must(f.db.In(f.ctx).Raw(`SELECT count(*) FROM appointment_people w WHERE w.user_id IN ?`, []string{ana.ID, ben.ID}).Scan(&left).Error)
		if left != 0 {
			t.Errorf("%d are asked to come who have left, or to what is theirs", left)
		}
		i := slices.IndexFunc(d.Receipt.Items, func(h staff.Handed) bool { return h.Kind == "appointments" })
		if i < 0 || d.Receipt.Items[i].Count != 2 || d.Receipt.Items[i].Takers(3) != "Ben Person (2)" {
			t.Errorf("%+v", d.Receipt)
		}
		single := f.create(cleo, f.plan("", 60))
		_, err = f.staff.Deactivate(f.ctx, system, cleo.ID, staff.Plan{})
		f.must(err)
		var status string
		f.must(f.db.In(f.ctx).Raw(`SELECT status FROM appointments WHERE id = ?`, single.ID).Scan(&status).Error)
		if status != "cancelled" {
			t.Error("nobody takes it: it does not take place", status)
		}
		var refused *fault.Refused
		if _, err := f.agenda.Restore(f.ctx, system, single.ID, 0); !errors.As(err, &refused) || refused.Message.Key != "agenda.owner-gone" {
			t.Error(err)
		}
	})
}

// A deadline is a day of a case, set, moved and finished by who may, and seen by who sees the case.
func TestDeadlines(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ana, ben := f.person("Ana"), f.person("Ben")
		k, other := f.open(ana), f.open(ben)
		late, err := f.agenda.SetDeadline(f.ctx, ana, k, "File the appeal", "2026-12-01")
		f.must(err)
		soon, err := f.agenda.SetDeadline(f.ctx, ana, k, "Send forms", "2026-11-23")
		f.must(err)
		_, err = f.agenda.SetDeadline(f.ctx, ben, other, "Ben's", "2026-11-24")
		f.must(err)
		days := func(who access.Actor, d agenda.Days) (titles []string) {
			d.Limit = 10
			all, err := f.agenda.Deadlines(f.ctx, who, d)
			f.must(err)
			for _, one := range all {
				titles = append(titles, one.Title)
			}
			return titles
		}
		if got := days(ana, agenda.Days{}); !slices.Equal(got, []string{"Send forms", "File the appeal"}) {
			t.Error(got)
		}
		if got := days(ana, agenda.Days{From: "2026-11-24", UserID: ana.ID}); !slices.Equal(got, []string{"File the appeal"}) {
			t.Error(got)
		}
		if got := days(system, agenda.Days{Until: "2026-11-24"}); !slices.Equal(got, []string{"Send forms", "Ben's"}) {
			t.Error(got)
		}
		for range 2 {
			_, err = f.agenda.FinishDeadline(f.ctx, ana, soon.ID, true)
			f.must(err)
		}
		if got := days(ana, agenda.Days{CaseID: k}); !slices.Equal(got, []string{"File the appeal"}) {
			t.Error(got)
		}
		if got := days(ana, agenda.Days{CaseID: k, Done: true}); len(got) != 2 {
			t.Error(got)
		}
		moved, err := f.agenda.MoveDeadline(f.ctx, ana, late.ID, 1, "File the appeal", "2026-12-02")
		f.must(err)
		var conflict *fault.Conflict
		if _, err := f.agenda.MoveDeadline(f.ctx, ana, late.ID, 1, "x", "2026-12-03"); !errors.As(err, &conflict) || moved.DueOn != "2026-12-02" {
			t.Error(err)
		}
		for _, day := range []string{"", "tomorrow", "2026-02-30", "1999-12-31", "2026-1-1"} {
			_, err := f.agenda.SetDeadline(f.ctx, ana, k, "x", day)
			f.wrong(err, "due_on", "agenda.no-day")
		}
		_, set := f.agenda.SetDeadline(f.ctx, ben, k, "x", "2026-12-01")
		_, finish := f.agenda.FinishDeadline(f.ctx, ben, late.ID, true)
		_, move := f.agenda.MoveDeadline(f.ctx, ben, late.ID, 2, "x", "2026-12-01")
		for _, err := range []error{set, finish, move} {
			if !errors.Is(err, fault.ErrNotFound) {
				t.Error(err)
			}
		}
		var n int
		f.must(f.db.In(f.ctx).Raw(`SELECT count(*) FROM audit WHERE action = 'deadline.finish'`).Scan(&n).Error)
		if n != 1 {
			t.Errorf("finished %d times", n)
		}
	})
}
