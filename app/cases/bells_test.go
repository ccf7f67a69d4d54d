package cases_test

import (
	"testing"

	"chancery/app/cases"
	"chancery/app/cases/casestest"
)

// S3-18, V-4: what comes to somebody has its bell as they have it by default; a case's own bell overrides that; and one step sets all.
func TestTheBellsOfAPerson(t *testing.T) {
	casestest.Each(t, func(t *testing.T, f *casestest.Firm) {
		ana, ben := f.Person("Ana", "Ruiz", "ana", ""), f.Person("Ben", "Ode", "ben", "")
		first := f.Open(ana)
		f.Open(ben)
		f.Must(f.Cases.SetBells(f.Ctx, ana, false, false))
		f.Open(ana)
		want := func(b cases.Bells) {
			t.Helper()
			if got, err := f.Cases.Bells(f.Ctx, ana); err != nil || got != b {
				t.Errorf("%+v %v, want %+v", got, err, b)
			}
		}
		want(cases.Bells{Default: false, On: 1, Cases: 2})
		f.Must(f.Cases.SetBells(f.Ctx, ana, false, true))
		want(cases.Bells{Default: false, On: 0, Cases: 2})
		f.Must(f.Cases.SetBell(f.Ctx, ana, first, true))
		want(cases.Bells{Default: false, On: 1, Cases: 2})
		for range 2 {
			f.Must(f.Cases.SetBells(f.Ctx, ana, true, true))
		}
		want(cases.Bells{Default: true, On: 2, Cases: 2})
		if b, err := f.Cases.Bells(f.Ctx, ben); err != nil || b != (cases.Bells{Default: true, On: 1, Cases: 1}) {
			t.Errorf("somebody else's: %+v %v", b, err)
		}
		if n := f.Count(`SELECT count(*) FROM audit WHERE action = 'user.edit-notices'`); n != 3 {
			t.Error("the history has", n)
		}
	})
}
