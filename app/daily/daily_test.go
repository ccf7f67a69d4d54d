package daily_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/cases/casestest"
	"chancery/app/daily"
	"chancery/app/messages"
	"chancery/app/notices"
	"chancery/app/post"
	"chancery/app/staff"
	"chancery/app/store"
)

// firm is a practice with daily mails.
type firm struct {
	*casestest.Firm
	notices  *notices.Notices
	post     *post.Post
	messages *messages.Messages
	summary  *daily.Summary
	daily    *daily.Daily
	boss     access.Actor
}

func each(t *testing.T, fn func(t *testing.T, f *firm)) {
	t.Helper()
	casestest.Each(t, func(t *testing.T, of *casestest.Firm) {
		f := &firm{Firm: of, post: post.New(of.DB), messages: messages.New(of.DB, of.Cases, of.Staff)}
		site, err := url.Parse("https://chancery.example")
		f.Must(err)
		f.notices = notices.New(of.DB, f.post, of.Staff, notices.Options{Key: []byte(strings.Repeat("k", 32)), Site: site})
		f.summary = daily.NewSummary(of.DB, f.notices, f.post, of.Staff, site)
		f.daily = daily.New(of.DB, f.notices, f.post, f.summary.Kind())
		f.boss = f.Person("Grace", "Mbeki", "admin", "organization.edit")
		f.policy(notices.Days, "1234567")
		fn(t, f)
	})
}

func (f *firm) policy(name, value string) {
	f.T.Helper()
	f.Must(f.notices.SetPolicy(f.Ctx, f.boss, map[string]*staff.Edit{name: {Value: value}}))
}

// colleague is somebody of a role, whose actor may do what the role grants.
func (f *firm) colleague(first, role, zone string) access.Actor {
	f.T.Helper()
	u, err := f.Staff.Create(f.Ctx, casestest.System, staff.NewUser{FirstName: first, LastName: "Okafor", Email: strings.ToLower(first) + "@firm.example", RoleID: role, Language: "en", Zone: zone})
	f.Must(err)
	f.Must(f.Staff.SeedStatus(f.Ctx, u.ID, staff.Active, nil))
	rights, err := access.New(f.DB).Of(f.Ctx, u.ID)
	f.Must(err)
	a := access.Actor{Rights: rights}
	a.ID, a.Name = u.ID, u.Name()
	return a
}

// says has the client of a case say something.
func (f *firm) says(caseID, body string) {
	f.T.Helper()
	_, err := f.messages.Receive(f.Ctx, casestest.System, messages.Received{CaseID: caseID, Body: body})
	f.Must(err)
}

// at puts the clock to a time and does what is due, as the reconciler does.
func (f *firm) at(text string) {
	f.T.Helper()
	to, err := time.Parse("2006-01-02 15:04", text)
	f.Must(err)
	f.Clock.Add(to.Sub(f.Clock.Now()))
	f.run(f.Ctx)
}

func (f *firm) run(ctx context.Context) {
	f.T.Helper()
	for range 20 {
		due, err := f.daily.Due(ctx, f.DB.Now().Add(time.Microsecond))
		f.Must(err)
		if len(due) == 0 {
			return
		}
		for _, kind := range f.daily.Kinds() {
			_, err := f.daily.Advance(ctx, kind)
			f.Must(err)
		}
	}
	f.T.Fatal("it does not come to rest")
}

// mails are the dates of those written to somebody, which their send keys end with.
func (f *firm) mails(who access.Actor) (dates []string) {
	f.T.Helper()
	f.Must(f.DB.In(f.Ctx).Raw(`SELECT substr(send_key, ?) FROM mails WHERE user_id = ? AND kind = 'summary' ORDER BY send_key`, len("summary//")+len(who.ID)+1, who.ID).Scan(&dates).Error)
	return dates
}

func (f *firm) expect(who access.Actor, dates ...string) {
	f.T.Helper()
	if got := f.mails(who); fmt.Sprint(got) != fmt.Sprint(dates) {
		f.T.Errorf("%s at %s: mails for %v, want %v", who.Name, f.Clock.Now().Format(time.DateTime), got, dates)
	}
}

