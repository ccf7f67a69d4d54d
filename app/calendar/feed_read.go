package calendar

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/agenda"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/ical"
	"chancery/app/store"
)

// FeedWords are what a feed says that nobody typed, in its person's language.
type FeedWords struct {
	Name string // of the calendar
	Busy string // in the place of each title
}

// What a feed tells of: programs ask for all of it each time.
const (
	feedBack   = 90 * 24 * time.Hour
	feedAhead  = 18 * 31 * 24 * time.Hour
	feedGone   = 30 * 24 * time.Hour // so long an appointment that was cancelled is said to be
	feedMost   = 5000
	feedEvery  = time.Hour // how often programs had better ask
	feedSeenBy = time.Hour // how exactly it is noted that one did
)

// ReadFeed is the feed of an address, as the person sees it at this moment: what they lose sight of, it has lost. It returns fault.ErrNotFound for an
// address that is none or does not count any more, and for somebody who has left, is locked, or may see no appointments.
func (c *Calendars) ReadFeed(ctx context.Context, token string, words func(language string) FeedWords) ([]byte, error) {
	if raw, err := base64.RawURLEncoding.Strict().DecodeString(token); err != nil || len(raw) != feedToken {
		return nil, fault.ErrNotFound
	}
	now := c.db.Now()
	var f struct {
		UserID, Language string
		Detail           Detail
		ReadAt           *time.Time
		LockedUntil      *time.Time
		LockAll          bool // a lock holds for every way in (C-15)
	}
	ok, err := store.One(c.db.In(ctx).Raw(`SELECT f.user_id, f.detail, f.read_at, u.language, c.locked_until, o.lock_all
		FROM calendar_feeds f JOIN users u ON u.id = f.user_id LEFT JOIN credentials c ON c.user_id = u.id CROSS JOIN organization o
		WHERE f.token_hash = ? AND f.epoch = u.epoch AND u.status = 'ACTIVE' AND c.disowned_at IS NULL`, feedHash(token)), &f)
	if err != nil {
		return nil, fmt.Errorf("feed: %w", err)
	}
	if !ok || f.LockAll && f.LockedUntil != nil && now.Before(*f.LockedUntil) {
		return nil, fault.ErrNotFound
	}
	reader := access.Actor{Actor: audit.Actor{ID: f.UserID}}
	if reader.Rights, err = c.access.Of(ctx, f.UserID); err != nil {
		return nil, err
	}
	all, err := c.agenda.List(ctx, reader, agenda.Query{UserID: f.UserID, From: now.Add(-feedBack), Until: now.Add(feedAhead), Cancelled: true, Limit: feedMost})
	var no *fault.Forbidden
	if errors.As(err, &no) {
		return nil, fault.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	if f.ReadAt == nil || now.Sub(*f.ReadAt) >= feedSeenBy {
		if _, err := c.db.Exec(ctx, `UPDATE calendar_feeds SET read_at = $1 WHERE user_id = $2`, now, f.UserID); err != nil {
			return nil, fmt.Errorf("note that a feed was read: %w", err)
		}
	}
	said := words(f.Language)
	file := ical.Calendar{Name: said.Name, Refresh: feedEvery}
	for i := range all {
		if a := &all[i].Appointment; a.Status != agenda.Cancelled || now.Sub(a.UpdatedAt) < feedGone {
			file.Events = append(file.Events, c.feedEvent(f.UserID, a, f.Detail, said))
		}
	}
	return ical.Write(file), nil
}

// feedEvent is an appointment as a feed tells of it. Notes stay here, as they do with every calendar outside; the link opens them to who is signed in.
func (c *Calendars) feedEvent(userID string, a *agenda.Appointment, d Detail, said FeedWords) ical.Event {
	e := ical.Event{
		UID: "chancery-" + userID + "." + a.ID, Title: a.Title, Place: a.Place, Link: c.opt.Site.JoinPath("appointments", a.ID).String(),
		StartsAt: a.StartsAt, EndsAt: a.EndsAt, Zone: a.Zone, Cancelled: a.Status == agenda.Cancelled, Sequence: a.Generation - 1, ChangedAt: a.UpdatedAt,
	}
	if d == FeedBusy {
		e.Title, e.Place = said.Busy, ""
	}
	return e
}
