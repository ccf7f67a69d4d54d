package caldav_test

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"chancery/app/outside"
	"chancery/app/outside/caldav"
)

// stranger is a server that somebody could name, with what it answers; it keeps what it was sent.
type stranger struct {
	*httptest.Server
	asked []*http.Request
}

func strangerWho(t *testing.T, answers func(w http.ResponseWriter, r *http.Request)) *stranger {
	s := &stranger{}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked = append(s.asked, r)
		answers(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// trusting takes these servers' certificates.
func trusting(private bool, all ...*stranger) *caldav.Keeper {
	roots := x509.NewCertPool()
	for _, s := range all {
		roots.AddCert(s.Certificate())
	}
	return caldav.New(caldav.Config{Name: outside.Named("Chancery"), Private: private, Roots: roots})
}

func refusedAs(t *testing.T, err error, reason string) {
	t.Helper()
	var refused *outside.Refused
	if !errors.As(err, &refused) || refused.Reason != reason {
		t.Errorf("%v, want refused as %s", err, reason)
	}
}

// multistatus answers with one response that has a property.
func multistatus(w http.ResponseWriter, prop string) {
	w.WriteHeader(http.StatusMultiStatus)
	_, _ = fmt.Fprintf(w, `<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:response><d:href>/</d:href><d:propstat><d:prop>%s</d:prop>
		<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>`, prop)
}

// ASVS 1.3.6, 15.3.2: what somebody types does not make us ask in the practice's own network, and a password goes by TLS alone.
func TestAnAddressInsideIsNotAsked(t *testing.T) {
	s := strangerWho(t, func(w http.ResponseWriter, _ *http.Request) { multistatus(w, "") })
	k := trusting(false, s)
	for _, at := range []string{s.URL, strings.Replace(s.URL, "127.0.0.1", "localhost", 1), strings.Replace(s.URL, "127.0.0.1", "[::ffff:127.0.0.1]", 1)} {
		_, err := k.Find(t.Context(), at, "jon", "secret")
		refusedAs(t, err, outside.AddressRefused)
		_, err = k.Calendar(outside.Grant{Server: at + "/", User: "jon", Pass: "secret"}).Open(t.Context(), "")
		refusedAs(t, err, outside.AddressRefused)
	}
	for _, at := range []string{"http" + strings.TrimPrefix(s.URL, "https"), "ftp://cloud.example", "https://jon:secret@cloud.example", "https://", "file:///etc/passwd"} {
		_, err := trusting(true, s).Find(t.Context(), at, "jon", "secret")
		refusedAs(t, err, outside.AddressRefused)
	}
	if len(s.asked) > 0 {
		t.Errorf("it was asked %d times", len(s.asked))
	}
}

// A password is for the server that it was given for: whoever sends on to another host, however, gets it nowhere.
func TestAPasswordGoesToNoOtherHost(t *testing.T) {
	other := strangerWho(t, func(w http.ResponseWriter, _ *http.Request) {
		multistatus(w, "<d:resourcetype><d:collection/></d:resourcetype>")
	})
	where := other.URL + "/"
	href := func(name string) string { return "<" + name + "><d:href>" + where + "</d:href></" + name + ">" }
	known := func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.URL.Path, "/.well-known") {
			w.WriteHeader(http.StatusNotFound)
			return true
		}
		return false
	}
	for name, answers := range map[string]func(w http.ResponseWriter, r *http.Request){
		"well-known": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, where, http.StatusMovedPermanently) },
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			if !known(w, r) {
				http.Redirect(w, r, where, http.StatusTemporaryRedirect)
			}
		},
		"without TLS": func(w http.ResponseWriter, r *http.Request) {
			if !known(w, r) {
				http.Redirect(w, r, "http://"+r.Host+"/dav/", http.StatusFound)
			}
		},
		"principal": func(w http.ResponseWriter, r *http.Request) {
			if !known(w, r) {
				multistatus(w, href("d:current-user-principal"))
			}
		},
		"home": func(w http.ResponseWriter, r *http.Request) {
			if !known(w, r) {
				multistatus(w, href("c:calendar-home-set"))
			}
		},
		"round and round": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path+"x", http.StatusFound) },
	} {
		t.Run(name, func(t *testing.T) {
			s := strangerWho(t, answers)
			_, err := trusting(true, s, other).Find(t.Context(), s.URL, "jon", "secret")
			refusedAs(t, err, outside.Elsewhere)
			if s.asked[0].Header.Get("Authorization") != "" {
				t.Error("the well-known address was told the password")
			}
		})
	}
	s := strangerWho(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, where, http.StatusTemporaryRedirect) })
	c := trusting(true, s, other).Calendar(outside.Grant{Server: s.URL + "/home/", User: "jon", Pass: "secret"})
	for _, place := range []string{"", where} { // also a place that is another server's is not asked
		_, err := c.Open(t.Context(), place)
		refusedAs(t, err, outside.Elsewhere)
	}
	if _, err := c.Open(t.Context(), s.URL+"/home/ours/"); err != nil {
		t.Fatal(err)
	}
	for _, cursor := range []string{"", "sync x", "etags x"} {
		_, err := c.List(t.Context(), cursor)
		refusedAs(t, err, outside.Elsewhere)
	}
	if len(other.asked) > 0 {
		t.Errorf("the other host was asked %d times", len(other.asked))
	}
}

