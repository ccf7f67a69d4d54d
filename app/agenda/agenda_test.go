package agenda_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/agenda"
	"chancery/app/cases/casestest"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
)

// firm is a practice, and what its people have before them.
type firm struct {
	*casestest.Firm
	agenda *agenda.Agenda
}

var system = casestest.System

func each(t *testing.T, fn func(t *testing.T, f *firm)) {
	t.Helper()
	casestest.Each(t, func(t *testing.T, of *casestest.Firm) {
		f := &firm{Firm: of, agenda: agenda.New(of.DB, of.Cases, of.Staff)}
		f.Staff.Owns(f.Cases, f.agenda)
		fn(t, f)
	})
}

func (f *firm) person(first string) access.Actor {
	f.T.Helper()
	return f.Person(first, "Person", strings.ToLower(first), "appointments.view appointments.edit")
}

// plan is a meeting of half an hour, so many hours from now.
func (f *firm) plan(caseID string, hours int) agenda.Plan {
	at := f.Clock.Now().Add(time.Duration(hours) * time.Hour)
	return agenda.Plan{CaseID: caseID, Title: "Review translations", StartsAt: at, EndsAt: at.Add(30 * time.Minute), Zone: "America/Toronto"}
}

func (f *firm) create(who access.Actor, p agenda.Plan) *agenda.Appointment {
	f.T.Helper()
	made, err := f.agenda.Create(f.Ctx, who, p)
	f.Must(err)
	return made
}

// titles are those of the appointments that somebody sees within a week.
func (f *firm) seen(who access.Actor, q agenda.Query) (ids []string) {
	f.T.Helper()
	q.From, q.Until, q.Limit = f.Clock.Now().Add(-time.Hour), f.Clock.Now().Add(7*24*time.Hour), 100
	all, err := f.agenda.List(f.Ctx, who, q)
	f.Must(err)
	for _, e := range all {
		ids = append(ids, e.ID)
	}
	return ids
}

// S0-34, ASVS 8.2.2: an appointment of a case is seen by who sees the case, any other by those whose it is.
func TestWhoSeesAnAppointment(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ana, ben, cleo := f.person("Ana"), f.person("Ben"), f.person("Cleo")
		k := f.Open(ana)
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
			_, _, got := f.agenda.Get(f.Ctx, cleo, id)
			_, changed := f.agenda.Update(f.Ctx, cleo, id, 1, f.plan("", 2))
			_, cancelled := f.agenda.Cancel(f.Ctx, cleo, id, 1)
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
		if _, err := f.agenda.Create(f.Ctx, ben, f.plan(k, 1)); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
		e, people, err := f.agenda.Get(f.Ctx, ben, private.ID)
		f.Must(err)
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
		all, err := f.agenda.List(f.Ctx, ana, agenda.Query{From: from, Until: from.Add(24 * time.Hour), UserID: ana.ID, Limit: 10})
		f.Must(err)
		if len(all) != 1 || all[0].ID != trip.ID {
			t.Errorf("%+v", all)
		}
		for _, q := range []agenda.Query{{From: trip.EndsAt, Until: trip.EndsAt.Add(time.Hour)}, {From: trip.StartsAt.Add(-time.Hour), Until: trip.StartsAt}} {
			q.Limit = 10
			if all, err := f.agenda.List(f.Ctx, ana, q); err != nil || len(all) != 0 {
				t.Error(len(all), err)
			}
		}
	})
}

