package declared_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"chancery/app/apptest/frozen"
	"chancery/app/cases"
	"chancery/app/declared"
	"chancery/app/fault"
	"chancery/app/staff"
)

// many are n people.
func many(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf(`User/p%02d: {email: p%02d@firm.example, firstName: Per, lastName: Son, role: paralegal}`, i, i))
	}
	return all
}

func (p *practice) working() (n int) {
	p.t.Helper()
	p.must(p.DB.Row(p.t.Context(), `SELECT count(*) FROM users WHERE email LIKE 'p%@firm.example' AND email <> 'paralegal@firm.example' AND status <> 'INACTIVE'`).Scan(&n))
	return n
}

// A source that drops more of its people than may leave unasked, such as a directory mounted by half, has nobody deactivated and nothing released: it is said
// once, what it states is done, and it passes when the source is whole again or a person has said that they are to leave.
func TestASourceThatDropsManyPeopleIsAskedAbout(t *testing.T) {
	each(t, func(p *practice) {
		ctx := p.t.Context()
		people, wills := many(30), `Department/wills: {name: Wills}`
		whole, half := p.set(append(people, wills)...), p.set(append(people[:20:20], `Profile/desk: {name: Desk}`)...)
		p.apply(whole)
		plan, err := p.declared.Apply(ctx, "files", half)
		p.must(err)
		if plan.Gone == nil || *plan.Gone != (declared.Gone{Leaving: 10, Whole: 30}) || plan.Count(declared.Ask) != 11 || plan.Count(declared.Leave)+plan.Count(declared.Release) != 0 || plan.Count(declared.Create) != 1 {
			t := words(plan)
			p.t.Errorf("%+v: %v", plan.Gone, t)
		}
		f, err := p.declared.Figures(ctx, p.Actor("super"))
		p.must(err)
		if len(f.Sources) != 1 || f.Sources[0].Leaving != 10 || f.Sources[0].Whole != 30 || f.Sources[0].Source != "files" || p.working() != 30 {
			p.t.Errorf("%+v, and %d people work", f.Sources, p.working())
		}
		var gone []string
		listed, _, err := p.declared.Objects(ctx, p.Actor("super"), declared.Query{State: declared.Missing, Limit: 40})
		p.must(err)
		for i := range listed {
			if listed[i].Missing() {
				gone = append(gone, listed[i].Name)
			}
		}
		slices.Sort(gone)
		if fmt.Sprint(gone) != "[p20 p21 p22 p23 p24 p25 p26 p27 p28 p29 wills]" || f.Of[declared.Missing] != 11 || f.Of["applied"] != 21 {
			p.t.Errorf("gone are %v, and %v", gone, f.Of)
		}
		first, _, err := p.declared.Objects(ctx, p.Actor("super"), declared.Query{Limit: 11})
		if err != nil || len(first) != 11 || !first[0].Missing() || !first[10].Missing() {
			p.t.Errorf("the list does not begin with them: %+v, %v", first, err)
		}
		owner, err := p.Staff.Owner(ctx, "user", p.user("p25@firm.example").ID)
		if err != nil || !owner.Has("first_name") {
			p.t.Errorf("who is asked about is owned by %+v, %v", owner, err)
		}

		p.apply(whole)
		if f, err = p.declared.Figures(ctx, p.Actor("super")); err != nil || len(f.Sources) != 0 || f.Of[declared.Missing] != 0 {
			p.t.Errorf("the source is whole again, and it is said: %+v, %v", f, err)
		}
		p.apply(p.set(append(people[:24:24], wills)...)) // a fifth
		if n := p.working(); n != 24 {
			p.t.Errorf("a fifth may leave, and %d of 30 work", n)
		}
		p.apply(half)
		if n := p.working(); n != 20 { // 4 of 24
			p.t.Errorf("%d work", n)
		}
		p.apply(p.set(people[:3]...))
		if n := p.working(); n != 20 {
			p.t.Errorf("17 left unasked: %d work", n)
		}
		if _, err := p.declared.Apply(ctx, "files", p.set(people[:3]...), declared.AnyNumber); err != nil {
			p.t.Fatal(err)
		}
		if f, err = p.declared.Figures(ctx, p.Actor("super")); err != nil || len(f.Sources) != 0 || p.working() != 3 {
			p.t.Errorf("it was said that they leave: %d work, %+v, %v", p.working(), f.Sources, err)
		}
		p.apply(p.set(wills))
		if n := p.working(); n != 0 {
			p.t.Errorf("three may always leave, and %d work", n)
		}
	})
}

// owns gives somebody open cases.
func (p *practice) owns(who string, n int) {
	p.t.Helper()
	all := make([]cases.NewCase, n)
	for i := range all {
		all[i] = cases.NewCase{Number: fmt.Sprintf("MR-%d", i), Title: "Work permit", ClientID: "client", OwnerID: p.Person(who).ID}
	}
	p.must(p.Cases.Seed(p.t.Context(), []cases.Client{{ID: "client", Name: "Kowalczyk, Aneta"}}, all))
}

