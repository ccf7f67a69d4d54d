package daily

import (
	"errors"
	"strings"
	"time"

	"chancery/app/zone"
)

// wish is what decides when somebody's daily mail is due.
type wish struct {
	minute int    // of the local day
	days   string // ISO weekdays, "12345"
	place  *time.Location
	last   string // the last local date for which there was one, or ""
	fresh  bool   // they wish so only since somebody was last looked at
}

// How late a mail may be written: on its local day, and what is due a minute before midnight is not lost for it; and by fresh wishes.
const (
	lateMost      = time.Hour // once its day is over
	lateMostFresh = 15 * time.Minute
)

// ahead is how many days are looked at for the next one: a week, and one that a zone may skip.
const ahead = 9

// decide says for which local date a mail is due now ("": none), and when somebody is to be looked at next (zero: never, as long as nothing changes).
func decide(w wish, now time.Time) (date string, next time.Time) {
	year, month, today := now.In(w.place).Date()
	for i := -1; i < ahead; i++ {
		day := time.Date(year, month, today+i, 0, 0, 0, 0, time.UTC)
		name := day.Format(time.DateOnly)
		if name <= w.last || !strings.ContainsRune(w.days, weekday(day)) {
			continue
		}
		at, ok := due(day, w.minute, w.place)
		switch {
		case !ok, i < 0 && now.Sub(at) > lateMost, w.fresh && now.Sub(at) > lateMostFresh:
		case now.Before(at) || date != "":
			return date, at
		default:
			date = name
		}
	}
	return date, time.Time{}
}

// weekday is the ISO number of a day's, from 1 for Monday.
func weekday(day time.Time) rune {
	if day.Weekday() == time.Sunday {
		return '7'
	}
	return '0' + rune(day.Weekday())
}

// due is when the clocks of a place show a minute of a day: the first time if twice, and if never, then as long after midnight as it would have been, or
// before the day's end. There is none of a day that the place has skipped.
func due(day time.Time, minute int, place *time.Location) (at time.Time, ok bool) {
	wall := day.Add(time.Duration(minute) * time.Minute)
	at, _, err := zone.Instant(wall, place)
	if !errors.Is(err, zone.ErrSkipped) {
		return at.UTC(), true
	}
	from, until := zone.Day(day.Year(), day.Month(), day.Day(), place)
	_, before := wall.Add(-24 * time.Hour).In(place).Zone()
	if at = wall.Add(-time.Duration(before) * time.Second); !at.Before(until) {
		at = until.Add(-time.Minute) // clocks that are put forward to midnight
	}
	return at.UTC(), from.Before(until)
}
