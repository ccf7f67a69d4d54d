package store_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"chancery/app/store"
	"chancery/app/store/storetest"
)

// ASVS 16.2.5: a statement that was slow is logged without its values, however it was run.
func TestSlowStatementsAreLoggedWithoutTheirValues(t *testing.T) {
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	storetest.EachURL(t, func(t *testing.T, url string) {
		db := storetest.Open(t, url, nil)
		statement := `SELECT count(*) FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT i FROM n) WHERE ? <> ''`
		if db.Dialect() == store.Postgres {
			statement = `SELECT count(*) FROM (SELECT pg_sleep(0.7)) AS s WHERE ? <> ''`
		}
		var log bytes.Buffer
		slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
		var n int64
		if err := db.In(t.Context()).Raw(statement, "Kowalczyk").Scan(&n).Error; err != nil {
			t.Fatal(err)
		}
		if err := db.In(t.Context()).Raw(statement, "Kowalczyk").Row().Scan(&n); err != nil {
			t.Fatal(err)
		}
		if said := log.String(); !strings.Contains(said, "slow statement") || strings.Contains(said, "Kowalczyk") {
			t.Errorf("logged: %s", said)
		}
	})
}
