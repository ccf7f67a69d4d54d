package calendar

import (
	"cmp"
	"slices"
	"time"

	"chancery/app/outside"
)

// step is one thing to do at a keeper's: an event to write (held: over what stands there), or one to take away.
type step struct {
	put  *outside.Event
	held *outside.Held
}

// world is what is to stand in a calendar, and what does.
type world struct {
	want     []outside.Event
	standing map[string]outside.Held // by UID
	keep     map[string]bool         // UIDs that are not wanted any more for being long over, and stay as they are
}

// decide says what is to be done: first what has to go, then what is to come, then what is over.
func decide(w world, now time.Time) (steps []step) {
	wanted := make(map[string]bool, len(w.want))
	for i := range w.want {
		wanted[w.want[i].UID] = true
	}
	for uid, h := range w.standing {
		if !wanted[uid] && !w.keep[uid] {
			steps = append(steps, step{held: &h})
		}
	}
	slices.SortFunc(steps, func(a, b step) int { return cmp.Compare(a.held.UID, b.held.UID) })
	var over []step
	for i := range w.want {
		e := &w.want[i]
		s := step{put: e}
		if h, ok := w.standing[e.UID]; ok {
			if h.Mark == e.Mark {
				continue
			}
			s.held = &h
		}
		if e.EndsAt.Before(now) {
			over = append(over, s)
		} else {
			steps = append(steps, s)
		}
	}
	return append(steps, over...)
}
