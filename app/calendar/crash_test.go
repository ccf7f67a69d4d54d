package calendar_test

import (
	"context"
	"testing"
	"time"

	"chancery/app/calendar"
)

// died is what a process that has died in the middle of a turn panics with here.
type died struct{}

// A turn may end anywhere: before or after each call to the keeper, with what was to be noted of it or without, and the answer to each request may be
// lost. Whatever was begun, the next turns leave each appointment there exactly once.
func TestATurnThatEndsAnywhereLeavesEachAppointmentOnce(t *testing.T) {
	for _, way := range []string{"the process dies before a call", "the process dies after a call", "the turn is ended after a call", "an answer is lost"} {
		t.Run(way, func(t *testing.T) {
			each(t, func(p *practice) {
				n, reached := 1, true
				for ; reached; n++ {
					reached = p.endsAt(way, n)
				}
				if n < 12 {
					p.t.Errorf("there were only %d steps to end at", n)
				}
			})
		})
	}
}

// endsAt connects, writes, changes all that can change, and takes all away again, and has one of the turns end at the n-th step. It tells whether there
// were so many.
func (p *practice) endsAt(way string, n int) (reached bool) {
	p.t.Helper()
	const jon = "consultant"
	p.Clock.Add(time.Hour)
	made := p.connect(jon)
	left := n
	ctx, cancel := context.WithCancel(p.t.Context())
	defer cancel()
	step := func() {
		if left--; left != 0 {
			return
		}
		reached = true
		if way == "the turn is ended after a call" {
			cancel()
			return
		}
		panic(died{})
	}
	p.hook = nil
	switch way {
	case "an answer is lost":
		p.cut = n
	case "the process dies before a call":
		p.hook = func(_ string, done bool) {
			if !done {
				step()
			}
		}
	default:
		p.hook = func(_ string, done bool) {
			if done {
				step()
			}
		}
	}
	turn := func() {
		p.t.Helper()
		defer func() {
			p.must(p.DB.Ready(p.t.Context()))
			if what := recover(); what != nil && what != (died{}) {
				panic(what)
			}
		}()
		_, err := p.Calendars.Reconcile(ctx, calendar.Prefix+made.ID)
		if err != nil && ctx.Err() == nil {
			p.t.Fatal(err)
		}
	}
	again := func() { // as the loop does in a new process, when what was put off is due
		p.t.Helper()
		if ctx.Err() != nil {
			ctx = p.t.Context()
		}
		for range 2 {
			p.Clock.Add(2 * time.Minute)
			turn()
		}
		hook, cut := p.hook, p.cut
		p.hook, p.cut = nil, 0
		p.Clock.Add(2 * time.Minute)
		turn()
		p.hook, p.cut = hook, cut
	}
	a, b, c := p.plan(jon, "a"), p.plan(jon, "b"), p.plan(jon, "c")
	turn()
	again()
	p.stand(jon, map[string]time.Time{"a": a.StartsAt, "b": b.StartsAt, "c": c.StartsAt})
	p.move(jon, a, time.Hour)
	p.cancel(jon, b)
	d := p.plan(jon, "d")
	p.there.Delete(account(jon), p.uid(jon, c))
	turn()
	again()
	p.stand(jon, map[string]time.Time{"a": a.StartsAt.Add(time.Hour), "c": c.StartsAt, "d": d.StartsAt})
	hook, cut := p.hook, p.cut
	p.hook, p.cut = nil, 0
	p.quiet(made.ID)
	p.hook, p.cut = hook, cut
	p.must(p.Calendars.Disconnect(p.t.Context(), p.Actor(jon), made.ID, true))
	turn()
	again()
	if way == "an answer is lost" {
		reached = p.cut <= 0
	}
	p.hook, p.cut = nil, 0
	all, err := p.Calendars.Of(p.t.Context(), p.Actor(jon), p.Person(jon).ID)
	p.must(err)
	if events := p.there.Events(account(jon)); len(all) != 0 || len(events) != 0 {
		p.t.Errorf("after the end there are %+v, and %+v stand", all, events)
	}
	for _, e := range []string{a.ID, c.ID, d.ID} { // so that the next begins with nothing
		now, _, err := p.Agenda.Get(p.t.Context(), p.Actor(jon), e)
		p.must(err)
		p.cancel(jon, &now.Appointment)
	}
	if p.t.Failed() {
		p.t.Fatalf("it ended at step %d", n)
	}
	return reached
}
