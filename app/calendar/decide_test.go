package calendar

import (
	"slices"
	"testing"
	"time"

	"chancery/app/outside"
)

// What is done at a keeper's follows from what is to stand there and what does, and from nothing else.
func TestDecide(t *testing.T) {
	now := time.Date(2026, 7, 3, 12, 0, 0, 0, time.UTC)
	event := func(uid, mark string, in time.Duration) outside.Event {
		return outside.Event{UID: uid, Mark: mark, StartsAt: now.Add(in), EndsAt: now.Add(in + time.Hour)}
	}
	held := func(uid, mark string) outside.Held {
		return outside.Held{UID: uid, Ref: "ref-" + uid, Version: "1", Mark: mark}
	}
	for _, c := range []struct {
		name  string
		want  []outside.Event
		there []outside.Held
		keep  []string
		steps []string
	}{
		{name: "there is nothing, and nothing is wanted"},
		{name: "one that is new is created", want: []outside.Event{event("a", "1", time.Hour)}, steps: []string{"create a"}},
		{name: "one that has moved is written over what stands there", want: []outside.Event{event("a", "2", time.Hour)}, there: []outside.Held{held("a", "1")},
			steps: []string{"over a ref-a"}},
		{name: "one that was cancelled is taken away", there: []outside.Held{held("a", "1")}, steps: []string{"remove a"}},
		{name: "one that was handed over goes, and what was taken over comes after it", want: []outside.Event{event("b", "1", time.Hour)}, there: []outside.Held{held("a", "1")},
			steps: []string{"remove a", "create b"}},
		{name: "one that was changed there is put back", want: []outside.Event{event("a", "1", time.Hour)}, there: []outside.Held{held("a", "")}, steps: []string{"over a ref-a"}},
		{name: "one that was deleted there is made again", want: []outside.Event{event("a", "1", time.Hour), event("b", "1", 2*time.Hour)}, there: []outside.Held{held("b", "1")},
			steps: []string{"create a"}},
		{name: "what stands there as it is to be is let be", want: []outside.Event{event("a", "1", time.Hour), event("b", "1", -2*time.Hour)},
			there: []outside.Held{held("a", "1"), held("b", "1")}},
		{name: "a calendar that is listed anew and is empty gets all, what is over last", want: []outside.Event{event("a", "1", -24*time.Hour), event("b", "1", -2*time.Hour), event("c", "1", 0), event("d", "1", time.Hour)},
			steps: []string{"create c", "create d", "create a", "create b"}},
		{name: "what is long over stays, also when it was changed there", there: []outside.Held{held("a", "1"), held("b", "")}, keep: []string{"a", "b"}},
		{name: "of what is long over goes what is the person's no more", there: []outside.Held{held("a", "1"), held("b", "1")}, keep: []string{"a"}, steps: []string{"remove b"}},
		{name: "several are taken away in one order, whatever the order in which they were told", there: []outside.Held{held("c", "1"), held("a", "1"), held("b", "1")},
			steps: []string{"remove a", "remove b", "remove c"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := world{want: c.want, standing: map[string]outside.Held{}, keep: map[string]bool{}}
			for _, h := range c.there {
				w.standing[h.UID] = h
			}
			for _, uid := range c.keep {
				w.keep[uid] = true
			}
			var steps []string
			for _, s := range decide(w, now) {
				switch {
				case s.put == nil:
					steps = append(steps, "remove "+s.held.UID)
				case s.held == nil:
					steps = append(steps, "create "+s.put.UID)
				default:
					steps = append(steps, "over "+s.put.UID+" "+s.held.Ref)
				}
			}
			if !slices.Equal(steps, c.steps) {
				t.Errorf("decided %q, want %q", steps, c.steps)
			}
		})
	}
}

// How a turn went decides how a connection is, when it is tried again, and whether its person is told: once in a spell of failure, and at
// once of what does not pass by itself.
func TestJudge(t *testing.T) {
	now := time.Date(2026, 7, 3, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name   string
		failed error
		health Health
		reason string
		wait   time.Duration // 0: it is not tried again by itself
		told   bool
	}{
		{"all is well", nil, Connected, "", 0, false},
		{"the grant was taken back", outside.ErrRevoked, Reconnect, Revoked, 0, true},
		{"the calendar was left out", &outside.Refused{Status: 403, Reason: outside.ScopeMissing}, Reconnect, Scope, 0, true},
		{"the key has gone", errSealed, Failing, Unreadable, backOff, true},
		{"the kind is offered no more", errOff, Failing, Off, backOff, true},
		{"an event is refused", &outside.Refused{Status: 400}, Failing, Refused, backOff, true},
		{"the keeper asks for patience", &outside.Later{Status: 429, After: 90 * time.Second}, Failing, Busy, 90 * time.Second, false},
		{"the keeper asks for more patience than there is", &outside.Later{Status: 429, After: 900 * time.Hour}, Failing, Busy, laterMost, false},
		{"the keeper asks for patience without a time", &outside.Later{Status: 403}, Failing, Busy, backOff, false},
		{"the keeper fails", &outside.Later{Status: 503}, Failing, Down, backOff, false},
		{"the keeper does not answer", outside.ErrChanged, Failing, Unreachable, backOff, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &connection{Health: Connected, Since: now.Add(-time.Hour), Sealed: "sealed"}
			told := judge(r, c.failed, now)
			var wait time.Duration
			if r.NextAt != nil {
				wait = r.NextAt.Sub(now)
			}
			if r.Health != c.health || r.Reason != c.reason || wait != c.wait || told != c.told || (r.Sealed == "") != (c.health == Reconnect) {
				t.Errorf("%+v, waits %s, told %t", r, wait, told)
			}
			if again := judge(r, c.failed, now.Add(time.Second)); again {
				t.Error("the person was told twice")
			}
		})
	}
	t.Run("what passes by itself is told when it has lasted, and waits longer each time", func(t *testing.T) {
		r, at, tellings, last := &connection{Health: Connected}, now, 0, time.Duration(0)
		for range 20 {
			if judge(r, &outside.Later{Status: 500}, at) {
				if tellings++; at.Sub(now) < toldAfter {
					t.Errorf("told after %s", at.Sub(now))
				}
			}
			wait := r.NextAt.Sub(at)
			if wait < last || wait > backOffMost {
				t.Errorf("waits %s after %s", wait, last)
			}
			last, at = wait, *r.NextAt
		}
		if tellings != 1 || last != backOffMost || r.Since != now {
			t.Errorf("told %d times; waits %s at last; failing since %s", tellings, last, r.Since)
		}
	})
}
