package loop_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"chancery/jobs/loop"
)

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
