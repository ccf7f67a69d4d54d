package accounts

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/notices"
	"chancery/app/post"
	"chancery/app/resource"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// firm is a practice with the reconciler of its departures.
type firm struct {
	*Reconciler
	t     *testing.T
	db    *store.DB
	cases *cases.Cases
	clock *storetest.Clock
}

func each(t *testing.T, fn func(t *testing.T, f *firm)) {
	t.Helper()
	storetest.EachURL(t, func(t *testing.T, url string) {
		f := &firm{t: t, clock: storetest.NewClock()}
		f.db = storetest.Open(t, url, f.clock.Now)
		f.Reconciler = &Reconciler{Staff: staff.New(f.db, staff.Studio{}), Post: post.New(f.db), Now: f.db.Now}
		f.Notices = notices.New(f.db, f.Post, f.Staff, notices.Options{})
		f.Signin = signin.New(f.db, f.Staff, f.Post, signin.Options{Key: []byte("0123456789abcdef0123456789abcdef")})
		f.cases = cases.New(f.db, f.Staff)
		f.Staff.Owns(f.cases)
		f.Staff.Owns(f.Signin.Belongings()...)
		f.must(access.New(f.db).Seed(t.Context()))
		f.must(f.Staff.SeedOrganization(t.Context(), staff.Organization{Name: "Marlow Reyes", Language: "en", Zone: "America/Toronto"}))
		fn(t, f)
	})
}

func (f *firm) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// person is a colleague who was last here so long ago; with a negative time they never were, and are invited.
func (f *firm) person(name, role string, ago time.Duration) *staff.User {
	f.t.Helper()
	u, err := f.Signin.Bootstrap(f.t.Context(), access.System("test"), staff.NewUser{FirstName: name, LastName: "Person", Email: strings.ToLower(name) + "@firm.example",
		RoleID: role, Language: "en", Zone: "UTC"}, "", false)
	f.must(err)
	if ago >= 0 {
		seen := f.clock.Now().Add(-ago)
		f.must(f.Staff.SeedStatus(f.t.Context(), u.ID, staff.Active, &seen))
	}
	return u
}

func (f *firm) actor(u *staff.User) access.Actor {
	a := access.System("test")
	a.ID, a.Name = u.ID, u.Name()
	return a
}

func (f *firm) give(u *staff.User, n int) {
	f.t.Helper()
	var all []cases.NewCase
	for i := range n {
		all = append(all, cases.NewCase{Number: fmt.Sprintf("%s-%d", u.FirstName, i), Title: "Work permit", ClientID: "c-" + u.ID, OwnerID: u.ID})
	}
	f.must(f.cases.Seed(f.t.Context(), []cases.Client{{ID: "c-" + u.ID, Name: "Kowalczyk"}}, all))
}

// work does what is due now, as the loop does.
func (f *firm) work() {
	f.t.Helper()
	due, err := f.Due(f.t.Context(), f.clock.Now().Add(time.Microsecond))
	f.must(err)
	for _, d := range due {
		_, err := f.Reconcile(f.t.Context(), d.Key)
		f.must(err)
	}
}

func (f *firm) count(query string, args ...any) (n int) {
	f.t.Helper()
	f.must(f.db.In(f.t.Context()).Raw(query, args...).Scan(&n).Error)
	return n
}

func (f *firm) departure(u *staff.User) *staff.Departure {
	f.t.Helper()
	d, err := f.Staff.Departure(f.t.Context(), access.System("test"), u.ID)
	f.must(err)
	return d
}

func TestWhatADepartureNeedsNow(t *testing.T) {
	now := time.Date(2026, 11, 21, 14, 20, 0, 0, time.UTC)
	at := func(minutes int) time.Time { return now.Add(time.Duration(minutes) * time.Minute) }
	for name, c := range map[string]struct {
		state staff.DepartureState
		due   time.Time
		want  step
		next  time.Time
	}{
		"planned for another day":  {staff.Planned, at(3000), rehearse, at(40)},
		"planned for this hour":    {staff.Planned, at(10), rehearse, at(10)},
		"its time has come":        {staff.Planned, at(-1), depart, at(-1)},
		"blocked, and yet to come": {staff.Blocked, at(3000), rehearse, at(40)},
		"blocked on its day":       {staff.Blocked, at(-300), depart, at(10)},
		"begun":                    {staff.Working, at(-1), finish, time.Time{}},
		"done":                     {staff.Departed, at(-1), nothing, at(10)},
		"cancelled":                {staff.Cancelled, at(-1), nothing, at(10)},
	} {
		d := &staff.Departure{State: c.state, DueAt: c.due}
		if got := decide(d, now); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
		if got := nextLook(d, now); !got.Equal(c.next) {
			t.Errorf("%s: looked at %s, want %s", name, got, c.next)
		}
	}
}

