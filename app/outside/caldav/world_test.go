package caldav_test

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"

	"chancery/app/apptest/radicaletest"
	"chancery/app/ical"
	"chancery/app/outside"
	"chancery/app/outside/caldav"
	"chancery/app/outside/outsidetest"
	"chancery/app/outside/wire"
)

const pass = "an app password"

// front stands before the real server: it counts, fails on order, and can make it a server that knows less.
type front struct {
	*httptest.Server
	behind *radicaletest.Server
	who    string // has an account there, for this test alone

	mu     sync.Mutex
	fault  *outsidetest.Fault
	counts map[string]int
	auth   []string                               // what came as Authorization
	lesser func(r *http.Request, b string) string // rewrites an answer
	noETag bool                                   // of a write
}

// What the requests are called.
const (
	list   = "list"
	insert = "insert"
	update = "update"
)

func called(r *http.Request) string {
	switch {
	case r.Method == "REPORT", r.Method == "PROPFIND" && r.Header.Get("Depth") == "1":
		return list
	case r.Method == http.MethodPut && r.Header.Get("If-None-Match") != "":
		return insert
	case r.Method == http.MethodPut:
		return update
	}
	return strings.ToLower(r.Method)
}

func before(t *testing.T, behind *radicaletest.Server) *front {
	f := &front{behind: behind, who: strings.ToLower(rand.Text()), counts: map[string]int{}}
	behind.Password(f.who, pass)
	onwards := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: behind.Roots, MinVersion: tls.VersionTLS12}}
	f.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := called(r)
		f.mu.Lock()
		f.counts[name]++
		f.auth = append(f.auth, r.Header.Get("Authorization"))
		fault := f.fault
		if fault != nil && fault.On != "" && fault.On != name {
			fault = nil
		}
		if fault != nil {
			f.fault = nil
		}
		lesser, noETag := f.lesser, f.noETag
		f.mu.Unlock()
		if fault != nil && fault.Status != 0 {
			if fault.RetryAfter != "" {
				w.Header().Set("Retry-After", fault.RetryAfter)
			}
			if fault.Status == http.StatusFound {
				w.Header().Set("Location", "/elsewhere?sentence")
			}
			w.WriteHeader(fault.Status)
			_, _ = io.WriteString(w, fault.Reason)
			return
		}
		out := r.Clone(r.Context())
		out.URL.Scheme, out.URL.Host, out.RequestURI = "https", behind.Addr, ""
		out.Header.Del("Accept-Encoding")
		answer, err := onwards.RoundTrip(out)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil || fault != nil {
			panic(http.ErrAbortHandler) // the connection breaks
		}
		for key, values := range answer.Header {
			if key != "Content-Length" && (key != "Etag" || !noETag) {
				w.Header()[key] = values
			}
		}
		w.WriteHeader(answer.StatusCode)
		text := string(body)
		if lesser != nil {
			text = lesser(r, text)
		}
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(func() {
		f.CloseClientConnections()
		f.Close()
		onwards.CloseIdleConnections()
	})
	return f
}

func (f *front) fail(fault outsidetest.Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = &fault
}

func (f *front) count(name string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.counts[name]
}

func (f *front) keeper() *caldav.Keeper {
	roots := x509.NewCertPool()
	roots.AddCert(f.Certificate())
	return caldav.New(caldav.Config{Name: outside.Named("Chancery"), Private: true, Roots: roots})
}

// grant is theirs, as it is found.
func (f *front) grant(t *testing.T) outside.Grant {
	t.Helper()
	g, err := f.keeper().Find(t.Context(), f.URL, f.who, pass)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// path is where an event of that UID lies on the server.
func (f *front) path(t *testing.T, uid string) string {
	t.Helper()
	for path, text := range f.behind.Files(f.who) {
		if strings.Contains(strings.ReplaceAll(text, "\r\n ", ""), "UID:"+uid+"\r\n") {
			return path
		}
	}
	t.Fatal("it does not stand there")
	return ""
}

const own = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Phone//EN\r\nBEGIN:VEVENT\r\nUID:own\r\nDTSTAMP:20260601T090000Z\r\nDTSTART:20260602T090000Z\r\nDTEND:20260602T100000Z\r\nSUMMARY:"

func (f *front) add(t *testing.T, title string) {
	t.Helper()
	for _, place := range f.behind.Calendars(f.who) {
		f.behind.Do(f.who, http.MethodPut, place+"own.ics", nil, own+title+"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
	}
}

func (f *front) world(t *testing.T) *outsidetest.World {
	g := f.grant(t)
	return &outsidetest.World{
		Calendar: func() outside.Calendar { return f.keeper().Calendar(g) },
		Events:   func() []outsidetest.Event { return f.events(t) },
		Retitle: func(uid, title string) {
			path := f.path(t, uid)
			lines := strings.Split(f.behind.Do(f.who, http.MethodGet, path, nil, ""), "\r\n")
			for i := range lines {
				if strings.HasPrefix(lines[i], "SUMMARY:") {
					lines[i] = "SUMMARY:" + title
				}
			}
			f.behind.Do(f.who, http.MethodPut, path, nil, strings.Join(lines, "\r\n"))
		},
		Delete: func(uid string) { f.behind.Do(f.who, http.MethodDelete, f.path(t, uid), nil, "") },
		Add:    func(title string) { f.add(t, title) },
		Drop: func() {
			for _, place := range f.behind.Calendars(f.who) {
				f.behind.Do(f.who, http.MethodDelete, place, nil, "")
			}
		},
		Fill: func(all []outside.Event) { // each write takes the server longer than the one before
			place := f.behind.Calendars(f.who)[0]
			for _, e := range all {
				f.behind.Keep(place+wire.ID(e.UID)+".ics", string(ical.Write(ical.Calendar{Events: []ical.Event{{UID: e.UID, Title: e.Title, Place: e.Place,
					Notes: e.Notes, Link: e.Link, StartsAt: e.StartsAt, EndsAt: e.EndsAt, Zone: e.Zone, ChangedAt: e.StartsAt, Mark: e.Mark}}})))
			}
		},
		LoseCursors: func() {
			f.behind.LoseTokens(f.who)
			f.add(t, "Dentist") // a token of what stands there now is good without being kept
		},
		Revoke: func() { f.behind.Password(f.who, "") },
		Fail:   f.fail, Count: f.count, Now: time.Now, List: list, Insert: insert, Update: update,
	}
}

// events are what stands in calendars on the server, as another program reads it.
func (f *front) events(t *testing.T) (all []outsidetest.Event) {
	t.Helper()
	for path, text := range f.behind.Files(f.who) {
		c, err := ics.ParseCalendar(strings.NewReader(text))
		if err != nil || len(c.Events()) != 1 {
			t.Fatalf("%s is no calendar of one event: %v", path, err)
		}
		v := c.Events()[0]
		value := func(name ics.ComponentProperty) string {
			if p := v.GetProperty(name); p != nil {
				return p.Value
			}
			return ""
		}
		e := outsidetest.Event{UID: v.Id(), Ref: path[strings.LastIndex(path, "/")+1:], Title: value(ics.ComponentPropertySummary), Place: value(ics.ComponentPropertyLocation),
			Notes: value(ics.ComponentPropertyDescription), Link: value(ics.ComponentPropertyUrl)}
		if zone := v.GetProperty(ics.ComponentPropertyDtStart).ICalParameters["TZID"]; len(zone) == 1 {
			e.Zone = zone[0]
		}
		if e.StartsAt, err = v.GetStartAt(); err != nil {
			t.Fatal(err)
		}
		if e.EndsAt, err = v.GetEndAt(); err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}
