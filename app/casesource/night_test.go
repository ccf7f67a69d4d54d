package casesource_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"chancery/app/access"
	"chancery/app/blob"
	"chancery/app/cases/casestest"
	"chancery/app/casesource"
	"chancery/app/casesync"
)

// night goes through a run with a source.
func night(f *casestest.Firm, source casesync.Source) *casesync.Run {
	f.T.Helper()
	s := casesync.New(f.DB, f.Cases, source, 5)
	id, err := s.Begin(f.Ctx, access.System("casesync"))
	f.Must(err)
	for range 10_000 {
		next, err := s.Advance(f.Ctx, id)
		f.Must(err)
		if next.IsZero() {
			r, err := s.Last(f.Ctx)
			f.Must(err)
			return r
		}
		if now := f.Clock.Now(); next.After(now) {
			f.Clock.Add(next.Sub(now))
		}
	}
	f.T.Fatal("the night does not end")
	return nil
}

// Issue 6: a night from end to end, over HTTP: parts, the secret, ETags, and a server that is busy in the middle of it.
func TestANightOverHTTP(t *testing.T) {
	casestest.Each(t, func(t *testing.T, f *casestest.Firm) {
		f.Person("Mina", "Reyes", "mina", "")
		h := &system{t: t, lists: map[string][][]map[string]any{"/v1/clients": {{{"id": "c1", "name": "Anya Petrova"}}}, "/v1/members": {{}}},
			link: func(path string, n int) (map[string]any, string) {
				return map[string]any{"next": fmt.Sprintf("?cursor=part-%d", n)}, ""
			}}
		for part := range 4 {
			var rows []map[string]any
			for i := range 25 {
				id := fmt.Sprintf("k%d-%02d", part, i)
				rows = append(rows, map[string]any{"id": id, "title": "Visa " + id, "client": "c1", "owner": "mina@firm.example", "status": "open"})
			}
			h.lists["/v1/cases"] = append(h.lists["/v1/cases"], rows)
		}
		busy := 2
		source := open(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			if strings.Contains(q.URL.RawQuery, "part-2") && busy > 0 {
				busy--
				w.Header().Set("Retry-After", "20")
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			h.ServeHTTP(w, q)
		}), casesource.Options{})
		if r := night(f, source); r.State != casesync.Done || r.Created != 101 || r.Failed != 0 {
			t.Fatalf("%+v", r)
		}
		asked := len(h.asked)
		if r := night(f, source); r.State != casesync.Done || r.ToLand != 0 || r.Read != 101 || len(h.asked) != 2*asked {
			t.Errorf("%+v, %d requests after %d", r, len(h.asked)-asked, asked)
		}
		h.lists["/v1/cases"][3] = h.lists["/v1/cases"][3][:24]
		if r := night(f, source); r.Closed != 1 || f.Count(`SELECT count(*) FROM cases WHERE status = 'closed' AND external_id = 'k3-24'`) != 1 {
			t.Errorf("%+v", r)
		}
	})
}

// And from files in a folder of the store of objects, which are replaced the next night.
func TestANightFromFiles(t *testing.T) {
	casestest.Each(t, func(t *testing.T, f *casestest.Firm) {
		mina := f.Person("Mina", "Reyes", "mina", "")
		jon := f.Person("Jon", "Ito", "jon", "")
		blobs, err := blob.Open(t.Context(), "dir:"+t.TempDir(), blob.Credentials{})
		f.Must(err)
		source, err := casesource.Open("blobs:drop", casesource.Options{Blobs: blobs})
		f.Must(err)
		drop := func(name, text string) {
			f.Must(blobs.Put(t.Context(), "drop/"+name, []byte(text), blob.TypeOf("drop/"+name)))
		}
		drop("clients.ndjson", `{"id":"c1","name":"Anya Petrova"}`)
		drop("cases.csv", "\ufeffid;title;client;owner;status\nk1;Visa;c1;mina@firm.example;open\nk2;Appeal;c1;jon@firm.example;open\n")
		drop("members.csv", "case,member\nk1,jon@firm.example\n")
		if r := night(f, source); r.State != casesync.Done || r.Created != 4 || r.Failed != 0 {
			t.Fatalf("%+v", r)
		}
		if r := night(f, source); r.ToLand != 0 || r.Closed != 0 {
			t.Errorf("%+v", r)
		}
		drop("cases.csv", "id;title;client;owner;status\nk1;Work permit;c1;jon@firm.example;open\n")
		if r := night(f, source); r.Changed != 1 || r.Closed != 1 || f.Count(`SELECT count(*) FROM cases WHERE owner_id = ? AND status = 'open' AND title = 'Work permit'`, jon.ID) != 1 {
			t.Errorf("%+v", r)
		}
		_ = mina
	})
}
