package calendar_test

import (
	"fmt"
	"testing"
	"time"

	"chancery/app/agenda"
	"chancery/app/apptest/frozen"
	"chancery/app/calendar"
	"chancery/app/store"
)

// Somebody with a thousand appointments is in step after some turns. From then on a look is one request, a list, and a few statements, none of
// which writes: every table refuses to be written to meanwhile. A page holds 2,500 events at Google, 1,000 at Microsoft.
func TestAThousandAppointmentsUnchangedAreOneList(t *testing.T) {
	each(t, func(p *practice) {
		ctx, jon := p.t.Context(), p.Person("consultant")
		plans := make([]agenda.Made, 1000)
		for i := range plans {
			at := p.Clock.Now().Add(time.Duration(i+1) * time.Hour)
			plans[i] = agenda.Made{By: jon.ID, At: p.Clock.Now(), Status: agenda.Planned, Plan: agenda.Plan{OwnerID: jon.ID, Title: fmt.Sprintf("Interview %d", i),
				StartsAt: at, EndsAt: at.Add(time.Hour), Zone: "America/Toronto"}}
		}
		p.must(p.Agenda.Seed(ctx, plans))
		made := p.connect("consultant")
		if p.DB.Dialect() == store.Postgres { // as it does by itself within a minute, and before the practice has a thousand of them
			_, err := p.DB.Exec(ctx, `ANALYZE`)
			p.must(err)
		}
		for range 7 { // five turns write all, each within the keeper's limits; the next reads back what was written
			_, err := p.Calendars.Reconcile(ctx, calendar.Prefix+made.ID)
			p.must(err)
			p.Clock.Add(10 * time.Minute)
		}
		if c := p.of("consultant"); c.Standing != 1000 || c.Pending || len(p.there.Events(account("consultant"))) != 1000 {
			p.t.Fatalf("there stand %d by %+v", len(p.there.Events(account("consultant"))), c)
		}
		p.must(frozen.Tables(ctx, p.DB))
		if n := p.quiet(made.ID); n > 12 {
			p.t.Errorf("to find nothing to do took %d statements", n)
		}
		if all := p.there.Requests(); len(all) != 1 {
			p.t.Errorf("to find nothing to do took the requests %+v, want one list", all)
		}
		if p.Calendars.SyncNow(ctx, p.Actor("consultant"), made.ID) == nil {
			p.t.Fatal("the tables can be written to, and this test sees nothing")
		}
	})
}
