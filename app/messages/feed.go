package messages

import (
	"context"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/cases"
)

// Settled is how old a message is before the feed has it. One that was begun earlier can be committed later, and whoever reads on from the latest would never
// see it; after this time no request is still at work, and no clock of a replica that far off.
const Settled = 30 * time.Second

// FeedPlace is where a message stands in the feed; its zero value is before all.
type FeedPlace struct {
	At time.Time
	ID string
}

// Feed is what was said in all cases that the actor sees, in the order in which it was written down, after a place: each message once, to who goes on from the
// last. direction "" is both. It needs messages.view.
func (m *Messages) Feed(ctx context.Context, actor access.Actor, direction Direction, after FeedPlace, limit int) (all []Message, err error) {
	if err := actor.Must(access.MessagesView); err != nil {
		return nil, err
	}
	where, args, err := cases.Seen(actor)
	if err != nil {
		return nil, err
	}
	// The instant stands twice: the index is of instants alone.
	where, args = where+` AND m.created_at BETWEEN ? AND ? AND (m.created_at, m.id) > (?, ?)`, append(args, after.At, m.db.Now().Add(-Settled), after.At, after.ID)
	if direction != "" {
		where, args = where+` AND m.direction = ?`, append(args, direction)
	}
	err = m.db.In(ctx).Raw(`SELECT m.* FROM messages m JOIN cases k ON k.id = m.case_id WHERE `+where+` ORDER BY m.created_at, m.id LIMIT ?`, append(args, limit)...).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("feed of messages: %w", err)
	}
	return all, nil
}
