package google

import (
	"html"
	"strings"
	"time"

	"chancery/app/outside"
	"chancery/app/outside/wire"
)

// The private properties of an event (extendedProperties.private).
const (
	propertyUID     = "chanceryUid"
	propertyWritten = "chanceryWritten"
)

// event is one as Google has it.
type event struct {
	ID           string   `json:"id,omitempty"`
	ETag         string   `json:"etag,omitempty"`
	Status       string   `json:"status,omitempty"`
	Summary      string   `json:"summary"`
	Location     string   `json:"location"`
	Description  string   `json:"description"`
	Start        moment   `json:"start"`
	End          moment   `json:"end"`
	Transparency string   `json:"transparency,omitempty"`
	Visibility   string   `json:"visibility,omitempty"`
	Source       *source  `json:"source,omitempty"`
	Reminders    *remind  `json:"reminders,omitempty"`
	Properties   property `json:"extendedProperties"`
}

type moment struct {
	DateTime string `json:"dateTime,omitempty"`
	TimeZone string `json:"timeZone,omitempty"`
}

type source struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

type remind struct {
	UseDefault bool `json:"useDefault"`
}

type property struct {
	Private map[string]string `json:"private,omitempty"`
}

// written is the event as it is sent. The link stands in the notes too: not every app of theirs shows an event's source.
func (k *Keeper) written(e outside.Event, made bool) event {
	out := event{
		Status:       "confirmed",
		Summary:      e.Title,
		Location:     e.Place,
		Description:  plain.Replace(strings.TrimSpace(e.Notes + "\n\n" + e.Link)),
		Start:        when(e.StartsAt, e.Zone),
		End:          when(e.EndsAt, e.Zone),
		Transparency: "opaque",
		Visibility:   "default",
		Reminders:    &remind{UseDefault: true},
		Properties:   property{Private: map[string]string{propertyUID: e.UID, propertyWritten: wire.Written(e)}},
	}
	if e.Link != "" {
		out.Source = &source{Title: "Chancery", URL: e.Link}
	}
	if made {
		out.ID = wire.ID(e.UID)
	}
	return out
}

// plain keeps the notes from being read as markup: Google takes a description for HTML.
var plain = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func when(at time.Time, zone string) moment {
	local, name := wire.In(at, zone)
	return moment{DateTime: local.Format(time.RFC3339), TimeZone: name}
}

// at is zero for what is no time of day: the person has made it an all-day event.
func (m moment) at() time.Time {
	at, err := time.Parse(time.RFC3339, m.DateTime)
	if err != nil {
		return time.Time{}
	}
	return at
}

// held says what of ours this is. Of a deleted one Google need not tell more than the id. A copy that the person made of one of ours
// has its properties, but another id; it is theirs.
func (e event) held() (outside.Held, bool) {
	uid := e.Properties.Private[propertyUID]
	if e.Status == "cancelled" {
		return outside.Held{UID: uid, Ref: e.ID, Version: e.ETag, Removed: true}, uid == "" || e.ID == wire.ID(uid)
	}
	if uid == "" || e.ID != wire.ID(uid) {
		return outside.Held{}, false
	}
	mark := wire.Mark(e.Properties.Private[propertyWritten], wire.Seen{
		Title: e.Summary, Place: e.Location, Notes: html.UnescapeString(e.Description), StartsAt: e.Start.at(), EndsAt: e.End.at(),
	})
	return outside.Held{UID: uid, Ref: e.ID, Version: e.ETag, Mark: mark}, true
}
