package calendar

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/agenda"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/outside"
)

// Which appointments stand in a calendar, seen from now, and how many are read at once.
const (
	past     = 30 * 24 * time.Hour
	ahead    = 2 * 365 * 24 * time.Hour
	readMost = 2000
)

func uid(userID, appointmentID string) string { return "chancery-" + userID + "." + appointmentID }

// wants is what is to stand in a person's calendar: what they own or come to, and see. Who may see no appointments has none.
func (c *Calendars) wants(ctx context.Context, userID string) (all []outside.Event, err error) {
	now := c.db.Now()
	return c.events(ctx, userID, agenda.Query{From: now.Add(-past), Until: now.Add(ahead)})
}

// keeps are those of some UIDs whose appointments are over for so long that they are not wanted, and still the person's.
func (c *Calendars) keeps(ctx context.Context, userID string, standing map[string]outside.Held, want []outside.Event) (map[string]bool, error) {
	left := make(map[string]bool, len(standing))
	for id := range standing {
		left[id] = true
	}
	for i := range want {
		delete(left, want[i].UID)
	}
	if len(left) == 0 {
		return nil, nil
	}
	var ids []string
	for u := range left {
		ids = append(ids, strings.TrimPrefix(u, uid(userID, "")))
	}
	old, err := c.events(ctx, userID, agenda.Query{From: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), Until: c.db.Now().Add(-past), IDs: ids})
	keep := map[string]bool{}
	for i := range old {
		keep[old[i].UID] = left[old[i].UID]
	}
	return keep, err
}

func (c *Calendars) events(ctx context.Context, userID string, q agenda.Query) (all []outside.Event, err error) {
	rights, err := c.access.Of(ctx, userID)
	if err != nil {
		return nil, err
	}
	person := access.Actor{Actor: audit.Actor{ID: userID}, Rights: rights}
	q.UserID, q.Limit = userID, readMost
	for {
		entries, err := c.agenda.List(ctx, person, q)
		var forbidden *fault.Forbidden
		if errors.As(err, &forbidden) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		for i := range entries {
			p := &entries[i]
			e := outside.Event{UID: uid(userID, p.ID), Title: p.Title, Place: p.Place, Link: c.opt.Site.JoinPath("appointments", p.ID).String(),
				StartsAt: p.StartsAt, EndsAt: p.EndsAt, Zone: p.Zone}
			e.Mark = mark(&e)
			all = append(all, e)
		}
		if len(entries) < readMost {
			return all, nil
		}
		last := &entries[len(entries)-1]
		q.After = agenda.Place{StartsAt: last.StartsAt, ID: last.ID}
	}
}

// mark is short, and other for whatever differs.
func mark(e *outside.Event) string {
	h := sha256.Sum256([]byte(strings.Join([]string{e.UID, e.Title, e.Place, e.Notes, e.Link, e.StartsAt.UTC().Format(time.RFC3339), e.EndsAt.UTC().Format(time.RFC3339), e.Zone}, "\x00")))
	return base64.RawURLEncoding.EncodeToString(h[:12])
}

// stood is what is known to stand there.
func (c *Calendars) stood(ctx context.Context, r *connection) (map[string]outside.Held, error) {
	var rows []struct{ UID, Ref, Version, Mark string }
	if err := c.db.In(ctx).Raw(`SELECT uid, ref, version, mark FROM calendar_events WHERE connection_id = ?`, r.ID).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("what stands outside: %w", err)
	}
	all := make(map[string]outside.Held, len(rows))
	for _, one := range rows {
		all[one.UID] = outside.Held{UID: one.UID, Ref: one.Ref, Version: one.Version, Mark: one.Mark}
	}
	return all, nil
}

