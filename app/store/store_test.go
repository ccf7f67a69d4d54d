package store_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"chancery/app/store"
	"chancery/app/store/storetest"
)

type lease struct {
	Name      string
	Holder    string
	Term      int64
	ExpiresAt time.Time
}

func insert(ctx context.Context, db *store.DB, name string, at time.Time) error {
	return db.In(ctx).Table("leases").Create(&lease{name, "a", 1, at}).Error
}

func TestTransactionsOfTwoVerbsAreOneCommit(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, db *store.DB) {
		boom := errors.New("boom")
		err := db.Tx(t.Context(), func(ctx context.Context) error {
			if err := db.Tx(ctx, func(ctx context.Context) error { return insert(ctx, db, "x", db.Now()) }); err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Fatalf("err = %v", err)
		}
		var n int64
		if err := db.In(t.Context()).Table("leases").Count(&n).Error; err != nil || n != 0 {
			t.Fatalf("%d rows stayed, err %v", n, err)
		}
	})
}

// A part that failed has left nothing behind: no row, and no word of a change. Otherwise who tries something and takes it
// back would be called by the change that never was, and try again, for ever.
func TestAPartThatFailedLeavesNothing(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, db *store.DB) {
		heard := make(chan string, 64)
		defer db.Listen("part/", func(key string) { heard <- key })()
		for listening := false; !listening; { // Postgres' feed is there a moment after the database
			if err := db.Changed(t.Context(), "part/begin"); err != nil {
				t.Fatal(err)
			}
			select {
			case key := <-heard:
				listening = key != ""
			case <-time.After(20 * time.Millisecond):
			}
		}
		boom := errors.New("boom")
		err := db.Tx(t.Context(), func(ctx context.Context) error {
			for _, c := range []struct {
				name string
				err  error
			}{{"a", nil}, {"b", boom}, {"c", nil}} {
				err := db.Inner(ctx, func(ctx context.Context) error {
					return errors.Join(insert(ctx, db, c.name, db.Now()), db.Changed(ctx, "part/"+c.name), c.err)
				})
				if !errors.Is(err, c.err) {
					t.Errorf("%s: %v", c.name, err)
				}
			}
			return db.Changed(ctx, "part/end")
		})
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for key := range heard {
			if keys = append(keys, key); key == "part/end" {
				break
			}
		}
		var names []string
		if err := db.In(t.Context()).Table("leases").Order("name").Pluck("name", &names).Error; err != nil {
			t.Fatal(err)
		}
		if keys = slices.DeleteFunc(keys, func(key string) bool { return key == "" || key == "part/begin" }); !slices.Equal(keys, []string{"part/a", "part/c", "part/end"}) || !slices.Equal(names, []string{"a", "c"}) {
			t.Errorf("heard %v, kept %v", keys, names)
		}
	})
}

func TestTimesCompareAsInstantsWhateverTheirFraction(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, db *store.DB) {
		whole := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
		if err := insert(t.Context(), db, "x", whole); err != nil {
			t.Fatal(err)
		}
		var n int64
		err := db.In(t.Context()).Table("leases").Where("expires_at < ?", whole.Add(time.Microsecond)).Count(&n).Error
		if err != nil || n != 1 {
			t.Fatalf("n = %d, err %v", n, err)
		}
		var got lease
		if err := db.In(t.Context()).Table("leases").Take(&got).Error; err != nil {
			t.Fatal(err)
		}
		if !got.ExpiresAt.Equal(whole) || got.ExpiresAt.UTC() != whole {
			t.Fatalf("got %v", got.ExpiresAt)
		}
	})
}

func TestViolatedNamesTheIndex(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, db *store.DB) {
		now := db.Now()
		q := "INSERT INTO departments (id, name, created_at, updated_at) VALUES (?, ?, ?, ?)"
		if err := db.In(t.Context()).Exec(q, "1", "Family", now, now).Error; err != nil {
			t.Fatal(err)
		}
		err := db.In(t.Context()).Exec(q, "2", "FAMILY", now, now).Error
		if !store.Violated(err, "departments_name", "") || store.Violated(err, "roles_name", "") {
			t.Fatalf("index not named: %v", err)
		}
		if err = insert(t.Context(), db, "x", now); err != nil {
			t.Fatal(err)
		}
		err = insert(t.Context(), db, "x", now)
		if !store.Violated(err, "leases_pkey", "leases.name") {
			t.Fatalf("key not named: %v", err)
		}
	})
}

