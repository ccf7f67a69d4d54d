package zone

import (
	"errors"
	"time"
)

// ErrSkipped says that a zone's clocks never showed a time: they were put forward over it.
var ErrSkipped = errors.New("the clocks skip that time")

// Instant is when the clocks of a place show a day and time. Where they show it twice, since they are put back that night, it is
// the first of the two, and twice is true. It returns ErrSkipped where they never do. The zone of wall does not matter.
func Instant(wall time.Time, place *time.Location) (at time.Time, twice bool, err error) {
	naive := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, time.UTC)
	var found []time.Time
	// No zone has changed its offset twice within two days.
	for _, near := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		_, offset := naive.Add(near).In(place).Zone()
		try := naive.Add(-time.Duration(offset) * time.Second)
		if _, then := try.In(place).Zone(); then == offset && (len(found) == 0 || !found[0].Equal(try)) {
			found = append(found, try)
		}
	}
	switch {
	case len(found) == 0:
		return time.Time{}, false, ErrSkipped
	case len(found) == 2 && found[1].Before(found[0]):
		return found[1], true, nil
	}
	return found[0], len(found) == 2, nil
}

// Day is the instants at which a day begins in a place and at which the next one does: 23, 24 or 25 hours apart, mostly.
func Day(year int, month time.Month, day int, place *time.Location) (from, until time.Time) {
	return midnight(year, month, day, place), midnight(year, month, day+1, place)
}

// midnight is the first instant of a day: where the clocks are put forward at midnight, that is 01:00.
func midnight(year int, month time.Month, day int, place *time.Location) time.Time {
	wall := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	if at, _, err := Instant(wall, place); err == nil {
		return at
	}
	// Within the gap both offsets give a time beside it. The day begins where the one before has ended.
	_, before := wall.Add(-24 * time.Hour).In(place).Zone()
	return wall.Add(-time.Duration(before) * time.Second)
}
