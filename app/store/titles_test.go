package store_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"chancery/app/apptest/pgtest"
	"chancery/app/store/storetest"
)

// C-11: the titles that people have when the list of titles comes are the list; two that differ in case alone are one.
func TestTheTitlesThatPeopleHaveBecomeTheList(t *testing.T) {
	for name, url := range map[string]string{"sqlite": "sqlite:" + filepath.Join(t.TempDir(), "old.db"), "postgres": pgtest.URL(t)} {
		t.Run(name, func(t *testing.T) {
			ctx, db := t.Context(), storetest.Open(t, url, nil)
			if err := db.MigrateTo(ctx, 1); err != nil {
				t.Fatal(err)
			}
			write := func(sql string, args ...any) {
				t.Helper()
				if err := db.In(ctx).Exec(sql, args...).Error; err != nil {
					t.Fatal(err)
				}
			}
			write(`INSERT INTO roles (id, name, created_at, updated_at) VALUES ('viewer', 'Viewer', ?, ?)`, db.Now(), db.Now())
			for i, title := range []string{"Paralegal", "paralegal", "", "Senior counsel", ""} {
				id := string(rune('a' + i))
				write(`INSERT INTO users (id, email, first_name, last_name, sort_name, search, title, language, zone, status, role_id, created_at, updated_at)
					VALUES (?, ?, 'A', 'B', 'b a', 'a b', ?, 'en', 'UTC', 'ACTIVE', 'viewer', ?, ?)`, id, id+"@firm.example", title, db.Now(), db.Now())
			}
			if _, err := db.Migrate(ctx); err != nil {
				t.Fatal(err)
			}
			titles := texts(t, db, `SELECT name FROM titles ORDER BY name`)
			if len(titles) != 2 || !slices.Contains(titles, "Senior counsel") {
				t.Errorf("the list is %q", titles)
			}
			if loose := texts(t, db, `SELECT title FROM users WHERE title <> '' AND title NOT IN (SELECT name FROM titles)`); len(loose) > 0 {
				t.Errorf("%q are in no list", loose)
			}
			if ids := texts(t, db, `SELECT id FROM users WHERE title = '' ORDER BY id`); !slices.Equal(ids, []string{"c", "e"}) {
				t.Errorf("without a title: %q", ids)
			}
			var made []time.Time // written by the database, and read as the program's own
			if err := db.In(ctx).Raw(`SELECT created_at FROM titles`).Scan(&made).Error; err != nil || time.Since(made[0]).Abs() > time.Hour {
				t.Errorf("made at %v (%v)", made, err)
			}
		})
	}
}
