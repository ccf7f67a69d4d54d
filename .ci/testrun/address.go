package main

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// socketMost is how long the path of a Unix socket may be, less what Postgres adds to its folder's.
const socketMost = 107 - len("/.s.PGSQL.5432")

// sameEachRun is the URL of a cluster by a link in .cache, which is the same each time: `go test` keeps a result for as long as what the test read of its
// environment is the same, so what nothing has changed for is not run again. Where another run in this checkout has the link, or its path is too long for a socket, the URL
// stays as it is, and everything is run.
func sameEachRun(given string) string {
	u, err := url.Parse(given)
	if err != nil {
		return given
	}
	query := u.Query()
	folder, link := query.Get("host"), ".cache/postgres"
	here, err := filepath.Abs(link)
	if err != nil || len(here) > socketMost || !strings.HasPrefix(folder, "/") || !hold(link+".lock") {
		return given
	}
	if err := os.Remove(link); err != nil && !os.IsNotExist(err) {
		return given
	}
	if err := os.Symlink(folder, link); err != nil {
		return given
	}
	query.Set("host", here)
	u.RawQuery = query.Encode()
	return u.String()
}

// hold takes a lock until this process ends, and tells whether nobody has it. What it opens stays open, and no child has it.
func hold(path string) bool {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return false
	}
	fd, err := syscall.Open(path, syscall.O_CREAT|syscall.O_RDWR|syscall.O_CLOEXEC, 0o600)
	return err == nil && syscall.Flock(fd, syscall.LOCK_EX|syscall.LOCK_NB) == nil
}
