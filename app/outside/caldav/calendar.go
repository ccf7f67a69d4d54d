package caldav

import (
	"context"
	"crypto/rand"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"

	"chancery/app/ical"
	"chancery/app/outside"
	"chancery/app/outside/wire"
)

// calendar is the one that holds ours.
type calendar struct {
	session
	place  *url.URL
	looked bool // whether the server was asked what it knows
	syncs  bool // it tells what has changed
}

// Open makes a calendar when none is known, or the known one is another host's than the grant's. Its place is its address.
func (c *calendar) Open(ctx context.Context, known string) (string, error) {
	if at, err := url.Parse(known); known != "" && err == nil && sameHost(at, c.home) {
		c.place = at
		return known, nil
	}
	name, err := c.name(ctx)
	if err != nil {
		return "", err
	}
	at := c.home.JoinPath("chancery-" + strings.ToLower(rand.Text()[:12])) // another name than one that was deleted
	at.Path += "/"
	_, err = c.do(ctx, call{"MKCALENDAR", at, map[string]string{"Content-Type": xmlType}, xml.Header +
		`<c:mkcalendar xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><set><prop><displayname>` + escaped(name) +
		`</displayname><c:supported-calendar-component-set><c:comp name="VEVENT"/></c:supported-calendar-component-set></prop></set></c:mkcalendar>`})
	if err != nil {
		return "", err
	}
	there, err := c.look(ctx, at)
	if err == nil && !there {
		err = &outside.Refused{Status: http.StatusNotFound, Reason: outside.NoCalendars}
	}
	return at.String(), err
}

// look says whether there is a calendar at an address, and learns how it tells what has changed.
func (c *calendar) look(ctx context.Context, at *url.URL) (bool, error) {
	m, err := c.many(ctx, propfind(at, "0", "<resourcetype/><supported-report-set/>"))
	if wire.Is(err, http.StatusNotFound, http.StatusGone) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if len(m.Responses) == 0 {
		return false, nil
	}
	p, _ := m.Responses[0].found()
	if p.Type.Calendar == nil {
		return false, nil
	}
	c.place, c.looked, c.syncs = at, true, false
	for _, one := range p.Reports.All {
		c.syncs = c.syncs || one.Report.Sync != nil
	}
	return true, nil
}

// at is where an event lies: its Ref is the name of its file.
func (c *calendar) at(ref string) *url.URL {
	at := *c.place
	at.Path, at.RawPath = strings.TrimRight(at.Path, "/")+"/"+ref, ""
	return &at
}

// ref is the name of the file at an href, "" for what is none of this calendar's.
func (c *calendar) ref(href string) string {
	at, err := c.place.Parse(strings.TrimSpace(href))
	if err != nil {
		return ""
	}
	name, within := strings.CutPrefix(at.Path, strings.TrimRight(c.place.Path, "/")+"/")
	if !within || strings.Contains(name, "/") {
		return ""
	}
	return name
}

// file is what an event's file is called.
func file(uid string) string { return wire.ID(uid) + ".ics" }

// Put writes the file whose name follows from the UID.
func (c *calendar) Put(ctx context.Context, e outside.Event, held *outside.Held) (outside.Held, error) {
	if held != nil {
		now, err := c.write(ctx, e, held.Ref, "If-Match", match(held.Version))
		return now, met(err)
	}
	ref := file(e.UID)
	now, err := c.write(ctx, e, ref, "If-None-Match", "*")
	if !wire.Is(err, http.StatusPreconditionFailed) {
		return now, met(err)
	}
	version, err := c.version(ctx, ref)
	if err != nil {
		return outside.Held{}, met(err)
	}
	now, err = c.write(ctx, e, ref, "If-Match", match(version))
	if wire.Is(err, http.StatusConflict) { // something else has taken its place, whose UID may not change
		if err := c.erase(ctx, c.at(ref)); err != nil {
			return outside.Held{}, err
		}
		now, err = c.write(ctx, e, ref, "If-None-Match", "*")
	}
	return now, met(err)
}

// match is the condition by a version. A weak one cannot be asked for (RFC 9110, 13.1.1): then it is enough that there is something.
func match(version string) string {
	if version == "" || strings.HasPrefix(version, "W/") {
		return "*"
	}
	return version
}

// met says of an event that is not what it was: list again. A 409 is a calendar that is not there any more; opening it makes another.
func met(err error) error {
	if wire.Is(err, http.StatusNotFound, http.StatusConflict, http.StatusGone, http.StatusPreconditionFailed) {
		return outside.ErrChanged
	}
	return err
}

func (c *calendar) write(ctx context.Context, e outside.Event, ref, condition, value string) (outside.Held, error) {
	body := ical.Write(ical.Calendar{Events: []ical.Event{{
		UID: e.UID, Title: e.Title, Place: e.Place, Notes: e.Notes, Link: e.Link, StartsAt: e.StartsAt, EndsAt: e.EndsAt, Zone: e.Zone,
		ChangedAt: c.now(), Mark: e.Mark,
	}}})
	a, err := c.do(ctx, call{http.MethodPut, c.at(ref), map[string]string{"Content-Type": ical.MIME, condition: value}, string(body)})
	if err != nil {
		return outside.Held{}, err
	}
	now := outside.Held{UID: e.UID, Ref: ref, Version: a.header.Get("ETag"), Mark: e.Mark}
	if now.Version == "" { // the server keeps it in its own words (RFC 4791, 5.3.4)
		now.Version, err = c.version(ctx, ref)
	}
	return now, err
}

// version is an event's ETag now.
func (c *calendar) version(ctx context.Context, ref string) (string, error) {
	m, err := c.many(ctx, propfind(c.at(ref), "0", "<getetag/>"))
	if err != nil {
		return "", err
	}
	if len(m.Responses) == 0 {
		return "", &outside.Refused{Status: http.StatusNotFound}
	}
	p, _ := m.Responses[0].found()
	return p.ETag, nil
}

// Remove takes an event away whatever has become of it.
func (c *calendar) Remove(ctx context.Context, held outside.Held) error {
	return c.erase(ctx, c.at(held.Ref))
}

// Clear deletes the calendar.
func (c *calendar) Clear(ctx context.Context) error { return c.erase(ctx, c.place) }

func (c *calendar) erase(ctx context.Context, at *url.URL) error {
	_, err := c.do(ctx, call{method: http.MethodDelete, to: at})
	if wire.Is(err, http.StatusNotFound, http.StatusGone) {
		return nil
	}
	return err
}