// B-1: what may come later is done once, in order, and stands in the conditions; done again it does nothing.
func TestWhatIsLeftOfADepartureIsDone(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		grace, jon := f.person("Grace", access.RoleAdministrator, 0), f.person("Jon", access.RoleConsultant, -1)
		f.must(f.Post.Queue(t.Context(), post.Draft{SendKey: "welcome/" + jon.ID, Kind: post.Welcome, UserID: jon.ID, Recipient: jon.Email, Language: "en", Zone: "UTC"}))
		_, _, err := f.Signin.IssueWelcome(t.Context(), jon.ID)
		f.must(err)
		_, err = f.Staff.Deactivate(t.Context(), f.actor(grace), jon.ID, staff.Plan{})
		f.must(err)
		if d := f.departure(jon); d.State != staff.Working || d.Done != 3 || d.Total != 7 || d.Receipt.Items[2].Count != 1 {
			t.Errorf("%+v", d)
		}
		f.work()
		d := f.departure(jon)
		if ready, _ := d.Conditions.Get(resource.Ready); d.State != staff.Departed || d.Done != 7 || ready.Status != resource.True || d.Observed != d.Generation || d.FinishedAt == nil {
			t.Errorf("%+v", d)
		}
		if f.count(`SELECT count(*) FROM mails WHERE user_id = ? AND state = 'stopped'`, jon.ID) != 1 || f.count(`SELECT count(*) FROM links WHERE expires_at > ?`, f.clock.Now()) != 0 {
			t.Error("the welcome still goes out, or its link works")
		}
		f.work()
		for range 3 {
			_, err = f.Reconcile(t.Context(), Prefix+d.ID)
			f.must(err)
		}
		if n := f.count(`SELECT count(*) FROM mails WHERE kind = 'departure-receipt' AND user_id = ?`, grace.ID); n != 1 {
			t.Errorf("%d receipts", n)
		}
		if _, err = f.Reconcile(t.Context(), Prefix+"nobody"); err != nil {
			t.Error(err)
		}
	})
}

// A step that fails is seen, tried again, and nothing before it is done twice.
func TestAStepThatFailsIsTriedAgain(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		grace, jon := f.person("Grace", access.RoleAdministrator, 0), f.person("Jon", access.RoleConsultant, 0)
		_, err := f.Staff.Deactivate(t.Context(), f.actor(grace), jon.ID, staff.Plan{})
		f.must(err)
		f.must(f.db.In(t.Context()).Exec(`ALTER TABLE links RENAME TO elsewhere`).Error)
		if _, err = f.Reconcile(t.Context(), Prefix+f.departure(jon).ID); err == nil {
			t.Error("no error")
		}
		f.must(f.db.In(t.Context()).Exec(`ALTER TABLE elsewhere RENAME TO links`).Error)
		d := f.departure(jon)
		if c, _ := d.Conditions.Get(staff.LinksSpent); d.State != staff.Working || d.Done != 4 || c.Status != resource.False {
			t.Errorf("%+v", d)
		}
		f.work()
		if d = f.departure(jon); d.State != staff.Departed || d.Done != 7 {
			t.Errorf("%+v", d)
		}
	})
}

// B-1: whoever took cases over is told once, by number and by whose they were, and not by whom they are about; whoever
// asked for it has the receipt instead.
func TestNewOwnersAreToldOnce(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		grace, jon, ana := f.person("Grace", access.RoleAdministrator, 0), f.person("Jon", access.RoleConsultant, 0), f.person("Ana", access.RoleConsultant, 0)
		f.give(jon, 3)
		_, err := f.Staff.Deactivate(t.Context(), f.actor(grace), jon.ID, staff.Plan{Way: staff.ToPicked, Successor: ana.ID, Picked: map[string]string{f.caseOf(jon): grace.ID}})
		f.must(err)
		f.work()
		d := f.departure(jon)
		f.must(f.tellOwners(t.Context(), d))
		var told []struct{ Recipient, Data string }
		f.must(f.db.In(t.Context()).Raw(`SELECT recipient, data FROM mails WHERE kind = 'cases-came'`).Scan(&told).Error)
		if len(told) != 1 || told[0].Recipient != ana.Email || !strings.Contains(told[0].Data, `"Count":2`) || !strings.Contains(told[0].Data, "Jon Person") || strings.Contains(told[0].Data, "Kowalczyk") {
			t.Errorf("%+v", told)
		}
	})
}

func (f *firm) caseOf(u *staff.User) (id string) {
	f.t.Helper()
	f.must(f.db.In(f.t.Context()).Raw(`SELECT id FROM cases WHERE owner_id = ? ORDER BY number LIMIT 1`, u.ID).Scan(&id).Error)
	return id
}

