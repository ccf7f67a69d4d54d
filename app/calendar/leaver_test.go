package calendar_test

import (
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"chancery/app/calendar"
	"chancery/app/staff"
)

// Who leaves has their events taken away and the grant ended, and who takes over has them. From the moment of leaving the grant is used for
// nothing else, also by a turn that is under way.
func TestALeaversCalendarIsEmptiedAndTheTakersFilled(t *testing.T) {
	each(t, func(p *practice) {
		ctx := p.t.Context()
		const jon, lucia = "consultant", "other"
		first := p.plan(jon, "first")
		p.connect(jon)
		p.connect(lucia)
		p.turn(ctx)
		second := p.plan(jon, "second")
		third := p.plan(jon, "third")
		left, from := false, 0
		p.hook = func(call string, done bool) {
			if call != "put" || !done || left {
				return
			}
			left, from = true, len(p.calls)
			_, err := p.Staff.Deactivate(ctx, p.Actor("super"), p.Person(jon).ID, staff.Plan{Way: staff.ToOne, Successor: p.Person(lucia).ID})
			p.must(err)
		}
		_, err := p.Calendars.Reconcile(ctx, calendar.Prefix+p.of(jon).ID)
		p.must(err)
		if !left || len(p.calls) != from {
			p.t.Errorf("the turn that was under way went on with %v", p.calls[from:])
		}
		p.there.Forget()
		p.turn(ctx)
		for _, r := range p.there.Requests() {
			if r.Account == account(jon) && r.Name != "calendars.delete" {
				p.t.Errorf("the leaver's grant was used for %s", r.Name)
			}
		}
		all, err := p.Calendars.Of(ctx, p.Actor("super"), p.Person(jon).ID)
		p.must(err)
		if events := p.there.Events(account(jon)); len(all) != 0 || len(events) != 0 {
			p.t.Errorf("of the leaver are left %+v and %+v", all, events)
		}
		if p.kind == calendar.Google && p.there.Granted(account(jon)) != 0 {
			p.t.Error("the leaver's grant holds")
		}
		p.stand(lucia, map[string]time.Time{"first": first.StartsAt, "second": second.StartsAt, "third": third.StartsAt})
	})
}

// Somebody who became inactive in whatever way is asked nothing of but the end.
func TestNobodyInactiveIsWrittenTo(t *testing.T) {
	each(t, func(p *practice) {
		ctx := p.t.Context()
		made := p.connect("consultant")
		p.turn(ctx)
		p.plan("consultant", "late")
		_, err := p.DB.Exec(ctx, `UPDATE users SET status = 'INACTIVE' WHERE id = $1`, p.Person("consultant").ID)
		p.must(err)
		from := len(p.calls)
		_, err = p.Calendars.Reconcile(ctx, calendar.Prefix+made.ID)
		p.must(err)
		if len(p.calls) != from {
			p.t.Errorf("it was asked for %v", p.calls[from:])
		}
		p.turn(ctx)
		if calls := strings.Join(p.calls[from:], " "); calls != "open clear revoke" {
			p.t.Errorf("the end was %q", calls)
		}
	})
}

// A key is rotated by putting a new one first: grants sealed under the former one open, and the loop seals them anew, after which the former one
// is needed no more. Without the key the person is told and may connect anew, and once it is back, all goes on.
func TestTheKeyOfGrantsIsRotated(t *testing.T) {
	each(t, func(p *practice) {
		ctx := p.t.Context()
		former, key := []byte("0123456789abcdef0123456789abcdef"), sha256.Sum256([]byte("another"))
		open := func(keys ...[]byte) {
			p.Calendars = calendar.New(p.DB, p.Access, p.Agenda, p.Post, calendar.Options{Keys: keys, Site: p.site, Keepers: p.keepers})
			p.Agenda.Follows(p.Calendars)
		}
		sealed := func() (s string) {
			p.must(p.DB.Row(ctx, `SELECT sealed FROM calendar_connections`).Scan(&s))
			return s
		}
		made := p.connect("consultant")
		p.turn(ctx)
		before := sealed()
		open(key[:], former)
		p.turn(ctx)
		after := sealed()
		if before == after || before[:11] == after[:11] {
			p.t.Errorf("it was not sealed anew: %s, %s", before[:11], after[:11])
		}
		open(key[:])
		a := p.plan("consultant", "a")
		p.turn(ctx)
		p.stand("consultant", map[string]time.Time{"a": a.StartsAt})
		if sealed() != after {
			p.t.Error("it was sealed anew without need")
		}
		open(former)
		next, err := p.Calendars.Reconcile(ctx, calendar.Prefix+made.ID)
		p.must(err)
		if c := p.of("consultant"); c.Health != calendar.Failing || c.Reason != calendar.Unreadable {
			p.t.Errorf("without its key: %+v", c)
		}
		open(key[:])
		p.Clock.Add(next.Sub(p.Clock.Now()))
		_, err = p.Calendars.Reconcile(ctx, calendar.Prefix+made.ID)
		p.must(err)
		if c := p.of("consultant"); c.Health != calendar.Connected || c.Reason != "" {
			p.t.Errorf("with its key again: %+v", c)
		}
	})
}
