package loop_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	testclock "k8s.io/utils/clock/testing"

	"chancery/jobs/loop"
)

// Time in these tests is synctest's: it stands still while anyone works and jumps when all wait, so the times of the
// calls are exact and nothing is slept through.

// clerk is a reconciler that notes when it was called for what, and behaves as the test says.
type clerk struct {
	do  func(ctx context.Context, key string) (loop.Result, error)
	due func(ctx context.Context, until time.Time) ([]loop.Due, error)

	mu    sync.Mutex
	began time.Time
	calls []string
	asked []string
}

func (c *clerk) Name() string { return "letters" }

func (c *clerk) Reconcile(ctx context.Context, key string) (loop.Result, error) {
	c.mu.Lock()
	c.calls = append(c.calls, fmt.Sprintf("%s at %s", key, time.Since(c.began)))
	c.mu.Unlock()
	if c.do == nil {
		return loop.Done(), nil
	}
	return c.do(ctx, key)
}

func (c *clerk) Due(ctx context.Context, until time.Time) ([]loop.Due, error) {
	c.mu.Lock()
	c.asked = append(c.asked, fmt.Sprintf("%s until %s", time.Since(c.began), until.Sub(c.began)))
	c.mu.Unlock()
	if c.due == nil {
		return nil, nil
	}
	return c.due(ctx, until)
}

func (c *clerk) expect(t *testing.T, want ...string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.Equal(c.calls, want) {
		t.Errorf("calls:\n got %q\nwant %q", c.calls, want)
	}
}

// start runs a loop; the returned function stops it and gives Run's error.
func start(t *testing.T, c *clerk, o loop.Options) (l *loop.Loop, stop func(cause error) error) {
	t.Helper()
	c.began = time.Now()
	l = loop.New(c, o)
	ctx, cancel := context.WithCancelCause(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx) }()
	synctest.Wait()
	return l, func(cause error) error {
		cancel(cause)
		return <-ended
	}
}

// clean expects Run to have ended without an error.
func clean(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("Run: %v", err)
	}
}

// never is a resync interval that no test reaches.
const never = 1000 * time.Hour

func TestWhatIsDueIsDoneAtStartAndAtItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		c := &clerk{due: func(context.Context, time.Time) ([]loop.Due, error) {
			return []loop.Due{
				{Key: "letter/now"},
				{Key: "letter/overdue", At: begin.Add(-time.Hour)},
				{Key: "letter/planned", At: begin.Add(15 * time.Second)},
			}, nil
		}}
		_, stop := start(t, c, loop.Options{Workers: 1, Resync: time.Minute})
		time.Sleep(59 * time.Second)
		clean(t, stop(nil))
		c.expect(t, "letter/now at 0s", "letter/overdue at 0s", "letter/planned at 15s")
		if want := []string{"0s until 1m0s"}; !slices.Equal(c.asked, want) {
			t.Errorf("asked %q", c.asked)
		}
	})
}

func TestResyncFindsWhatNobodyAnnounced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var missed atomic.Value
		missed.Store([]loop.Due(nil))
		c := &clerk{due: func(context.Context, time.Time) ([]loop.Due, error) { return missed.Load().([]loop.Due), nil }}
		_, stop := start(t, c, loop.Options{Resync: time.Minute})
		missed.Store([]loop.Due{{Key: "letter/missed"}})
		time.Sleep(61 * time.Second)
		clean(t, stop(nil))
		c.expect(t, "letter/missed at 1m0s")
	})
}

func TestInterruptedFeedHasDueAskedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &clerk{}
		l, stop := start(t, c, loop.Options{Resync: time.Minute})
		time.Sleep(10 * time.Second)
		l.Add("")
		time.Sleep(61 * time.Second)
		clean(t, stop(nil))
		if want := []string{"0s until 1m0s", "10s until 1m10s", "1m10s until 2m10s"}; !slices.Equal(c.asked, want) {
			t.Errorf("asked %q", c.asked)
		}
		c.expect(t)
	})
}

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

