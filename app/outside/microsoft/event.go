package microsoft

import (
	"strings"
	"time"

	"chancery/app/outside"
	"chancery/app/outside/wire"
)

// propertyID names the one extended property of ours, on a calendar and on its events. The set's id is Chancery's own, made once.
const propertyID = "String {7d1c1c0e-5b0b-4f2e-9c7a-3c1f6b0d9a54} Name Chancery"

// selected is what a list is asked to tell of an event.
const selected = "id,subject,bodyPreview,start,end,location,createdDateTime"

// local is how Graph writes a time of day, without a zone.
const local = "2006-01-02T15:04:05"

// event is one as Graph has it.
type event struct {
	ID          string     `json:"id,omitempty"`
	ETag        string     `json:"@odata.etag,omitempty"`
	Subject     string     `json:"subject"`
	Body        *body      `json:"body,omitempty"`
	Preview     string     `json:"bodyPreview,omitempty"`
	Location    place      `json:"location"`
	Start       moment     `json:"start"`
	End         moment     `json:"end"`
	AllDay      bool       `json:"isAllDay"`
	ShowAs      string     `json:"showAs,omitempty"`
	Sensitivity string     `json:"sensitivity,omitempty"`
	Transaction string     `json:"transactionId,omitempty"`
	Created     string     `json:"createdDateTime,omitempty"`
	Properties  []property `json:"singleValueExtendedProperties,omitempty"`
}

type body struct {
	ContentType string `json:"contentType"`
	Content     string `json:"content"`
}

type place struct {
	Name string `json:"displayName"`
}

type moment struct {
	DateTime string `json:"dateTime"`
	TimeZone string `json:"timeZone"`
}

type property struct {
	ID    string `json:"id"`
	Value string `json:"value"`
}

// propertyIs is a filter for what has our property. A UID has no quotation mark in it that would end the text.
func propertyIs(how, value string) string {
	value = "'" + strings.ReplaceAll(value, "'", "''") + "'"
	is := "ep/value eq " + value
	if how == "startswith" {
		is = "startswith(ep/value, " + value + ")"
	}
	return "singleValueExtendedProperties/Any(ep: ep/id eq '" + propertyID + "' and " + is + ")"
}

// written is the event as it is sent. Reminders are left out: a new event has those that the person is used to.
func written(e outside.Event) event {
	return event{
		Subject:  e.Title,
		Body:     &body{ContentType: "text", Content: strings.TrimSpace(e.Notes + "\n\n" + e.Link)},
		Location: place{Name: e.Place},
		Start:    when(e.StartsAt, e.Zone), End: when(e.EndsAt, e.Zone),
		ShowAs: "busy", Sensitivity: "normal",
		Properties: []property{{ID: propertyID, Value: e.UID + " " + wire.Written(e)}},
	}
}

// when is a time of day in the zone it was agreed on. One that comes twice, in the night the clocks go back, is told in UTC: Graph's times
// have no offset that would say which.
func when(at time.Time, zone string) moment {
	there, name := wire.In(at, zone)
	text := there.Format(local)
	for _, back := range []time.Duration{30 * time.Minute, time.Hour} {
		if there.Add(back).Format(local) == text || there.Add(-back).Format(local) == text {
			return moment{DateTime: at.UTC().Format(local), TimeZone: "UTC"}
		}
	}
	return moment{DateTime: text, TimeZone: name}
}

// at reads a time as Graph tells it: in UTC, with seven places after the second.
func (m moment) at() time.Time {
	where, err := time.LoadLocation(m.TimeZone)
	if err != nil {
		return time.Time{}
	}
	text, _, _ := strings.Cut(m.DateTime, ".")
	at, err := time.ParseInLocation(local, text, where)
	if err != nil {
		return time.Time{}
	}
	return at
}

func (e event) seen() wire.Seen {
	return wire.Seen{Title: e.Subject, Place: e.Location.Name, Notes: e.Preview, StartsAt: e.Start.at(), EndsAt: e.End.at()}
}

// held says what of ours this is; one without our property is the person's own.
func (e event) held() (outside.Held, bool) {
	for _, p := range e.Properties {
		uid, what, has := strings.Cut(p.Value, " ")
		if strings.EqualFold(p.ID, propertyID) && has {
			return outside.Held{UID: uid, Ref: e.ID, Version: e.ETag, Mark: wire.Mark(what, e.seen())}, true
		}
	}
	return outside.Held{}, false
}
