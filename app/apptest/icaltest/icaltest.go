// Package icaltest reads calendars with a parser that is not ours: ical.js, run by node, as Thunderbird has it.
//
// It knows no zone by name, so a time is right only where the file's own rules make it so. Of ours nothing is imported here: the tests of
// ical use it, too. Where ical.js is not installed (make assets) a test is skipped on a laptop and fails where CI or
// CHANCERY_TEST_REQUIRE is set.
package icaltest

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Calendar is what was understood of a file.
type Calendar struct {
	Name   string
	Method string
	Events []Event
}

// Event is one of them. Its times are UTC, whatever zone they were written in.
type Event struct {
	UID, Title, Place, Notes, Link string
	Zone                           string // as it was written in; "" of UTC
	StartsAt, EndsAt, ChangedAt    time.Time
	Status                         string
	Sequence                       int
	Busy                           bool
}

// Of is the event of that UID, which there must be once.
func (c *Calendar) Of(t testing.TB, uid string) (found Event) {
	t.Helper()
	n := 0
	for _, e := range c.Events {
		if e.UID == uid {
			found, n = e, n+1
		}
	}
	if n != 1 {
		t.Fatalf("%d events are %s", n, uid)
	}
	return found
}

//go:embed read.cjs
var script []byte

// Read reads a file. One that breaks a rule of RFC 5545 fails the test: line ends, lengths, characters, zones that it does not describe.
func Read(t testing.TB, file []byte) *Calendar {
	t.Helper()
	parser := filepath.Join(root(t), "static", "node_modules", "ical.js", "package.json")
	if _, err := os.Stat(parser); err != nil {
		if os.Getenv("CI") == "true" || os.Getenv("CHANCERY_TEST_REQUIRE") == "1" {
			t.Fatal("ical.js is not installed: make assets")
		}
		t.Skip("ical.js is not installed: make assets")
	}
	program := filepath.Join(t.TempDir(), "read.cjs")
	if err := os.WriteFile(program, script, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", program, filepath.Dir(filepath.Dir(filepath.Dir(parser)))+string(filepath.Separator))
	cmd.Stdin = bytes.NewReader(file)
	cmd.Env = append(os.Environ(), "TZ=Asia/Kathmandu") // none that a test uses: the machine's own must not help
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("no calendar: %v\n%s", err, said.Bytes())
	}
	var read struct {
		Calendar
		Problems []string
	}
	if err := json.Unmarshal(out, &read); err != nil {
		t.Fatal(err)
	}
	for i, p := range read.Problems {
		if i == 10 {
			t.Errorf("and %d more", len(read.Problems)-i)
			break
		}
		t.Error(p)
	}
	return &read.Calendar
}

func root(t testing.TB) string {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("there is no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}
