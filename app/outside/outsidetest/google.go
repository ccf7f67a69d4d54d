package outsidetest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"chancery/app/outside/google"
)

// Google speaks the Google Calendar API, version 3, and Google's OAuth 2.
type Google struct{ *server }

const googleScope = "https://www.googleapis.com/auth/calendar.app.created"

// NewGoogle starts one; who starts it closes it.
func NewGoogle(o Options) *Google {
	g := &Google{newServer(o, style{
		scopes: []string{"openid", "email", googleScope}, scope: googleScope, fail: googleError,
	}, limits{window: time.Minute, all: 10_000, each: 600, status: http.StatusForbidden, reason: "rateLimitExceeded"})}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /o/oauth2/auth", g.named("consent", g.consentPage))
	mux.HandleFunc("POST /o/oauth2/auth", g.named("consented", g.consented))
	mux.HandleFunc("POST /token", g.named("token", g.tokenEndpoint))
	mux.HandleFunc("POST /revoke", g.named("revoke", g.revoke))
	const calendars = "/calendar/v3/calendars"
	mux.HandleFunc("POST "+calendars, g.mine("calendars.insert", g.insertCalendar))
	mux.HandleFunc("GET "+calendars+"/{calendar}", g.in("calendars.get", func(w http.ResponseWriter, _ *http.Request, _ *person, f *folder) {
		answer(w, http.StatusOK, googleCalendar(f))
	}))
	mux.HandleFunc("DELETE "+calendars+"/{calendar}", g.in("calendars.delete", func(w http.ResponseWriter, _ *http.Request, p *person, f *folder) {
		delete(p.calendars, f.id)
		w.WriteHeader(http.StatusNoContent)
	}))
	mux.HandleFunc("GET "+calendars+"/{calendar}/events", g.in("events.list", g.list))
	mux.HandleFunc("POST "+calendars+"/{calendar}/events", g.in("events.insert", g.insert))
	mux.HandleFunc("GET "+calendars+"/{calendar}/events/{event}", g.of("events.get", func(w http.ResponseWriter, _ *http.Request, _ *folder, e *stored) {
		answer(w, http.StatusOK, e.google())
	}))
	mux.HandleFunc("PUT "+calendars+"/{calendar}/events/{event}", g.of("events.update", g.update))
	mux.HandleFunc("DELETE "+calendars+"/{calendar}/events/{event}", g.of("events.delete", func(w http.ResponseWriter, _ *http.Request, f *folder, e *stored) {
		if e.removed {
			googleError(w, http.StatusGone, "deleted")
			return
		}
		f.remove(e)
		w.WriteHeader(http.StatusNoContent)
	}))
	g.start(mux)
	return g
}

// Endpoints are where the keeper finds it.
func (g *Google) Endpoints() google.Endpoints {
	return google.Endpoints{
		Consent: g.URL + "/o/oauth2/auth", Token: g.URL + "/token", Revoke: g.URL + "/revoke", API: g.URL + "/calendar/v3",
	}
}

// googleError answers as Google does; a code of the token's endpoints is none of these.
func googleError(w http.ResponseWriter, status int, reason string) {
	answer(w, status, map[string]any{"error": map[string]any{
		"code": status, "message": "a longer sentence, which no log should hold",
		"errors": []any{map[string]any{"domain": "calendar", "reason": reason, "message": "the same sentence"}},
	}})
}

func googleCalendar(f *folder) map[string]any {
	return map[string]any{"kind": "calendar#calendar", "id": f.id, "summary": f.name}
}

func (g *Google) insertCalendar(w http.ResponseWriter, r *http.Request, p *person) {
	fields, wrong := read(r, "summary", "description", "timeZone")
	if wrong || at(fields, "summary") == "" {
		googleError(w, http.StatusBadRequest, "required")
		return
	}
	f := g.folder(p, at(fields, "summary"))
	delete(p.calendars, f.id)
	f.id += "@group.calendar.google.com"
	p.calendars[f.id] = f
	answer(w, http.StatusOK, googleCalendar(f))
}

// in finds the calendar, of finds the event in it.
func (g *Google) in(name string, handle func(http.ResponseWriter, *http.Request, *person, *folder)) http.HandlerFunc {
	return g.mine(name, func(w http.ResponseWriter, r *http.Request, p *person) {
		f := p.calendars[r.PathValue("calendar")]
		if f == nil {
			googleError(w, http.StatusNotFound, "notFound")
			return
		}
		handle(w, r, p, f)
	})
}

func (g *Google) of(name string, handle func(http.ResponseWriter, *http.Request, *folder, *stored)) http.HandlerFunc {
	return g.in(name, func(w http.ResponseWriter, r *http.Request, _ *person, f *folder) {
		e := f.events[r.PathValue("event")]
		if e == nil {
			googleError(w, http.StatusNotFound, "notFound")
			return
		}
		if wanted := r.Header.Get("If-Match"); wanted != "" && wanted != e.etag() {
			googleError(w, http.StatusPreconditionFailed, "conditionNotMet")
			return
		}
		handle(w, r, f, e)
	})
}

// read takes a JSON object that has only these fields; a misspelt one would be dropped without a word by the real server.
func read(r *http.Request, known ...string) (fields map[string]any, wrong bool) {
	if json.NewDecoder(r.Body).Decode(&fields) != nil {
		return nil, true
	}
	rest := maps.Clone(fields)
	for _, name := range known {
		delete(rest, name)
	}
	return fields, len(rest) > 0
}

func (e *stored) etag() string { return strconv.Quote(fmt.Sprintf("etag-%d", e.seq)) }

