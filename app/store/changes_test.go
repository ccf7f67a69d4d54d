package store_test

import (
	"strings"
	"testing"

	"chancery/app/store"
	"chancery/app/store/storetest"
)

// A connection that breaks is taken anew, and the empty key tells every listener to look for itself, since keys may
// have been missed.
func TestTheChangeFeedComesBackAfterItsConnectionBreaks(t *testing.T) {
	db := storetest.Open(t, storetest.Postgres(t), nil)
	heard := make(chan string, 16)
	defer db.Listen("mail/", func(key string) { heard <- key })()
	expect := func(want string) {
		t.Helper()
		if got := <-heard; got != want { // the test's own time limit ends a wait in vain
			t.Fatalf("heard %q, want %q", got, want)
		}
	}
	expect("")
	var killed int
	err := db.In(t.Context()).Raw(`SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
		WHERE datname = current_database() AND query LIKE 'LISTEN %'`).Scan(&killed).Error
	if err != nil || killed != 1 {
		t.Fatalf("%d connections killed, %v", killed, err)
	}
	expect("")
	if err := db.Changed(t.Context(), "mail/1"); err != nil {
		t.Fatal(err)
	}
	expect("mail/1")
}

func TestListenersHearTheirPrefixUntilTheyLeave(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t), nil)
	var heard []string
	leave := db.Listen("user/", func(key string) { heard = append(heard, key) })
	for _, key := range []string{"user/1", "mail/1", "users/1"} {
		if err := db.Changed(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	leave()
	if err := db.Changed(t.Context(), "user/2"); err != nil {
		t.Fatal(err)
	}
	if len(heard) != 1 || heard[0] != "user/1" {
		t.Errorf("heard %q", heard)
	}
}

// A named type is a row like any other, and no row is none.
func TestOneTellsWhetherThereWasARow(t *testing.T) {
	type status string
	storetest.Each(t, nil, func(t *testing.T, db *store.DB) {
		var s status
		if ok, err := store.One(db.In(t.Context()).Raw("SELECT 'ACTIVE'"), &s); !ok || err != nil || s != "ACTIVE" {
			t.Error(ok, err, s)
		}
		var l lease
		if ok, err := store.One(db.In(t.Context()).Raw("SELECT name, term FROM leases"), &l); ok || err != nil {
			t.Error(ok, err)
		}
		if err := insert(t.Context(), db, "x", db.Now()); err != nil {
			t.Fatal(err)
		}
		if ok, err := store.One(db.In(t.Context()).Raw("SELECT name, term FROM leases"), &l); !ok || err != nil || l.Name != "x" || l.Term != 1 {
			t.Error(ok, err, l)
		}
		if _, err := store.One(db.In(t.Context()).Raw("SELECT nothing"), &l); err == nil {
			t.Error("a faulty query is no error")
		}
	})
}

func TestURLsThatCannotWorkAreNamed(t *testing.T) {
	for _, url := range []string{"", "x", "sqlite:", "sqlite::memory:", "mysql://x/y", "postgres://host", "postgres://u:secret@host:port/db"} {
		if err := store.Check(url); err == nil {
			t.Errorf("%q is taken", url)
		} else if got := err.Error(); len(got) > 120 || strings.Contains(got, "secret") {
			t.Errorf("%q: %s", url, got)
		}
	}
	for _, url := range []string{"sqlite:.data/chancery.db", "sqlite:/tmp/a b?#%.db", "postgres://chancery@db/chancery"} {
		if err := store.Check(url); err != nil {
			t.Errorf("%q: %v", url, err)
		}
	}
}
