package audit_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"chancery/app/audit"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// ASVS 16.4.2: what has been recorded stays as it was, whatever SQL is sent, on both databases.
func TestLinesAreOnlyEverAdded(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		if err := audit.Record(ctx, db, audit.Actor{ID: "u1", Name: "Noor"}, audit.Entry{Action: "user.create", Kind: "user", ID: "u2"}); err != nil {
			t.Fatal(err)
		}
		lines, _, err := audit.Find(ctx, db, audit.Query{Limit: 5})
		if err != nil || len(lines) != 1 {
			t.Fatal(lines, err)
		}
		id := lines[0].ID
		tries := []string{
			`UPDATE audit SET actor_name = 'someone else'`, `UPDATE audit SET changes = '[]' WHERE id = '` + id + `'`, `DELETE FROM audit`,
			`INSERT INTO audit (id, at, actor_id, actor_name, action, object_kind, object_id) VALUES ('` + id + `', '2026-01-01T00:00:00.000000Z', 'x', 'x', 'x', 'x', 'x') ON CONFLICT (id) DO UPDATE SET actor_name = 'x'`,
			`UPDATE audit SET at = at`, // which changes nothing, and is refused all the same
		}
		if db.Dialect() == store.SQLite {
			tries = append(tries, `INSERT OR REPLACE INTO audit (id, at, actor_id, actor_name, action, object_kind, object_id) VALUES ('`+id+`', '2026-01-01', 'x', 'x', 'x', 'x', 'x')`,
				`REPLACE INTO audit (id, at, actor_id, actor_name, action, object_kind, object_id) VALUES ('`+id+`', '2026-01-01', 'x', 'x', 'x', 'x', 'x')`)
		} else {
			tries = append(tries, `TRUNCATE audit`)
		}
		for _, sql := range tries {
			if err := db.In(ctx).Exec(sql).Error; err == nil {
				t.Errorf("was done: %s", sql)
			}
		}
		if after, _, err := audit.Find(ctx, db, audit.Query{Limit: 5}); err != nil || len(after) != 1 || after[0] != lines[0] {
			t.Errorf("%+v, %v", after, err)
		}
	})
}

// Issue 3: found by what was acted on, by who acted, by action and by time; read on from a line, older ones only, and each
// once, also those of one and the same moment.
func TestLinesAreFound(t *testing.T) {
	clock := storetest.NewClock()
	storetest.Each(t, clock.Now, func(t *testing.T, db *store.DB) {
		ctx, began := t.Context(), clock.Now()
		var entries []audit.Entry
		for i := range 12 {
			entries = append(entries, audit.Entry{Action: []string{"user.edit", "user.lock", "session.end"}[i%3], Kind: "user", ID: fmt.Sprint("u", i%2)})
		}
		if err := audit.RecordAll(ctx, db, audit.Actor{ID: "a", Name: "A"}, entries[:6]); err != nil {
			t.Fatal(err)
		}
		clock.Add(time.Hour)
		if err := audit.RecordAll(ctx, db, audit.Actor{ID: "b", Name: "B", Network: "198.51.100.7"}, entries[6:]); err != nil {
			t.Fatal(err)
		}
		if err := audit.RecordAll(ctx, db, audit.Actor{ID: "b"}, nil); err != nil {
			t.Error(err)
		}
		for _, c := range []struct {
			q    audit.Query
			want int
		}{
			{audit.Query{}, 12}, {audit.Query{Kind: "user", Object: "u1"}, 6}, {audit.Query{Kind: "role", Object: "u1"}, 0}, {audit.Query{Actor: "a"}, 6},
			{audit.Query{Action: "user.lock"}, 4}, {audit.Query{Actor: "b", Action: "user.lock", Kind: "user", Object: "u1"}, 1},
			{audit.Query{From: began.Add(time.Minute)}, 6}, {audit.Query{To: began.Add(time.Minute)}, 6}, {audit.Query{From: began, To: began}, 0},
			{audit.Query{Before: "no such line"}, 0},
		} {
			c.q.Limit = 20
			if lines, more, err := audit.Find(ctx, db, c.q); err != nil || len(lines) != c.want || more {
				t.Errorf("%+v: %d lines, %v, %v", c.q, len(lines), more, err)
			}
		}
		seen, last := map[string]bool{}, audit.Line{At: clock.Now().Add(time.Hour)}
		for q, more := (audit.Query{Limit: 5}), true; more; {
			var lines []audit.Line
			var err error
			if lines, more, err = audit.Find(ctx, db, q); err != nil {
				t.Fatal(err)
			}
			for _, l := range lines {
				if seen[l.ID] || l.At.After(last.At) || l.At.Equal(last.At) && l.ID > last.ID {
					t.Errorf("%s comes twice, or out of order", l.ID)
				}
				seen[l.ID], last = true, l
			}
			q.Before = last.ID
		}
		if len(seen) != 12 {
			t.Errorf("%d lines were read", len(seen))
		}
		if last.Network != "" || last.ActorName != "A" {
			t.Errorf("%+v", last)
		}
	})
}

// Each way to look has its index, in the order of time, so that a page costs the same in a history of any length.
func TestEachWayToFindHasItsIndex(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		entries := make([]audit.Entry, 5000)
		for i := range entries {
			entries[i] = audit.Entry{Action: fmt.Sprint("user.a", i%50), Kind: "user", ID: fmt.Sprint("u", i%500)}
		}
		for a := range 4 {
			if err := audit.RecordAll(ctx, db, audit.Actor{ID: fmt.Sprint("a", a)}, entries[a*1000:a*1000+1000]); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.In(ctx).Exec(`ANALYZE audit`).Error; err != nil {
			t.Fatal(err)
		}
		for index, where := range map[string]string{
			"audit_object": `object_kind = 'user' AND object_id = 'u7'`, "audit_actor": `actor_id = 'a1'`, "audit_action": `action = 'user.a7'`,
			"audit_at": `(at, id) < (SELECT b.at, b.id FROM audit b WHERE b.id = 'x')`,
		} {
			sql, column := `SELECT * FROM audit WHERE `+where+` ORDER BY at DESC, id DESC LIMIT 26`, "detail"
			explain := `EXPLAIN QUERY PLAN `
			if db.Dialect() == store.Postgres {
				explain, column = `EXPLAIN `, "QUERY PLAN"
			}
			var rows []map[string]any
			if err := db.In(ctx).Raw(explain + sql).Scan(&rows).Error; err != nil {
				t.Fatal(err)
			}
			var plan strings.Builder
			for _, r := range rows {
				fmt.Fprintln(&plan, r[column])
			}
			if !strings.Contains(plan.String(), index) || strings.Contains(plan.String(), "TEMP B-TREE") {
				t.Errorf("%s\n%s", where, plan.String())
			}
		}
	})
}
