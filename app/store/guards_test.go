package store_test

import (
	"context"
	"strings"
	"testing"

	"github.com/ncruces/go-sqlite3/driver"

	"chancery/app/store"
	"chancery/app/store/storetest"
)

// S1-15, S1-28, V-1: what must never go stays, whatever statement tries, foreign keys enforced or not. OR REPLACE is
// SQLite's way to delete what is in the way of any key of a row.
func TestWhatMustStayStays(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		db := storetest.Open(t, url, nil)
		ctx, lite := t.Context(), db.Dialect() == store.SQLite
		const user = `INTO users (id, email, first_name, last_name, sort_name, search, language, zone, status, role_id, created_at, updated_at) VALUES `
		const values = `'F', 'L', 'l f', 'f l', 'en', 'UTC', 'ACTIVE', 'custom', '2026-11-21T00:00:00.000000Z', '2026-11-21T00:00:00.000000Z')`
		const role = `INTO roles (id, name, created_at, updated_at) VALUES `
		const at = `, '2026-11-21T00:00:00.000000Z', '2026-11-21T00:00:00.000000Z')`
		const address = `INTO addresses (address, user_id, created_at, held_until) VALUES `
		for _, q := range []string{
			`INSERT ` + role + `('super-admin', 'Super Admin'` + at, `INSERT ` + role + `('viewer', 'Viewer'` + at, `INSERT ` + role + `('custom', 'Custom'` + at,
			`INSERT ` + role + `('parent', 'Parent'` + at, `INSERT ` + role + `('free', 'Free'` + at, `UPDATE roles SET parent_id = 'parent' WHERE id = 'custom'`,
			`INSERT ` + user + `('u1', 'one@firm.example', ` + values, `INSERT ` + user + `('u2', 'two@firm.example', ` + values,
			`INSERT ` + address + `('one@firm.example', 'u1', '2026-11-21T00:00:00.000000Z', NULL)`, `INSERT ` + address + `('new@firm.example', 'u1', '2026-11-21T00:00:00.000000Z', '2026-11-24T00:00:00.000000Z')`,
		} {
			if _, err := db.Exec(ctx, q); err != nil {
				t.Fatal(q, err)
			}
		}
		never := []string{
			`DELETE FROM users`, `UPDATE users SET id = 'u3' WHERE id = 'u1'`,
			`DELETE FROM addresses WHERE address = 'one@firm.example'`, `UPDATE addresses SET address = 'x@firm.example' WHERE address = 'one@firm.example'`,
			`UPDATE addresses SET user_id = 'u2' WHERE address = 'one@firm.example'`, `UPDATE addresses SET held_until = '2000-01-01T00:00:00.000000Z' WHERE address = 'one@firm.example'`,
			`UPDATE addresses SET address = 'x@firm.example' WHERE address = 'new@firm.example'`,
			`DELETE FROM roles WHERE id = 'super-admin'`, `DELETE FROM roles WHERE id = 'viewer'`, `DELETE FROM roles WHERE id = 'custom'`, `DELETE FROM roles WHERE id = 'parent'`,
			`UPDATE roles SET id = 'other' WHERE id = 'viewer'`, `UPDATE roles SET super = true WHERE id = 'viewer'`,
		}
		if lite {
			never = append(never,
				`INSERT OR REPLACE `+user+`('u1', 'three@firm.example', `+values, `INSERT OR REPLACE `+user+`('u3', 'one@firm.example', `+values,
				`REPLACE INTO users (rowid, id, email, first_name, last_name, sort_name, search, language, zone, status, role_id, created_at, updated_at) SELECT rowid, 'u3', 'three@firm.example', 'F', 'L', '', '', 'en', 'UTC', 'ACTIVE', 'custom', created_at, updated_at FROM users WHERE id = 'u1'`,
				`UPDATE OR REPLACE users SET email = 'two@firm.example' WHERE id = 'u1'`, `UPDATE OR REPLACE users SET id = 'u2' WHERE id = 'u1'`,
				`REPLACE `+address+`('one@firm.example', 'u2', '2026-11-21T00:00:00.000000Z', NULL)`,
				`REPLACE `+role+`('super-admin', 'Nobody'`+at, `REPLACE `+role+`('other', 'VIEWER'`+at, `UPDATE OR REPLACE roles SET name = 'Viewer' WHERE id = 'free'`,
			)
		} else {
			never = append(never, `TRUNCATE users CASCADE`, `TRUNCATE addresses`, `TRUNCATE roles CASCADE`)
		}
		count := func() (n int) {
			if err := db.Row(ctx, `SELECT (SELECT count(*) FROM users) * 100 + (SELECT count(*) FROM addresses) * 10 + (SELECT count(*) FROM roles)`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		try := func(exec func(context.Context, string) error) {
			for _, q := range never {
				if err := exec(ctx, q); err == nil {
					t.Errorf("%s was allowed", q)
				}
				if count() != 225 {
					t.Fatalf("%s has taken something away: %d", q, count())
				}
			}
		}
		try(func(ctx context.Context, q string) error { _, err := db.Exec(ctx, q); return err })
		if lite { // as a person with a shell has it
			bare, err := driver.Open("file:" + strings.TrimPrefix(url, "sqlite:") + "?_pragma=foreign_keys(off)&_pragma=busy_timeout(10000)")
			if err != nil {
				t.Fatal(err)
			}
			defer bare.Close()
			try(func(ctx context.Context, q string) error { _, err := bare.ExecContext(ctx, q); return err })
		}
		for _, q := range []string{`DELETE FROM addresses WHERE address = 'new@firm.example'`, `DELETE FROM roles WHERE id = 'free'`} {
			if n, err := db.Exec(ctx, q); err != nil || n != 1 {
				t.Errorf("%s: %d, %v", q, n, err)
			}
		}
	})
}
