package calendar_test

import (
	"net/http"
	"testing"
	"time"

	"chancery/app/calendar"
	"chancery/app/outside/outsidetest"
)

func (p *practice) mails() (n int) {
	p.t.Helper()
	p.must(p.DB.Row(p.t.Context(), `SELECT count(*) FROM mails WHERE kind = 'calendar-failed'`).Scan(&n))
	return n
}

// A grant that was taken back shows within one turn as what it is, is told once, and is not asked of any more; connected anew, all is well.
func TestARevokedGrantIsToldOnce(t *testing.T) {
	each(t, func(p *practice) {
		first := p.plan("consultant", "first")
		made := p.connect("consultant")
		p.turn(p.t.Context())
		p.there.Revoke(account("consultant"))
		second := p.plan("consultant", "second")
		_, err := p.Calendars.Reconcile(p.t.Context(), calendar.Prefix+made.ID)
		p.must(err)
		if c := p.of("consultant"); c.Health != calendar.Reconnect || c.Reason != calendar.Revoked || p.mails() != 1 {
			p.t.Errorf("%+v, %d mails", c, p.mails())
		}
		p.there.Forget()
		p.Clock.Add(time.Hour)
		p.turn(p.t.Context())
		_, err = p.Calendars.Reconcile(p.t.Context(), calendar.Prefix+made.ID)
		p.must(err)
		if p.mails() != 1 || len(p.there.Requests()) != 0 {
			p.t.Errorf("%d mails, and asked %+v", p.mails(), p.there.Requests())
		}
		p.connect("consultant")
		p.turn(p.t.Context())
		p.stand("consultant", map[string]time.Time{"first": first.StartsAt, "second": second.StartsAt})
	})
}

// A keeper that asks for patience gets as much as it asked for, whatever changes here meanwhile.
func TestAKeeperThatAsksForPatienceHasIt(t *testing.T) {
	each(t, func(p *practice) {
		made := p.connect("consultant")
		p.turn(p.t.Context())
		for _, fault := range []outsidetest.Fault{
			{On: p.insert(), Status: http.StatusTooManyRequests, RetryAfter: "600"},
			{On: "events.list", Status: http.StatusServiceUnavailable}, // until a date
		} {
			at := p.Clock.Now().Add(600 * time.Second)
			if fault.RetryAfter == "" {
				fault.RetryAfter = at.UTC().Format(http.TimeFormat)
			}
			p.there.Fail(fault)
			a := p.plan("consultant", "hearing")
			p.turn(p.t.Context())
			c := p.of("consultant")
			if c.Health != calendar.Failing || c.NextAt == nil || !c.NextAt.Equal(at) || p.mails() != 0 {
				p.t.Errorf("%+v, want it to wait until %s", c, at)
			}
			p.there.Forget()
			p.cancel("consultant", a)
			b := p.plan("consultant", "interview")
			p.Clock.Add(599 * time.Second)
			next, err := p.Calendars.Reconcile(p.t.Context(), calendar.Prefix+made.ID)
			p.must(err)
			if !next.Equal(at) || len(p.there.Requests()) != 0 {
				p.t.Errorf("asked before its time: %+v; goes on at %s", p.there.Requests(), next)
			}
			p.Clock.Add(time.Second)
			p.turn(p.t.Context())
			p.stand("consultant", map[string]time.Time{"interview": b.StartsAt})
			p.cancel("consultant", b)
			p.turn(p.t.Context())
		}
	})
}

// What was lost or changed there is made good: the cursor, an event that somebody changes while it is written, one that was retitled or
// deleted, and the whole calendar.
func TestWhatChangedThereIsPutRight(t *testing.T) {
	each(t, func(p *practice) {
		a, b := p.plan("consultant", "a"), p.plan("consultant", "b")
		made := p.connect("consultant")
		p.turn(p.t.Context())
		want := map[string]time.Time{"a": a.StartsAt, "b": b.StartsAt}
		look := func() {
			p.t.Helper()
			for range 2 {
				_, err := p.Calendars.Reconcile(p.t.Context(), calendar.Prefix+made.ID)
				p.must(err)
			}
			p.stand("consultant", want)
			p.quiet(made.ID)
		}
		p.there.LoseCursors()
		look()
		p.there.Retitle(account("consultant"), p.uid("consultant", a), "something else")
		look()
		p.there.Delete(account("consultant"), p.uid("consultant", b))
		look()
		p.there.DropCalendars(account("consultant"))
		look()
		changed := false
		p.hook = func(call string, done bool) {
			if call == "put" && !done && !changed {
				changed = true
				p.there.Retitle(account("consultant"), p.uid("consultant", a), "meanwhile")
			}
		}
		p.move("consultant", a, time.Hour)
		want["a"] = a.StartsAt.Add(time.Hour)
		_, err := p.Calendars.Reconcile(p.t.Context(), calendar.Prefix+made.ID)
		p.must(err)
		p.stand("consultant", want)
		refused := false
		for _, r := range p.there.Requests() {
			refused = refused || r.Status == http.StatusPreconditionFailed
		}
		if !changed || !refused {
			p.t.Errorf("nobody was refused for a change there: %+v", p.there.Requests())
		}
	})
}
