package ical

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"chancery/app/zone"
)

// zones are the rules of all zones that these events are written in, each for the years that they lie in.
func zones(events []Event) (all []*ics.VTimezone) {
	years := map[string][2]int{} // the first and the last
	for i := range events {
		place := zone.Place(events[i].Zone)
		if place == time.UTC {
			continue
		}
		from, until := events[i].StartsAt.In(place).Year(), events[i].EndsAt.In(place).Year()
		if known, ok := years[place.String()]; ok {
			from, until = min(from, known[0]), max(until, known[1])
		}
		years[place.String()] = [2]int{from, until}
	}
	for name, y := range years {
		all = append(all, rules(zone.Place(name), y[0], y[1]))
	}
	slices.SortFunc(all, func(a, b *ics.VTimezone) int {
		return strings.Compare(a.GetProperty(ics.ComponentPropertyTzid).Value, b.GetProperty(ics.ComponentPropertyTzid).Value)
	})
	return all
}

// regular is for how many years beyond the last a rule must hold to be one. The first Sunday and the last but three are one and the
// same in a year or two.
const regular = 12

// rules say how the clocks of a place are turned in these years. Those that are turned on the second Sunday of March, say, or on the last
// one, are said so (RRULE), as every reader understands; all others have a part each, such as Morocco's, which follow the moon. Dates in
// a list (RDATE) would be shorter, but readers do not agree on whether DTSTART is one of them.
func rules(place *time.Location, first, last int) *ics.VTimezone {
	z := ics.NewTimezone(place.String())
	z.SetProperty("X-LIC-LOCATION", place.String())
	var parts []part
	for _, kind := range kinds(turns(place, first, last+regular)) {
		if rule := yearly(kind, last+regular); rule != "" {
			if kind[0].wall.Year() <= last {
				parts = append(parts, part{kind[0], rule})
			}
			continue
		}
		for _, t := range kind {
			if t.wall.Year() <= last {
				parts = append(parts, part{t, ""})
			}
		}
	}
	slices.SortFunc(parts, func(a, b part) int { return a.wall.Compare(b.wall) })
	for _, p := range parts {
		p.write(z)
	}
	return z
}

// part is a turn of the clocks, and the rule by which it comes again.
type part struct {
	turn
	rule string
}

func (p *part) write(z *ics.VTimezone) {
	said := ics.ComponentBase{}
	said.SetProperty(ics.ComponentPropertyDtStart, p.wall.Format(local))
	said.SetProperty(ics.ComponentProperty(ics.PropertyTzoffsetfrom), offset(p.before))
	said.SetProperty(ics.ComponentProperty(ics.PropertyTzoffsetto), offset(p.after))
	said.SetProperty(ics.ComponentProperty(ics.PropertyTzname), p.name)
	if p.rule != "" {
		said.AddRrule(p.rule)
	}
	if p.summer {
		z.Components = append(z.Components, &ics.Daylight{ComponentBase: said})
	} else {
		z.Components = append(z.Components, &ics.Standard{ComponentBase: said})
	}
}

// turn is when the clocks of a place were turned.
type turn struct {
	wall          time.Time // what they would have shown, had they not been turned; of no zone
	before, after int       // offsets in seconds
	name          string    // of what came after
	summer        bool
}

// turns are those of these years, after the rules that they begin with. They are looked for from day to day: time.ZoneBounds has bounds
// of its own where years meet, and stands still at the end of a leap year.
func turns(place *time.Location, first, last int) (all []turn) {
	type shown struct {
		name   string
		offset int
		summer bool
	}
	look := func(at time.Time) (s shown) {
		s.name, s.offset = at.Zone()
		s.summer = at.IsDST()
		return s
	}
	at, until := time.Date(first-1, 1, 1, 0, 0, 0, 0, place), time.Date(last+1, 1, 1, 0, 0, 0, 0, place)
	was := look(at)
	all = append(all, turn{wall: time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC), before: was.offset, after: was.offset, name: was.name, summer: was.summer})
	for ; at.Before(until); at = at.Add(24 * time.Hour) {
		next := look(at.Add(24 * time.Hour))
		if next == was {
			continue
		}
		hour := time.Duration(sort.Search(24*60, func(m int) bool { return look(at.Add(time.Duration(m)*time.Minute)) != was })) * time.Minute
		all = append(all, turn{
			wall: at.Add(hour).UTC().Add(time.Duration(was.offset) * time.Second), before: was.offset, after: next.offset, name: next.name, summer: next.summer,
		})
		was = next
	}
	if len(all) > 1 && all[1].wall.Year() < first { // the year before says by which rules the first one begins
		return all[1:]
	}
	return all
}

// kinds puts those together that are told apart by their year alone, or by their day.
func kinds(all []turn) (sorted [][]turn) {
	same := func(a, b turn) bool {
		a.wall = time.Date(b.wall.Year(), a.wall.Month(), b.wall.Day(), a.wall.Hour(), a.wall.Minute(), a.wall.Second(), 0, time.UTC)
		return a == b
	}
	for _, t := range all {
		i := slices.IndexFunc(sorted, func(k []turn) bool { return same(k[0], t) && k[0].wall.Weekday() == t.wall.Weekday() })
		if i < 0 {
			sorted = append(sorted, []turn{t})
			continue
		}
		sorted[i] = append(sorted[i], t)
	}
	return sorted
}

// yearly is the rule by which turns of a kind come in every year from their first to the last, or "".
func yearly(kind []turn, last int) string {
	week := func(t turn) int { return (t.wall.Day()-1)/7 + 1 }
	ending := func(t turn) bool { return t.wall.AddDate(0, 0, 7).Month() != t.wall.Month() }
	alike, end := true, true
	for i, t := range kind {
		if t.wall.Year() != kind[0].wall.Year()+i {
			return ""
		}
		alike, end = alike && week(t) == week(kind[0]), end && ending(t)
	}
	nth := week(kind[0])
	switch {
	case len(kind) < regular || kind[len(kind)-1].wall.Year() < last:
		return ""
	case end:
		nth = -1
	case !alike:
		return ""
	}
	return fmt.Sprintf("FREQ=YEARLY;BYMONTH=%d;BYDAY=%d%s", kind[0].wall.Month(), nth, strings.ToUpper(kind[0].wall.Weekday().String()[:2]))
}

// offset is an offset as iCalendar has it (3.3.14).
func offset(seconds int) string {
	sign := '+'
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	if s := seconds % 60; s != 0 {
		return fmt.Sprintf("%c%02d%02d%02d", sign, seconds/3600, seconds/60%60, s)
	}
	return fmt.Sprintf("%c%02d%02d", sign, seconds/3600, seconds/60%60)
}
