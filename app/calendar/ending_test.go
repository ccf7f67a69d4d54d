package calendar_test

import (
	"testing"
	"time"

	"chancery/app/calendar"
	"chancery/app/outside/outsidetest"
)

// opened opens the room anew, as after a restart with other settings.
func (p *practice) opened(keepers calendar.Keepers, key string) {
	p.Calendars = calendar.New(p.DB, p.Access, p.Agenda, p.Post, calendar.Options{Keys: [][]byte{[]byte(key)}, Site: p.site, Keepers: keepers})
	p.Agenda.Follows(p.Calendars)
}

// What was to be taken away from a calendar that cannot be reached for a setting's sake is tried for a week: it goes when the setting is back, and after
// the week the history says that it was left. A calendar that the practice offers no more, and a grant whose key is missing, are the same in this.
func TestAnEndThatASettingKeepsBackIsTriedForAWeek(t *testing.T) {
	const key, another = "0123456789abcdef0123456789abcdef", "another key, of as many characters"
	for why, without := range map[string]func(p *practice){
		calendar.Off:        func(p *practice) { p.opened(calendar.Keepers{}, key) },
		calendar.Unreadable: func(p *practice) { p.opened(p.keepers, another) },
	} {
		t.Run(why, func(t *testing.T) {
			each(t, func(p *practice) {
				ctx := p.t.Context()
				p.opened(p.keepers, key)
				begin := func() {
					p.plan("consultant", "hearing")
					p.connect("consultant")
					p.turn(ctx)
					without(p)
					p.must(p.Calendars.Disconnect(ctx, p.Actor("consultant"), p.of("consultant").ID, true))
					p.turn(ctx)
					if c := p.of("consultant"); c.Health != calendar.Ending || c.Reason != why || c.NextAt == nil {
						p.t.Errorf("it is %+v", c)
					}
				}
				givenUp := func() (n int) {
					p.must(p.DB.Row(ctx, `SELECT count(*) FROM audit WHERE action = 'calendar.give-up'`).Scan(&n))
					return n
				}
				left := func() int {
					all, err := p.Calendars.Of(ctx, p.Actor("consultant"), p.Person("consultant").ID)
					p.must(err)
					return len(all)
				}
				begin()
				p.Clock.Add(6 * 24 * time.Hour)
				p.turn(ctx)
				p.opened(p.keepers, key)
				p.Clock.Add(2 * time.Hour)
				p.turn(ctx)
				if events := p.there.Events(account("consultant")); left() != 0 || len(events) != 0 || givenUp() != 0 {
					p.t.Errorf("with the setting back are left %d and %+v", left(), events)
				}
				begin()
				p.Clock.Add(7*24*time.Hour + time.Hour)
				p.turn(ctx)
				if left() != 0 || givenUp() != 1 || p.places() != 1 {
					p.t.Errorf("after a week are left %d; given up %d times; %d places", left(), givenUp(), p.places())
				}
			})
		})
	}
}

// What fails here, and not at the keeper's, is the loop's to try again and to tell of: the connection stands as it was, and nobody is written to.
func TestAFaultOfOurOwnIsNotTheKeepers(t *testing.T) {
	each(t, func(p *practice) {
		ctx := p.t.Context()
		made := p.connect("consultant")
		p.turn(ctx)
		before := p.of("consultant")
		broken := func(table string) {
			p.t.Helper()
			p.plan("consultant", "about "+table)
			_, err := p.DB.Exec(ctx, `ALTER TABLE `+table+` RENAME TO elsewhere`)
			p.must(err)
			for range 2 {
				if _, err := p.Calendars.Reconcile(ctx, calendar.Prefix+made.ID); err == nil {
					p.t.Errorf("without %s nothing is said", table)
				}
				p.Clock.Add(20 * time.Minute)
			}
			_, err = p.DB.Exec(ctx, `ALTER TABLE elsewhere RENAME TO `+table)
			p.must(err)
			if c := p.of("consultant"); c.Health != calendar.Connected || c.Reason != "" || !c.Since.Equal(before.Since) || p.mails() != 0 {
				p.t.Errorf("without %s: %+v, %d mails", table, c, p.mails())
			}
		}
		broken("appointments")
		broken("calendar_events")
		p.turn(ctx)
		if c := p.of("consultant"); c.Health != calendar.Connected || c.Pending || c.Standing != 2 {
			p.t.Errorf("afterwards: %+v", c)
		}
		p.plan("consultant", "a third")
		p.there.Fail(outsidetest.Fault{On: p.insert(), Cut: true})
		_, err := p.Calendars.Reconcile(ctx, calendar.Prefix+made.ID)
		p.must(err)
		if c := p.of("consultant"); c.Reason != calendar.Unreachable {
			p.t.Errorf("a keeper that does not answer: %+v", c)
		}
	})
}
