package declared_test

import (
	"fmt"
	"testing"

	"chancery/app/apptest/frozen"
	"chancery/app/store"
)

// B-3: a run that finds nothing to do is a dozen statements, however many objects there are, and writes nothing: every table refuses to be written to
// meanwhile.
func TestARunThatFindsNothingWritesNothing(t *testing.T) {
	each(t, func(p *practice) {
		objects := append([]string{}, everything...)
		for i := range 120 {
			objects = append(objects, fmt.Sprintf(`User/p%d: {email: p%d@firm.example, firstName: Per, lastName: Son, role: lead, profiles: [reception], cell: "+1 416 555 0%03d"}`, i, i, i))
		}
		objects = append(objects, `User/wrong: {email: wrong@firm.example, firstName: Wrong, lastName: Zone, role: lead, timeZone: Nowhere/Land}`,
			`paused User/later: {email: later@firm.example, firstName: La, lastName: Ter, role: lead}`)
		set := p.set(objects...)
		p.apply(set)
		p.must(frozen.Tables(p.t.Context(), p.DB))
		ctx, n := store.WithCount(p.t.Context())
		plan, err := p.declared.Apply(ctx, "files", set)
		p.must(err)
		p.expect(words(plan), `hold User/later first_name=La last_name=Ter role=Lead`, `refuse User/wrong first_name=Wrong last_name=Zone zone=Nowhere/Land role=Lead !zone:staff.zone-unknown`)
		if n.N() > 15 {
			p.t.Errorf("to find nothing to do took %d statements", n.N())
		}
		if _, err := p.declared.Apply(p.t.Context(), "files", p.set(`Department/wills: {name: Testaments}`)); err == nil {
			p.t.Fatal("the tables can be written to, and this test sees nothing")
		}
	})
}
