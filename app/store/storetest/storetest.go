// Package storetest gives tests a fresh, migrated database of each kind. Every test that touches the store runs on
// both (architecture: one suite, every dialect). Imported by tests only.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"chancery/app/apptest/pgtest"
	"chancery/app/store"
)

// Each runs fn on a fresh SQLite and on a fresh Postgres database. now is the clock; nil means the machine's.
func Each(t *testing.T, now func() time.Time, fn func(t *testing.T, db *store.DB)) {
	t.Helper()
	EachURL(t, func(t *testing.T, url string) { fn(t, Open(t, url, now)) })
}

// EachURL runs fn with the URLs of two fresh, migrated databases, for tests that start processes or replicas.
func EachURL(t *testing.T, fn func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { fn(t, Postgres(t)) })
}

// SQLite is the URL of a fresh, migrated SQLite database in the test's folder: a copy of a template that is migrated once a process.
func SQLite(tb testing.TB) string {
	tb.Helper()
	content, err := template()
	if err != nil {
		tb.Fatal(err)
	}
	file := filepath.Join(tb.TempDir(), "chancery.db")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		tb.Fatal(err)
	}
	return "sqlite:" + file
}

// template is the content of a migrated SQLite database. It is whole: the last connection that closes leaves nothing beside the file.
var template = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "chancery-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "chancery.db")
	if err := prepare("sqlite:" + file); err != nil {
		return nil, err
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 1 {
		return nil, errors.Join(fmt.Errorf("beside the migrated database there is more than its file: %v", left), err)
	}
	return os.ReadFile(file)
})

// Postgres is the URL of a fresh, migrated Postgres database, made from a template that is migrated once a process.
func Postgres(tb testing.TB) string {
	tb.Helper()
	return pgtest.FromTemplate(tb, "chancery", prepare)
}

// Open opens a database and closes it with the test.
func Open(tb testing.TB, url string, now func() time.Time) *store.DB {
	tb.Helper()
	db, err := store.Open(context.Background(), url, now)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	return db
}

func prepare(url string) error {
	ctx := context.Background()
	db, err := store.Open(ctx, url, nil)
	if err != nil {
		return err
	}
	_, err = db.Migrate(ctx)
	return errors.Join(err, db.Close())
}

// Clock is a clock that only moves when a test says so.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// NewClock starts a clock at a fixed instant: Saturday 21 November 2026, 14:00 UTC.
func NewClock() *Clock { return &Clock{at: time.Date(2026, 11, 21, 14, 0, 0, 0, time.UTC)} }

// Now is the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Add moves the clock.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}