// away has somebody be away, from a day ago for a week.
func (f *firm) away(who access.Actor, cover string) {
	f.T.Helper()
	var to any
	if cover != "" {
		to = cover
	}
	now := f.DB.Now()
	_, err := f.DB.Exec(f.Ctx, `INSERT INTO absences (id, user_id, cover_id, first_day, last_day, begins_at, ends_at, created_by, created_at) VALUES ($1, $2, $3, 'x', 'x', $4, $5, $6, $7)`,
		store.NewID(), who.ID, to, now.AddDate(0, 0, -1), now.AddDate(0, 0, 7), who.ID, now)
	f.Must(err)
}

// S3-19: at the local hour, to those who have something unread, and to nobody else.
func TestTheSummaryComesAtTheLocalHourToWhoHasNotReadEverything(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		jon, mia, idle := f.colleague("Jon", access.RoleConsultant, "America/Toronto"), f.colleague("Mia", access.RoleConsultant, "Asia/Kathmandu"), f.colleague("Ida", access.RoleConsultant, "UTC")
		one, two := f.Open(jon), f.Open(mia)
		f.Open(idle)
		f.at("2026-11-22 12:00") // everybody is reckoned once
		f.says(one, "Hello")
		f.says(two, "Hello")
		f.at("2026-11-22 12:59")
		f.expect(jon)
		f.at("2026-11-22 13:00")
		f.expect(jon, "2026-11-22")
		f.expect(mia)
		f.at("2026-11-23 02:15")
		f.expect(mia, "2026-11-23")
		f.at("2026-11-23 12:00")
		_, err := f.messages.Read(f.Ctx, jon, one, 1)
		f.Must(err)
		f.at("2026-11-23 13:00")
		f.expect(jon, "2026-11-22")
		f.says(one, "Are you there?")
		f.at("2026-11-24 12:59")
		f.expect(jon, "2026-11-22")
		f.at("2026-11-24 13:00")
		f.expect(jon, "2026-11-22", "2026-11-24")
		f.expect(mia, "2026-11-23", "2026-11-24")
		f.expect(idle)
		if n := f.Count(`SELECT count(*) FROM mails WHERE kind = 'summary' AND (data <> '{}' OR rank <> 2)`); n != 0 {
			t.Errorf("%d mails carry something, or go first", n)
		}
		// It is not worth sending once the next is due.
		if n := f.Count(`SELECT count(*) FROM mails WHERE user_id = ? AND not_after = ?`, mia.ID, time.Date(2026, 11, 25, 2, 15, 0, 0, time.UTC)); n != 1 {
			t.Errorf("%d mails are good until the next", n)
		}
	})
}

// Any number of replicas that are at it at once write one mail each, and a day is told once, whatever the clock does.
func TestOneMailForAPersonAndADay(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		var people []access.Actor
		for i := range 30 {
			p := f.colleague(fmt.Sprintf("P%d", i), access.RoleConsultant, []string{"UTC", "Europe/Paris", "America/St_Johns"}[i%3])
			f.says(f.Open(p), "Hello")
			people = append(people, p)
		}
		f.at("2026-11-22 00:00")
		f.Clock.Add(13 * time.Hour)
		var replicas sync.WaitGroup
		for range 4 {
			other := daily.New(f.DB, f.notices, f.post, f.summary.Kind())
			replicas.Go(func() {
				for range 3 {
					if _, err := other.Advance(f.Ctx, "summary"); err != nil {
						t.Error(err)
					}
				}
			})
		}
		replicas.Wait()
		f.run(f.Ctx)
		for _, p := range people {
			f.expect(p, "2026-11-22")
		}
		// The clock goes back by hours, by days, and forward by years; then it is right again.
		for _, moment := range []string{"2026-11-22 07:00", "2026-11-22 13:00", "2026-11-20 00:00", "2026-11-20 13:00", "2026-11-22 13:00"} {
			f.at(moment)
		}
		for _, p := range people {
			f.expect(p, "2026-11-20", "2026-11-22")
		}
		f.at("2031-01-01 13:00")
		f.at("2026-11-23 02:00")
		f.at("2026-11-23 13:00")
		for _, p := range people {
			f.expect(p, "2026-11-20", "2026-11-22", "2026-11-23", "2031-01-01")
		}
	})
}

