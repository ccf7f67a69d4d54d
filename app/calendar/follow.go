package calendar

import (
	"context"
	"fmt"
)

// Changed raises the generation of what these people have connected, in ctx's transaction, so that it is looked at whatever becomes of this process
// (agenda.Follower). Rows are held in one order, so that two who change appointments of the same people never wait in a circle.
func (c *Calendars) Changed(ctx context.Context, userIDs []string) error {
	var ids []string
	err := c.db.In(ctx).Raw(`SELECT id FROM calendar_connections WHERE user_id IN ? AND state = 'on' ORDER BY id`+c.db.ForUpdate(), userIDs).Scan(&ids).Error
	if err != nil {
		return fmt.Errorf("whose calendars follow: %w", err)
	}
	if len(ids) == 0 {
		return nil
	}
	err = c.db.In(ctx).Exec(`UPDATE calendar_connections SET generation = generation + 1, updated_at = ? WHERE id IN ?`, c.db.Now(), ids).Error
	if err != nil {
		return fmt.Errorf("have calendars follow: %w", err)
	}
	for _, id := range ids {
		if err := c.db.Changed(ctx, Prefix+id); err != nil {
			return err
		}
	}
	return nil
}
