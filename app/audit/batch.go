package audit

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"chancery/app/store"
)

// batchMost is how many lines one statement takes: five values each, and SQLite allows 32,766 in all.
const batchMost = 5000

// RecordAll writes many entries of one actor in ctx's transaction, thousands to a statement: a line for each of 5,000
// people or cases costs no round trip of its own.
func RecordAll(ctx context.Context, db *store.DB, actor Actor, entries []Entry) error {
	for some := range slices.Chunk(entries, batchMost) {
		args := make([]any, 0, 5+5*len(some))
		args = append(args, db.Now(), actor.ID, actor.Name, actor.Network, actor.RequestID)
		var b strings.Builder
		b.WriteString(`INSERT INTO audit (at, actor_id, actor_name, network, request_id, id, action, object_kind, object_id, changes) VALUES `)
		for i, e := range some {
			values, err := line(db, actor, e)
			if err != nil {
				return err
			}
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString("($1, $2, $3, $4, $5")
			for k := range 5 {
				b.WriteString(", $" + strconv.Itoa(len(args)+k+1))
			}
			b.WriteString(")")
			args = append(args, values[0], values[4], values[5], values[6], values[7])
		}
		if _, err := db.Exec(ctx, b.String(), args...); err != nil {
			return fmt.Errorf("audit of %d: %w", len(some), err)
		}
	}
	return nil
}
