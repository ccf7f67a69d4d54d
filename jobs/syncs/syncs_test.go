package syncs_test

import (
	"context"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/cases/casestest"
	"chancery/app/casesync"
	"chancery/jobs/syncs"
)

type source func() error

func (s source) Read(context.Context, casesync.Kind, string, string) (casesync.Part, error) {
	return casesync.Part{}, s()
}

func TestARunIsBroughtToItsEnd(t *testing.T) {
	casestest.Each(t, func(t *testing.T, f *casestest.Firm) {
		away := true
		sync := casesync.New(f.DB, f.Cases, source(func() error {
			if away {
				return &casesync.Trouble{Reason: casesync.Unreachable, Temporary: true}
			}
			return nil
		}), 5)
		r := &syncs.Reconciler{Sync: sync, Now: f.DB.Now}
		if due, err := r.Due(t.Context(), f.DB.Now().Add(time.Hour)); err != nil || len(due) != 0 {
			t.Error(due, err)
		}
		id, err := sync.Begin(t.Context(), access.System("clock"))
		f.Must(err)
		result, err := r.Reconcile(t.Context(), syncs.Prefix+id)
		if err != nil || !result.At().After(f.DB.Now()) {
			t.Fatal(result, err)
		}
		if due, err := r.Due(t.Context(), f.DB.Now().Add(time.Hour)); err != nil || len(due) != 1 || due[0].Key != syncs.Prefix+id || !due[0].At.Equal(result.At()) {
			t.Error(due, err)
		}
		away = false
		f.Clock.Add(result.At().Sub(f.DB.Now()))
		if result, err := r.Reconcile(t.Context(), syncs.Prefix+id); err != nil || !result.At().IsZero() {
			t.Error(result, err)
		}
		if last, err := sync.Last(t.Context()); err != nil || last.State != casesync.Done {
			t.Errorf("%+v %v", last, err)
		}
		if due, err := r.Due(t.Context(), f.DB.Now().Add(time.Hour)); err != nil || len(due) != 0 {
			t.Error(due, err)
		}
	})
}