// Two replicas whose lease overlaps: a planned departure is done once.
func TestADepartureIsDoneOnce(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		grace, jon, ana := f.person("Grace", access.RoleAdministrator, 0), f.person("Jon", access.RoleConsultant, 0), f.person("Ana", access.RoleConsultant, 0)
		f.give(jon, 3)
		_, err := f.Staff.Deactivate(t.Context(), f.actor(grace), jon.ID, staff.Plan{Way: staff.ToOne, Successor: ana.ID, At: f.clock.Now().Add(time.Hour)})
		f.must(err)
		stale := f.departure(jon)
		f.clock.Add(time.Hour)
		f.work()
		if err := f.Staff.Depart(t.Context(), system, stale); err == nil {
			t.Error("done twice")
		}
		f.must(f.judge(t.Context(), stale, err))
		if d := f.departure(jon); d.State != staff.Departed || f.count(`SELECT count(*) FROM audit WHERE action = 'user.deactivate'`) != 1 {
			t.Errorf("%+v", d)
		}
		if n := f.count(`SELECT count(*) FROM audit WHERE action = 'user.deactivate' AND actor_name = 'accounts' AND changes LIKE '%planned_by%Grace Person%'`); n != 1 {
			t.Error("the history does not say who planned it")
		}
	})
}

// S1-12: who was deactivated otherwise before the day needs no more than that.
func TestAPlanForOneWhoHasLeftAlreadyEnds(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		grace, jon := f.person("Grace", access.RoleAdministrator, 0), f.person("Jon", access.RoleConsultant, 0)
		_, err := f.Staff.Deactivate(t.Context(), f.actor(grace), jon.ID, staff.Plan{At: f.clock.Now().Add(time.Hour)})
		f.must(err)
		f.must(f.db.In(t.Context()).Exec(`UPDATE users SET status = 'INACTIVE' WHERE id = ?`, jon.ID).Error)
		f.clock.Add(time.Hour)
		f.work()
		if d := f.departure(jon); d.State != staff.Cancelled {
			t.Errorf("%+v", d)
		}
	})
}

func (f *firm) rule(days int, action staff.DormantAction) {
	f.t.Helper()
	f.must(f.db.In(f.t.Context()).Exec(`UPDATE organization SET dormant_days = ?, dormant_action = ?`, days, action).Error)
}

func (f *firm) dormant(want string) {
	f.t.Helper()
	got, err := f.Dormant(f.t.Context())
	if err != nil || got != want {
		f.t.Errorf("%q, %v; want %q", got, err, want)
	}
}

const day = 24 * time.Hour

// B-18: warned a week before, then deactivated, unless they own open cases or have come by.
func TestDormantAccountsAreWarnedAndThenDeactivated(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		f.person("Elena", access.RoleSuperAdmin, 400*day) // the last one: exempt
		f.person("Here", access.RoleViewer, 10*day)
		f.person("Invited", access.RoleViewer, -1)
		away, owner, comes := f.person("Away", access.RoleViewer, 84*day), f.person("Owner", access.RoleConsultant, 84*day), f.person("Comes", access.RoleViewer, 84*day)
		f.give(owner, 1)
		f.dormant("dormant-shown")
		f.rule(90, staff.EndDormant)
		f.dormant("dormant 3 0 0")
		f.dormant("dormant 0 0 0")
		f.clock.Add(3 * day)
		f.dormant("dormant 0 0 0")
		now := f.clock.Now()
		f.must(f.Staff.SeedStatus(t.Context(), comes.ID, staff.Active, &now))
		f.clock.Add(4 * day)
		f.dormant("dormant 0 1 1")
		if u, err := f.Staff.Get(t.Context(), away.ID); err != nil || u.Status != staff.Inactive {
			t.Error(u, err)
		}
		m, err := f.Post.Find(t.Context(), fmt.Sprintf("dormant/%s/0/%d", away.ID, f.clock.Now().Add(-91*day).Unix()))
		if err != nil || !strings.Contains(m.Data, `"Until":"2026-11-28T14:00:00Z"`) {
			t.Errorf("%+v, %v", m, err)
		}
		// Brought back, nobody is deactivated the next night: they are warned anew.
		f.must(f.Staff.Reactivate(t.Context(), access.System("test"), away.ID))
		f.dormant("dormant 1 0 1")
	})
}

// To warn is all that some practices want; and a rule that is switched on deactivates nobody without a warning.
func TestARuleThatOnlyWarns(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		f.person("Elena", access.RoleSuperAdmin, 0)
		f.person("Away", access.RoleViewer, 200*day)
		f.rule(0, staff.EndDormant)
		f.dormant("dormant-shown")
		f.rule(90, staff.WarnDormant)
		f.dormant("dormant 1 0 0")
		f.clock.Add(30 * day)
		f.dormant("dormant 0 0 0")
		if f.count(`SELECT count(*) FROM mails WHERE kind = 'dormant' AND data LIKE '%"Until":""%'`) != 1 {
			t.Error("the letter threatens what will not happen")
		}
	})
}
