// Package ical writes appointments as iCalendar (RFC 5545), for the private feed and for CalDAV, and reads back what stands in one.
//
// Lines, folding and escapes are github.com/arran4/golang-ical's. Ours is what makes a file right everywhere: the rules of a zone as
// this machine knows them (VTIMEZONE), so that no reader falls back on its own; instants that the clocks show twice, written in UTC;
// and the same bytes for the same appointments, so that an ETag says whether anything has changed.
//
// There is no METHOD. A calendar that is subscribed to or stored is none of RFC 5546's messages: those need an organizer, and a stored
// one may not have any (RFC 4791, 4.1).
package ical

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"chancery/app/zone"
)

// MIME is what a calendar is served as.
const MIME = "text/calendar; charset=utf-8"

// Calendar is a file of appointments.
type Calendar struct {
	Name    string        // as a reader's list of calendars shows it; "" for none
	Refresh time.Duration // how often a reader had better ask; 0 says nothing
	Events  []Event
}

// Event is an appointment.
type Event struct {
	UID       string
	Title     string
	Place     string
	Notes     string
	Link      string // absolute
	StartsAt  time.Time
	EndsAt    time.Time
	Zone      string // IANA name; one that is not known is UTC
	Cancelled bool
	Sequence  int64     // counts the changes; it begins with 0
	ChangedAt time.Time // when it became what it is
	Mark      string    // of a writer who reads it back (Read); "" for none
}

// product names who wrote a file.
const product = "-//Chancery//Chancery//EN"

// Properties of our own.
const (
	markName = "X-CHANCERY-MARK"
	sealName = "X-CHANCERY-SEAL"
)

// Write is a calendar's file. Events stand in the order of their beginnings, whatever order they come in.
func Write(c Calendar) []byte {
	file := ics.NewCalendar()
	file.SetProductId(product)
	file.SetCalscale("GREGORIAN")
	if c.Name != "" {
		file.SetName(clean(c.Name)) // RFC 7986, and the older name that more readers know
	}
	if c.Refresh > 0 {
		every := fmt.Sprintf("PT%dM", int(c.Refresh.Minutes()))
		file.SetRefreshInterval(every)
		file.SetXPublishedTTL(every)
	}
	events := slices.Clone(c.Events)
	slices.SortFunc(events, func(a, b Event) int {
		return cmp.Or(a.StartsAt.Compare(b.StartsAt), strings.Compare(a.UID, b.UID))
	})
	for _, z := range zones(events) {
		file.AddVTimezone(z)
	}
	for i := range events {
		file.AddVEvent(event(&events[i]))
	}
	return []byte(file.Serialize(ics.WithNewLineWindows)) // it fails for options it does not know, and for writers that fail
}

func event(e *Event) *ics.VEvent {
	v := ics.NewEvent(e.UID)
	v.SetDtStampTime(e.ChangedAt) // without a METHOD it is when this was last changed (3.8.7.2)
	v.SetModifiedAt(e.ChangedAt)
	v.SetProperty(ics.ComponentPropertySequence, strconv.FormatInt(e.Sequence, 10))
	v.SetSummary(clean(e.Title))
	if e.Place != "" {
		v.SetLocation(clean(e.Place))
	}
	if e.Notes != "" {
		v.SetDescription(clean(e.Notes))
	}
	if e.Link != "" {
		v.SetURL(clean(e.Link))
	}
	switch place := zone.Place(e.Zone); {
	case place == time.UTC || twice(e.StartsAt, place) || twice(e.EndsAt, place):
		v.SetProperty(ics.ComponentPropertyDtStart, e.StartsAt.UTC().Format(inUTC))
		v.SetProperty(ics.ComponentPropertyDtEnd, e.EndsAt.UTC().Format(inUTC))
	default:
		v.SetProperty(ics.ComponentPropertyDtStart, e.StartsAt.In(place).Format(local), ics.WithTZID(place.String()))
		v.SetProperty(ics.ComponentPropertyDtEnd, e.EndsAt.In(place).Format(local), ics.WithTZID(place.String()))
	}
	if e.Cancelled {
		v.SetStatus(ics.ObjectStatusCancelled)
		v.SetTimeTransparency(ics.TransparencyTransparent) // nobody is busy then
	} else {
		v.SetStatus(ics.ObjectStatusConfirmed)
		v.SetTimeTransparency(ics.TransparencyOpaque)
	}
	if e.Mark != "" {
		v.SetProperty(markName, e.Mark)
		v.SetProperty(sealName, seal(e))
	}
	return v
}

// How times are written.
const (
	local = "20060102T150405"
	inUTC = "20060102T150405Z"
)

// twice tells whether the clocks of a place show that instant's time two times. A local time would mean the first (3.3.5), but not to every
// reader.
func twice(at time.Time, place *time.Location) bool {
	_, two, err := zone.Instant(at.In(place), place)
	return two || err != nil
}

// clean takes out what no text may hold (3.3.11); lines are kept.
func clean(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(text, "\uFFFD"))
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, text)
}
