package cases

import (
	"context"
	"fmt"
	"strconv"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/store"
)

// Bells is whether a person is told of what happens in the cases that come to them, and in how many of those that they have they are (V-4).
type Bells struct {
	Default bool
	On      int64
	Cases   int64
}

// Bells are the actor's own.
func (c *Cases) Bells(ctx context.Context, actor access.Actor) (b Bells, err error) {
	err = c.db.Row(ctx, `SELECT u.bell_default, (SELECT count(*) FROM associations a WHERE a.user_id = u.id), (SELECT count(*) FROM associations a WHERE a.user_id = u.id AND a.bell)
		FROM users u WHERE u.id = $1`, actor.ID).Scan(&b.Default, &b.Cases, &b.On)
	if err != nil {
		return b, fmt.Errorf("bells: %w", err)
	}
	return b, nil
}

// SetBells says whether the actor is told of what happens in cases that come to them from now on and, everywhere, in all that they have: the bell of each is
// set so, and can be turned again for itself (S3-18, V-4).
func (c *Cases) SetBells(ctx context.Context, actor access.Actor, on, everywhere bool) error {
	return c.db.Tx(ctx, func(ctx context.Context) error {
		var was bool
		if _, err := store.One(c.db.In(ctx).Raw(`SELECT bell_default FROM users WHERE id = ?`+c.db.ForUpdate(), actor.ID), &was); err != nil {
			return fmt.Errorf("bells: %w", err)
		}
		var e edit
		e.setBool("bell_default", &was, on)
		if len(e.changes) > 0 {
			if _, err := c.db.Exec(ctx, `UPDATE users SET bell_default = $1 WHERE id = $2`, on, actor.ID); err != nil {
				return fmt.Errorf("bells: %w", err)
			}
		}
		if everywhere {
			turned, err := c.db.Exec(ctx, `UPDATE associations SET bell = $1 WHERE user_id = $2 AND bell <> $1`, on, actor.ID)
			if err != nil {
				return fmt.Errorf("bells: %w", err)
			}
			if turned > 0 {
				e.changes = append(e.changes, audit.Change{Field: "bells", After: strconv.FormatInt(turned, 10)})
			}
		}
		if len(e.changes) == 0 {
			return nil
		}
		return audit.Record(ctx, c.db, actor.Actor, audit.Entry{Action: "user.edit-notices", Kind: "user", ID: actor.ID, Changes: e.changes})
	})
}
