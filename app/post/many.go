package post

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"chancery/app/store"
)

// manyMost is how many mails one statement writes, of thirteen values each.
const manyMost = 500

// changedMost is how many mails are named on the change feed one by one; of more, "mail/" alone says that any may wait.
const changedMost = 20

// QueueAll is Queue for many mails: a statement for each five hundred. It says how many were written; the others were there already.
func (p *Post) QueueAll(ctx context.Context, drafts []Draft) (written int, err error) {
	const row = ", (?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?, ?, ?)"
	now := p.db.Now()
	var ids []string
	for some := range slices.Chunk(drafts, manyMost) {
		values := make([]any, 0, 12*len(some))
		for i := range some {
			d := &some[i]
			data := []byte("{}")
			if d.Data != nil {
				if data, err = json.Marshal(d.Data); err != nil {
					return written, fmt.Errorf("queue %s: %w", d.Kind, err)
				}
			}
			var user *string
			if d.UserID != "" {
				user = &d.UserID
			}
			goodFor, at := d.GoodFor, d.At
			if goodFor == 0 {
				goodFor = 72 * time.Hour
			}
			if at.Before(now) {
				at = now
			}
			at = at.UTC().Truncate(time.Microsecond)
			id := store.NewID()
			ids = append(ids, id)
			values = append(values, id, d.SendKey, d.Kind, user, d.Recipient, d.Language, d.Zone, string(data), d.Rank, at, at.Add(goodFor), now)
		}
		res := p.db.In(ctx).Exec(`INSERT INTO mails (id, send_key, kind, user_id, recipient, language, zone, data, state, rank, next_try_at, not_after, created_at)
			VALUES `+strings.Repeat(row, len(some))[2:]+` ON CONFLICT (send_key) DO NOTHING`, values...)
		if res.Error != nil {
			return written, fmt.Errorf("queue %d mails: %w", len(some), res.Error)
		}
		written += int(res.RowsAffected)
	}
	if written == 0 {
		return 0, nil
	}
	if len(ids) > changedMost {
		ids = []string{""}
	}
	for _, id := range ids {
		if err := p.db.Changed(ctx, "mail/"+id); err != nil {
			return written, err
		}
	}
	return written, nil
}
