package audit

import (
	"context"
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
	return writeAll(ctx, db, all, func(e Past) ([]any, error) {
		of, err := line(db, e.Actor, e.Entry)
		if err == nil {
			of[1] = e.At
		}
		return of, err
	})
}
