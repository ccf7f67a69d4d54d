package store_test

import (
	"testing"
	"time"

	"chancery/app/store"
	"chancery/app/store/storetest"
)

// Whoever mends a row by hand writes what SQLite's own functions give. (Postgres takes no text for a time that is none.)
func TestTimesThatWereWrittenByHandAreRead(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t), nil)
	if err := insert(t.Context(), db, "x", db.Now()); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 22, 1, 2, 3, 0, time.UTC)
	for sql, want := range map[string]time.Time{
		`'2026-11-22T01:02:03.000000Z'`:        at, // ours
		`datetime('2026-11-22 01:02:03')`:      at,
		`'2026-11-22 01:02:03.250'`:            at.Add(250 * time.Millisecond),
		`'2026-11-22T01:02:03.5Z'`:             at.Add(time.Second / 2),
		`'2026-11-21T20:02:03-05:00'`:          at,
		`'2026-11-22 01:02:03.123456+00:00'`:   at.Add(123456 * time.Microsecond),
		`'2026-11-22 01:02'`:                   at.Add(-3 * time.Second),
		`date('2026-11-22')`:                   time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC),
		`unixepoch('2026-11-22 01:02:03')`:     at,
		`'soon'`:                               {},
		`x'00ff'`:                              {},
		`''`:                                   {},
		`'-4713-11-24 12:00:00'`:               {},
		`'2026-13-45 99:99:99'`:                {},
		`strftime('%s','2026-11-22 01:02:03')`: at,
	} {
		if _, err := db.Exec(t.Context(), `UPDATE leases SET expires_at = `+sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		var row lease
		if err := db.In(t.Context()).Table("leases").Take(&row).Error; err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		var one time.Time
		if err := db.Row(t.Context(), `SELECT expires_at FROM leases`).Scan(&one); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
		if !row.ExpiresAt.Equal(want) || !one.Equal(want) {
			t.Errorf("%s is read as %v and %v, want %v", sql, row.ExpiresAt, one, want)
		}
	}
	var julian lease
	if _, err := db.Exec(t.Context(), `UPDATE leases SET expires_at = julianday('2026-11-22 01:02:03')`); err != nil {
		t.Fatal(err)
	}
	if err := db.In(t.Context()).Table("leases").Take(&julian).Error; err != nil || julian.ExpiresAt.Sub(at).Abs() > time.Second {
		t.Errorf("a Julian day is read as %v: %v", julian.ExpiresAt, err)
	}
}

// NULL stays NULL, and what is no column of a time stays as it is.
func TestOnlyTimesAreReadAsTimes(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, db *store.DB) {
		var text string
		var none *time.Time
		err := db.Row(t.Context(), `SELECT '2026-11-22 01:02:03' AS said, (SELECT expires_at FROM leases WHERE name = 'none') AS expires_at`).Scan(&text, &none)
		if err != nil || text != "2026-11-22 01:02:03" || none != nil {
			t.Fatalf("%q, %v: %v", text, none, err)
		}
	})
}