// To ask about a source is written once: the next run finds the same and writes nothing.
func TestASourceIsAskedAboutOnce(t *testing.T) {
	each(t, func(p *practice) {
		people := many(6)
		p.apply(p.set(people...))
		half := p.set(people[:1]...)
		p.apply(half)
		p.must(frozen.Tables(p.t.Context(), p.DB))
		plan, err := p.declared.Apply(p.t.Context(), "files", half)
		if err != nil || plan.Gone == nil {
			p.t.Errorf("%+v, %v", plan, err)
		}
	})
}

// last is the last step.
func last(p *declared.Plan) declared.Step { return p.Steps[len(p.Steps)-1] }

// Who cannot leave is said once: no run tries again, and none writes, as long as what holds them is the same; then they leave.
func TestWhoCannotLeaveIsNotTriedAgain(t *testing.T) {
	for name, without := range map[string]string{"their manifest is gone": "", "their manifest says so": `User/jon: {email: consultant@firm.example, active: false}`} {
		t.Run(name, func(t *testing.T) {
			each(t, func(p *practice) {
				ctx := p.t.Context()
				jon, ana := p.Person("consultant"), p.Person("paralegal")
				p.owns("consultant", 2)
				objects := []string{`Department/wills: {name: Wills}`}
				if without != "" {
					objects = append(objects, without)
				}
				p.apply(p.set(objects[0], `User/jon: {email: consultant@firm.example, title: RCIC consultant}`))
				set := p.set(objects...)
				first, err := p.declared.Apply(ctx, "files", set)
				p.must(err)
				again, err := p.declared.Apply(ctx, "files", set)
				p.must(err)
				one, two := last(first), last(again)
				if len(one.Reasons) != 1 || one.Reasons[0].Message.Key != "departure.no-successor" || one.Told || !two.Told || len(two.Reasons) != 1 {
					p.t.Fatalf("first %+v, then %+v", one, two)
				}
				owns := one.Reasons[0].Message.Args["Count"].(int)
				_, err = p.DB.Exec(ctx, `UPDATE cases SET owner_id = $1 WHERE id = (SELECT min(id) FROM cases WHERE owner_id = $2 AND status = 'open')`, ana.ID, jon.ID)
				p.must(err)
				fewer, err := p.declared.Apply(ctx, "files", set)
				p.must(err)
				if s := last(fewer); s.Told || fmt.Sprint(s.Reasons[0].Message.Args["Count"]) != fmt.Sprint(owns-1) {
					p.t.Errorf("one case fewer: %+v", s)
				}
				_, err = p.DB.Exec(ctx, `UPDATE cases SET owner_id = $1 WHERE owner_id = $2 AND status = 'open'`, ana.ID, jon.ID)
				p.must(err)
				p.apply(set)
				if is := p.user("consultant@firm.example"); is.Status != staff.Inactive {
					p.t.Errorf("nothing holds him, and he is %s", is.Status)
				}
			})
		})
	}
}

// A run that finds somebody who still cannot leave writes nothing, not even in vain.
func TestNoRunWritesInVain(t *testing.T) {
	each(t, func(p *practice) {
		p.owns("consultant", 1)
		p.apply(p.set(`Department/wills: {name: Wills}`, `User/jon: {email: consultant@firm.example}`, `User/elena: {email: super@firm.example}`))
		set := p.set(`Department/wills: {name: Wills}`, `User/elena: {email: super@firm.example, active: false}`)
		want := []string{`refuse User/elena status=INACTIVE !:staff.last-super-admin`, `leave User/jon status=INACTIVE !:departure.no-successor`}
		p.expect(p.apply(set), want...)
		p.must(frozen.Tables(p.t.Context(), p.DB))
		p.expect(p.apply(set), want...)
	})
}

