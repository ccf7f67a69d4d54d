package loop_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"chancery/jobs/loop"
)

// What fails is known, since when, and with what words; what comes right fails no more; and a loop that begins anew has a clean slate.
func TestALoopTellsWhatItFailsAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var well, deaf atomic.Bool
		deaf.Store(true)
		c := &clerk{
			do: func(_ context.Context, key string) (loop.Result, error) {
				if key == "letter/1" && !well.Load() {
					return loop.Result{}, errors.New("no answer")
				}
				return loop.Done(), nil
			},
			due: func(context.Context, time.Time) ([]loop.Due, error) {
				if deaf.Load() {
					return nil, errors.New("database gone")
				}
				return nil, nil
			},
		}
		begin := time.Now()
		l, stop := start(t, c, loop.Options{Backoff: time.Minute, Resync: time.Hour})
		if got := l.Trouble(); got.Failing != 1 || got.Failures != 1 || got.Last != "database gone" || !got.Since.Equal(begin) || !got.Started.Equal(begin) {
			t.Errorf("%+v", got)
		}
		deaf.Store(false)
		time.Sleep(10 * time.Second) // asked again after five
		l.Add("letter/1")
		l.Add("letter/2")
		synctest.Wait()
		if got := l.Trouble(); got.Failing != 1 || got.Failures != 2 || got.Last != "no answer" || !got.Since.Equal(begin.Add(10*time.Second)) {
			t.Errorf("%+v", got)
		}
		time.Sleep(61 * time.Second)
		if got := l.Trouble(); got.Failing != 1 || got.Failures != 3 || !got.Since.Equal(begin.Add(10*time.Second)) {
			t.Errorf("%+v", got)
		}
		well.Store(true)
		l.Add("letter/1")
		synctest.Wait()
		if got := l.Trouble(); got.Failing != 0 || !got.Since.IsZero() || got.Failures != 3 {
			t.Errorf("%+v", got)
		}
		clean(t, stop(nil))
	})
}
