package runs

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/robfig/cron/v3"

	"chancery/app/store"
	"chancery/app/store/storetest"
)

func TestTheLatestDueTimeIsFoundByAnySchedule(t *testing.T) {
	for _, c := range []struct{ name, when, now, want string }{
		{"hourly", "7 * * * *", "2026-11-21T14:06:59Z", "2026-11-21T13:07:00Z"},
		{"hourly, at the very moment", "7 * * * *", "2026-11-21T14:07:00Z", "2026-11-21T14:07:00Z"},
		{"hourly, a moment before", "7 * * * *", "2026-11-21T14:06:59.999999Z", "2026-11-21T13:07:00Z"},
		{"every minute", "* * * * *", "2026-11-21T14:00:31Z", "2026-11-21T14:00:00Z"},
		{"nightly, the same day", "40 3 * * *", "2026-11-21T14:00:00Z", "2026-11-21T03:40:00Z"},
		{"nightly, the day before", "40 3 * * *", "2026-11-21T03:39:00Z", "2026-11-20T03:40:00Z"},
		{"nightly, over the turn of the year", "40 3 * * *", "2027-01-01T00:00:00Z", "2026-12-31T03:40:00Z"},
		{"in the hour that Toronto skips", "30 7 * * *", "2026-03-08T08:00:00Z", "2026-03-08T07:30:00Z"},
		{"asked in another zone", "30 7 * * *", "2026-03-08T03:29:00-04:00", "2026-03-07T07:30:00Z"},
		{"Mondays", "0 6 * * MON", "2026-11-22T23:00:00Z", "2026-11-16T06:00:00Z"},
		{"first of the month", "0 0 1 * *", "2026-11-21T14:00:00Z", "2026-11-01T00:00:00Z"},
		{"the 31st, in a month without one", "0 0 31 * *", "2026-11-21T14:00:00Z", "2026-10-31T00:00:00Z"},
		{"month end in February", "0 0 28 2 *", "2026-11-21T14:00:00Z", "2026-02-28T00:00:00Z"},
		{"yearly", "0 12 24 12 *", "2026-12-24T11:59:00Z", "2025-12-24T12:00:00Z"},
		{"leap day", "0 0 29 2 *", "2026-11-21T14:00:00Z", "2024-02-29T00:00:00Z"},
		{"leap day, just before the next", "0 0 29 2 *", "2028-02-28T23:59:59Z", "2024-02-29T00:00:00Z"},
		{"leap day, on it", "0 0 29 2 *", "2028-02-29T00:00:00Z", "2028-02-29T00:00:00Z"},
		{"leap day, where eight years have none", "0 0 29 2 *", "2103-12-31T00:00:00Z", "2096-02-29T00:00:00Z"},
	} {
		s, err := cron.ParseStandard("TZ=UTC " + c.when)
		if err != nil {
			t.Fatal(err)
		}
		now, err := time.Parse(time.RFC3339Nano, c.now)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := latest(s, now)
		if !ok || got.Format(time.RFC3339) != c.want {
			t.Errorf("%s: %q at %s was last due %s (%v), want %s", c.name, c.when, c.now, got.Format(time.RFC3339), ok, c.want)
		}
	}
}

func TestAScheduleThatNeverComesOrIsNoneStopsTheStart(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, db *store.DB) {
		for when, want := range map[string]string{"0 0 30 2 *": "never comes", "61 * * * *": "above maximum", "@every 90s": "names no times", "hourly": "expected"} {
			if _, err := New(db, []Job{{Name: "odd", When: when}}, quiet()); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v", when, err)
			}
		}
		if _, err := New(db, []Job{{Name: "a", When: "@hourly"}, {Name: "a", When: "@daily"}}, quiet()); err == nil {
			t.Error("two jobs of one name")
		}
	})
}

// Three replicas' clocks strike at the same moment, again and again, and one row comes of each (D-4).
func TestThreeReplicasMakeOneRunOfADueTime(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		clock := storetest.NewClock()
		var replicas []*Reconciler
		for range 3 {
			replicas = append(replicas, reconciler(t, storetest.Open(t, url, clock.Now), Job{Name: "hourly", When: "7 * * * *"}))
		}
		const hours = 20
		for range hours {
			clock.Add(time.Hour)
			var wg sync.WaitGroup
			for _, r := range replicas {
				for range 4 {
					wg.Go(func() { r.CatchUp(t.Context()) })
				}
			}
			wg.Wait()
		}
		if n := count(t, replicas[0].db, "1 = 1"); n != hours {
			t.Errorf("%d rows for %d due times", n, hours)
		}
	})
}