// B-16: who saves over what somebody else has saved is told; what is cancelled is not changed, and can be planned again.
func TestAnAppointmentIsChangedAsItWasRead(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ana := f.person("Ana")
		p := f.create(ana, f.plan(f.Open(ana), 3))
		to := f.plan("", 5)
		to.Title = "  Review   everything "
		now, err := f.agenda.Update(f.Ctx, ana, p.ID, p.Generation, to)
		f.Must(err)
		if now.Title != "Review everything" || now.Generation != 2 || now.CaseID == nil || !now.StartsAt.Equal(to.StartsAt) {
			t.Errorf("%+v", now)
		}
		var conflict *fault.Conflict
		if _, err := f.agenda.Update(f.Ctx, ana, p.ID, p.Generation, to); !errors.As(err, &conflict) {
			t.Error(err)
		}
		_, err = f.agenda.Cancel(f.Ctx, ana, p.ID, 2)
		f.Must(err)
		if ids := f.seen(ana, agenda.Query{}); len(ids) != 0 {
			t.Error(ids)
		}
		if ids := f.seen(ana, agenda.Query{Cancelled: true}); len(ids) != 1 {
			t.Error(ids)
		}
		var refused *fault.Refused
		if _, err := f.agenda.Update(f.Ctx, ana, p.ID, 3, to); !errors.As(err, &refused) || refused.Message.Key != "agenda.cancelled" {
			t.Error(err)
		}
		closing := access.System("test")
		f.Must(f.Cases.Close(f.Ctx, closing, *p.CaseID, 0))
		_, again := f.agenda.Restore(f.Ctx, ana, p.ID, 3)
		_, fresh := f.agenda.Create(f.Ctx, ana, f.plan(*p.CaseID, 9))
		for _, err := range []error{again, fresh} { // a closed case takes no appointments
			if !errors.As(err, &refused) || refused.Message.Key != "agenda.case-closed" {
				t.Error(err)
			}
		}
		_, err = f.Cases.Reopen(f.Ctx, closing, *p.CaseID, 0, "")
		f.Must(err)
		back, err := f.agenda.Restore(f.Ctx, ana, p.ID, 3)
		f.Must(err)
		if back.Status != agenda.Planned || back.Generation != 4 {
			t.Errorf("%+v", back)
		}
		var lines []string
		f.Must(f.DB.In(f.Ctx).Raw(`SELECT action FROM audit WHERE object_id = ? AND action LIKE 'appointment.%' ORDER BY id`, *p.CaseID).Scan(&lines).Error)
		if want := []string{"appointment.create", "appointment.update", "appointment.cancel", "appointment.restore"}; !slices.Equal(lines, want) {
			t.Error(lines)
		}
	})
}

// Bad input gets its reason on its field.
func TestAPlanIsHeldToItsBounds(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ana, gone := f.person("Ana"), f.person("Gone")
		f.Must(f.Staff.SeedStatus(f.Ctx, gone.ID, staff.Inactive, nil))
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
			_, err := f.agenda.Create(f.Ctx, ana, p)
			field, key, _ := strings.Cut(key, " ")
			f.Invalid(err, field, key)
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
		k := f.Open(ana)
		f.Must(f.Cases.AddMember(f.Ctx, system, k, ben.ID))
		past := f.create(ana, f.plan(k, 1))
		f.Clock.Add(3 * time.Hour)
		of := f.plan(k, 24)
		of.People = []string{ben.ID}
		ofCase, alone := f.create(ana, of), f.create(ana, f.plan("", 48))
		hers := f.plan("", 50)
		hers.People = []string{ana.ID}
		other := f.create(cleo, hers)
		d, err := f.Staff.Deactivate(f.Ctx, system, ana.ID, staff.Plan{Way: staff.ToOne, Successor: ben.ID})
		f.Must(err)
		owner := func(id string) (who string) {
			f.Must(f.DB.In(f.Ctx).Raw(`SELECT owner_id FROM appointments WHERE id = ?`, id).Scan(&who).Error)
			return who
		}
		if owner(past.ID) != ana.ID || owner(ofCase.ID) != ben.ID || owner(alone.ID) != ben.ID || owner(other.ID) != cleo.ID {
			t.Error(owner(past.ID), owner(ofCase.ID), owner(alone.ID), owner(other.ID))
		}
		var left int
		f.Must(f.DB.In(f.Ctx).Raw(`SELECT count(*) FROM appointment_people w WHERE w.user_id IN ?`, []string{ana.ID, ben.ID}).Scan(&left).Error)
		if left != 0 {
			t.Errorf("%d are asked to come who have left, or to what is theirs", left)
		}
		i := slices.IndexFunc(d.Receipt.Items, func(h staff.Handed) bool { return h.Kind == "appointments" })
		if i < 0 || d.Receipt.Items[i].Count != 2 || d.Receipt.Items[i].Takers(3) != "Ben Person (2)" {
			t.Errorf("%+v", d.Receipt)
		}
		single := f.create(cleo, f.plan("", 60))
		_, err = f.Staff.Deactivate(f.Ctx, system, cleo.ID, staff.Plan{})
		f.Must(err)
		var status string
		f.Must(f.DB.In(f.Ctx).Raw(`SELECT status FROM appointments WHERE id = ?`, single.ID).Scan(&status).Error)
		if status != "cancelled" {
			t.Error("nobody takes it: it does not take place", status)
		}
		var refused *fault.Refused
		if _, err := f.agenda.Restore(f.Ctx, system, single.ID, 0); !errors.As(err, &refused) || refused.Message.Key != "agenda.owner-gone" {
			t.Error(err)
		}
	})
}

