package calendar

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"chancery/app/outside"
	"chancery/app/post"
)

// How long a try is put off, doubling with each; how long what may pass by itself fails before the person is told; and how often it is written that all is well.
const (
	backOff     = 30 * time.Second
	backOffMost = time.Hour
	laterMost   = 24 * time.Hour
	toldAfter   = 15 * time.Minute
	wellEvery   = 6 * time.Hour
)

// ourFault is one of our own: the keeper is not to blame for it, and its person need not hear of it. The loop tries again, and tells whoever runs Chancery.
type ourFault struct{ error }

func (o *ourFault) Unwrap() error { return o.error }

// ourOwn marks an error as our own, but for one that says that the connection is over.
func ourOwn(err error) error {
	if err == nil || errors.Is(err, errOver) {
		return err
	}
	return &ourFault{err}
}

// isOurs says whether a turn failed here, and not at the keeper's.
func isOurs(err error) bool {
	var o *ourFault
	return errors.As(err, &o)
}

// reasonOf says why a turn failed at the keeper's.
func reasonOf(err error) string {
	var later *outside.Later
	var refused *outside.Refused
	switch {
	case errors.Is(err, outside.ErrRevoked):
		return Revoked
	case errors.Is(err, errSealed):
		return Unreadable
	case errors.Is(err, errOff):
		return Off
	case errors.As(err, &later) && (later.Status >= 500 || later.Status == 0):
		return Down
	case errors.As(err, &later):
		return Busy
	case errors.As(err, &refused) && refused.Reason == outside.ScopeMissing:
		return Scope
	case errors.As(err, &refused):
		return Refused
	}
	return Unreachable
}

// judge says how a connection is after a turn. It is pure: r is changed, told tells whether the person is to be told.
func judge(r *connection, failed error, now time.Time) (told bool) {
	if failed == nil {
		if r.Health != Connected {
			r.Health, r.Since = Connected, now
		}
		r.Reason, r.Tries, r.NextAt, r.ToldAt = "", 0, nil, nil
		return false
	}
	was := r.Health
	r.Reason, r.Health = reasonOf(failed), Failing
	wait := min(backOff<<min(r.Tries, 10), backOffMost)
	var later *outside.Later
	if errors.As(failed, &later) && later.After > 0 {
		wait = min(later.After, laterMost)
	}
	next := now.Add(wait)
	r.Tries, r.NextAt = r.Tries+1, &next
	// A grant that does not open is kept, and tried again: its key may only have been left out of the settings by mistake.
	if r.Reason == Revoked || r.Reason == Scope {
		r.Health, r.NextAt, r.Sealed = Reconnect, nil, ""
	}
	if was != r.Health {
		r.Since = now
		if r.Health == Reconnect { // what has to be done is told, also to who was told of a failure
			r.ToldAt = nil
		}
	}
	passes := r.Reason == Busy || r.Reason == Down || r.Reason == Unreachable
	if r.ToldAt != nil || passes && now.Sub(r.Since) < toldAfter {
		return false
	}
	r.ToldAt = &now
	return true
}

// record writes down how a turn went, if that differs from before, and tells when to go on.
func (c *Calendars) record(ctx context.Context, r *connection, more bool, standing int, failed error) (time.Time, error) {
	now, was := c.db.Now(), *r
	told := judge(r, failed, now)
	stale := failed == nil && r.Sealed != "" && r.Sealed[:min(len(r.Sealed), len(c.seals.current()))] != c.seals.current()
	if stale {
		g, err := c.openGrant(r)
		if err != nil {
			return time.Time{}, err
		}
		if r.Sealed, err = c.closeGrant(r, g); err != nil {
			return time.Time{}, err
		}
	}
	if failed == nil {
		r.Standing = int64(standing)
		if !more {
			r.Observed = r.Generation
		}
		if r.SyncedAt == nil || now.Sub(*r.SyncedAt) > wellEvery || was.Observed != r.Observed || was.Standing != r.Standing {
			r.SyncedAt = &now
		}
	} else {
		c.opt.Log.Warn("a calendar outside is not in step", "connection", r.ID, "kind", string(r.Kind), "reason", r.Reason, "tries", r.Tries, "error", failed.Error())
	}
	next := time.Time{}
	switch {
	case r.NextAt != nil:
		next = *r.NextAt
	case more && failed == nil:
		next = now
	}
	if was == *r {
		return next, nil
	}
	return next, c.db.Tx(ctx, func(ctx context.Context) error {
		n, err := c.db.Exec(ctx, `UPDATE calendar_connections SET health = $1, reason = $2, since = $3, told_at = $4, tries = $5, next_at = $6, observed = $7, standing = $8,
			synced_at = $9, sealed = $10, updated_at = $11 WHERE id = $12 AND term = $13 AND state = 'on'`,
			r.Health, r.Reason, r.Since, r.ToldAt, r.Tries, r.NextAt, r.Observed, r.Standing, r.SyncedAt, r.Sealed, now, r.ID, r.Term)
		if err != nil || n == 0 {
			return err
		}
		if told {
			if err := c.tell(ctx, r); err != nil {
				return err
			}
		}
		return c.db.Changed(ctx, PagePrefix+r.UserID)
	})
}

// tell writes the mail of a spell of failure, once.
func (c *Calendars) tell(ctx context.Context, r *connection) error {
	var u struct{ Email, Language, Zone string }
	if err := c.db.Row(ctx, `SELECT email, language, zone FROM users WHERE id = $1`, r.UserID).Scan(&u.Email, &u.Language, &u.Zone); err != nil {
		return fmt.Errorf("whose calendar failed: %w", err)
	}
	why := map[string]bool{}
	for _, one := range Reasons() {
		why[one] = one == r.Reason
	}
	names := map[Kind]string{Google: "Google", Microsoft: "Outlook", CalDAV: "CalDAV"}
	return c.post.Queue(ctx, post.Draft{
		SendKey: "calendar-failed/" + r.ID + "/" + strconv.FormatInt(r.Since.UnixMicro(), 36), Kind: post.CalendarFailed, UserID: r.UserID, Recipient: u.Email,
		Language: u.Language, Zone: u.Zone, Data: map[string]any{"Calendar": names[r.Kind], "Why": why, "Since": r.Since, "Reconnect": r.Health == Reconnect, "Path": "/me/calendars"},
	})
}
