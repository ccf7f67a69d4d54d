package loop_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"chancery/jobs/loop"
)

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

func TestALongReconcileIsToldThatTheLoopIsToStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &clerk{do: func(ctx context.Context, _ string) (loop.Result, error) {
			<-loop.Ending(ctx)
			return loop.Done(), ctx.Err() // which has not ended yet
		}}
		l, stop := start(t, c, loop.Options{Resync: never, Grace: 10 * time.Second})
		l.Add("letter/1")
		time.Sleep(time.Second)
		if err := stop(nil); err != nil {
			t.Error(err)
		}
		if took := time.Since(c.began); took != time.Second {
			t.Errorf("Run ended after %s", took)
		}
	})
	if loop.Ending(t.Context()) != nil {
		t.Error("outside of a loop nothing ends")
	}
}
