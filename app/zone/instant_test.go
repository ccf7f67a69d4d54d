package zone_test

import (
	"errors"
	"testing"
	"time"

	"chancery/app/zone"
)

// S0-18: what people type is what the clocks of their place show; both nights of the year at which those are turned, and
// places where that is by half an hour, or at midnight.
func TestAnInstantIsWhatTheClocksShow(t *testing.T) {
	for _, c := range []struct {
		place, wall, at string // "" is ErrSkipped
		twice           bool
	}{
		{"America/Toronto", "2026-07-01 09:30", "2026-07-01 13:30", false},
		{"America/Toronto", "2026-03-08 01:59", "2026-03-08 06:59", false},
		{"America/Toronto", "2026-03-08 02:30", "", false},
		{"America/Toronto", "2026-03-08 03:00", "2026-03-08 07:00", false},
		{"America/Toronto", "2026-11-01 01:30", "2026-11-01 05:30", true},
		{"America/Toronto", "2026-11-01 02:00", "2026-11-01 07:00", false},
		{"Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04 14:45", true}, // half an hour
		{"Australia/Lord_Howe", "2026-10-04 02:15", "", false},
		{"Asia/Kolkata", "2026-01-01 00:00", "2025-12-31 18:30", false},
		{"America/St_Johns", "2026-11-01 01:15", "2026-11-01 03:45", true},
		{"UTC", "2026-02-28 23:59", "2026-02-28 23:59", false},
	} {
		place, err := zone.Load(c.place)
		if err != nil {
			t.Fatal(err)
		}
		wall, err := time.Parse("2006-01-02 15:04", c.wall)
		if err != nil {
			t.Fatal(err)
		}
		at, twice, err := zone.Instant(wall, place)
		switch {
		case c.at == "" && !errors.Is(err, zone.ErrSkipped):
			t.Errorf("%s in %s is %s, %v", c.wall, c.place, at, err)
		case c.at != "" && (err != nil || at.UTC().Format("2006-01-02 15:04") != c.at || twice != c.twice || at.In(place).Format("2006-01-02 15:04") != c.wall):
			t.Errorf("%s in %s is %s (%v), %v", c.wall, c.place, at.UTC(), twice, err)
		}
	}
}

// Every day of every zone begins when the one before has ended, and at no other day's time.
func TestDaysFollowOneAnother(t *testing.T) {
	for _, z := range zone.All() {
		place, err := zone.Load(z.ID)
		if err != nil {
			t.Fatal(err)
		}
		_, last := zone.Day(2025, 12, 31, place)
		for d := range 366 {
			from, until := zone.Day(2026, 1, 1+d, place)
			want := time.Date(2026, 1, 1+d, 0, 0, 0, 0, time.UTC)
			y, m, day := from.In(place).Date()
			_, _, before := from.Add(-time.Second).In(place).Date()
			if !from.Equal(last) || !until.After(from) || y != want.Year() || m != want.Month() || day != want.Day() || before == day {
				t.Fatalf("%s in %s begins at %s and the day before ends at %s", want.Format(time.DateOnly), z.ID, from.In(place), last.In(place))
			}
			last = until
		}
	}
}
