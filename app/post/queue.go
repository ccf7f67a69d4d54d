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

// Draft is a mail to be written.
type Draft struct {
	SendKey   string
	Kind      Kind
	UserID    string
	Recipient string
	Language  string
	Zone      string
	Data      map[string]any
	GoodFor   time.Duration // after that it is no longer worth sending; 0 means three days
	Rank      Rank
	At        time.Time // not before; zero: now
}

// Rank says which mails go first where many wait.
type Rank int

// The ranks: somebody waits for it; what happens in cases; what comes daily.
const (
	Urgent Rank = iota
	OfCases
	Daily
)

// Queue writes a mail in ctx's transaction. A second mail with the same send key is not written, which is no error.
func (p *Post) Queue(ctx context.Context, d Draft) error {
	_, err := p.QueueAll(ctx, []Draft{d})
	return err
}

// queueMost is how many mails one statement writes: far from what either database takes as parameters.
const queueMost = 500

// QueueAll writes mails in ctx's transaction, many by one statement, and tells how many were new.
func (p *Post) QueueAll(ctx context.Context, drafts []Draft) (written int, err error) {
	for some := range slices.Chunk(drafts, queueMost) {
		n, err := p.queue(ctx, some)
		if err != nil {
			return written, err
		}
		written += n
	}
	return written, nil
}

func (p *Post) queue(ctx context.Context, drafts []Draft) (int, error) {
	now, id := p.db.Now(), ""
	args := make([]any, 0, len(drafts)*13)
	for _, d := range drafts {
		data, err := json.Marshal(d.Data)
		if err != nil {
			return 0, fmt.Errorf("queue %s: %w", d.Kind, err)
		}
		if d.Data == nil {
			data = []byte("{}")
		}
		if d.GoodFor == 0 {
			d.GoodFor = 72 * time.Hour
		}
		if d.At.Before(now) {
			d.At = now
		}
		var user *string
		if d.UserID != "" {
			user = &d.UserID
		}
		id = store.NewID()
		at := d.At.UTC().Truncate(time.Microsecond)
		args = append(args, id, d.SendKey, d.Kind, user, d.Recipient, d.Language, d.Zone, string(data), d.Rank, at, at.Add(d.GoodFor), now, d.Recipient)
	}
	// The address of one that is known to be dead waits from the start (B-23).
	const row = `(?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?, ?, ?, (SELECT since FROM paused_addresses WHERE address = ?))`
	res := p.db.In(ctx).Exec(`INSERT INTO mails
		(id, send_key, kind, user_id, recipient, language, zone, data, state, rank, next_try_at, not_after, created_at, paused_at)
		VALUES `+strings.Repeat(row+", ", len(drafts)-1)+row+` ON CONFLICT (send_key) DO NOTHING`, args...)
	if res.Error != nil {
		return 0, fmt.Errorf("queue mails: %w", res.Error)
	}
	if res.RowsAffected == 0 {
		return 0, nil
	}
	return int(res.RowsAffected), p.db.Changed(ctx, "mail/"+id)
}

// SeedDelivered writes a mail as it was delivered at a time, for the demo practice, whose past is made up.
func (p *Post) SeedDelivered(ctx context.Context, d Draft, at time.Time) error {
	err := p.db.In(ctx).Exec(`INSERT INTO mails (id, send_key, kind, user_id, recipient, language, zone, state, tries, next_try_at, not_after, answer, generation, observed, created_at, delivered_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, 'delivered', 1, ?, ?, '250 OK', 1, 1, ?, ?)`,
		store.NewID(), d.SendKey, d.Kind, d.UserID, d.Recipient, d.Language, d.Zone, at, at.Add(72*time.Hour), at, at).Error
	if err != nil {
		return fmt.Errorf("seed mail: %w", err)
	}
	return nil
}
