package calendar_test

import (
	"net/http"
	"testing"
	"time"

	"chancery/app/calendar"
	"chancery/app/outside/outsidetest"
	"chancery/app/staff"
)

// places is how many calendars are known that were left standing.
func (p *practice) places() (n int) {
	p.t.Helper()
	p.must(p.DB.Row(p.t.Context(), `SELECT count(*) FROM calendar_places`).Scan(&n))
	return n
}

// gone ends somebody's connection, and wants it gone.
func (p *practice) gone(who string, removes bool) {
	p.t.Helper()
	p.must(p.Calendars.Disconnect(p.t.Context(), p.Actor(who), p.of(who).ID, removes))
	p.turn(p.t.Context())
	if all, err := p.Calendars.Of(p.t.Context(), p.Actor(who), p.Person(who).ID); err != nil || len(all) != 0 {
		p.t.Fatalf("it is still there: %+v, %v", all, err)
	}
}

// Whoever disconnects a calendar and leaves its events standing has each of them once after connecting it again: also when the grant was taken back there,
// and a calendar that was deleted there meanwhile, or is beyond the new grant, is made anew. Only what is left standing is kept in mind.
func TestACalendarThatWasLeftStandingIsFoundAgain(t *testing.T) {
	each(t, func(p *practice) {
		ctx := p.t.Context()
		const jon = "consultant"
		a := p.plan(jon, "a")
		want := map[string]time.Time{"a": a.StartsAt}
		again := func() {
			p.t.Helper()
			p.connect(jon)
			p.turn(ctx)
			p.stand(jon, want)
			if p.places() != 0 {
				p.t.Errorf("%d places are kept beside their connection", p.places())
			}
		}
		again()
		p.gone(jon, false)
		if p.places() != 1 {
			p.t.Errorf("%d places are kept, want one", p.places())
		}
		again()

		p.there.Revoke(account(jon))
		_, err := p.Calendars.Reconcile(ctx, calendar.Prefix+p.of(jon).ID)
		p.must(err)
		p.gone(jon, true)
		again()

		p.gone(jon, false)
		p.there.DropCalendars(account(jon))
		again()

		p.gone(jon, false)
		p.connect(jon)
		p.gone(jon, true) // before it was looked at
		if left := p.there.Events(account(jon)); len(left) != 0 || p.places() != 0 {
			p.t.Errorf("there are left %+v and %d places", left, p.places())
		}
		again()

		p.gone(jon, true)
		if p.places() != 0 {
			p.t.Error("a place is kept where nothing stands")
		}
	})
}

// A grant that no longer reaches what was left standing has a calendar made anew: it is not refused again and again.
func TestAPlaceBeyondTheNewGrantIsLetBe(t *testing.T) {
	each(t, func(p *practice) {
		const jon = "consultant"
		p.connect(jon)
		p.turn(p.t.Context())
		p.gone(jon, false)
		a := p.plan(jon, "a")
		p.connect(jon)
		p.there.Fail(outsidetest.Fault{On: "events.list", Status: http.StatusForbidden, Reason: "forbidden"})
		p.turn(p.t.Context())
		p.stand(jon, map[string]time.Time{"a": a.StartsAt})
	})
}

// Of somebody who leaves it is not kept where their calendars are, neither of those that end with their leaving.
func TestALeaversPlacesAreForgotten(t *testing.T) {
	each(t, func(p *practice) {
		ctx := p.t.Context()
		leave := func(who string) {
			_, err := p.Staff.Deactivate(ctx, p.Actor("super"), p.Person(who).ID, staff.Plan{Way: staff.ToOne, Successor: p.Person("super").ID})
			p.must(err)
		}
		p.connect("consultant")
		p.connect("other")
		p.turn(ctx)
		p.gone("consultant", false)
		if p.places() != 1 {
			p.t.Fatalf("%d places are kept", p.places())
		}
		p.must(p.Calendars.Disconnect(ctx, p.Actor("other"), p.of("other").ID, false))
		leave("consultant")
		leave("other")
		p.turn(ctx)
		if p.places() != 0 {
			p.t.Errorf("%d places of leavers are kept", p.places())
		}
	})
}
