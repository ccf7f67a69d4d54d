package caldav_test

import (
	"crypto/tls"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"chancery/app/apptest/radicaletest"
	"chancery/app/outside"
	"chancery/app/outside/caldav"
	"chancery/app/outside/outsidetest"
)

func TestARealServerKeepsTheContract(t *testing.T) {
	server := radicaletest.Start(t, nil)
	outsidetest.Contract(t, func(t *testing.T) *outsidetest.World {
		w := before(t, server).world(t)
		w.Many = 200 // a thousand take it a quarter of a minute
		return w
	})
}

var data = regexp.MustCompile(`(?s)<([A-Za-z0-9]+:)?calendar-data>.*?</([A-Za-z0-9]+:)?calendar-data>`)

// The same server, as if it knew less: what has changed is told without the files, and a write without its ETag.
func TestAServerThatTellsLessKeepsTheContract(t *testing.T) {
	server := radicaletest.Start(t, nil)
	outsidetest.Contract(t, func(t *testing.T) *outsidetest.World {
		f := before(t, server)
		f.noETag = true
		f.lesser = func(r *http.Request, b string) string {
			if r.Method == "REPORT" && strings.Contains(b, "sync-token") {
				return data.ReplaceAllString(b, "")
			}
			return b
		}
		w := f.world(t)
		w.Many, w.Count = 40, nil
		return w
	})
}

// And as if it did not know sync-collection.
func TestAServerWithoutSyncCollectionKeepsTheContract(t *testing.T) {
	server := radicaletest.Start(t, nil)
	outsidetest.Contract(t, func(t *testing.T) *outsidetest.World {
		f := before(t, server)
		f.lesser = func(r *http.Request, b string) string {
			if r.Method == "PROPFIND" {
				return strings.ReplaceAll(b, "sync-collection", "other-report")
			}
			if strings.Contains(b, "sync-token") {
				t.Error("it was asked for what it does not know")
			}
			return b
		}
		w := f.world(t)
		w.Many, w.Count, w.Compares, w.LoseCursors = 40, nil, true, nil
		return w
	})
}

// Each of what can be wrong with a server is told apart.
func TestWhatIsWrongWithAServerIsToldApart(t *testing.T) {
	server := radicaletest.Start(t, map[string]string{"lucia": pass})
	k := caldav.New(caldav.Config{Name: outside.Named("Chancery"), Private: true, Roots: server.Roots})
	g, err := k.Find(t.Context(), server.Addr, "lucia", pass)
	if err != nil || g.Server != server.URL()+"/lucia/" || g.User != "lucia" || g.Pass != pass || g.Account != "lucia" {
		t.Fatalf("found at %s: %v", g.Server, err)
	}
	if typed, err := k.Find(t.Context(), server.URL()+"/lucia/", "lucia", pass); err != nil || typed != g {
		t.Errorf("found by the address of the folder at %s: %v", typed.Server, err)
	}
	for _, who := range [][2]string{{"lucia", "another"}, {"nobody", pass}} {
		if _, err := k.Find(t.Context(), server.URL(), who[0], who[1]); !errors.Is(err, outside.ErrRevoked) {
			t.Errorf("%q: %v, want ErrRevoked", who, err)
		}
	}
	var certificate *tls.CertificateVerificationError
	if _, err := caldav.New(caldav.Config{Private: true}).Find(t.Context(), server.URL(), "lucia", pass); !errors.As(err, &certificate) {
		t.Errorf("a certificate of nobody's is taken: %v", err)
	}

	there := k.Calendar(g)
	place, err := there.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	server.Kill()
	var refused *outside.Refused
	_, listing := there.List(t.Context(), "")
	_, finding := k.Find(t.Context(), server.URL(), "lucia", pass)
	for what, err := range map[string]error{"list": listing, "find": finding} {
		if err == nil || errors.As(err, &refused) || errors.Is(err, outside.ErrRevoked) || strings.Contains(err.Error(), "lucia") {
			t.Errorf("%s while the server is away: %v", what, err)
		}
	}
	server.Restart()
	there = k.Calendar(g)
	if again, err := there.Open(t.Context(), place); err != nil || again != place {
		t.Fatalf("opened %q again: %v", again, err)
	}
	if l, err := there.List(t.Context(), ""); err != nil || !l.Whole {
		t.Errorf("the server is back, and the list is %+v: %v", l, err)
	}
	if _, err := there.List(t.Context(), "another kind of cursor"); !errors.Is(err, outside.ErrCursor) {
		t.Errorf("listed by no cursor of ours: %v, want ErrCursor", err)
	}
}

// Deleted between two calls, the calendar is missed by those that need it, and another can be made.
func TestACalendarThatIsDeletedMeanwhileIsMissed(t *testing.T) {
	f := before(t, radicaletest.Start(t, nil))
	w := f.world(t)
	c := w.Calendar()
	place, err := c.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	l, err := c.List(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	w.Drop()
	for _, cursor := range []string{"", l.Cursor} {
		if _, err := c.List(t.Context(), cursor); !errors.Is(err, outside.ErrGone) {
			t.Errorf("listed from %q: %v, want ErrGone", cursor, err)
		}
	}
	if _, err := c.Put(t.Context(), outside.Event{UID: "a", Title: "a", Mark: "m"}, nil); !errors.Is(err, outside.ErrChanged) {
		t.Errorf("written: %v, want ErrChanged", err)
	}
	if again, err := c.Open(t.Context(), ""); err != nil || again == place {
		t.Errorf("opened %q again: %v", again, err)
	}
}

// What somebody wrote over ours with something else is told as gone, and is written over.
func TestWhatTookThePlaceOfOursIsWrittenOver(t *testing.T) {
	f := before(t, radicaletest.Start(t, nil))
	w := f.world(t)
	c := w.Calendar()
	if _, err := c.Open(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	e := outside.Event{UID: "ours", Title: "Hearing", Mark: "m"}
	held, err := c.Put(t.Context(), e, nil)
	if err != nil {
		t.Fatal(err)
	}
	first, err := c.List(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	path := f.path(t, "ours")
	f.behind.Do(f.who, http.MethodDelete, path, nil, "")
	f.behind.Do(f.who, http.MethodPut, path, nil, own+"Dentist\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
	l, err := c.List(t.Context(), first.Cursor)
	if err != nil || len(l.Events) != 1 || !l.Events[0].Removed || l.Events[0].Ref != held.Ref {
		t.Fatalf("listed %+v, %v, want %s gone", l, err, held.Ref)
	}
	if _, err := c.Put(t.Context(), e, nil); err != nil {
		t.Fatal(err)
	}
	if all := f.events(t); len(all) != 1 || all[0].Title != "Hearing" {
		t.Errorf("there stand %+v", all)
	}
}