func TestObjectAddedManyTimesIsDoneOnceAndOnceMoreIfAddedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &clerk{do: func(context.Context, string) (loop.Result, error) {
			time.Sleep(time.Second)
			return loop.Done(), nil
		}}
		l, stop := start(t, c, loop.Options{Workers: 4, Resync: never})
		for range 100 {
			l.Add("letter/1")
		}
		time.Sleep(500 * time.Millisecond)
		for range 100 {
			l.Add("letter/1")
		}
		time.Sleep(time.Minute)
		clean(t, stop(nil))
		c.expect(t, "letter/1 at 0s", "letter/1 at 1s")
	})
}

func TestWorkersShareTheWorkButNeverAnObject(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		busy, most := map[string]int{}, 0
		c := &clerk{do: func(_ context.Context, key string) (loop.Result, error) {
			mu.Lock()
			if busy[key]++; busy[key] > 1 {
				t.Errorf("%s is with two workers", key)
			}
			most = max(most, len(busy))
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			delete(busy, key)
			mu.Unlock()
			return loop.Done(), nil
		}}
		l, stop := start(t, c, loop.Options{Workers: 3, Resync: never})
		for i := range 30 {
			l.Add(fmt.Sprintf("letter/%d", i%5))
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(time.Minute)
		clean(t, stop(nil))
		if most != 3 {
			t.Errorf("%d at once", most)
		}
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

func TestWaitingObjectIsDoneAtItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		at := begin.Add(90 * time.Minute)
		c := &clerk{do: func(context.Context, string) (loop.Result, error) {
			if time.Now().Before(at) {
				return loop.Waiting(at), nil
			}
			return loop.Done(), nil
		}}
		l, stop := start(t, c, loop.Options{Resync: never})
		l.Add("letter/1")
		time.Sleep(3 * time.Hour)
		clean(t, stop(nil))
		c.expect(t, "letter/1 at 0s", "letter/1 at 1h30m0s")
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

func TestStopLetsRunningWorkEndAndBeginsNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended time.Duration
		c := &clerk{}
		c.do = func(ctx context.Context, _ string) (loop.Result, error) {
			time.Sleep(8 * time.Second)
			ended = time.Since(c.began)
			return loop.Done(), ctx.Err()
		}
		l, stop := start(t, c, loop.Options{Workers: 1, Resync: never, Grace: 10 * time.Second})
		l.Add("letter/1")
		l.Add("letter/2")
		time.Sleep(time.Second)
		if err := stop(nil); err != nil {
			t.Error(err)
		}
		if ended != 8*time.Second || time.Since(c.began) != ended {
			t.Errorf("work ended after %s, Run after %s", ended, time.Since(c.began))
		}
		c.expect(t, "letter/1 at 0s")
	})
}

func TestStopCancelsWorkAfterTheGraceAndAtOnceWhenTheLeaseIsLost(t *testing.T) {
	lost := errors.New("lease lost")
	for _, c := range []struct {
		cause error
		after time.Duration
	}{
		{context.Canceled, 10 * time.Second},
		{fmt.Errorf("jobs: %w", lost), 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			var cause error
			k := &clerk{do: func(ctx context.Context, _ string) (loop.Result, error) {
				<-ctx.Done()
				cause = context.Cause(ctx)
				return loop.Result{}, ctx.Err()
			}}
			var log bytes.Buffer
			l, stop := start(t, k, loop.Options{Resync: never, Grace: 10 * time.Second, NoGraceOn: lost,
				Log: slog.New(slog.NewTextHandler(&log, nil))})
			l.Add("letter/1")
			synctest.Wait()
			if err := stop(c.cause); err != nil {
				t.Error(err)
			}
			if took := time.Since(k.began); took != c.after || !errors.Is(cause, c.cause) {
				t.Errorf("%v: cancelled after %s because of %v", c.cause, took, cause)
			}
			if log.Len() > 0 {
				t.Errorf("%v: our own end is logged as a failure: %s", c.cause, &log)
			}
			k.expect(t, "letter/1 at 0s")
		})
	}
}

