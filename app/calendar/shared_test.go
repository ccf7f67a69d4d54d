package calendar_test

import (
	"testing"
	"time"

	"chancery/app/calendar"
	"chancery/app/outside/outsidetest"
)

// Two people may use one account at the keeper, as a reception does: each has a calendar of their own in it, and what one of them disconnects takes nothing
// of the other's away.
func TestTwoPeopleOnOneAccountHaveACalendarEach(t *testing.T) {
	each(t, func(p *practice) {
		ctx := p.t.Context()
		titles := func(want ...string) {
			p.t.Helper()
			n := map[string]int{}
			for _, e := range p.there.Events(account("reception")) {
				n[e.Title]++
			}
			for _, title := range want {
				if n[title] != 1 {
					p.t.Errorf("%q stands there %d times", title, n[title])
				}
			}
			if len(n) != len(want) {
				p.t.Errorf("there stand %v, want %v", n, want)
			}
		}
		var made []*calendar.Connection
		for _, who := range []string{"consultant", "other"} {
			p.plan(who, who)
			to, err := p.Calendars.Begin(ctx, p.Actor(who), "session", p.kind)
			p.must(err)
			p.there.SignIn(account("reception"))
			back, err := p.there.Consent(to, outsidetest.Allow)
			p.must(err)
			c, err := p.Calendars.Finish(ctx, p.Actor(who), "session", back.Query().Get("state"), back.Query().Get("code"), "")
			p.must(err)
			made = append(made, c)
		}
		p.turn(ctx)
		titles("consultant", "other")
		p.must(p.Calendars.Disconnect(ctx, p.Actor("consultant"), made[0].ID, true))
		p.turn(ctx)
		titles("other")
		p.Clock.Add(time.Hour)
		p.turn(ctx)
		if c := p.of("other"); c.Health != calendar.Connected {
			p.t.Errorf("the other's is %+v", c)
		}
		titles("other")
		p.must(p.Calendars.Disconnect(ctx, p.Actor("other"), made[1].ID, true))
		p.turn(ctx)
		titles()
		if n := p.there.Granted(account("reception")); n != 0 && p.kind == calendar.Google {
			p.t.Errorf("%d grants are left", n)
		}
	})
}
