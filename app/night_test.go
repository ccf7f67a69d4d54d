package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"k8s.io/utils/clock"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/messages"
	"chancery/app/notices"
	"chancery/app/post"
	"chancery/app/staff"
	"chancery/app/store/storetest"
	"chancery/app/zone"
)

// The nights in which clocks are turned, lived through by three real replicas on one Postgres that are killed at random; the program is this one, with a clock
// that runs some hundred times as fast and begins on the evening before.

// nights are both kinds, in North America, where both are Sundays; and people all over the world, each with the hour of their summary.
var nights = map[string]struct {
	begins, date string
	people       [][2]string
}{
	"autumn": {"2026-11-01 04:00", "2026-11-01", [][2]string{
		{"America/Toronto", "01:30"}, {"America/Toronto", "01:00"}, {"America/Toronto", "02:00"}, {"America/St_Johns", "01:45"}, {"America/Chicago", "01:15"}, {"America/Havana", "00:30"},
		{"Asia/Kolkata", "10:00"}, {"Asia/Kathmandu", "13:30"}, {"UTC", "08:00"}, {"America/Toronto", "05:00"}, {"Australia/Lord_Howe", "18:15"}}},
	"spring": {"2026-03-08 04:30", "2026-03-08", [][2]string{
		{"America/Toronto", "02:30"}, {"America/Toronto", "02:00"}, {"America/Toronto", "03:30"}, {"America/St_Johns", "02:15"}, {"America/Chicago", "02:59"}, {"America/Havana", "00:30"},
		{"Asia/Kolkata", "12:00"}, {"Asia/Kathmandu", "14:45"}, {"UTC", "09:00"}, {"America/Toronto", "06:00"}, {"Australia/Lord_Howe", "17:15"}}},
}

// each of them has so many people like them.
const nightPeople = 6

// nightLasts is how long the replicas are killed, and how fast the clock runs: eight hours in twenty seconds.
const (
	nightLasts = 20 * time.Second
	nightSpeed = 1440
)

// S3-19: exactly one summary for each person, one row and one Message-ID, whoever is killed when.
func TestReplicasThatAreKilledInTheNightOfTheClocksSendOneSummaryToEach(t *testing.T) {
	t.Parallel()
	for name, night := range nights {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPractice(t, storetest.Postgres(t))
			must := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			boss := access.System("test")
			must(p.h.notices.SetPolicy(t.Context(), boss, map[string]*staff.Edit{notices.Days: {Value: "7"}}))
			client, err := p.h.cases.AddClient(t.Context(), boss, cases.NewClient{Name: "Kowalczyk, Aneta"})
			must(err)
			due := map[string]time.Time{} // by address
			for i, who := range slices.Repeat(night.people, nightPeople) {
				u, err := p.h.staff.Create(t.Context(), boss, staff.NewUser{FirstName: "Jon", LastName: fmt.Sprint("Okafor", i), Email: fmt.Sprintf("p%d@firm.example", i),
					RoleID: access.RoleConsultant, Language: "en", Zone: who[0]})
				must(err)
				must(p.h.staff.SeedStatus(t.Context(), u.ID, staff.Active, nil))
				a := access.Actor{}
				a.ID, a.Name = u.ID, u.Name()
				must(p.h.notices.Choose(t.Context(), a, map[string]string{notices.Minute: who[1]}))
				k, err := p.h.cases.Create(t.Context(), boss, cases.NewCase{Number: fmt.Sprint("MR-", i), Title: "Work permit", ClientID: client.ID, OwnerID: u.ID})
				must(err)
				if i%6 == 5 {
					continue // nothing to tell
				}
				_, err = p.h.messages.Receive(t.Context(), boss, messages.Received{CaseID: k.ID, Body: "Hello"})
				must(err)
				due[u.Email] = instant(t, night.date+" "+who[1], who[0])
			}

			// They had that of the day before, and wish what they wish since long ago: else the first to reckon would have to be there within 15 minutes of that clock.
			_, err = p.h.db.Exec(t.Context(), `UPDATE dailies SET next_at = $1, last_date = $2, fresh = false WHERE kind = 'summary'`, time.Unix(0, 0).UTC(), dayBefore(t, night.date))
			must(err)
			seed := uint64(time.Now().UnixNano())
			t.Logf("seed %d", seed)
			chance := rand.New(rand.NewPCG(seed, 0))
			at := instant(t, night.begins, "UTC")
			fast := hurried{at, time.Now(), nightSpeed}
			s := p.settings()
			s["MAIL_TIMEOUT"] = "45m" // of its clock: two seconds
			replica := func() *child {
				cmd := exec.Command(os.Args[0], "serve")
				cmd.Env = []string{nightVariable + "=" + fast.String()}
				return beginAs(t, cmd, s)
			}
			replicas := []*child{replica(), replica(), replica()}
			kills := 0
			for end := time.Now().Add(nightLasts); time.Now().Before(end); kills++ {
				one := chance.IntN(len(replicas))
				select {
				case <-time.After(time.Duration(chance.Int64N(int64(1500 * time.Millisecond)))):
				case <-replicas[one].Gone():
					t.Fatal("one ended by itself")
				}
				replicas[one].Kill()
				replicas[one] = replica()
			}

			type row struct {
				Recipient, SendKey string
				State              post.State
				CreatedAt          time.Time
			}
			var rows []row
			defer func() {
				if t.Failed() {
					p.tellMails(t)
					for _, r := range rows {
						delete(due, r.Recipient)
					}
					t.Logf("no summary for %v", due)
				}
			}()
			replicas[0].until("all are delivered", func() bool {
				rows = nil
				must(p.h.db.In(t.Context()).Raw(`SELECT recipient, send_key, state, created_at FROM mails WHERE kind = 'summary'`).Scan(&rows).Error)
				return len(rows) >= len(due) && !slices.ContainsFunc(rows, func(r row) bool { return r.State != post.Delivered })
			})
			if len(rows) != len(due) {
				t.Errorf("%d summaries for %d people", len(rows), len(due))
			}
			for _, r := range rows {
				if !strings.HasSuffix(r.SendKey, "/"+night.date) || r.CreatedAt.Before(due[r.Recipient]) || r.CreatedAt.Sub(due[r.Recipient]) > 20*time.Hour {
					t.Errorf("%s was written at %s, and was due at %s", r.SendKey, r.CreatedAt, due[r.Recipient])
				}
			}
			arrived, ids := map[string]string{}, 0
			for _, m := range p.server.Messages() {
				id := messageID(t, m)
				if before := arrived[m.To]; before != "" && before != id {
					t.Errorf("%s has two summaries: %s and %s", m.To, before, id)
				}
				arrived[m.To], ids = id, ids+1
			}
			if len(arrived) != len(due) {
				t.Errorf("mails arrived for %d people, want %d", len(arrived), len(due))
			}
			var terms int
			if must(p.h.db.Row(t.Context(), `SELECT term FROM leases WHERE name = 'jobs'`).Scan(&terms)); terms < 2 { // a machine with much else to do gets to three
				t.Errorf("the night went by with %d leaders", terms)
			}
			t.Logf("%d kills, %d leaders; %d mails arrived for %d people", kills, terms, ids, len(due))
		})
	}
}

