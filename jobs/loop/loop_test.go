package loop_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

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

func (*other) Name() string { return "others" }
