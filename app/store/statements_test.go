package store_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"

	"chancery/app/store"
	"chancery/app/store/storetest"
)

// One statement may be asked again on its connection while its rows are being read. (Postgres' driver refuses that.)
func TestAStatementInUseIsPreparedOnceMore(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t), nil)
	for i := range 3 {
		if err := insert(t.Context(), db, strconv.Itoa(i), db.Now()); err != nil {
			t.Fatal(err)
		}
	}
	const query = "SELECT name FROM leases WHERE name >= $1 ORDER BY name"
	for range 2 {
		err := db.Tx(t.Context(), func(ctx context.Context) error {
			outer, inner := db.Row(ctx, query, "1"), db.Row(ctx, query, "2")
			var one, two string
			if err := errors.Join(inner.Scan(&two), outer.Scan(&one)); err != nil || one != "1" || two != "2" {
				return fmt.Errorf("read %q and %q: %w", one, two, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// More statements than a connection keeps, each twice, in a transaction and outside.
func TestManyStatementsDoNotPileUp(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, db *store.DB) {
		ask := func(ctx context.Context, n int) error {
			var got int
			if err := db.In(ctx).Raw(fmt.Sprintf("SELECT %d + count(*) FROM leases", n)).Scan(&got).Error; err != nil || got != n {
				return fmt.Errorf("got %d of %d: %w", got, n, err)
			}
			return nil
		}
		for n := range 600 {
			if err := ask(t.Context(), n%400); err != nil {
				t.Fatal(err)
			}
			if err := db.Tx(t.Context(), func(ctx context.Context) error { return ask(ctx, n) }); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// A statement that failed, or was broken off, serves the next one who asks.
func TestAStatementIsKeptAfterAnError(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, db *store.DB) {
		for i := range 3 {
			err := insert(t.Context(), db, "x", db.Now())
			if (err == nil) != (i == 0) {
				t.Fatalf("insert %d: %v", i, err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var n int64
		if err := db.In(ctx).Table("leases").Count(&n).Error; err == nil {
			t.Fatal("a cancelled query succeeds")
		}
		if err := db.In(t.Context()).Table("leases").Count(&n).Error; err != nil || n != 1 {
			t.Fatalf("n = %d, err %v", n, err)
		}
	})
}