// look asks the keeper what stands there, and notes what is other than was known, with the place in the keeper's list from which it goes on.
func (c *Calendars) look(ctx context.Context, r *connection, there outside.Calendar) (map[string]outside.Held, error) {
	known, kept := r.Place, ""
	if known == "" {
		var err error
		if kept, err = c.keptPlace(ctx, r); err != nil {
			return nil, ourOwn(err)
		}
		known = kept
	}
	place, err := there.Open(ctx, known)
	if err != nil {
		return nil, err
	}
	moved := place != r.Place
	if moved {
		r.AtCursor = "" // another calendar: what was written is gone with the one before
	}
	list, err := there.List(ctx, r.AtCursor)
	if errors.Is(err, outside.ErrCursor) {
		r.AtCursor = "" // also when nothing stands there: the next one is noted in any case
		list, err = there.List(ctx, "")
	}
	// What was left standing may be beyond the new grant; then it is as good as gone.
	var refused *outside.Refused
	if errors.Is(err, outside.ErrGone) || kept != "" && place == kept && errors.As(err, &refused) {
		moved, r.AtCursor = true, ""
		if place, err = there.Open(ctx, ""); err != nil {
			return nil, err
		}
		list, err = there.List(ctx, "")
	}
	if err != nil {
		return nil, err
	}
	stood, err := c.stood(ctx, r)
	if err != nil {
		return nil, ourOwn(err)
	}
	now, ours := map[string]outside.Held{}, uid(r.UserID, "")
	called := map[string]string{} // of one that was removed, a keeper may tell only what it calls it
	if !list.Whole && !moved {
		for id, h := range stood {
			now[id], called[h.Ref] = h, id
		}
	}
	for _, h := range list.Events {
		if h.Removed && h.UID == "" {
			h.UID = called[h.Ref]
		}
		switch {
		case !strings.HasPrefix(h.UID, ours):
		case h.Removed:
			delete(now, h.UID)
		default:
			now[h.UID] = h
		}
	}
	if same(stood, now) && !moved && (list.Cursor == r.AtCursor || len(list.Events) == 0 && r.AtCursor != "") {
		return now, nil
	}
	r.Place, r.AtCursor = place, list.Cursor
	return now, ourOwn(c.noted(ctx, r, stood, now, moved))
}

func same(a, b map[string]outside.Held) bool {
	if len(a) != len(b) {
		return false
	}
	for id, h := range a {
		if b[id] != h {
			return false
		}
	}
	return true
}

// noted writes down what stands there, in one transaction with how far the list was read.
func (c *Calendars) noted(ctx context.Context, r *connection, known, now map[string]outside.Held, moved bool) error {
	return c.db.Tx(ctx, func(ctx context.Context) error {
		n, err := c.db.Exec(ctx, `UPDATE calendar_connections SET place = $1, at_cursor = $2 WHERE id = $3 AND term = $4 AND state = 'on'`, r.Place, r.AtCursor, r.ID, r.Term)
		if err != nil {
			return fmt.Errorf("note what stands outside: %w", err)
		}
		if n == 0 {
			return errOver
		}
		if moved {
			if err := c.usePlace(ctx, r); err != nil {
				return err
			}
		}
		for id := range known {
			if _, still := now[id]; !still {
				if err := c.forget(ctx, r, id); err != nil {
					return err
				}
			}
		}
		for id, h := range now {
			if known[id] != h {
				if err := c.note(ctx, r, h); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (c *Calendars) note(ctx context.Context, r *connection, h outside.Held) error {
	_, err := c.db.Exec(ctx, `INSERT INTO calendar_events (connection_id, uid, ref, version, mark) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (connection_id, uid) DO UPDATE SET ref = excluded.ref, version = excluded.version, mark = excluded.mark`, r.ID, h.UID, h.Ref, h.Version, h.Mark)
	if err != nil {
		return fmt.Errorf("note an event: %w", err)
	}
	return nil
}

func (c *Calendars) forget(ctx context.Context, r *connection, id string) error {
	if _, err := c.db.Exec(ctx, `DELETE FROM calendar_events WHERE connection_id = $1 AND uid = $2`, r.ID, id); err != nil {
		return fmt.Errorf("forget an event: %w", err)
	}
	return nil
}
