package staff_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/cases/casestest"
	"chancery/app/fault"
	"chancery/app/staff"
)

// told remembers whom the practice has told what of absences.
type told struct{ all []string }

func (t *told) Covers(_ context.Context, c staff.CoverTold) error {
	t.all = append(t.all, string(c.What)+" "+c.UserID+" of "+c.AboutID)
	return nil
}

func (t *told) take() string {
	s := strings.Join(t.all, ", ")
	t.all = nil
	return s
}

// absent is a practice in which Ada goes away, Ben stands in for her, and Cleo for Ben. The clock stands at Saturday 21 November 2026, 14:00 UTC.
type absent struct {
	*casestest.Firm
	ada, ben, cleo, admin access.Actor
	told                  *told
}

func eachAbsent(t *testing.T, fn func(t *testing.T, f *absent)) {
	t.Helper()
	casestest.Each(t, func(t *testing.T, firm *casestest.Firm) {
		f := &absent{Firm: firm, told: &told{}, ada: firm.Person("Ada", "Byron", "ada", ""), ben: firm.Person("Ben", "Ode", "ben", ""),
			cleo: firm.Person("Cleo", "Dion", "cleo", ""), admin: firm.Person("Grace", "Mbeki", "grace", "users.view users.edit users.deactivate")}
		firm.Staff.TellsOfAbsences(f.told)
		firm.Staff.Owns(firm.Staff.AbsenceBelonging())
		fn(t, f)
	})
}

// B-5: an absence is from the first to the last day in the zone of who is away; the cover is told; it begins and ends by itself.
func TestAnAbsenceBeginsAndEndsByItself(t *testing.T) {
	eachAbsent(t, func(t *testing.T, f *absent) {
		_, err := f.DB.Exec(f.Ctx, `UPDATE users SET zone = 'America/Toronto' WHERE id = $1`, f.ada.ID)
		f.Must(err)
		a, err := f.Staff.PlanAbsence(f.Ctx, f.ada, f.ada.ID, staff.AbsencePlan{FirstDay: "2026-11-23", LastDay: "2026-11-27", CoverID: f.ben.ID, Note: " Keys are with Cleo. \r\n"})
		f.Must(err)
		if a.BeginsAt.Format(time.RFC3339) != "2026-11-23T05:00:00Z" || a.EndsAt.Format(time.RFC3339) != "2026-11-28T05:00:00Z" || a.Note != "Keys are with Cleo." {
			t.Errorf("from %s to %s, %q", a.BeginsAt, a.EndsAt, a.Note)
		}
		if got := f.told.take(); got != "cover-asked "+f.ben.ID+" of "+f.ada.ID {
			t.Errorf("told: %s", got)
		}
		for _, at := range []struct {
			when string
			away bool
		}{{"2026-11-23T04:59:59Z", false}, {"2026-11-23T05:00:00Z", true}, {"2026-11-28T04:59:59Z", true}, {"2026-11-28T05:00:00Z", false}} {
			when, _ := time.Parse(time.RFC3339, at.when)
			outs, err := f.Staff.Outs(f.Ctx, []string{f.ada.ID, f.ben.ID}, when)
			f.Must(err)
			o, away := outs[f.ada.ID]
			if away != at.away || len(outs) > 1 || away && (o.StandIn == nil || o.StandIn.Name() != "Ben Ode" || o.Note != "") {
				t.Errorf("at %s: %v, %+v", at.when, away, o)
			}
		}
		var audited string
		f.Must(f.DB.Row(f.Ctx, `SELECT changes FROM audit WHERE action = 'absence.plan' AND object_id = $1 AND actor_id = $1`, f.ada.ID).Scan(&audited))
		if !strings.Contains(audited, "Ben Ode (ben@firm.example)") {
			t.Error(audited)
		}
	})
}

