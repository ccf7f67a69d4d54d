package casesource_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"chancery/app/casesource"
	"chancery/app/casesync"
)

// system is a case system that keeps to the protocol and insists on it: the secret, JSON, the method, ETags.
type system struct {
	t     *testing.T
	lists map[string][][]map[string]any // by path, in parts
	link  func(path string, next int) (body map[string]any, header string)
	asked []string
}

func (s *system) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	s.asked = append(s.asked, q.URL.RequestURI())
	if q.Header.Get("Authorization") != "Bearer secret" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if q.Method != http.MethodGet || q.Header.Get("Accept") != "application/json" {
		w.WriteHeader(http.StatusNotAcceptable)
		return
	}
	parts, ok := s.lists[q.URL.Path]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	n := 0
	if c := q.URL.Query().Get("cursor"); c != "" {
		if _, err := fmt.Sscanf(c, "part-%d", &n); err != nil || n >= len(parts) {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
	}
	etag := fmt.Sprintf(`"%s-%d-%v"`, q.URL.Path, n, len(fmt.Sprint(parts[n])))
	w.Header().Set("ETag", etag)
	if q.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := map[string]any{"data": parts[n]}
	if n+1 < len(parts) {
		extra, header := s.link(q.URL.Path, n+1)
		for k, v := range extra {
			body[k] = v
		}
		if header != "" {
			w.Header().Set("Link", header)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}

func open(t *testing.T, h http.Handler, o casesource.Options) casesync.Source {
	t.Helper()
	at := httptest.NewServer(h)
	t.Cleanup(at.Close)
	o.Authorization = "Bearer secret"
	s, err := casesource.Open(at.URL+"/v1", o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// all reads a list as the sync does, part after part, and says the rows and the ETags.
func all(t *testing.T, s casesync.Source, kind casesync.Kind) (ids []string, etags map[string]string) {
	t.Helper()
	etags = map[string]string{}
	for cursor := ""; ; {
		p, err := s.Read(t.Context(), kind, cursor, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range p.Rows {
			ids = append(ids, r.Said["id"])
		}
		etags[cursor] = p.ETag
		if cursor = p.Next; cursor == "" {
			return ids, etags
		}
	}
}

// Issue 6: a JSON source, paged, with ETags and a secret in a header. Whichever way a list says what follows it.
func TestAListIsReadPartByPart(t *testing.T) {
	for name, link := range map[string]func(string, int) (map[string]any, string){
		"next": func(path string, n int) (map[string]any, string) {
			return map[string]any{"next": fmt.Sprintf("%s?cursor=part-%d", path, n)}, ""
		},
		"cursor": func(_ string, n int) (map[string]any, string) {
			return map[string]any{"next_cursor": fmt.Sprintf("part-%d", n)}, ""
		},
		"link": func(path string, n int) (map[string]any, string) {
			return nil, fmt.Sprintf(`<%s?cursor=part-0>; rel="first", <?cursor=part-%d>; rel="next"`, path, n)
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := &system{t: t, link: link, lists: map[string][][]map[string]any{"/v1/clients": {{{"id": "c1"}, {"id": 17}}, {{"id": "c3"}}, {{"id": "c4"}}}}}
			s := open(t, h, casesource.Options{})
			ids, etags := all(t, s, casesync.Clients)
			if got := strings.Join(ids, " "); got != "c1 17 c3 c4" || len(etags) != 3 {
				t.Fatal(got, etags)
			}
			for cursor, etag := range etags { // and none of it again while it is the same
				if p, err := s.Read(t.Context(), casesync.Clients, cursor, etag); err != nil || !p.Same {
					t.Errorf("%q %+v %v", cursor, p, err)
				}
			}
			if p, err := s.Read(t.Context(), casesync.Members, "", ""); err != nil || !p.Absent {
				t.Errorf("%+v %v", p, err)
			}
		})
	}
}

func TestWhatARowSaysIsText(t *testing.T) {
	s := open(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`[{"id":"k1","number":2026017,"private":true,"title":null,"owner":"a@b.example","extra":{"x":1}}, 5, {"id":"k2","title":["x"]}]`))
	}), casesource.Options{})
	p, err := s.Read(t.Context(), casesync.Cases, "", "")
	if err != nil || len(p.Rows) != 3 {
		t.Fatal(p, err)
	}
	if _, said := p.Rows[0].Said["title"]; said || p.Rows[0].Said["number"] != "2026017" || p.Rows[0].Said["private"] != "true" || p.Rows[0].Broken != "" {
		t.Errorf("%+v", p.Rows[0])
	}
	if p.Rows[1].Broken != "row" || p.Rows[2].Broken != "title" || p.Rows[2].Said["id"] != "k2" {
		t.Errorf("%+v", p.Rows[1:])
	}
}

