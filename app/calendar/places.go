package calendar

import (
	"context"
	"fmt"
	"strings"

	"chancery/app/store"
)

// Where a calendar of ours is goes with its connection. Of one whose events were left standing it is kept, for the day on which its person connects the
// same account again: Google cannot be asked which calendars we have made, and a second one would show each appointment twice.

// works says whether somebody works here, in ctx's transaction. Whoever deactivates them holds the same row.
func (c *Calendars) works(ctx context.Context, userID string) (bool, error) {
	var status string
	if err := c.db.Row(ctx, `SELECT status FROM users WHERE id = $1`+c.db.ForUpdate(), userID).Scan(&status); err != nil {
		return false, fmt.Errorf("whose calendar is left: %w", err)
	}
	return status != "INACTIVE", nil
}

// keepPlace keeps where a calendar is that was left standing.
func (c *Calendars) keepPlace(ctx context.Context, r *connection) error {
	_, err := c.db.Exec(ctx, `INSERT INTO calendar_places (user_id, kind, account, server, place, kept_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (user_id, kind, account, server) DO UPDATE SET place = excluded.place, kept_at = excluded.kept_at`,
		r.UserID, r.Kind, strings.ToLower(r.Account), r.Server, r.Place, c.db.Now())
	if err != nil {
		return fmt.Errorf("keep a calendar's place: %w", err)
	}
	return nil
}

// keptPlace is where the calendar of a connection was left standing, or "".
func (c *Calendars) keptPlace(ctx context.Context, r *connection) (place string, err error) {
	err = c.db.Row(ctx, `SELECT place FROM calendar_places WHERE user_id = $1 AND kind = $2 AND account = $3 AND server = $4`,
		r.UserID, r.Kind, strings.ToLower(r.Account), r.Server).Scan(&place)
	if _, err := store.Found(err); err != nil {
		return "", fmt.Errorf("a calendar's place: %w", err)
	}
	return place, nil
}

// usePlace forgets a place that its connection knows by now, or that is none any more.
func (c *Calendars) usePlace(ctx context.Context, r *connection) error {
	_, err := c.db.Exec(ctx, `DELETE FROM calendar_places WHERE user_id = $1 AND kind = $2 AND account = $3 AND server = $4`, r.UserID, r.Kind, strings.ToLower(r.Account), r.Server)
	if err != nil {
		return fmt.Errorf("use a calendar's place: %w", err)
	}
	return nil
}

// forgetPlaces forgets all of a person who leaves, in ctx's transaction.
func (c *Calendars) forgetPlaces(ctx context.Context, userID string) error {
	if _, err := c.db.Exec(ctx, `DELETE FROM calendar_places WHERE user_id = $1`, userID); err != nil {
		return fmt.Errorf("forget a leaver's calendars: %w", err)
	}
	return nil
}
