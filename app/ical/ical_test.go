package ical_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"chancery/app/apptest/icaltest"
	"chancery/app/ical"
	"chancery/app/zone"
)

// S0-18: every zone that can be chosen, around every turn of its clocks and in between: a reader that knows nothing but the file sees
// the instants that were meant.
func TestAReaderSeesTheInstantsOfEveryZone(t *testing.T) {
	var all []ical.Event
	for _, z := range zone.All() {
		place, err := zone.Load(z.ID)
		if err != nil {
			t.Fatal(err)
		}
		add := func(at time.Time) {
			all = append(all, ical.Event{UID: fmt.Sprintf("%s/%d", z.ID, at.Unix()), Title: "A", Zone: z.ID, StartsAt: at, EndsAt: at.Add(45 * time.Minute), ChangedAt: at})
		}
		from, until := time.Date(2025, 11, 1, 0, 0, 0, 0, time.UTC), time.Date(2028, 2, 1, 0, 0, 0, 0, time.UTC)
		for at := from; at.Before(until); at = at.Add(97*24*time.Hour + 5*time.Hour) {
			add(at)
		}
		for at := from.In(place); ; {
			_, turned := at.ZoneBounds()
			if turned.IsZero() || turned.After(until) {
				break
			}
			for _, beside := range []time.Duration{-61 * time.Minute, -20 * time.Minute, 10 * time.Minute, 50 * time.Minute, 70 * time.Minute} {
				add(turned.Add(beside))
			}
			at = turned
		}
	}
	read := icaltest.Read(t, ical.Write(ical.Calendar{Events: all}))
	if len(read.Events) != len(all) || len(all) < 5000 {
		t.Fatalf("%d of %d events", len(read.Events), len(all))
	}
	seen := make(map[string]icaltest.Event, len(all))
	for _, e := range read.Events {
		seen[e.UID] = e
	}
	wrong, named := 0, 0
	for _, e := range all {
		got := seen[e.UID]
		if got.Zone != "" {
			named++
		}
		if got.StartsAt.Equal(e.StartsAt) && got.EndsAt.Equal(e.EndsAt) {
			continue
		}
		if wrong++; wrong < 10 {
			t.Errorf("%s: %s until %s, and it is %s until %s", e.Zone, got.StartsAt, got.EndsAt, e.StartsAt, e.EndsAt)
		}
	}
	if named < len(all)*8/10 {
		t.Errorf("%d of %d are written in their zone", named, len(all))
	}
}

// Years long ago and to come have rules of their own: Toronto's of before 2007 differ.
func TestAFileOfManyYearsHasEachYearsRules(t *testing.T) {
	var all []ical.Event
	for year := 1990; year < 2045; year++ {
		for month := time.January; month <= time.December; month++ {
			for _, day := range []int{3, 11, 27} {
				at := time.Date(year, month, day, 14, 30, 0, 0, time.UTC)
				all = append(all, ical.Event{UID: at.Format(time.DateOnly), Zone: "America/Toronto", StartsAt: at, EndsAt: at.Add(time.Hour), ChangedAt: at})
			}
		}
	}
	for _, e := range icaltest.Read(t, ical.Write(ical.Calendar{Events: all})).Events {
		if want := e.StartsAt.Format(time.DateOnly) + " 14:30"; e.StartsAt.Format("2006-01-02 15:04") != want || e.UID != e.StartsAt.Format(time.DateOnly) || e.EndsAt.Sub(e.StartsAt) != time.Hour {
			t.Fatalf("%s is read as %s until %s", e.UID, e.StartsAt, e.EndsAt)
		}
	}
}

