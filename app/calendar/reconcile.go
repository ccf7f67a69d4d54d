package calendar

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"chancery/app/outside"
	"chancery/app/store"
)

// How often what stands outside is looked at though nothing has changed here, how many events one turn writes before others have theirs,
// and how often a turn looks again when something changed there meanwhile.
const (
	lookEvery = 15 * time.Minute
	turnMost  = 200
	looksMost = 3
)

// errOver says that a connection was ended, connected anew, or is of somebody who has left: whoever was at it stops.
var errOver = errors.New("calendar: the connection is over")

// Due is a connection that needs work, by its key on the change feed.
type Due struct {
	Key string
	At  time.Time
}

// Due is what needs work before until: what is behind, tries that were put off, and each connection at its own minute of every quarter of an hour,
// so that they come to the keepers evenly.
func (c *Calendars) Due(ctx context.Context, until time.Time) (all []Due, err error) {
	var rows []connection
	err = c.db.In(ctx).Raw(`SELECT id, state, sealed, next_at, generation, observed, updated_at FROM calendar_connections WHERE state = 'ending' OR health <> 'reconnect' ORDER BY id`).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("calendars that are due: %w", err)
	}
	now := c.db.Now()
	for i := range rows {
		r := &rows[i]
		at := slot(r.ID, now)
		switch {
		case r.NextAt != nil:
			at = *r.NextAt
		case r.State == ending, r.Generation != r.Observed, !strings.HasPrefix(r.Sealed, c.seals.current()):
			at = r.UpdatedAt
		}
		if !at.After(until) {
			all = append(all, Due{Prefix + r.ID, at})
		}
	}
	return all, nil
}

// slot is the next time at which a connection is looked at.
func slot(id string, now time.Time) time.Time {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id))
	at := now.Truncate(lookEvery).Add(time.Duration(h.Sum32()) % lookEvery)
	if at.Before(now) {
		at = at.Add(lookEvery)
	}
	return at
}

// Reconcile makes a connection's calendar agree, and tells when it has to go on; the zero time is: when something changes.
func (c *Calendars) Reconcile(ctx context.Context, key string) (next time.Time, err error) {
	r, active, err := c.read(ctx, strings.TrimPrefix(key, Prefix))
	switch {
	case err != nil || r == nil:
		return time.Time{}, err
	case r.NextAt != nil && r.NextAt.After(c.db.Now()):
		return *r.NextAt, nil
	case r.State == ending:
		return c.ending(c.about(ctx, r), r)
	case !active:
		return time.Time{}, c.left(ctx, r)
	case r.Health == Reconnect:
		return time.Time{}, nil
	}
	more, standing, failed := c.agree(c.about(ctx, r), r)
	switch {
	case errors.Is(failed, errOver):
		return time.Time{}, nil
	case failed != nil && ctx.Err() != nil:
		return time.Time{}, ctx.Err()
	case isOurs(failed):
		return time.Time{}, failed
	}
	return c.record(ctx, r, more, standing, failed)
}

// about says whose account a turn is about, and for whom it is. Two people may have connected the same account.
func (c *Calendars) about(ctx context.Context, r *connection) context.Context {
	return outside.For(outside.About(ctx, cmp.Or(r.Account, r.ID)), hashed(c.opt.Site.String() + "\n" + r.UserID)[:32])
}

// read is a connection as it is, or nil, and whether its person works here.
func (c *Calendars) read(ctx context.Context, id string) (*connection, bool, error) {
	var r connection
	ok, err := store.One(c.db.In(ctx).Raw(`SELECT * FROM calendar_connections WHERE id = ?`, id), &r)
	if err != nil || !ok {
		return nil, false, err
	}
	var working bool
	if err := c.db.Row(ctx, `SELECT status <> 'INACTIVE' FROM users WHERE id = $1`, r.UserID).Scan(&working); err != nil {
		return nil, false, fmt.Errorf("whose calendar: %w", err)
	}
	return &r, working, nil
}

// agree is a turn: gather, decide, act. It tells whether there is more to do, and how many events stand there.
func (c *Calendars) agree(ctx context.Context, r *connection) (more bool, standing int, err error) {
	there, err := c.calendar(r)
	if err != nil {
		return false, 0, err
	}
	for range looksMost {
		w := world{}
		if w.standing, err = c.look(ctx, r, there); err != nil {
			return false, 0, err
		}
		if w.want, err = c.wants(ctx, r.UserID); err != nil {
			return false, 0, ourOwn(err)
		}
		if w.keep, err = c.keeps(ctx, r.UserID, w.standing, w.want); err != nil {
			return false, 0, ourOwn(err)
		}
		steps := decide(w, c.db.Now())
		changed, err := c.act(ctx, r, there, steps[:min(len(steps), turnMost)], w.standing)
		if err != nil || !changed {
			return len(steps) > turnMost, len(w.standing), err
		}
	}
	return true, 0, &outside.Later{}
}

// calendar opens the grant.
func (c *Calendars) calendar(r *connection) (outside.Calendar, error) {
	if !c.offers(r.Kind) {
		return nil, errOff
	}
	g, err := c.openGrant(r)
	if err != nil {
		return nil, err
	}
	if r.Kind == CalDAV {
		return c.opt.Keepers.Passwords.Calendar(g), nil
	}
	return c.opt.Keepers.OAuth[r.Kind].Calendar(g, func(ctx context.Context, g outside.Grant) error { return c.renewed(ctx, r, g) }), nil
}

// errOff says that the practice has this kind of calendar no more.
var errOff = errors.New("calendar: this kind is not set up")

// renewed keeps a grant that the keeper has changed, before it is used: the one before may be good for nothing already.
func (c *Calendars) renewed(ctx context.Context, r *connection, g outside.Grant) error {
	sealed, err := c.closeGrant(r, g)
	if err != nil {
		return ourOwn(err)
	}
	n, err := c.db.Exec(ctx, `UPDATE calendar_connections SET sealed = $1 WHERE id = $2 AND term = $3`, sealed, r.ID, r.Term)
	if err != nil {
		return ourOwn(fmt.Errorf("keep a grant: %w", err))
	}
	if n == 0 {
		return errOver
	}
	r.Sealed = sealed
	return nil
}