// What changes the answer has it reckoned anew, from the next look on; and nothing of the morning is made up for by what was turned on in the afternoon.
func TestWhatChangesTheAnswerIsSeen(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		jon := f.colleague("Jon", access.RoleConsultant, "UTC")
		f.says(f.Open(jon), "Hello")
		f.policy(notices.Summary, "false")
		f.at("2026-11-22 08:00")
		f.expect(jon)
		f.at("2026-11-22 15:00")
		f.policy(notices.Summary, "true")
		f.at("2026-11-22 15:01")
		f.expect(jon)
		f.Must(f.notices.Choose(f.Ctx, jon, map[string]string{notices.Minute: "16:30"}))
		f.at("2026-11-22 15:02")
		f.at("2026-11-22 16:30")
		f.expect(jon, "2026-11-22")
		f.Must(f.notices.Choose(f.Ctx, jon, map[string]string{notices.Minute: "18:00"}))
		f.at("2026-11-22 18:00")
		f.expect(jon, "2026-11-22")
		zone := func(id string) {
			_, err := f.DB.Exec(f.Ctx, `UPDATE users SET zone = $1 WHERE id = $2`, id, jon.ID)
			f.Must(err)
		}
		f.at("2026-11-23 12:00")
		zone("Asia/Tokyo") // where it is nine in the evening of the 23rd
		f.at("2026-11-23 12:01")
		f.expect(jon, "2026-11-22", "2026-11-23")
		zone("Pacific/Honolulu")
		f.at("2026-11-24 03:59")
		f.at("2026-11-24 04:00") // six in the evening of the 23rd, who had one
		f.expect(jon, "2026-11-22", "2026-11-23")
		f.at("2026-11-25 04:00")
		f.expect(jon, "2026-11-22", "2026-11-23", "2026-11-24")
		f.Must(f.Staff.SeedStatus(f.Ctx, jon.ID, staff.Pending, nil))
		f.at("2026-11-26 04:00")
		f.Must(f.Staff.SeedStatus(f.Ctx, jon.ID, staff.Active, nil))
		f.at("2026-11-27 03:00")
		f.at("2026-11-27 04:00")
		f.expect(jon, "2026-11-22", "2026-11-23", "2026-11-24", "2026-11-26")
		f.policy(notices.Days, "7")
		for day := 27; day < 31; day++ {
			f.at(fmt.Sprintf("2026-11-%d 04:00", day))
		}
		f.expect(jon, "2026-11-22", "2026-11-23", "2026-11-24", "2026-11-26", "2026-11-29")
	})
}

// B-21: it is held, and says at the end of the quiet hours what there is then.
func TestASummaryWaitsForTheEndOfQuietHours(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		jon := f.colleague("Jon", access.RoleConsultant, "America/Toronto")
		f.says(f.Open(jon), "Hello")
		f.Must(f.notices.Choose(f.Ctx, jon, map[string]string{notices.Minute: "06:00", notices.Quiet: "true", notices.QuietFrom: "20:00", notices.QuietTo: "07:30"}))
		f.at("2026-11-22 10:00")
		f.at("2026-11-22 11:00")
		f.expect(jon, "2026-11-22")
		if n := f.Count(`SELECT count(*) FROM mails WHERE user_id = ? AND next_try_at = ? AND not_after > ?`, jon.ID, time.Date(2026, 11, 22, 12, 30, 0, 0, time.UTC), time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)); n != 1 {
			t.Error("it does not wait")
		}
	})
}

// Nobody is looked at twice: a look at a practice that is at rest finds nothing.
func TestAnIdleMinuteCostsTwoQueries(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		f.colleague("Jon", access.RoleConsultant, "UTC")
		f.at("2026-11-22 12:00")
		ctx, n := store.WithCount(f.Ctx)
		due, err := f.daily.Due(ctx, f.Clock.Now().Add(time.Minute))
		if f.Must(err); len(due) != 0 || n.N() != 2 {
			t.Errorf("%v due, %d queries", due, n.N())
		}
		f.policy(notices.Minute, "09:00") // who is to be reckoned anew is due now, and is not said to wait since long ago
		if due, err = f.daily.Due(f.Ctx, f.Clock.Now().Add(time.Minute)); err != nil || len(due) == 0 || due["summary"].Before(f.Clock.Now().Add(-time.Minute)) {
			t.Error(due, err)
		}
		f.at("2026-11-22 12:01")
		due, err = f.daily.Due(f.Ctx, f.Clock.Now().AddDate(0, 0, 1))
		if f.Must(err); !due["summary"].Equal(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)) {
			t.Error(due)
		}
	})
}