// What the case system may answer otherwise: what may pass is tried again, what may not is said at once, and the secret goes to nobody else.
func TestTroublesHaveTheirNames(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		t.Error("asked elsewhere, with", q.Header.Get("Authorization"))
	}))
	t.Cleanup(elsewhere.Close)
	for name, c := range map[string]struct {
		answer    http.HandlerFunc
		reason    string
		temporary bool
		after     time.Duration
	}{
		"secret":    {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }, casesync.Unwelcome, false, 0},
		"forbidden": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }, casesync.Unwelcome, false, 0},
		"down":      {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }, casesync.Unreachable, true, 0},
		"busy":      {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", "90"); w.WriteHeader(429) }, casesync.Unreachable, true, 90 * time.Second},
		"wrong":     {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(400) }, casesync.Unreadable, false, 0},
		"html":      {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }, casesync.Unreadable, false, 0},
		"no list":   {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"rows":[]}`)) }, casesync.Unreadable, false, 0},
		"huge": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`["` + strings.Repeat("x", 17<<20) + `"]`))
		}, casesync.Unreadable, false, 0},
		"rows": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`[` + strings.Repeat("1,", 10_000) + `1]`))
		}, casesync.Unreadable, false, 0},
		"redirect": {func(w http.ResponseWriter, q *http.Request) { http.Redirect(w, q, elsewhere.URL, http.StatusFound) }, casesync.Unreadable, false, 0},
		"away": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"data":[],"next":"` + elsewhere.URL + `/cases"}`))
		}, casesync.Unreadable, false, 0},
		"half": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte(`[`))
		}, casesync.Unreachable, true, 0},
		"slow": {func(w http.ResponseWriter, q *http.Request) {
			select {
			case <-q.Context().Done():
			case <-t.Context().Done():
			}
		}, casesync.Unreachable, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, c.answer, casesource.Options{Timeout: 300 * time.Millisecond})
			if name == "huge" {
				s = open(t, c.answer, casesource.Options{})
			}
			_, err := s.Read(t.Context(), casesync.Cases, "", "")
			var trouble *casesync.Trouble
			if !errors.As(err, &trouble) || trouble.Reason != c.reason || trouble.Temporary != c.temporary || trouble.After != c.after {
				t.Errorf("%+v", err)
			}
			if trouble != nil && (strings.Contains(trouble.Detail, "secret") || strings.Contains(trouble.Detail, "127.0.0.1")) {
				t.Error("says too much:", trouble.Detail)
			}
		})
	}
	gone, err := casesource.Open("http://127.0.0.1:1", casesource.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var trouble *casesync.Trouble
	if _, err := gone.Read(t.Context(), casesync.Cases, "", ""); !errors.As(err, &trouble) || !trouble.Temporary {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := gone.Read(ctx, casesync.Cases, "", ""); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestWhatASettingMayName(t *testing.T) {
	for place, good := range map[string]bool{"": true, "off": true, "https://cases.firm.example/v1": true, "http://127.0.0.1:8099": true, "blobs:casesystem": true, "blobs:a/b": true,
		"http://cases.firm.example": false, "https://a:b@cases.firm.example": false, "https://x.example?key=1": false, "blobs:": false, "blobs:../x": false, "blobs:pictures": false, "ftp://x": false} {
		if err := casesource.Check(place); (err == nil) != good {
			t.Errorf("%q: %v", place, err)
		}
	}
}