// B-5: what cannot be is refused, field by field, and nobody plans for others without the right to.
func TestAnAbsenceThatCannotBeIsRefused(t *testing.T) {
	eachAbsent(t, func(t *testing.T, f *absent) {
		_, err := f.Staff.PlanAbsence(f.Ctx, f.ada, f.ada.ID, staff.AbsencePlan{FirstDay: "2026-12-01", LastDay: "2026-12-05"})
		f.Must(err)
		_, err = f.DB.Exec(f.Ctx, `UPDATE users SET status = 'INACTIVE' WHERE id = $1`, f.cleo.ID)
		f.Must(err)
		for _, c := range []struct {
			p     staff.AbsencePlan
			field string
			key   string
		}{
			{staff.AbsencePlan{FirstDay: "soon", LastDay: "2026-12-31"}, "first_day", "absence.no-day"},
			{staff.AbsencePlan{FirstDay: "2026-12-10"}, "last_day", "absence.no-day"},
			{staff.AbsencePlan{FirstDay: "2026-11-20", LastDay: "2026-11-24"}, "first_day", "absence.past"},
			{staff.AbsencePlan{FirstDay: "2026-12-10", LastDay: "2026-12-09"}, "last_day", "absence.backwards"},
			{staff.AbsencePlan{FirstDay: "2026-12-10", LastDay: "2029-12-09"}, "last_day", "absence.long"},
			{staff.AbsencePlan{FirstDay: "2036-12-10", LastDay: "2036-12-11"}, "first_day", "absence.far"},
			{staff.AbsencePlan{FirstDay: "2026-12-05", LastDay: "2026-12-09"}, "first_day", "absence.overlaps"},
			{staff.AbsencePlan{FirstDay: "2026-11-30", LastDay: "2026-12-01"}, "first_day", "absence.overlaps"},
			{staff.AbsencePlan{FirstDay: "2026-12-10", LastDay: "2026-12-11", CoverID: f.ada.ID}, "cover", "absence.cover-self"},
			{staff.AbsencePlan{FirstDay: "2026-12-10", LastDay: "2026-12-11", CoverID: f.cleo.ID}, "cover", "absence.cover-gone"},
			{staff.AbsencePlan{FirstDay: "2026-12-10", LastDay: "2026-12-11", CoverID: "nobody"}, "cover", "absence.cover-gone"},
			{staff.AbsencePlan{FirstDay: "2026-12-10", LastDay: "2026-12-11", Note: strings.Repeat("é", 501)}, "note", "staff.too-long"},
		} {
			_, err := f.Staff.PlanAbsence(f.Ctx, f.ada, f.ada.ID, c.p)
			var bad *fault.Invalid
			if !errors.As(err, &bad) || len(bad.Fields) != 1 || bad.Fields[0].Name != c.field || bad.Fields[0].Message.Key != c.key {
				t.Errorf("%+v: %v", c.p, err)
			}
		}
		plan := staff.AbsencePlan{FirstDay: "2026-12-10", LastDay: "2026-12-11"}
		var forbidden *fault.Forbidden
		if _, err := f.Staff.PlanAbsence(f.Ctx, f.ben, f.ada.ID, plan); !errors.As(err, &forbidden) {
			t.Error(err)
		}
		var refused *fault.Refused
		if _, err := f.Staff.PlanAbsence(f.Ctx, f.admin, f.cleo.ID, plan); !errors.As(err, &refused) {
			t.Error("one who has left is away", err)
		}
		if _, err := f.Staff.PlanAbsence(f.Ctx, f.admin, "nobody", plan); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
		for _, last := range []string{"2026-11-21", "2026-11-30"} { // today, and the day before the next
			if _, err := f.Staff.PlanAbsence(f.Ctx, f.admin, f.ada.ID, staff.AbsencePlan{FirstDay: last, LastDay: last}); err != nil {
				t.Error(last, err)
			}
		}
	})
}

