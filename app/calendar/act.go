package calendar

import (
	"context"
	"errors"
	"fmt"

	"chancery/app/outside"
)

// refusedMost is how many events in a row a keeper may refuse until the turn ends: one that it does not like keeps none of the others out.
const refusedMost = 3

// act does steps, and notes each when it is done. It tells whether something was changed there meanwhile, so that it has to be looked at again.
func (c *Calendars) act(ctx context.Context, r *connection, there outside.Calendar, steps []step, standing map[string]outside.Held) (changed bool, err error) {
	var refusals int
	var refusal error
	for _, s := range steps {
		if err := c.still(ctx, r); err != nil {
			return false, ourOwn(err)
		}
		err := c.do(ctx, r, there, s, standing)
		var refused *outside.Refused
		switch {
		case errors.Is(err, outside.ErrChanged):
			changed = true
		case errors.As(err, &refused) && refused.Reason != outside.ScopeMissing:
			if refusal, refusals = err, refusals+1; refusals == refusedMost {
				return false, refusal
			}
		case err != nil:
			return false, err
		default:
			refusals = 0
		}
	}
	if refusal != nil {
		return false, refusal
	}
	return changed, nil
}

func (c *Calendars) do(ctx context.Context, r *connection, there outside.Calendar, s step, standing map[string]outside.Held) error {
	if s.put == nil {
		if err := there.Remove(ctx, *s.held); err != nil {
			return err
		}
		delete(standing, s.held.UID)
		return ourOwn(c.forget(ctx, r, s.held.UID))
	}
	h, err := there.Put(ctx, *s.put, s.held)
	if err != nil {
		return err
	}
	standing[h.UID] = h
	return ourOwn(c.note(ctx, r, h))
}

// still asks, before each step, whether the grant may be used: by a connection that is on, with this grant, of somebody who works here.
func (c *Calendars) still(ctx context.Context, r *connection) error {
	var n int
	err := c.db.Row(ctx, `SELECT count(*) FROM calendar_connections k JOIN users u ON u.id = k.user_id
		WHERE k.id = $1 AND k.term = $2 AND k.state = 'on' AND u.status <> 'INACTIVE'`, r.ID, r.Term).Scan(&n)
	if err != nil {
		return fmt.Errorf("whether a calendar may be written: %w", err)
	}
	if n == 0 {
		return errOver
	}
	return nil
}
