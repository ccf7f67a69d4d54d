package daily

import (
	"context"
	"fmt"
	"time"

	"chancery/app/notices"
	"chancery/app/zone"
)

// Next is when somebody's next mail of a kind comes, if there is anything to tell then: after the quiet hours, if it falls into these. The zero time is never, as things
// are now.
func (d *Daily) Next(ctx context.Context, name, userID string) (time.Time, error) {
	k, err := d.kind(name)
	if err != nil {
		return time.Time{}, err
	}
	wishes, err := d.notices.PreferencesOf(ctx, userID)
	if err != nil {
		return time.Time{}, err
	}
	var zoneID, last string
	var fresh bool
	err = d.db.Row(ctx, `SELECT u.zone, d.last_date, d.fresh FROM dailies d JOIN users u ON u.id = d.user_id WHERE d.user_id = $1 AND d.kind = $2`, userID, name).Scan(&zoneID, &last, &fresh)
	if err != nil {
		return time.Time{}, fmt.Errorf("next daily mail: %w", err)
	}
	p := wishes[userID]
	if !k.Wants(p) {
		return time.Time{}, nil
	}
	return following(wish{p.Minute, p.Days, zone.Place(zoneID), last, fresh}, p, d.db.Now()), nil
}

// following is the time of the next mail from now on; what is due this moment counts.
func following(w wish, p notices.Preferences, now time.Time) time.Time {
	date, next := decide(w, now)
	if date != "" {
		next = now
	}
	if next.IsZero() {
		return next
	}
	return p.Opens(next, w.place)
}