func TestRunDoesNotWaitForEverForWorkThatIgnoresItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &clerk{do: func(context.Context, string) (loop.Result, error) {
			time.Sleep(time.Hour)
			return loop.Done(), nil
		}}
		l, stop := start(t, c, loop.Options{Resync: never, Grace: 10 * time.Second})
		l.Add("letter/1")
		synctest.Wait()
		if err := stop(nil); err == nil {
			t.Error("Run says that all has ended")
		}
		if took := time.Since(c.began); took != 15*time.Second {
			t.Errorf("Run took %s", took)
		}
		time.Sleep(time.Hour)
	})
}

func TestLoopRunsAgainAfterItsEndButNotTwiceAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &clerk{began: time.Now()}
		l := loop.New(c, loop.Options{Resync: never})
		l.Add("letter/dropped") // not running: Due would find it
		for range 2 {
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() { ended <- l.Run(ctx) }()
			synctest.Wait()
			if err := l.Run(ctx); err == nil {
				t.Error("runs twice")
			}
			l.Add("letter/1")
			synctest.Wait()
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		c.expect(t, "letter/1 at 0s", "letter/1 at 0s")
	})
}

func TestClockOfOthersCanBeUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := testclock.NewFakeClock(time.Now())
		c := &clerk{do: func(context.Context, string) (loop.Result, error) {
			return loop.Waiting(clock.Now().Add(time.Hour)), nil
		}}
		l, stop := start(t, c, loop.Options{Resync: never, Clock: clock})
		l.Add("letter/1")
		synctest.Wait()
		clock.Step(59 * time.Minute)
		synctest.Wait()
		c.expect(t, "letter/1 at 0s")
		clock.Step(time.Minute)
		synctest.Wait()
		clean(t, stop(nil))
		c.expect(t, "letter/1 at 0s", "letter/1 at 0s")
	})
}

func TestMetricsCountByOutcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewPedanticRegistry()
		release := make(chan struct{})
		c := &clerk{do: func(_ context.Context, key string) (loop.Result, error) {
			switch key {
			case "letter/wait":
				return loop.Waiting(time.Now().Add(never)), nil
			case "letter/stall":
				return loop.Stalled("because"), nil
			case "letter/fail":
				return loop.Result{}, errors.New("no")
			case "letter/panic":
				panic("no")
			case "letter/slow":
				<-release
			}
			return loop.Done(), nil
		}}
		l, stop := start(t, c, loop.Options{Workers: 1, Resync: never, Backoff: time.Hour, Metrics: registry})
		loop.New(&other{}, loop.Options{Metrics: registry}) // another loop fits beside it
		for _, kind := range []string{"done", "wait", "stall", "fail", "panic"} {
			l.Add("letter/" + kind)
		}
		synctest.Wait()
		l.Add("letter/slow")
		synctest.Wait()
		l.Add("letter/behind")
		err := testutil.GatherAndCompare(registry, strings.NewReader(`
			# HELP chancery_loop_depth Objects that are ready and wait for a worker.
			# TYPE chancery_loop_depth gauge
			chancery_loop_depth{loop="letters"} 1
			chancery_loop_depth{loop="others"} 0
			# HELP chancery_loop_panics_total Panics caught in the reconciler.
			# TYPE chancery_loop_panics_total counter
			chancery_loop_panics_total{loop="letters"} 1
			chancery_loop_panics_total{loop="others"} 0
			# HELP chancery_loop_reconciles_total Reconciles by how they ended: done, waiting, stalled, failed, cancelled.
			# TYPE chancery_loop_reconciles_total counter
			chancery_loop_reconciles_total{loop="letters",result="done"} 1
			chancery_loop_reconciles_total{loop="letters",result="failed"} 2
			chancery_loop_reconciles_total{loop="letters",result="stalled"} 1
			chancery_loop_reconciles_total{loop="letters",result="waiting"} 1
		`), "chancery_loop_depth", "chancery_loop_panics_total", "chancery_loop_reconciles_total")
		if err != nil {
			t.Error(err)
		}
		close(release)
		clean(t, stop(nil))
	})
}

type other struct{ clerk }

func (*other) Name() string { return "others" }
