package messages

import (
	"context"
	"fmt"

	"chancery/app/fault"
	"chancery/app/store"
)

// What the demo practice is told of its past, which is made up. Nothing else calls these; no audit tells of it, and nobody is told.

// Behind is how many of a client's last messages somebody who is associated with the case has not read.
type Behind struct {
	CaseID, UserID string
	Unread         int64
}

// Seed writes what was said in cases of which nothing was said before, and counts it: the messages of a case in their order,
// each with its case, direction, author, body and time. Everybody who is associated with one of these cases has read it all, but for
// those who are behind.
func (m *Messages) Seed(ctx context.Context, said []Message, behind []Behind) error {
	bad, last, order := &fault.Invalid{}, map[string]*Message{}, []string(nil)
	for i := range said {
		n := &said[i]
		before := last[n.CaseID]
		if before == nil {
			before, order = &Message{}, append(order, n.CaseID)
		}
		n.ID, n.Number, n.Inbound, n.CreatedAt, n.Body = store.NewID(), before.Number+1, before.Inbound, n.SentAt, text(bad, "body", n.Body)
		if n.Direction == In {
			n.Inbound++
		}
		if n.SentAt.Before(before.SentAt) || n.SentAt.After(m.db.Now()) {
			return fmt.Errorf("seed messages: the %d. of case %s was sent at %s, after %s", n.Number, n.CaseID, n.SentAt, before.SentAt)
		}
		last[n.CaseID] = n
	}
	if err := bad.Err(); err != nil || len(said) == 0 {
		return err
	}
	return m.db.Tx(ctx, func(ctx context.Context) error {
		if err := m.db.In(ctx).CreateInBatches(said, 1000).Error; err != nil {
			return fmt.Errorf("seed messages: %w", err)
		}
		for _, id := range order {
			n := last[id]
			done, err := m.db.Exec(ctx, `UPDATE cases SET messages = $1, inbound = $2, last_message_at = $3 WHERE id = $4 AND messages = 0`, n.Number, n.Inbound, n.CreatedAt, id)
			if err == nil && done == 1 {
				_, err = m.db.Exec(ctx, `UPDATE associations SET read_inbound = $1, unread = 0 WHERE case_id = $2`, n.Inbound, id)
			}
			switch {
			case err != nil:
				return fmt.Errorf("seed: count messages: %w", err)
			case done != 1:
				return fmt.Errorf("seed messages: case %s has some already, or there is none", id)
			}
		}
		for _, b := range behind {
			done, err := m.db.Exec(ctx, `UPDATE associations SET read_inbound = read_inbound - $1, unread = $2 WHERE case_id = $3 AND user_id = $4 AND unread = 0 AND read_inbound >= $5`,
				b.Unread, b.Unread, b.CaseID, b.UserID, b.Unread)
			switch {
			case err != nil:
				return fmt.Errorf("seed unread: %w", err)
			case done != 1:
				return fmt.Errorf("seed messages: nobody has %d of case %s to read", b.Unread, b.CaseID)
			}
		}
		return nil
	})
}

// SeedComments writes comments of the past, each with its case, author, body and time; in the body stands @{ID} for who is called. They
// get their ids.
func (m *Messages) SeedComments(ctx context.Context, comments []Comment) error {
	bad, calls := &fault.Invalid{}, []map[string]any(nil)
	for i := range comments {
		c := &comments[i]
		c.ID, c.Body = store.NewID(), text(bad, "body", c.Body)
		for _, id := range called(c.Body) {
			calls = append(calls, map[string]any{"comment_id": c.ID, "user_id": id})
		}
	}
	if err := bad.Err(); err != nil || len(comments) == 0 {
		return err
	}
	return m.db.Tx(ctx, func(ctx context.Context) error {
		if err := m.db.In(ctx).CreateInBatches(comments, 1000).Error; err != nil {
			return fmt.Errorf("seed comments: %w", err)
		}
		if len(calls) == 0 {
			return nil
		}
		if err := m.db.In(ctx).Table("comment_mentions").CreateInBatches(calls, 1000).Error; err != nil {
			return fmt.Errorf("seed mentions: %w", err)
		}
		return nil
	})
}
