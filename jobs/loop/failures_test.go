package loop_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"chancery/jobs/loop"
)

func TestFailedResyncIsTriedAgainSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		c := &clerk{due: func(context.Context, time.Time) ([]loop.Due, error) {
			switch tries++; tries {
			case 1:
				return nil, errors.New("database gone")
			case 2:
				panic("database really gone")
			}
			return []loop.Due{{Key: "letter/1"}}, nil
		}}
		_, stop := start(t, c, loop.Options{Resync: never})
		time.Sleep(time.Minute)
		clean(t, stop(nil))
		c.expect(t, "letter/1 at 10s")
	})
}

func TestFailingObjectIsTriedEverMoreRarelyAndResyncDoesNotHurryIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var failing atomic.Bool
		failing.Store(true)
		c := &clerk{
			do: func(context.Context, string) (loop.Result, error) {
				if failing.Load() {
					return loop.Result{}, errors.New("no answer")
				}
				return loop.Done(), nil
			},
			due: func(context.Context, time.Time) ([]loop.Due, error) {
				if !failing.Load() {
					return nil, nil
				}
				return []loop.Due{{Key: "letter/1"}}, nil
			},
		}
		l, stop := start(t, c, loop.Options{Backoff: time.Second, MaxBackoff: 10 * time.Second, Resync: 2300 * time.Millisecond})
		time.Sleep(40 * time.Second)
		want := []string{"0s", "1s", "3s", "7s", "15s", "25s", "35s"}

		// A change is tried at once, and success makes the next failure start anew.
		failing.Store(false)
		l.Add("letter/1")
		time.Sleep(10 * time.Second) // the retry that was planned for 45 s finds nothing to do
		failing.Store(true)
		l.Add("letter/1")
		time.Sleep(1500 * time.Millisecond)
		clean(t, stop(nil))
		want = append(want, "40s", "45s", "50s", "51s")
		for i := range want {
			want[i] = "letter/1 at " + want[i]
		}
		c.expect(t, want...)
	})
}

func TestStalledObjectWaitsForAChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		c := &clerk{do: func(context.Context, string) (loop.Result, error) { return loop.Stalled("address refused"), nil }}
		l, stop := start(t, c, loop.Options{Resync: time.Minute, Log: slog.New(slog.NewTextHandler(&log, nil))})
		l.Add("letter/1")
		time.Sleep(24 * time.Hour)
		c.expect(t, "letter/1 at 0s")
		l.Add("letter/1")
		synctest.Wait()
		clean(t, stop(nil))
		c.expect(t, "letter/1 at 0s", "letter/1 at 24h0m0s")
		if !strings.Contains(log.String(), "address refused") {
			t.Errorf("the log does not say why: %s", &log)
		}
	})
}

func TestPanicIsAnErrorOfOneObjectAndNamesNoData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		c := &clerk{do: func(_ context.Context, key string) (loop.Result, error) {
			if key == "letter/bad" {
				panic("mina@practice.example cannot be")
			}
			return loop.Done(), nil
		}}
		l, stop := start(t, c, loop.Options{Workers: 1, Resync: never, Log: slog.New(slog.NewTextHandler(&log, nil))})
		l.Add("letter/bad")
		l.Add("letter/good")
		time.Sleep(1500 * time.Millisecond)
		clean(t, stop(nil))
		c.expect(t, "letter/bad at 0s", "letter/good at 0s", "letter/bad at 1s")
		if !strings.Contains(log.String(), "kind=letter") || strings.Contains(log.String(), "mina@") {
			t.Errorf("log: %s", &log)
		}
	})
}

func TestReconcileThatTakesTooLongIsCancelledAndTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &clerk{do: func(ctx context.Context, _ string) (loop.Result, error) {
			<-ctx.Done()
			return loop.Result{}, ctx.Err()
		}}
		l, stop := start(t, c, loop.Options{Timeout: time.Minute, Resync: never})
		l.Add("letter/1")
		time.Sleep(62 * time.Second)
		clean(t, stop(nil))
		c.expect(t, "letter/1 at 0s", "letter/1 at 1m1s")
	})
}
