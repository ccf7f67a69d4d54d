package post

import (
	"context"
	"fmt"
	"time"

	"chancery/app/resource"
)

// Kept is how long a mail that tells of cases, or that comes daily, stays in the ledger when it is over. Mails of accounts stay
// (S1-36): they are few, and say how somebody came in.
const Kept = 180 * 24 * time.Hour

// CleanUp deletes what is over and kept no longer, batch rows a statement, and gives up the mails that were paused until it was too
// late for them, which nobody takes up. It tells how many rows were deleted.
func (p *Post) CleanUp(ctx context.Context, batch int) (deleted int64, err error) {
	now := p.db.Now()
	for {
		n, err := p.db.Exec(ctx, `DELETE FROM mails WHERE id IN (SELECT id FROM mails WHERE created_at < $1 AND rank > 0 AND state IN ('delivered', 'failed', 'stopped')
			ORDER BY created_at LIMIT $2)`, now.Add(-Kept), batch)
		if err != nil {
			return deleted, fmt.Errorf("clean up mails: %w", err)
		}
		deleted += n
		if n < int64(batch) {
			break
		}
	}
	for {
		var late []Mail
		err := p.db.In(ctx).Where("state = 'waiting' AND paused_at IS NOT NULL AND not_after <= ?", now).Order("created_at").Limit(batch).Find(&late).Error
		if err != nil {
			return deleted, fmt.Errorf("paused mails: %w", err)
		}
		for i := range late {
			if err := p.GiveUp(ctx, &late[i], resource.Condition{Type: Delivery, Status: resource.False, Reason: "TooLate"}); err != nil {
				return deleted, err
			}
		}
		if len(late) < batch {
			return deleted, nil
		}
	}
}