// google is the event as Google tells it: of a deleted one the id only.
func (e *stored) google() map[string]any {
	if e.removed {
		return map[string]any{"kind": "calendar#event", "id": e.id, "etag": e.etag(), "status": "cancelled"}
	}
	out := maps.Clone(e.fields)
	out["kind"], out["id"], out["etag"] = "calendar#event", e.id, e.etag()
	out["iCalUID"] = e.id + "@google.com"
	return out
}

func (g *Google) list(w http.ResponseWriter, r *http.Request, _ *person, f *folder) {
	q := r.URL.Query()
	since := 0
	if cursor := q.Get("syncToken"); cursor != "" {
		forgets, seq, _ := strings.Cut(strings.TrimPrefix(cursor, "sync-"), "-")
		if forgets != strconv.Itoa(g.forgets) {
			googleError(w, http.StatusGone, "fullSyncRequired")
			return
		}
		if q.Has("timeMin") || q.Has("timeMax") || q.Has("privateExtendedProperty") {
			googleError(w, http.StatusBadRequest, "syncTokenWithNonDefaultParams")
			return
		}
		since, _ = strconv.Atoi(seq)
	}
	size, err := strconv.Atoi(q.Get("maxResults"))
	if err != nil {
		size = 250
	}
	from, _ := strconv.Atoi(strings.TrimPrefix(q.Get("pageToken"), "page-"))
	all := f.sorted(since)
	end := min(len(all), from+min(size, 2500))
	items := []any{}
	for _, e := range all[min(from, end):end] {
		items = append(items, e.google())
	}
	out := map[string]any{"kind": "calendar#events", "summary": f.name, "items": items}
	if end < len(all) {
		out["nextPageToken"] = fmt.Sprintf("page-%d", end)
	} else {
		// The least cursor is 1: what was deleted before the first listing is not told, what is deleted after it is.
		f.seq = max(1, f.seq)
		out["nextSyncToken"] = fmt.Sprintf("sync-%d-%d", g.forgets, f.seq)
	}
	answer(w, http.StatusOK, out)
}

var googleFields = []string{
	"id", "status", "summary", "location", "description", "start", "end", "transparency", "visibility", "source", "reminders", "extendedProperties",
}

func (g *Google) insert(w http.ResponseWriter, r *http.Request, _ *person, f *folder) {
	fields, wrong := read(r, googleFields...)
	id := at(fields, "id")
	switch {
	case wrong || !googleEvent(fields) || len(id) < 5 || len(id) > 1024 || strings.Trim(id, "0123456789abcdefghijklmnopqrstuv") != "":
		googleError(w, http.StatusBadRequest, "invalid")
	case f.events[id] != nil:
		googleError(w, http.StatusConflict, "duplicate")
	default:
		answer(w, http.StatusOK, f.write(id, fields).google())
	}
}

func (g *Google) update(w http.ResponseWriter, r *http.Request, f *folder, e *stored) {
	fields, wrong := read(r, googleFields...)
	if wrong || !googleEvent(fields) {
		googleError(w, http.StatusBadRequest, "invalid")
		return
	}
	answer(w, http.StatusOK, f.write(e.id, fields).google())
}

// googleEvent holds an event to the reference: times with their zone, an end after the start, a source with a title, properties of
// at most 44 and 1024 characters.
func googleEvent(fields map[string]any) bool {
	starts, err := time.Parse(time.RFC3339, at(fields, "start", "dateTime"))
	ends, wrong := time.Parse(time.RFC3339, at(fields, "end", "dateTime"))
	if err != nil || wrong != nil || ends.Before(starts) {
		return false
	}
	if _, err := time.LoadLocation(at(fields, "start", "timeZone")); err != nil || at(fields, "start", "timeZone") == "" {
		return false
	}
	if source, has := fields["source"].(map[string]any); has && (at(source, "title") == "" || !strings.HasPrefix(at(source, "url"), "http")) {
		return false
	}
	properties, _ := fields["extendedProperties"].(map[string]any)
	private, _ := properties["private"].(map[string]any)
	for key, value := range private {
		if text, is := value.(string); !is || len(key) > 44 || len(text) > 1024 {
			return false
		}
	}
	return true
}

// Events are what stands in an account's calendars.
func (g *Google) Events(account string) []Event {
	var out []Event
	g.each(account, func(_ *folder, e *stored) {
		starts, _ := time.Parse(time.RFC3339, at(e.fields, "start", "dateTime"))
		ends, _ := time.Parse(time.RFC3339, at(e.fields, "end", "dateTime"))
		out = append(out, Event{
			UID: at(e.fields, "extendedProperties", "private", "chanceryUid"), Ref: e.id,
			Title: at(e.fields, "summary"), Place: at(e.fields, "location"), Notes: at(e.fields, "description"), Link: at(e.fields, "source", "url"),
			StartsAt: starts, EndsAt: ends, Zone: at(e.fields, "start", "timeZone"),
		})
	})
	return out
}

// Retitle is somebody who gives an event another title there.
func (g *Google) Retitle(account, uid, title string) {
	g.each(account, func(f *folder, e *stored) {
		if at(e.fields, "extendedProperties", "private", "chanceryUid") == uid {
			fields := maps.Clone(e.fields)
			fields["summary"] = title
			f.write(e.id, fields)
		}
	})
}

// Delete is somebody who deletes an event there.
func (g *Google) Delete(account, uid string) {
	g.each(account, func(f *folder, e *stored) {
		if at(e.fields, "extendedProperties", "private", "chanceryUid") == uid {
			f.remove(e)
		}
	})
}

// Add is somebody who writes an event of their own into a calendar of ours.
func (g *Google) Add(account, title string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, f := range g.person(account).calendars {
		g.serial++
		f.write(fmt.Sprintf("own%d", g.serial), map[string]any{"summary": title, "status": "confirmed"})
	}
}