func TestChangesReachListenersAfterTheCommitOnly(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		here := storetest.Open(t, url, nil)
		there := here
		if here.Dialect() == store.Postgres {
			there = storetest.Open(t, url, nil) // another replica
		}
		var mu sync.Mutex
		var heard []string
		got := make(chan string, 64)
		defer there.Listen("mail/", func(key string) {
			mu.Lock()
			heard = append(heard, key)
			mu.Unlock()
			got <- key
		})()
		if here.Dialect() == store.Postgres {
			<-got // the empty key: LISTEN stands
		}
		_ = here.Tx(t.Context(), func(ctx context.Context) error {
			_ = here.Changed(ctx, "mail/rolled-back")
			return errors.New("no")
		})
		err := here.Tx(t.Context(), func(ctx context.Context) error {
			return errors.Join(here.Changed(ctx, "mail/1"), here.Changed(ctx, "mail/1"), here.Changed(ctx, "user/1"))
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := here.Changed(t.Context(), "mail/2"); err != nil {
			t.Fatal(err)
		}
		for key := range got {
			if key == "mail/2" {
				break
			}
		}
		mu.Lock()
		defer mu.Unlock()
		var keys []string
		for _, k := range heard {
			if k != "" {
				keys = append(keys, k)
			}
		}
		if len(keys) != 2 || keys[0] != "mail/1" || keys[1] != "mail/2" {
			t.Fatalf("heard %q", keys)
		}
	})
}

// ASVS 16.4.2
func TestAuditRowsAreNeverChangedOrDeleted(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, db *store.DB) {
		err := db.In(t.Context()).Exec(`INSERT INTO audit (id, at, actor_id, actor_name, action, object_kind, object_id)
			VALUES ('1', ?, 'a', 'A', 'x', 'user', 'u')`, db.Now()).Error
		if err != nil {
			t.Fatal(err)
		}
		qs := []string{"UPDATE audit SET actor_id = 'b'", "DELETE FROM audit", `INSERT INTO audit (id, at, actor_id, actor_name, action, object_kind, object_id)
			VALUES ('1', '2026-11-21T00:00:00Z', 'b', 'A', 'x', 'user', 'u') ON CONFLICT (id) DO UPDATE SET actor_id = excluded.actor_id`}
		if db.Dialect() == store.SQLite {
			qs = append(qs, `REPLACE INTO audit (id, at, actor_id, actor_name, action, object_kind, object_id) VALUES ('1', '', 'b', 'A', 'x', 'user', 'u')`)
		} else {
			qs = append(qs, "TRUNCATE audit")
		}
		for _, q := range qs {
			if err := db.In(t.Context()).Exec(q).Error; err == nil {
				t.Errorf("%s was allowed", q)
			}
		}
	})
}

func TestSixteenWritersAtOnceAllCommit(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, db *store.DB) {
		if err := insert(t.Context(), db, "n", db.Now()); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		errs := make(chan error, 160)
		for range 16 {
			wg.Go(func() {
				for range 10 {
					errs <- db.Tx(t.Context(), func(ctx context.Context) error {
						var l lease
						if err := store.Locked(db.In(ctx).Table("leases")).Where("name = 'n'").Take(&l).Error; err != nil {
							return err
						}
						return db.In(ctx).Exec("UPDATE leases SET term = ? WHERE name = 'n'", l.Term+1).Error
					})
				}
			})
		}
		wg.Wait()
		close(errs)
		for err := range errs {
			if err != nil {
				t.Fatal(err)
			}
		}
		var l lease
		if err := db.In(t.Context()).Table("leases").Take(&l).Error; err != nil || l.Term != 161 {
			t.Fatalf("term %d, err %v: an update was lost", l.Term, err)
		}
	})
}

func TestMigratingAgainDoesNothing(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, db *store.DB) {
		if n, err := db.Migrate(t.Context()); n != 0 || err != nil {
			t.Fatalf("%d steps, err %v", n, err)
		}
		if pending, err := db.Pending(t.Context()); pending || err != nil {
			t.Fatalf("pending %v, err %v", pending, err)
		}
	})
}