// B-5, B-16: an absence is changed, ended early and called off; each time those hear whom it concerns, and a stale form overwrites nothing.
func TestAnAbsenceIsChangedAndEnded(t *testing.T) {
	eachAbsent(t, func(t *testing.T, f *absent) {
		plan := staff.AbsencePlan{FirstDay: "2026-11-21", LastDay: "2026-11-27", CoverID: f.ben.ID}
		a, err := f.Staff.PlanAbsence(f.Ctx, f.admin, f.ada.ID, plan)
		f.Must(err)
		f.told.take()
		plan.LastDay, plan.CoverID = "2026-11-29", f.cleo.ID
		changed, err := f.Staff.ChangeAbsence(f.Ctx, f.ada, a.ID, a.Generation, plan)
		f.Must(err)
		if got, want := f.told.take(), fmt.Sprintf("cover-freed %s of %s, cover-asked %s of %s", f.ben.ID, f.ada.ID, f.cleo.ID, f.ada.ID); got != want {
			t.Errorf("told: %s, not %s", got, want)
		}
		var conflict *fault.Conflict
		if _, err := f.Staff.ChangeAbsence(f.Ctx, f.ada, a.ID, a.Generation, staff.AbsencePlan{FirstDay: "2026-11-21", LastDay: "2026-11-27", CoverID: f.cleo.ID}); !errors.As(err, &conflict) || conflict.Current["last_day"] != "2026-11-29" || len(conflict.Current) != 1 {
			t.Error(err)
		}
		plan.FirstDay = "2026-11-22"
		var bad *fault.Invalid
		if _, err := f.Staff.ChangeAbsence(f.Ctx, f.ada, a.ID, changed.Generation, plan); !errors.As(err, &bad) || bad.Fields[0].Message.Key != "absence.begun" {
			t.Error("the beginning of one that has begun is moved", err)
		}
		var forbidden *fault.Forbidden
		if err := f.Staff.EndAbsence(f.Ctx, f.cleo, a.ID); !errors.As(err, &forbidden) {
			t.Error(err)
		}
		f.Must(f.Staff.EndAbsence(f.Ctx, f.ada, a.ID))
		if got := f.told.take(); got != "cover-freed "+f.cleo.ID+" of "+f.ada.ID {
			t.Errorf("told: %s", got)
		}
		if away, err := f.Staff.Away(f.Ctx, []string{f.ada.ID}, f.Clock.Now()); err != nil || len(away) != 0 {
			t.Error("back, and still away", err)
		}
		var refused *fault.Refused
		if err := f.Staff.EndAbsence(f.Ctx, f.ada, a.ID); !errors.As(err, &refused) {
			t.Error(err)
		}
		if _, err := f.Staff.ChangeAbsence(f.Ctx, f.ada, a.ID, changed.Generation+1, plan); !errors.As(err, &refused) {
			t.Error(err)
		}
		again, err := f.Staff.PlanAbsence(f.Ctx, f.ada, f.ada.ID, staff.AbsencePlan{FirstDay: "2026-11-24", LastDay: "2026-11-25"})
		f.Must(err) // the days that are free again
		f.Must(f.Staff.EndAbsence(f.Ctx, f.ada, again.ID))
		rows, err := f.Staff.Absences(f.Ctx, f.ada, f.ada.ID)
		f.Must(err)
		if len(rows) != 2 || rows[0].State(f.Clock.Now()) != staff.AbsenceOff || rows[1].State(f.Clock.Now()) != staff.AbsenceOver {
			t.Errorf("%+v", rows)
		}
	})
}

// B-5: a cover who is away within the time is named with who stands in then; lists say so before anybody is chosen.
func TestACoverWhoIsAwayTooIsShown(t *testing.T) {
	eachAbsent(t, func(t *testing.T, f *absent) {
		plan := func(who access.Actor, from, to, cover string) {
			t.Helper()
			_, err := f.Staff.PlanAbsence(f.Ctx, who, who.ID, staff.AbsencePlan{FirstDay: from, LastDay: to, CoverID: cover, Note: "private"})
			f.Must(err)
		}
		plan(f.ada, "2026-11-23", "2026-12-04", f.ben.ID)
		rows, err := f.Staff.Duties(f.Ctx, f.ben)
		f.Must(err)
		if len(rows) != 1 || rows[0].Who.Name() != "Ada Byron" || rows[0].Gap != nil || rows[0].Note != "private" {
			t.Fatalf("%+v", rows)
		}
		plan(f.ben, "2026-11-30", "2026-12-01", f.cleo.ID)
		rows, err = f.Staff.Absences(f.Ctx, f.admin, f.ada.ID)
		f.Must(err)
		if g := rows[0].Gap; g == nil || g.FirstDay != "2026-11-30" || g.StandIn == nil || g.StandIn.Name() != "Cleo Dion" {
			t.Errorf("%+v", g)
		}
		looker := f.Person("Look", "Only", "look", "users.view")
		if rows, err = f.Staff.Absences(f.Ctx, looker, f.ada.ID); err != nil || rows[0].Note != "" {
			t.Error("a note is shown to who may not edit", err)
		}
		choices, err := f.Staff.CoverChoices(f.Ctx, f.ada, f.ada.ID)
		f.Must(err)
		var said []string
		for _, c := range choices {
			said = append(said, c.Name()+" "+c.AwayFrom)
		}
		if got := strings.Join(said, "|"); !strings.Contains(got, "Ben Ode 2026-11-30|") || strings.Contains(got, "Ada") {
			t.Error(got)
		}
	})
}

