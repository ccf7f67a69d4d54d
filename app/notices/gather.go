package notices

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"chancery/app/post"
	"chancery/app/store"
	"chancery/app/zone"
)

// Events of a person are gathered in the mail to them that still waits and was never tried: so quiet hours (B-21), an outage of the mail server, and a client who
// writes in many short lines make one mail, and nothing is lost. Who writes into a mail locks it, and who sends it marks it first: what was written before that
// goes with it, and what comes later finds it taken and begins another.

// eventsGoodFor is how long a mail of events is worth sending. Longer than other mails: it may have been gathering for a night.
const eventsGoodFor = 7 * 24 * time.Hour

// gather writes an event into the mails of some people.
func (n *Notices) gather(ctx context.Context, e event, people []reader) error {
	if len(people) == 0 {
		return nil
	}
	// All in one order, so that two events with the same readers do not wait for one another in a circle.
	slices.SortFunc(people, func(a, b reader) int { return cmp.Compare(a.UserID, b.UserID) })
	return n.db.Tx(ctx, func(ctx context.Context) error {
		for i := range people {
			r := &people[i]
			mail, err := n.gathering(ctx, r, "")
			if err != nil {
				return err
			}
			var by, instead *string
			if e.actorID != "" {
				by = &e.actorID
			}
			if r.ForID != "" {
				instead = &r.ForID
			}
			_, err = n.db.Exec(ctx, `INSERT INTO mail_items (user_id, kind, object_id, mail_id, case_id, actor_id, for_id, created_at)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (user_id, kind, object_id) DO NOTHING`,
				r.UserID, e.kind, e.object, mail, e.caseID, by, instead, n.db.Now())
			if err != nil {
				return fmt.Errorf("gather events: %w", err)
			}
		}
		return nil
	})
}

// gathering is the mail to a person that events go into now, and another than one, held until the transaction ends.
func (n *Notices) gathering(ctx context.Context, r *reader, not string) (mailID string, err error) {
	if _, err := n.db.Exec(ctx, `INSERT INTO mail_gathering (user_id) VALUES ($1) ON CONFLICT (user_id) DO NOTHING`, r.UserID); err != nil {
		return "", fmt.Errorf("gather events: %w", err)
	}
	var before *string
	if err := n.db.Row(ctx, `SELECT mail_id FROM mail_gathering WHERE user_id = $1`+n.db.ForUpdate(), r.UserID).Scan(&before); err != nil {
		return "", fmt.Errorf("gather events: %w", err)
	}
	now := n.db.Now()
	if before != nil && *before != not {
		// One that is about to be given up gathers nothing more, and one to an address that is the person's no more neither.
		ok, err := store.Found(n.db.Row(ctx, `SELECT id FROM mails WHERE id = $1 AND state = 'waiting' AND tries = 0 AND recipient = $2 AND not_after > $3`+n.db.ForUpdate(),
			*before, r.Email, now.Add(24*time.Hour)).Scan(&mailID))
		if err != nil {
			return "", fmt.Errorf("mail of events: %w", err)
		}
		if ok {
			return mailID, nil
		}
	}
	at, err := n.goes(ctx, r, now)
	if err != nil {
		return "", err
	}
	key := "events/" + store.NewID()
	err = n.post.Queue(ctx, post.Draft{SendKey: key, Kind: post.Events, UserID: r.UserID, Recipient: r.Email, Language: r.Language, Zone: r.Zone,
		Rank: post.OfCases, At: at, GoodFor: eventsGoodFor})
	if err != nil {
		return "", err
	}
	mail, err := n.post.Find(ctx, key)
	if err != nil {
		return "", err
	}
	if _, err := n.db.Exec(ctx, `UPDATE mail_gathering SET mail_id = $1 WHERE user_id = $2`, mail.ID, r.UserID); err != nil {
		return "", fmt.Errorf("gather events: %w", err)
	}
	return mail.ID, nil
}

// goes is when a new mail of events to a person may go.
func (n *Notices) goes(ctx context.Context, r *reader, now time.Time) (time.Time, error) {
	var sent []time.Time
	err := n.db.In(ctx).Raw(`SELECT created_at FROM mails WHERE user_id = ? AND kind = ? AND created_at > ? ORDER BY created_at DESC LIMIT ?`,
		r.UserID, post.Events, now.Add(-eventMailsWithin), eventMailsMost).Scan(&sent).Error
	if err != nil {
		return now, fmt.Errorf("mails of events: %w", err)
	}
	at := now
	if len(sent) == eventMailsMost {
		at = sent[eventMailsMost-1].Add(eventMailsWithin)
	}
	return r.Opens(at, zone.Place(r.Zone)), nil
}
