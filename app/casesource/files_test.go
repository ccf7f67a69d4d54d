package casesource_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"chancery/app/apptest/s3test"
	"chancery/app/blob"
	"chancery/app/casesource"
	"chancery/app/casesync"
)

// eachStore runs fn with a file drop in a directory, and in one of a real S3 server.
func eachStore(t *testing.T, fn func(t *testing.T, drop func(name, text string), s casesync.Source)) {
	t.Helper()
	run := func(t *testing.T, url string, c blob.Credentials) {
		blobs, err := blob.Open(t.Context(), url, c)
		if err != nil {
			t.Fatal(err)
		}
		s, err := casesource.Open("blobs:drop/night", casesource.Options{Blobs: blobs})
		if err != nil {
			t.Fatal(err)
		}
		fn(t, func(name, text string) {
			key := "drop/night/" + name
			err := blobs.Delete(t.Context(), key)
			if err == nil && text != "" {
				err = blobs.Put(t.Context(), key, []byte(text), blob.TypeOf(key))
			}
			if err != nil {
				t.Fatal(err)
			}
		}, s)
	}
	t.Run("directory", func(t *testing.T) { run(t, "dir:"+t.TempDir(), blob.Credentials{}) })
	t.Run("s3", func(t *testing.T) {
		url, c := s3test.Start(t)
		run(t, url, blob.Credentials(c))
	})
}

func rows(t *testing.T, s casesync.Source, kind casesync.Kind) (all []casesync.Row) {
	t.Helper()
	for cursor := ""; ; {
		p, err := s.Read(t.Context(), kind, cursor, "")
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p.Rows...)
		if cursor = p.Next; cursor == "" {
			return all
		}
	}
}

// Issue 6: CSV or NDJSON, with or without a byte order mark, semicolons or commas.
func TestAFileIsReadWhicheverWayItIsWritten(t *testing.T) {
	eachStore(t, func(t *testing.T, drop func(name, text string), s casesync.Source) {
		for name, text := range map[string]string{
			"cases.csv":    "Title,ID,number\r\n\"Permit, work\",k1,M-1\r\nÉtudes,k2,\r\n",
			"semicolons":   "\ufeffTITLE;id;Number\n\"Permit, work\";k1;M-1\nÉtudes;k2;",
			"tabs":         "number\tid\ttitle\textra\nM-1\tk1\t\"Permit, work\"\tx\n\tk2\tÉtudes\t\n",
			"cases.ndjson": "\ufeff{\"id\":\"k1\",\"title\":\"Permit, work\",\"number\":\"M-1\"}\n\n{\"id\":\"k2\",\"title\":\"Études\",\"number\":\"\"}",
		} {
			file := name
			if !strings.Contains(name, ".") {
				file = "cases.csv"
			}
			drop(file, text)
			all := rows(t, s, casesync.Cases)
			if len(all) != 2 || all[0].Said["title"] != "Permit, work" || all[0].Said["number"] != "M-1" || all[1].Said["id"] != "k2" || all[1].Said["title"] != "Études" || all[1].Said["number"] != "" {
				t.Errorf("%s: %+v", name, all)
			}
			drop(file, "")
		}
		if p, err := s.Read(t.Context(), casesync.Cases, "", ""); err != nil || !p.Absent {
			t.Errorf("%+v %v", p, err)
		}
	})
}

func TestRowsThatCannotBeReadAreSaidToBeSo(t *testing.T) {
	eachStore(t, func(t *testing.T, drop func(name, text string), s casesync.Source) {
		drop("cases.csv", "id,title\nk1,a,b\nk2\n\"k3\"x,t\nk4,fine\n")
		all := rows(t, s, casesync.Cases)
		if len(all) != 4 || all[0].Broken == "" || all[1].Broken == "" || all[2].Broken == "" || all[3].Broken != "" || all[0].Said["id"] != "" || all[3].Place != 4 {
			t.Errorf("%+v", all)
		}
		for text, want := range map[string]string{"title,number\na,b\n": "no column", "id,ID\n1,2\n": "two columns", "\xff\xfei\x00d\x00": "UTF-16", "": ""} {
			if text == "" {
				continue
			}
			drop("cases.csv", text)
			var trouble *casesync.Trouble
			if _, err := s.Read(t.Context(), casesync.Cases, "", ""); !errors.As(err, &trouble) || trouble.Reason != casesync.Unreadable || !strings.Contains(trouble.Detail, want) {
				t.Errorf("%q: %v", text, err)
			}
		}
		drop("cases.ndjson", "{}")
		var trouble *casesync.Trouble
		if _, err := s.Read(t.Context(), casesync.Cases, "", ""); !errors.As(err, &trouble) || trouble.Reason != casesync.Unreadable {
			t.Error(err)
		}
	})
}

// A file that is as it was is not read again; who begins in its middle, since another process died there, misses nothing; and one that was replaced meanwhile is
// not read half and half.
func TestALongFileIsReadInParts(t *testing.T) {
	eachStore(t, func(t *testing.T, drop func(name, text string), s casesync.Source) {
		var text strings.Builder
		text.WriteString("id,name\n")
		for i := range 1200 {
			fmt.Fprintf(&text, "c%d,Client %d\n", i, i)
		}
		drop("clients.csv", text.String())
		first, err := s.Read(t.Context(), casesync.Clients, "", "")
		if err != nil || len(first.Rows) != 500 || first.Next == "" || !first.Still {
			t.Fatal(err, len(first.Rows))
		}
		if _, err := s.Read(t.Context(), casesync.Cases, "", ""); err != nil { // lets go of the file
			t.Fatal(err)
		}
		second, err := s.Read(t.Context(), casesync.Clients, first.Next, "")
		if err != nil || len(second.Rows) != 500 || second.Rows[0].Said["id"] != "c500" {
			t.Fatal(err, len(second.Rows))
		}
		third, err := s.Read(t.Context(), casesync.Clients, second.Next, "")
		if err != nil || len(third.Rows) != 200 || third.Next != "" {
			t.Fatal(err, len(third.Rows))
		}
		for _, cursor := range []string{"", first.Next, second.Next} {
			if p, err := s.Read(t.Context(), casesync.Clients, cursor, first.ETag); err != nil || !p.Same {
				t.Error(cursor, p.Same, err)
			}
		}
		if _, err := s.Read(t.Context(), casesync.Cases, "", ""); err != nil {
			t.Fatal(err)
		}
		drop("clients.csv", text.String()+"c9999,New\n")
		var trouble *casesync.Trouble
		if _, err := s.Read(t.Context(), casesync.Clients, second.Next, ""); !errors.As(err, &trouble) || trouble.Reason != casesync.Moved {
			t.Error(err)
		}
		if p, err := s.Read(t.Context(), casesync.Clients, "", first.ETag); err != nil || p.Same || len(p.Rows) != 500 {
			t.Error(p.Same, err)
		}
	})
}