// B-1, B-5: the absences of a leaver end with their leaving, and whom they were to stand in for is told.
func TestALeaversAbsencesEnd(t *testing.T) {
	eachAbsent(t, func(t *testing.T, f *absent) {
		of := func(who access.Actor, cover string) {
			t.Helper()
			_, err := f.Staff.PlanAbsence(f.Ctx, who, who.ID, staff.AbsencePlan{FirstDay: "2026-11-21", LastDay: "2026-11-30", CoverID: cover})
			f.Must(err)
		}
		of(f.ada, f.ben.ID)
		of(f.ben, f.cleo.ID)
		f.told.take()
		d, err := f.Staff.Deactivate(f.Ctx, casestest.System, f.ben.ID, staff.Plan{})
		f.Must(err)
		if got, want := f.told.take(), fmt.Sprintf("cover-lost %s of %s, cover-freed %s of %s", f.ada.ID, f.ben.ID, f.cleo.ID, f.ben.ID); got != want {
			t.Errorf("told: %s, not %s", got, want)
		}
		if i := d.Receipt.Items[0]; i.Kind != "absences" || i.Count != 1 {
			t.Errorf("%+v", d.Receipt.Items)
		}
		away, err := f.Staff.Away(f.Ctx, []string{f.ada.ID, f.ben.ID}, f.Clock.Now())
		f.Must(err)
		if a, ok := away[f.ada.ID]; !ok || a.StandInID != nil || len(away) != 1 {
			t.Errorf("%+v", away)
		}
	})
}

// B-5: the client card names who stands in, with no more of them than their own card shows.
func TestTheClientCardNamesTheCover(t *testing.T) {
	eachAbsent(t, func(t *testing.T, f *absent) {
		for i, who := range []access.Actor{f.ada, f.ben} {
			picture := fmt.Sprint("picture", i)
			f.Must(f.DB.In(f.Ctx).Exec(`INSERT INTO pictures (id, owner_kind, owner_id, state, width, height, created_at) VALUES (?, 'user', ?, 'current', 400, 400, ?)`, picture, who.ID, f.DB.Now()).Error)
			f.Must(f.DB.In(f.Ctx).Exec(`UPDATE users SET title = 'Consultant', picture_id = ?, client_email = ?, office = '+14165550118', client_bio = 'Families.' WHERE id = ?`, picture, fmt.Sprintf("c%d@clients.example", i), who.ID).Error)
			f.Must(f.Staff.PublishCard(f.Ctx, who, who.ID))
		}
		_, err := f.Staff.PlanAbsence(f.Ctx, f.ada, f.ada.ID, staff.AbsencePlan{FirstDay: "2026-11-21", LastDay: "2026-11-30", CoverID: f.ben.ID})
		f.Must(err)
		away := func() *staff.CardAway {
			t.Helper()
			all, err := f.Staff.PublicCards(f.Ctx)
			f.Must(err)
			for _, c := range all {
				one, err := f.Staff.PublicCard(f.Ctx, c.Slug)
				f.Must(err)
				if (one.Away == nil) != (c.Away == nil) {
					t.Errorf("%s is away here and not there", c.Name())
				}
				if c.FirstName == "Ada" {
					return c.Away
				}
				if c.Away != nil {
					t.Errorf("%s is away", c.Name())
				}
			}
			return nil
		}
		if a := away(); a == nil || a.LastDay != "2026-11-30" || a.Cover == nil || a.Cover.Email != "c1@clients.example" || a.Cover.Slug == "" {
			t.Errorf("%+v", a)
		}
		f.Must(f.Staff.WithdrawCard(f.Ctx, f.ben, f.ben.ID))
		if a := away(); a == nil || a.Cover == nil || a.Cover.Name() != "Ben Ode" || a.Cover.Email+a.Cover.Office+a.Cover.Slug+a.Cover.Bio != "" || a.Cover.PictureID != nil {
			t.Errorf("%+v", a.Cover)
		}
		f.Clock.Add(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC).Sub(f.Clock.Now()))
		if a := away(); a != nil {
			t.Errorf("%+v", a)
		}
	})
}
