package daily

import (
	"testing"
	"time"

	"chancery/app/cases/casestest"
	"chancery/app/daily"
	"chancery/app/notices"
	"chancery/app/post"
)

// A kind is due when its first person is; a key is worked on until nobody is.
func TestAKindIsDueWhenSomebodyIs(t *testing.T) {
	casestest.Each(t, func(t *testing.T, f *casestest.Firm) {
		letters := post.New(f.DB)
		told := notices.New(f.DB, letters, f.Staff, notices.Options{})
		clock := daily.New(f.DB, told, letters, daily.NewSummary(f.DB, told, letters, f.Staff, nil).Kind())
		r := &Reconciler{Daily: clock, Now: f.DB.Now}
		f.Person("Jon", "Okafor", "jon", "")
		for _, want := range []time.Duration{-1, 0} { // reckoned anew, and then on Monday at eight
			due, err := r.Due(f.Ctx, f.Clock.Now().AddDate(0, 0, 3))
			f.Must(err)
			at := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
			if want < 0 {
				at = f.Clock.Now()
			}
			if len(due) != 1 || due[0].Key != "daily/summary" || !due[0].At.Equal(at) {
				t.Errorf("%+v, want %s", due, at)
			}
			result, err := r.Reconcile(f.Ctx, "daily/summary")
			if f.Must(err); result.String() != "done" {
				t.Error(result)
			}
		}
		if due, err := r.Due(f.Ctx, f.Clock.Now().Add(time.Minute)); err != nil || len(due) != 0 {
			t.Error(due, err)
		}
	})
}
