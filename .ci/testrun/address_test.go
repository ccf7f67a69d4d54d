package main

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A run has its cluster at the checkout's own path, which is the same each time; a second one beside it, or one whose path is too long for a socket, has it where it is.
func TestAClusterIsAtTheSamePathEachRun(t *testing.T) {
	t.Chdir(t.TempDir())
	folder := t.TempDir()
	given := (&url.URL{Scheme: "postgres", User: url.User("chancery"), Path: "/postgres", RawQuery: url.Values{"host": {folder}}.Encode()}).String()
	u, err := url.Parse(sameEachRun(given))
	if err != nil {
		t.Fatal(err)
	}
	here, err := filepath.Abs(".cache/postgres")
	if err != nil {
		t.Fatal(err)
	}
	if got := u.Query().Get("host"); got != here {
		t.Errorf("it is at %s, want %s", got, here)
	}
	if to, err := os.Readlink(here); err != nil || to != folder {
		t.Errorf("which leads to %s, %v", to, err)
	}
	if got := sameEachRun(given); got != given {
		t.Errorf("beside another run it is at %s", got)
	}
	long := filepath.Join(t.TempDir(), strings.Repeat("d", socketMost))
	if err := os.Mkdir(long, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir(long)
	if got := sameEachRun(given); got != given {
		t.Errorf("of a path that is too long it is at %s", got)
	}
}
