package audit_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"chancery/app/audit"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// S1-14, ASVS 16.2.5, 16.3.1…16.3.3: who, what, to whom, when, from where, before and after; newest first.
func TestALineTellsWhoDidWhat(t *testing.T) {
	clock := storetest.NewClock()
	storetest.Each(t, clock.Now, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		who := audit.Actor{ID: "u1", Name: "Noor Haddad", Network: "198.51.100.7", RequestID: "r1"}
		for _, e := range []audit.Entry{
			{Action: "user.create", Kind: "user", ID: "u2"},
			{Action: "user.edit-profile", Kind: "user", ID: "u2", Changes: []audit.Change{{Field: "zone", Before: "UTC", After: "America/Toronto"}}},
			{Action: "user.create", Kind: "user", ID: "u3"},
		} {
			if err := audit.Record(ctx, db, who, e); err != nil {
				t.Fatal(err)
			}
		}
		lines, err := audit.Of(ctx, db, "user", "u2", 10)
		if err != nil || len(lines) != 2 {
			t.Fatal(lines, err)
		}
		l := lines[0]
		if l.ActorID != "u1" || l.ActorName != "Noor Haddad" || l.Network != "198.51.100.7" || l.RequestID != "r1" || l.Action != "user.edit-profile" ||
			l.Changes != `[{"field":"zone","before":"UTC","after":"America/Toronto"}]` || !l.At.Equal(clock.Now()) || lines[1].Changes != "[]" {
			t.Errorf("%+v", lines)
		}
		clock.Add(time.Second)
		if lines, err = audit.Of(ctx, db, "user", "u2", 1); err != nil || len(lines) != 1 || lines[0].ID != l.ID {
			t.Error(lines, err)
		}
	})
}

// No line tells of what did not happen.
func TestALineGoesWithItsTransaction(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		no := errors.New("no")
		err := db.Tx(t.Context(), func(ctx context.Context) error {
			if err := audit.Record(ctx, db, audit.Actor{ID: "u1"}, audit.Entry{Action: "user.create", Kind: "user", ID: "u2"}); err != nil {
				return err
			}
			return no
		})
		if !errors.Is(err, no) {
			t.Fatal(err)
		}
		if lines, err := audit.Of(t.Context(), db, "user", "u2", 10); err != nil || len(lines) != 0 {
			t.Error(lines, err)
		}
	})
}

// S1-14: a change and its line are one: when the line cannot be written the change is not made either, and a change of
// nothing has no line.
func TestAChangeAndItsLineAreOne(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		if err := db.In(ctx).Exec(`CREATE TABLE things (id text PRIMARY KEY, name text NOT NULL)`).Error; err != nil {
			t.Fatal(err)
		}
		if err := db.In(ctx).Exec(`INSERT INTO things VALUES ('a', 'old'), ('b', 'old')`).Error; err != nil {
			t.Fatal(err)
		}
		rename := func(ctx context.Context, id, name, action string) (bool, error) {
			return audit.Execute(ctx, db, audit.Actor{ID: "u1"}, audit.Entry{Action: action, Kind: "thing", ID: id},
				audit.Statement{SQL: `UPDATE things SET name = $1 WHERE id = $2`, Args: []any{name, id}})
		}
		state := func(id string) (name string, lines int) {
			if err := db.Row(ctx, `SELECT name FROM things WHERE id = $1`, id).Scan(&name); err != nil {
				t.Fatal(err)
			}
			of, err := audit.Of(ctx, db, "thing", id, 10)
			if err != nil {
				t.Fatal(err)
			}
			return name, len(of)
		}
		if done, err := rename(ctx, "a", "new", "thing.rename"); err != nil || !done {
			t.Fatal(done, err)
		}
		if name, lines := state("a"); name != "new" || lines != 1 {
			t.Error(name, lines)
		}
		if done, err := rename(ctx, "z", "new", "thing.rename"); err != nil || done {
			t.Error("changed what is not there:", done, err)
		}
		if lines, err := audit.Of(ctx, db, "thing", "z", 10); err != nil || len(lines) != 0 {
			t.Error("a line of what did not happen:", lines, err)
		}
		no := errors.New("no")
		if err := db.Tx(ctx, func(ctx context.Context) error {
			if done, err := rename(ctx, "b", "new", "thing.rename"); err != nil || !done {
				t.Error(done, err)
			}
			return no
		}); !errors.Is(err, no) {
			t.Error(err)
		}
		if name, lines := state("b"); name != "old" || lines != 0 {
			t.Error("outlived its transaction:", name, lines)
		}
		if err := db.In(ctx).Exec(`DROP TABLE audit`).Error; err != nil {
			t.Fatal(err)
		}
		if _, err := rename(ctx, "b", "new", "thing.rename"); err == nil {
			t.Error("done without its line")
		}
		var name string
		if err := db.Row(ctx, `SELECT name FROM things WHERE id = 'b'`).Scan(&name); err != nil || name != "old" {
			t.Error("changed without its line:", name, err)
		}
	})
}