// A server that keeps no calendars, or says what nobody understands, is said to be that; a large answer is not read to its end.
func TestAServerWithoutCalendarsIsSaidToBe(t *testing.T) {
	for name, answers := range map[string]func(w http.ResponseWriter, r *http.Request){
		"a page": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "<html><body>Welcome</body></html>")
		},
		"nothing":        func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) },
		"no such method": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusMethodNotAllowed) },
		"files alone":    func(w http.ResponseWriter, _ *http.Request) { multistatus(w, "") },
		"no folder of ours": func(w http.ResponseWriter, _ *http.Request) {
			multistatus(w, "<c:calendar-home-set><d:href>/x/</d:href></c:calendar-home-set>")
		},
		"broken": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusMultiStatus)
			_, _ = io.WriteString(w, "<d:multistatus")
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := strangerWho(t, answers)
			_, err := trusting(true, s).Find(t.Context(), s.URL, "jon", "secret")
			refusedAs(t, err, outside.NoCalendars)
		})
	}
	s := strangerWho(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusMultiStatus)
		for range 17 << 10 {
			if _, err := io.WriteString(w, strings.Repeat(" ", 1<<10)); err != nil {
				return
			}
		}
	})
	if _, err := trusting(true, s).Find(t.Context(), s.URL, "jon", "secret"); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("an answer of 17 MiB: %v", err)
	}
}

// A list that the server cuts off is gone on with, from where it was cut (RFC 6578, 3.6); one without an end is given up.
func TestAListThatIsCutOffIsGoneOnWith(t *testing.T) {
	for _, last := range []int{3, 1 << 30} {
		part := 0
		s := strangerWho(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == "PROPFIND" {
				multistatus(w, `<d:resourcetype><d:collection/><c:calendar/></d:resourcetype><d:supported-report-set><d:supported-report><d:report>
					<d:sync-collection/></d:report></d:supported-report></d:supported-report-set>`)
				return
			}
			asked, _ := io.ReadAll(r.Body)
			if want := fmt.Sprintf("<sync-token>part %d<", part); part > 0 && !strings.Contains(string(asked), want) {
				t.Errorf("asked %s, want %s", asked, want)
			}
			part++
			w.WriteHeader(http.StatusMultiStatus)
			_, _ = fmt.Fprintf(w, `<d:multistatus xmlns:d="DAV:"><d:response><d:href>/home/ours/%d.ics</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>`, part)
			if part < last {
				_, _ = io.WriteString(w, `<d:response><d:href>/home/ours/</d:href><d:status>HTTP/1.1 507 Insufficient Storage</d:status></d:response>`)
			}
			_, _ = fmt.Fprintf(w, `<d:sync-token>part %d</d:sync-token></d:multistatus>`, part)
		})
		c := trusting(true, s).Calendar(outside.Grant{Server: s.URL + "/home/", User: "jon", Pass: "secret"})
		if _, err := c.Open(t.Context(), s.URL+"/home/ours/"); err != nil {
			t.Fatal(err)
		}
		l, err := c.List(t.Context(), "sync begin")
		if last > 3 {
			if err == nil || part > 200 {
				t.Errorf("after %d parts: %v", part, err)
			}
			continue
		}
		if err != nil || len(l.Events) != 3 || l.Cursor != "sync part 3" || l.Events[2].Ref != "3.ics" {
			t.Errorf("listed %+v, %v", l, err)
		}
	}
}
