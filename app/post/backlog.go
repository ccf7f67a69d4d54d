package post

import (
	"context"
	"fmt"
	"time"

	"chancery/app/store"
)

// Backlog is how many mails are to go now, and since when the first of them is: for who looks after the system.
func (p *Post) Backlog(ctx context.Context) (count int, oldest time.Time, err error) {
	now := p.db.Now()
	if err := p.db.Row(ctx, `SELECT count(*) FROM mails WHERE `+due+` AND next_try_at <= $1`, now).Scan(&count); err != nil {
		return 0, oldest, fmt.Errorf("backlog of mails: %w", err)
	}
	if _, err := store.One(p.db.In(ctx).Raw(`SELECT next_try_at FROM mails WHERE `+due+` AND next_try_at <= ? ORDER BY next_try_at LIMIT 1`, now), &oldest); err != nil {
		return 0, oldest, fmt.Errorf("oldest mail: %w", err)
	}
	return count, oldest, nil
}
