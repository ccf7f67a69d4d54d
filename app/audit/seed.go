package audit

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"chancery/app/store"
)

// Past is an entry of the demo practice, whose past is made up: by whom, and when.
type Past struct {
	Actor
	Entry
	At time.Time
}

// Seed writes entries of the past, in ctx's transaction. Nothing but the demo practice calls it.
func Seed(ctx context.Context, db *store.DB, all []Past) error {
	const row = ", (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	for some := range slices.Chunk(all, batchMost) {
		values := make([]any, 0, 11*len(some))
		for _, e := range some {
			of, err := line(db, e.Actor, e.Entry)
			if err != nil {
				return err
			}
			of[1] = e.At
			values = append(values, of...)
		}
		if err := db.In(ctx).Exec(insert+`VALUES `+strings.Repeat(row, len(some))[2:], values...).Error; err != nil {
			return fmt.Errorf("seed audit: %w", err)
		}
	}
	return nil
}