// A deadline is a day of a case, set, moved and finished by who may, and seen by who sees the case.
func TestDeadlines(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ana, ben := f.person("Ana"), f.person("Ben")
		k, other := f.Open(ana), f.Open(ben)
		late, err := f.agenda.SetDeadline(f.Ctx, ana, k, "File the appeal", "2026-12-01")
		f.Must(err)
		soon, err := f.agenda.SetDeadline(f.Ctx, ana, k, "Send forms", "2026-11-23")
		f.Must(err)
		_, err = f.agenda.SetDeadline(f.Ctx, ben, other, "Ben's", "2026-11-24")
		f.Must(err)
		days := func(who access.Actor, d agenda.Days) (titles []string) {
			d.Limit = 10
			all, err := f.agenda.Deadlines(f.Ctx, who, d)
			f.Must(err)
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
			_, err = f.agenda.FinishDeadline(f.Ctx, ana, soon.ID, true)
			f.Must(err)
		}
		if got := days(ana, agenda.Days{CaseID: k}); !slices.Equal(got, []string{"File the appeal"}) {
			t.Error(got)
		}
		if got := days(ana, agenda.Days{CaseID: k, Done: true}); len(got) != 2 {
			t.Error(got)
		}
		moved, err := f.agenda.MoveDeadline(f.Ctx, ana, late.ID, 1, "File the appeal", "2026-12-02")
		f.Must(err)
		var conflict *fault.Conflict
		if _, err := f.agenda.MoveDeadline(f.Ctx, ana, late.ID, 1, "x", "2026-12-03"); !errors.As(err, &conflict) || moved.DueOn != "2026-12-02" {
			t.Error(err)
		}
		for _, day := range []string{"", "tomorrow", "2026-02-30", "1999-12-31", "2026-1-1"} {
			_, err := f.agenda.SetDeadline(f.Ctx, ana, k, "x", day)
			f.Invalid(err, "due_on", "agenda.no-day")
		}
		_, set := f.agenda.SetDeadline(f.Ctx, ben, k, "x", "2026-12-01")
		_, finish := f.agenda.FinishDeadline(f.Ctx, ben, late.ID, true)
		_, move := f.agenda.MoveDeadline(f.Ctx, ben, late.ID, 2, "x", "2026-12-01")
		for _, err := range []error{set, finish, move} {
			if !errors.Is(err, fault.ErrNotFound) {
				t.Error(err)
			}
		}
		var n int
		f.Must(f.DB.In(f.Ctx).Raw(`SELECT count(*) FROM audit WHERE action = 'deadline.finish'`).Scan(&n).Error)
		if n != 1 {
			t.Errorf("finished %d times", n)
		}
	})
}
