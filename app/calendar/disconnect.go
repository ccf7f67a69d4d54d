package calendar

import (
	"context"
	"fmt"
	"strconv"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
)

// Of is a person's connections, by kind; one that is ending stands there until it has ended. Of another's it needs users.view, and does not tell
// whose they are there.
func (c *Calendars) Of(ctx context.Context, actor access.Actor, userID string) ([]Connection, error) {
	if actor.ID != userID {
		if err := actor.Must(access.UsersView); err != nil {
			return nil, err
		}
	}
	var rows []connection
	if err := c.db.In(ctx).Raw(`SELECT * FROM calendar_connections WHERE user_id = ? ORDER BY state DESC, kind, id`, userID).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("connections: %w", err)
	}
	all := make([]Connection, len(rows))
	for i := range rows {
		all[i] = rows[i].shown(actor.ID == userID)
	}
	return all, nil
}

// Disconnect ends a connection of the actor's own, and takes what was written away if so wished. From that moment on nothing is written
// any more; the rest is made so by the loop, also when the keeper does not answer now. It returns fault.ErrNotFound.
func (c *Calendars) Disconnect(ctx context.Context, actor access.Actor, id string, removeEvents bool) error {
	return c.db.Tx(ctx, func(ctx context.Context) error {
		r, err := c.hold(ctx, actor, id)
		if err != nil {
			return err
		}
		if err := c.end(ctx, r, removeEvents || r.State == ending && r.Clears); err != nil {
			return err
		}
		return audit.Record(ctx, c.db, actor.Actor, audit.Entry{Action: "calendar.disconnect", Kind: "user", ID: r.UserID, Changes: ended(r, removeEvents)})
	})
}

// SyncNow has a connection of the actor's own looked at now; one that the keeper has asked to be patient with waits for its time. It returns
// fault.ErrNotFound.
func (c *Calendars) SyncNow(ctx context.Context, actor access.Actor, id string) error {
	return c.db.Tx(ctx, func(ctx context.Context) error {
		r, err := c.hold(ctx, actor, id)
		if err != nil {
			return err
		}
		if r.State != on || r.Health == Reconnect {
			return nil
		}
		_, err = c.db.Exec(ctx, `UPDATE calendar_connections SET generation = generation + 1, next_at = CASE WHEN reason = 'busy' THEN next_at END, updated_at = $1 WHERE id = $2`,
			c.db.Now(), id)
		if err != nil {
			return fmt.Errorf("sync now: %w", err)
		}
		return c.announce(ctx, id, r.UserID)
	})
}

// hold locks a connection of the actor's own.
func (c *Calendars) hold(ctx context.Context, actor access.Actor, id string) (*connection, error) {
	var r connection
	ok, err := store.One(c.db.In(ctx).Raw(`SELECT * FROM calendar_connections WHERE id = ? AND user_id = ?`+c.db.ForUpdate(), id, actor.ID), &r)
	switch {
	case err != nil:
		return nil, fmt.Errorf("connection: %w", err)
	case !ok:
		return nil, fault.ErrNotFound
	}
	return &r, nil
}

// End ends all connections of another person, and takes what was written away. It needs users.sign-out and a fresh proof (fault.ErrProve),
// and is over the account (S1-32).
func (c *Calendars) End(ctx context.Context, actor access.Actor, userID string) error {
	if err := actor.Must(access.UsersSignOut); err != nil {
		return err
	}
	if !actor.Proven(c.db.Now()) {
		return fault.ErrProve
	}
	return c.db.Tx(ctx, func(ctx context.Context) error {
		if err := c.access.MustOver(ctx, actor, access.OverAccount, userID); err != nil {
			return err
		}
		_, err := c.endAll(ctx, actor, userID, "calendar.end")
		return err
	})
}

// endAll ends what a person has connected, in ctx's transaction, and tells how many there were.
func (c *Calendars) endAll(ctx context.Context, actor access.Actor, userID, action string) (int64, error) {
	var rows []connection
	err := c.db.In(ctx).Raw(`SELECT * FROM calendar_connections WHERE user_id = ? AND state = 'on' ORDER BY id`+c.db.ForUpdate(), userID).Scan(&rows).Error
	if err != nil {
		return 0, fmt.Errorf("end connections: %w", err)
	}
	for i := range rows {
		if err := c.end(ctx, &rows[i], true); err != nil {
			return 0, err
		}
		if err := audit.Record(ctx, c.db, actor.Actor, audit.Entry{Action: action, Kind: "user", ID: userID, Changes: ended(&rows[i], true)}); err != nil {
			return 0, err
		}
	}
	return int64(len(rows)), nil
}

func ended(r *connection, cleared bool) []audit.Change {
	return []audit.Change{{Field: "kind", Before: string(r.Kind)}, {Field: "events_removed", After: strconv.FormatBool(cleared)}}
}

// end has a connection end, in ctx's transaction. What it failed at before is no reason to wait.
func (c *Calendars) end(ctx context.Context, r *connection, clear bool) error {
	now := c.db.Now()
	if r.Place == "" { // what stands there from before was not looked at yet
		var err error
		if r.Place, err = c.keptPlace(ctx, r); err != nil {
			return err
		}
	}
	_, err := c.db.Exec(ctx, `UPDATE calendar_connections SET state = 'ending', clears = $1, place = $2, ended_at = COALESCE(ended_at, $3), generation = generation + 1,
		tries = 0, next_at = NULL, updated_at = $4 WHERE id = $5`, clear, r.Place, now, now, r.ID)
	if err != nil {
		return fmt.Errorf("end a connection: %w", err)
	}
	return c.announce(ctx, r.ID, r.UserID)
}

// Belonging is the connections among what a person owns (staff.Belonging): they end when the person leaves, and what was written there is taken
// away; what is to come stands in the calendar of whoever takes it over.
func (c *Calendars) Belonging() staff.Belonging { return belonging{c} }

type belonging struct{ *Calendars }

// Kind names connections among what people own.
func (belonging) Kind() string { return "calendars" }

// Count is how many calendars a person has connected.
func (b belonging) Count(ctx context.Context, userID string) (h staff.Holding, err error) {
	if err := b.db.Row(ctx, `SELECT count(*) FROM calendar_connections WHERE user_id = $1 AND state = 'on'`, userID).Scan(&h.Count); err != nil {
		return h, fmt.Errorf("count connections: %w", err)
	}
	return h, nil
}

// HandOver ends them.
func (b belonging) HandOver(ctx context.Context, actor access.Actor, userID string, _ staff.Plan) (h staff.Handed, err error) {
	if h.Count, err = b.endAll(ctx, actor, userID, "calendar.end"); err != nil {
		return h, err
	}
	return h, b.forgetPlaces(ctx, userID)
}