// Clocks that are turned by a rule are said by it, as readers that know no list understand; a zone without summer has one part.
func TestRegularZonesAreSaidByTheirRule(t *testing.T) {
	for place, want := range map[string][]string{
		"America/Toronto":     {"RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU", "TZNAME:EDT"},
		"Europe/Paris":        {"RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "TZOFFSETTO:+0200"},
		"Australia/Lord_Howe": {"RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=1SU", "TZOFFSETTO:+1030"},
		"Asia/Kolkata":        {"BEGIN:STANDARD", "TZOFFSETTO:+0530"},
		"America/St_Johns":    {"TZOFFSETFROM:-0330", "TZOFFSETTO:-0230"},
	} {
		file := string(ical.Write(ical.Calendar{Events: []ical.Event{some(place)}}))
		for _, line := range want {
			if !strings.Contains(file, line+"\r\n") {
				t.Errorf("%s lacks %s:\n%s", place, line, file)
			}
		}
		if summers := strings.Count(file, "BEGIN:DAYLIGHT"); (place == "Asia/Kolkata") != (summers == 0) || summers > 1 || strings.Count(file, "BEGIN:VTIMEZONE") != 1 {
			t.Errorf("%s:\n%s", place, file)
		}
	}
}

func TestWhatPeopleTypedIsReadAsTheyTypedIt(t *testing.T) {
	e := some("America/Toronto")
	e.Title = `Réunion ; "Smith, John" \ Töchter – ` + strings.Repeat("ẞ会議", 60)
	e.Place = "12, rue de l’Église;\tporte B"
	e.Notes = "First line\nBEGIN:VEVENT\r\nSUMMARY:another\n\nEND:VCALENDAR\x00\x07\x7f" + "\xff"
	e.Link = "https://office.example/appointments/1?a=1;b=2,3"
	e.Sequence = 7
	got := icaltest.Read(t, ical.Write(ical.Calendar{Name: "Chancery: Ana Ruíz", Events: []ical.Event{e}, Refresh: time.Hour}))
	if got.Name != "Chancery: Ana Ruíz" || got.Method != "" || len(got.Events) != 1 {
		t.Fatalf("%+v", got)
	}
	read := got.Events[0]
	if read.Title != e.Title || read.Place != e.Place || read.Link != e.Link || read.Sequence != 7 || read.Status != "CONFIRMED" || !read.Busy || !read.ChangedAt.Equal(e.ChangedAt) ||
		read.Notes != "First line\nBEGIN:VEVENT\nSUMMARY:another\n\nEND:VCALENDAR\uFFFD" {
		t.Errorf("%+v", read)
	}
}

func TestACancelledOneIsSaidToBe(t *testing.T) {
	e := some("Europe/Paris")
	e.Cancelled = true
	if got := icaltest.Read(t, ical.Write(ical.Calendar{Events: []ical.Event{e}})).Of(t, e.UID); got.Status != "CANCELLED" || got.Busy {
		t.Errorf("%+v", got)
	}
}

// An ETag may be taken of the bytes.
func TestTheSameAppointmentsAreTheSameBytes(t *testing.T) {
	var all []ical.Event
	for i, z := range []string{"America/Toronto", "Europe/Paris", "Asia/Kolkata", "UTC", "nowhere"} {
		e := some(z)
		e.UID += fmt.Sprint(i)
		all = append(all, e)
	}
	first := ical.Write(ical.Calendar{Events: all})
	for range 20 {
		all[0], all[1], all[2], all[3], all[4] = all[4], all[0], all[3], all[1], all[2]
		if again := ical.Write(ical.Calendar{Events: all}); !bytes.Equal(first, again) {
			t.Fatalf("%s\n%s", first, again)
		}
	}
}

// A calendar without appointments is one, too.
func TestAnEmptyCalendarIsRead(t *testing.T) {
	if got := icaltest.Read(t, ical.Write(ical.Calendar{Name: "Nothing"})); got.Name != "Nothing" || len(got.Events) != 0 {
		t.Errorf("%+v", got)
	}
}

// B-9: what somebody changed in their own calendar is seen, though their program keeps the mark.
func TestAMarkIsReadUntilSomebodyChangesTheEvent(t *testing.T) {
	e := some("America/Toronto")
	e.Mark, e.Title, e.Notes = "9f3a", strings.Repeat("A long, long title; ", 9), "One\nTwo"
	file := string(ical.Write(ical.Calendar{Events: []ical.Event{e}}))
	for name, c := range map[string]struct {
		file, mark string
		err        error
	}{
		"as it was":                {file, "9f3a", nil},
		"with other line ends":     {strings.ReplaceAll(file, "\r\n", "\n"), "9f3a", nil},
		"with an alarm":            {strings.Replace(file, "END:VEVENT", "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nDESCRIPTION:soon\r\nEND:VALARM\r\nEND:VEVENT", 1), "9f3a", nil},
		"another title":            {strings.Replace(file, "SUMMARY:A long", "SUMMARY:A short", 1), "", nil},
		"another time":             {strings.Replace(file, "20260701T093000", "20260701T094500", 1), "", nil},
		"a place":                  {strings.Replace(file, "END:VEVENT", "LOCATION:Somewhere\r\nEND:VEVENT", 1), "", nil},
		"called off":               {strings.Replace(file, "STATUS:CONFIRMED", "STATUS:CANCELLED", 1), "", nil},
		"every week":               {strings.Replace(file, "END:VEVENT", "RRULE:FREQ=WEEKLY\r\nEND:VEVENT", 1), "", nil},
		"a day":                    {strings.Replace(file, "DTSTART;TZID=America/Toronto:20260701T093000", "DTSTART;VALUE=DATE:20260701", 1), "", nil},
		"none of ours":             {strings.Replace(file, "X-CHANCERY-MARK:9f3a\r\n", "", 1), "", ical.ErrForeign},
		"not a calendar":           {"<html>", "", ical.ErrForeign},
		"nothing":                  {"", "", ical.ErrForeign},
		"an event that is cut off": {file[:len(file)/2], "", ical.ErrForeign},
	} {
		uid, mark, err := ical.Read([]byte(c.file))
		if mark != c.mark || !errors.Is(err, c.err) || err == nil && uid != e.UID {
			t.Errorf("%s: %q %q %v", name, uid, mark, err)
		}
	}
}

// some is an appointment at half past nine of the first of July, as the clocks of a place show it.
func some(place string) ical.Event {
	at := time.Date(2026, 7, 1, 9, 30, 0, 0, zone.Place(place)).UTC()
	return ical.Event{UID: "chancery-1.2", Title: "Hearing", Zone: place, StartsAt: at, EndsAt: at.Add(time.Hour), ChangedAt: time.Date(2026, 6, 1, 8, 0, 0, 0, time.UTC)}
}