func TestAMissedRunIsCaughtUpOnce(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		ran := 0
		r := reconciler(t, db, Job{Name: "hourly", When: "7 * * * *", Do: func(context.Context) (string, error) { ran++; return "", nil }})
		r.CatchUp(t.Context())
		work(t, r)
		clock.Add(30*time.Hour + 20*time.Minute) // thirty due times while nothing ran
		r.CatchUp(t.Context())
		r.CatchUp(t.Context())
		work(t, r)
		if n := count(t, db, "1 = 1"); n != 2 || ran != 2 {
			t.Errorf("%d rows, %d executions; want one of before and one caught up", n, ran)
		}
	})
}

// A new version may move a job to an earlier time of day; today's run is then behind us already.
func TestAnEarlierDueTimeIsNotCaughtUpAfterALaterOne(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		reconciler(t, db, Job{Name: "nightly", When: "40 3 * * *"}).CatchUp(t.Context())
		reconciler(t, db, Job{Name: "nightly", When: "10 2 * * *"}).CatchUp(t.Context())
		if n := count(t, db, "1 = 1"); n != 1 {
			t.Errorf("%d rows", n)
		}
	})
}

// The real cron over a day and more of synctest's time, which stands still while anyone works; two clocks on one database.
func TestTheClockStrikesAtEveryDueTimeOnce(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t), time.Now) // outside the bubble, since GORM keeps a goroutine for ever
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(30 * time.Second) // not on a minute
		ctx, cancel := context.WithCancel(t.Context())
		var clocks sync.WaitGroup
		for range 2 {
			r, err := New(db, []Job{{Name: "hourly", When: "7 * * * *"}, {Name: "nightly", When: "40 3 * * *"}}, quiet())
			if err != nil {
				t.Fatal(err)
			}
			clocks.Go(func() { _ = r.Clock(ctx) })
		}
		time.Sleep(28 * time.Hour)
		synctest.Wait()
		if n := count(t, db, "job = 'hourly'"); n != 1+28 {
			t.Errorf("%d hourly runs in 28 hours and one caught up", n)
		}
		if n := count(t, db, "job = 'nightly'"); n != 1+2 {
			t.Errorf("%d nightly runs in two nights and one caught up", n)
		}
		if n := count(t, db, "created_at >= due_at AND created_at > '2000-01-01T00:00:31' AND substr(created_at, 15, 5) NOT IN ('07:00', '40:00')"); n != 0 {
			t.Errorf("%d runs were not written at their time", n)
		}
		cancel()
		clocks.Wait()
	})
}

// The clock of a machine may leap, and the database may be away for a moment: the minute's catching up finds what the
// stroke itself did not write.
func TestWhatTheDatabaseDidNotTakeIsWrittenWithinAMinute(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t), time.Now)
	synctest.Test(t, func(t *testing.T) {
		r := reconciler(t, db, Job{Name: "hourly", When: "7 * * * *"})
		ctx, cancel := context.WithCancel(t.Context())
		var clock sync.WaitGroup
		clock.Go(func() { _ = r.Clock(ctx) })
		time.Sleep(6*time.Minute + 30*time.Second)
		exec(t, db, "ALTER TABLE runs RENAME TO elsewhere")
		time.Sleep(time.Minute)
		exec(t, db, "ALTER TABLE elsewhere RENAME TO runs")
		if n := count(t, db, "due_at >= '2000-01-01T00:07'"); n != 0 {
			t.Fatalf("%d rows although there was no table", n)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := count(t, db, "due_at >= '2000-01-01T00:07'"); n != 1 {
			t.Errorf("%d rows a minute later", n)
		}
		cancel()
		clock.Wait()
	})
}

func reconciler(t *testing.T, db *store.DB, jobs ...Job) *Reconciler {
	t.Helper()
	r, err := New(db, jobs, quiet())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func each(t *testing.T, fn func(t *testing.T, db *store.DB, clock *storetest.Clock)) {
	t.Helper()
	storetest.EachURL(t, func(t *testing.T, url string) {
		clock := storetest.NewClock()
		fn(t, storetest.Open(t, url, clock.Now), clock)
	})
}

func exec(t *testing.T, db *store.DB, sql string, args ...any) {
	t.Helper()
	if err := db.In(t.Context()).Exec(sql, args...).Error; err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, db *store.DB, where string, args ...any) (n int) {
	t.Helper()
	if err := db.In(t.Context()).Raw("SELECT count(*) FROM runs WHERE "+where, args...).Scan(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n
}
