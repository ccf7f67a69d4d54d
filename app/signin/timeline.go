package signin

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"chancery/app/audit"
)

// Event is one thing that happened to a person's account: a try to sign in, or a change (B-6). One of the two is set.
type Event struct {
	ID      string
	At      time.Time
	Attempt *Attempt
	Change  *audit.Line
}

// ownEvents are what a person does themselves that belongs to the security of their account. What others do to it is shown
// whatever it is.
var ownEvents = [...]string{
	"password.change", "password.recover", "user.disown", "user.lock", "user.accept-invitation", "user.prove-email", "user.verify-cell",
	"session.sign-out", "session.end", "session.end-others", "factor.add", "factor.remove", "factor.renew-codes", "factor.use-code", "factor.copied",
}

// Timeline is what happened to the account of whoever asks, newest first, from the event before the id before on ("" from the
// newest), and whether there is more. Tries are kept for 90 days, changes for ever.
func (s *Signin) Timeline(ctx context.Context, c *Current, before string, limit int) (events []Event, more bool, err error) {
	me := c.User.ID
	tries := s.db.In(ctx).Table("signin_attempts").Where("user_id = ? AND method <> 'confirm'", me)
	changes := s.db.In(ctx).Where("object_kind = 'user' AND object_id = ? AND (actor_id <> ? OR action IN ?)", me, me, ownEvents[:])
	if before != "" {
		const earlier = `(at, id) < (SELECT b.at, b.id FROM signin_attempts b WHERE b.id = ? AND b.user_id = ?
			UNION ALL SELECT l.at, l.id FROM audit l WHERE l.id = ? AND l.object_id = ?)`
		tries, changes = tries.Where(earlier, before, me, before, me), changes.Where(earlier, before, me, before, me)
	}
	var tried []Attempt
	if err := tries.Order("at DESC, id DESC").Limit(limit + 1).Find(&tried).Error; err != nil {
		return nil, false, fmt.Errorf("timeline: %w", err)
	}
	var changed []audit.Line
	if err := changes.Order("at DESC, id DESC").Limit(limit + 1).Find(&changed).Error; err != nil {
		return nil, false, fmt.Errorf("timeline: %w", err)
	}
	for i := range tried {
		events = append(events, Event{ID: tried[i].ID, At: tried[i].At, Attempt: &tried[i]})
	}
	for i := range changed {
		events = append(events, Event{ID: changed[i].ID, At: changed[i].At, Change: &changed[i]})
	}
	slices.SortFunc(events, func(a, b Event) int {
		if byTime := b.At.Compare(a.At); byTime != 0 {
			return byTime
		}
		return strings.Compare(b.ID, a.ID)
	})
	if len(events) > limit {
		return events[:limit], true, nil
	}
	return events, false, nil
}
