package calendar

import (
	"context"
	"errors"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/outside"
)

// givenUpAfter is how long it is tried to take away what was written in a calendar that was disconnected.
const givenUpAfter = 7 * 24 * time.Hour

// left ends the connections of somebody who became inactive by another way than leaving.
func (c *Calendars) left(ctx context.Context, r *connection) error {
	return c.db.Tx(ctx, func(ctx context.Context) error {
		_, err := c.endAll(ctx, access.System("calendars"), r.UserID, "calendar.end")
		if err != nil {
			return err
		}
		return c.forgetPlaces(ctx, r.UserID)
	})
}

// ending takes away what was written, ends the grant at the keeper, and forgets the connection; each may have been done before.
func (c *Calendars) ending(ctx context.Context, r *connection) (time.Time, error) {
	failed := c.takeLeave(ctx, r)
	if failed != nil && ctx.Err() != nil {
		return time.Time{}, ctx.Err()
	}
	if errors.Is(failed, errOver) {
		return time.Time{}, nil
	}
	if isOurs(failed) {
		return time.Time{}, failed
	}
	now := c.db.Now()
	reason := ""
	if failed != nil {
		reason = reasonOf(failed)
	}
	// A kind that the practice has no more, and a grant whose key is missing, may come back: their settings may only have been changed by mistake.
	hopeless := reason == Revoked || reason == Scope || reason == Refused
	if failed != nil && !hopeless && r.EndedAt != nil && now.Sub(*r.EndedAt) < givenUpAfter {
		wait := min(backOff<<min(r.Tries, 10), backOffMost)
		var later *outside.Later
		if errors.As(failed, &later) && later.After > 0 {
			wait = min(later.After, laterMost)
		}
		next := now.Add(wait)
		_, err := c.db.Exec(ctx, `UPDATE calendar_connections SET tries = tries + 1, reason = $1, next_at = $2, updated_at = $3 WHERE id = $4 AND term = $5 AND state = 'ending'`, reason, next, now, r.ID, r.Term)
		if err != nil {
			return time.Time{}, fmt.Errorf("put off an end: %w", err)
		}
		return next, c.db.Changed(ctx, PagePrefix+r.UserID)
	}
	stays := r.Place != "" && (failed != nil || !r.Clears || r.Sealed == "")
	return time.Time{}, c.db.Tx(ctx, func(ctx context.Context) error {
		working, err := c.works(ctx, r.UserID)
		if err != nil {
			return err
		}
		n, err := c.db.Exec(ctx, `DELETE FROM calendar_connections WHERE id = $1 AND term = $2 AND state = 'ending' AND generation = $3`, r.ID, r.Term, r.Generation)
		if err != nil || n == 0 {
			return err
		}
		place := c.usePlace
		if stays && working {
			place = c.keepPlace
		}
		if err := place(ctx, r); err != nil {
			return err
		}
		if failed != nil {
			err := audit.Record(ctx, c.db, access.System("calendars").Actor, audit.Entry{Action: "calendar.give-up", Kind: "user", ID: r.UserID,
				Changes: []audit.Change{{Field: "kind", Before: string(r.Kind)}, {Field: "events_removed", After: "false"}}})
			if err != nil {
				return err
			}
		}
		return c.db.Changed(ctx, PagePrefix+r.UserID)
	})
}

// takeLeave is what is done at the keeper's. Nothing can be where there is no grant any more.
func (c *Calendars) takeLeave(ctx context.Context, r *connection) error {
	if r.Sealed == "" {
		if r.Clears && r.Standing > 0 {
			return outside.ErrRevoked
		}
		return nil
	}
	there, err := c.calendar(r)
	if err != nil {
		return err
	}
	if r.Clears && r.Place != "" {
		if _, err := there.Open(ctx, r.Place); err != nil {
			return err
		}
		if err := there.Clear(ctx); err != nil {
			return err
		}
	}
	if r.Kind == CalDAV {
		return nil
	}
	shared, err := c.shared(ctx, r)
	if err != nil || shared {
		return err
	}
	g, err := c.openGrant(r) // anew: it may have been renewed on the way
	if err != nil {
		return err
	}
	if err := c.opt.Keepers.OAuth[r.Kind].Revoke(ctx, g); err != nil && !errors.Is(err, outside.ErrNoRevoke) && !errors.Is(err, outside.ErrRevoked) {
		return err
	}
	return nil
}

// shared tells whether somebody else has connected the same account. A keeper may end all that an account has granted us at once, as Google
// does: then ours is forgotten, and ended with the last one.
func (c *Calendars) shared(ctx context.Context, r *connection) (bool, error) {
	var n int
	err := c.db.Row(ctx, `SELECT count(*) FROM calendar_connections WHERE kind = $1 AND account = $2 AND account <> '' AND state = 'on' AND sealed <> '' AND id <> $3`, r.Kind, r.Account, r.ID).Scan(&n)
	if err != nil {
		return false, ourOwn(fmt.Errorf("who else uses the account: %w", err))
	}
	return n > 0, nil
}

// CleanUp deletes attempts that are over, and tells how many.
func (c *Calendars) CleanUp(ctx context.Context, most int) (int64, error) {
	n, err := c.db.Exec(ctx, `DELETE FROM calendar_attempts WHERE id IN (SELECT id FROM calendar_attempts WHERE expires_at < $1 LIMIT $2)`, c.db.Now(), most)
	if err != nil {
		return n, fmt.Errorf("clean up attempts: %w", err)
	}
	return n, nil
}