// tellMails says what became of each mail, for who looks for what went wrong.
func (p *practice) tellMails(t *testing.T) {
	var all []post.Mail
	if err := p.h.db.In(t.Context()).Raw(`SELECT * FROM mails WHERE kind = 'summary' AND state <> 'delivered' ORDER BY recipient`).Scan(&all).Error; err != nil {
		t.Log(err)
	}
	for i := range all {
		m := &all[i]
		t.Logf("%s to %s: %s after %d tries, written %s, next %s, good until %v, last answer %q", m.SendKey, m.Recipient, m.State, m.Tries, m.CreatedAt, m.NextTryAt, m.NotAfter, m.Answer)
	}
}

// instant is when a place's clocks show a time; of one that they skip, as long after midnight as it would have been.
func instant(t *testing.T, wall, place string) time.Time {
	t.Helper()
	l, err := zone.Load(place)
	if err != nil {
		t.Fatal(err)
	}
	w, err := time.Parse("2006-01-02 15:04", wall)
	if err != nil {
		t.Fatal(err)
	}
	at, _, err := zone.Instant(w, l)
	if err != nil {
		_, before := w.Add(-24 * time.Hour).In(l).Zone()
		at = w.Add(-time.Duration(before) * time.Second)
	}
	return at.UTC()
}

// dayBefore is the date before a date.
func dayBefore(t *testing.T, date string) string {
	t.Helper()
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		t.Fatal(err)
	}
	return day.AddDate(0, 0, -1).Format(time.DateOnly)
}

// nightVariable makes this test's binary a replica whose clock it is.
const nightVariable = "CHANCERY_TEST_NIGHT"

// hurried is a clock that was at a time when it began, and runs so many times as fast; once the night is over, a sixth of that, so that a machine that is slow
// to do what is left does not see a day go by meanwhile. All that have its string have the same.
type hurried struct {
	from, began time.Time
	times       int64
}

func (h hurried) String() string {
	return fmt.Sprint(h.from.UnixNano(), " ", h.began.UnixNano(), " ", h.times)
}

func parseNight(text string) hurried {
	var n [3]int64
	for i, part := range strings.Fields(text) {
		n[i], _ = strconv.ParseInt(part, 10, 64)
	}
	return hurried{time.Unix(0, n[0]).UTC(), time.Unix(0, n[1]), n[2]}
}

func (h hurried) Now() time.Time {
	real := time.Since(h.began)
	return h.from.Add(min(real, nightLasts)*time.Duration(h.times) + max(0, real-nightLasts)*time.Duration(h.times)/6)
}

// real is how long something takes that begins now.
func (h hurried) real(d time.Duration) time.Duration {
	night := max(0, nightLasts-time.Since(h.began)) * time.Duration(h.times) // what is left of it
	return min(d, night)/time.Duration(h.times) + max(0, d-night)*6/time.Duration(h.times)
}
func (h hurried) Since(t time.Time) time.Duration        { return h.Now().Sub(t) }
func (h hurried) After(d time.Duration) <-chan time.Time { return time.After(h.real(d)) }
func (h hurried) Sleep(d time.Duration)                  { time.Sleep(h.real(d)) }
func (h hurried) Tick(d time.Duration) <-chan time.Time  { return time.Tick(h.real(d)) }
func (h hurried) NewTimer(d time.Duration) clock.Timer   { return timer{time.NewTimer(h.real(d)), h} }
func (h hurried) NewTicker(d time.Duration) clock.Ticker {
	return clock.RealClock{}.NewTicker(h.real(d))
}

type timer struct {
	*time.Timer
	of hurried
}

func (t timer) C() <-chan time.Time        { return t.Timer.C }
func (t timer) Reset(d time.Duration) bool { return t.Timer.Reset(t.of.real(d)) }