// Nobody is kept from leaving by a manifest, and no run takes that back: who was deactivated here is refused in words, whatever their manifest has said all
// along, until it says that they have left, says newly that they are here, or a colleague brings them back.
func TestWhoWasDeactivatedHereStaysSo(t *testing.T) {
	each(t, func(p *practice) {
		ctx, super := p.t.Context(), p.Actor("super")
		lee := func(more string) []string {
			p.t.Helper()
			return p.apply(p.set(`Department/wills: {name: Wills}`, `User/lee: {email: lee@firm.example, firstName: Li, lastName: Lee, role: paralegal`+more+`}`))
		}
		is := func(want staff.Status) {
			p.t.Helper()
			if u := p.user("lee@firm.example"); u.Status != want {
				p.t.Errorf("Lee is %s and not %s", u.Status, want)
			}
		}
		leave := func() {
			p.t.Helper()
			_, err := p.Staff.Deactivate(ctx, super, p.user("lee@firm.example").ID, staff.Plan{})
			p.must(err)
		}
		const refusal = `refuse User/lee !status:declared.left-here`
		lee("")
		leave()
		p.expect(lee(""), refusal)
		p.expect(lee(`, title: Paralegal`), `refuse User/lee title=Paralegal !status:declared.left-here`)
		is(staff.Inactive)
		p.expect(lee(`, active: true`), `change User/lee status=PENDING`)

		leave()
		p.expect(lee(`, active: true`), refusal)
		p.expect(lee(`, active: true, office: "+14165550100"`), `refuse User/lee office=+14165550100 !status:declared.left-here`)
		is(staff.Inactive)
		p.must(p.Staff.Reactivate(ctx, super, p.user("lee@firm.example").ID))
		p.expect(lee(`, active: true`), `take User/lee`)

		leave()
		p.expect(lee(`, active: true`), refusal)
		p.expect(lee(`, active: false`), `take User/lee`)
		var refused *fault.Refused
		if err := p.Staff.Reactivate(ctx, super, p.user("lee@firm.example").ID); !errors.As(err, &refused) || refused.Message.Key != "declared.locked" {
			p.t.Errorf("who is stated to have left is brought back: %v", err)
		}
		p.expect(lee(`, active: true`), `change User/lee status=PENDING`)

		p.apply(p.set(`Department/wills: {name: Wills}`)) // gone, and back: what the manifests did they take back
		is(staff.Inactive)
		p.expect(lee(""), `change User/lee status=PENDING`)
		p.apply(p.set(`Department/wills: {name: Wills}`)) // gone, brought back and deactivated here, and back
		p.must(p.Staff.Reactivate(ctx, super, p.user("lee@firm.example").ID))
		p.Clock.Add(time.Second)
		leave()
		p.expect(lee(""), refusal)
		is(staff.Inactive)
	})
}

// Who was deactivated because their manifest had gone comes back with it, also when it was wrong or paused at first; but not when a colleague has deactivated them since.
func TestAManifestThatComesBackWrongComesBackAllTheSame(t *testing.T) {
	each(t, func(p *practice) {
		const wills = `Department/wills: {name: Wills}`
		lee := func(more string) string {
			return `User/lee: {email: lee@firm.example, firstName: Li, lastName: Lee, role: paralegal` + more + `}`
		}
		goes := func() {
			p.t.Helper()
			p.apply(p.set(wills, lee("")))
			p.apply(p.set(wills))
			p.Clock.Add(time.Minute)
			if u := p.user("lee@firm.example"); u.Status != staff.Inactive {
				p.t.Fatalf("Lee is %s", u.Status)
			}
		}
		const wrong = `refuse User/lee zone=Nowhere !zone:staff.zone-unknown !status:declared.left-here`
		goes()
		for range 2 {
			p.apply(p.set(wills, lee(", timeZone: Nowhere")))
			p.Clock.Add(time.Minute)
		}
		p.apply(p.set(wills)) // and goes once more
		p.apply(p.set(wills, lee(", timeZone: Nowhere")))
		p.expect(p.apply(p.set(wills, lee(""))), `change User/lee status=PENDING`)

		goes()
		p.apply(p.set(wills, "paused "+lee("")))
		p.expect(p.apply(p.set(wills, lee(""))), `change User/lee status=PENDING`)

		goes()
		p.apply(p.set(wills, lee(", timeZone: Nowhere")))
		p.must(p.Staff.Reactivate(p.t.Context(), p.Actor("super"), p.user("lee@firm.example").ID))
		p.Clock.Add(time.Minute)
		_, err := p.Staff.Deactivate(p.t.Context(), p.Actor("super"), p.user("lee@firm.example").ID, staff.Plan{})
		p.must(err)
		p.Clock.Add(time.Minute)
		p.expect(p.apply(p.set(wills, lee(", timeZone: Nowhere"))), wrong)
		p.expect(p.apply(p.set(wills, lee(""))), `refuse User/lee !status:declared.left-here`)
	})
}

// Of somebody who is refused before anything of them was applied, the list knows who is meant.
func TestTheListKnowsWhomARefusedObjectMeans(t *testing.T) {
	each(t, func(p *practice) {
		jon := p.Person("consultant")
		p.apply(p.set(`Department/wills: {name: Wills}`, `User/jon: {email: consultant@firm.example, timeZone: Nowhere}`))
		all, _, err := p.declared.Objects(p.t.Context(), p.Actor("super"), declared.Query{State: "refused", Limit: 4})
		p.must(err)
		if len(all) != 1 || all[0].ObjectID != jon.ID || all[0].Called == "" {
			p.t.Errorf("%+v", all)
		}
		if owner, err := p.Staff.Owner(p.t.Context(), "user", jon.ID); err != nil || owner.Source != "" {
			p.t.Errorf("what is refused owns something: %+v, %v", owner, err)
		}
	})
}
