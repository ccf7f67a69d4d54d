package loop

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"k8s.io/client-go/util/workqueue"
)

// resyncRetry is how soon Due is asked again after it has failed, unless Resync is sooner.
const resyncRetry = 5 * time.Second

// worker takes one key after the other until ctx ends. What is left in the queue then is left to the next start.
func (l *Loop) worker(ctx, work context.Context, queue workqueue.TypedRateLimitingInterface[string]) {
	work = context.WithValue(work, ending{}, ctx.Done())
	for {
		key, shutdown := queue.Get()
		if shutdown {
			return
		}
		if ctx.Err() == nil {
			l.step(work, queue, key)
		}
		queue.Done(key)
	}
}

// ending is the key under which the context of a Reconcile knows that the loop was told to stop.
type ending struct{}

// Ending is closed when the loop that runs a Reconcile was told to stop. A long one that heeds it comes to a good end within the
// grace, after which its context is cancelled.
func Ending(ctx context.Context) <-chan struct{} {
	told, _ := ctx.Value(ending{}).(<-chan struct{})
	return told
}

// step works on one object and decides when to look at it again.
func (l *Loop) step(work context.Context, queue workqueue.TypedRateLimitingInterface[string], key string) {
	ctx, cancel := context.WithTimeout(work, l.opts.Timeout)
	defer cancel()
	began := l.clock.Now()
	result, err := l.reconcile(ctx, key)
	took := l.clock.Since(began)

	switch {
	case err != nil && work.Err() != nil:
		// Told to stop. Its error is our doing and says nothing about the object.
		l.metrics.observe("cancelled", took)
	case err != nil:
		queue.AddRateLimited(key)
		l.failed(key, err)
		l.metrics.observe("failed", took)
		l.log.Warn("reconcile failed", "key", key, "tries", queue.NumRequeues(key), "error", err)
	default:
		queue.Forget(key)
		l.well(key)
		if result.outcome == waiting {
			queue.AddAfter(key, result.at.Sub(l.clock.Now()))
		}
		l.metrics.observe(result.String(), took)
		if result.outcome == stalled {
			l.log.Warn("reconcile stalled", "key", key, "reason", result.reason)
		}
	}
}

// reconcile calls the reconciler; a panic comes back as an error, so that one broken object does not stop the others.
func (l *Loop) reconcile(ctx context.Context, key string) (result Result, err error) {
	defer l.recovered(&err, key)
	return l.reconciler.Reconcile(ctx, key)
}

// resync asks what is due: at once, then every Resync, and when told to.
func (l *Loop) resync(ctx context.Context, queue workqueue.TypedRateLimitingInterface[string]) {
	for {
		next := l.opts.Resync
		if err := l.addDue(ctx, queue, l.clock.Now().Add(next)); err != nil && ctx.Err() == nil {
			next = min(next, resyncRetry)
			l.metrics.resyncFailures.Inc()
			l.failed("", err)
			l.log.Warn("resync failed", "error", err)
		} else {
			l.well("")
		}
		timer := l.clock.NewTimer(next)
		select {
		case <-timer.C():
		case <-l.ask:
			timer.Stop()
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

func (l *Loop) addDue(ctx context.Context, queue workqueue.TypedRateLimitingInterface[string], until time.Time) (err error) {
	ctx, cancel := context.WithTimeout(ctx, l.opts.Timeout)
	defer cancel()
	defer l.recovered(&err, "")
	list, err := l.reconciler.Due(ctx, until)
	if err != nil {
		return err
	}
	now := l.clock.Now()
	for _, due := range list {
		switch {
		case queue.NumRequeues(due.Key) > 0:
			// In back-off: it is in the queue already, for a later time.
		case due.At.After(now):
			queue.AddAfter(due.Key, due.At.Sub(now))
		default:
			queue.Add(due.Key)
		}
	}
	return nil
}

// recovered, deferred, turns a panic into an error. What was panicked with may hold any data, so only its type is told,
// and its text when it comes from the Go runtime ("index out of range"); of the key, only the kind.
func (l *Loop) recovered(err *error, key string) {
	p := recover()
	if p == nil {
		return
	}
	kind, _, _ := strings.Cut(key, "/")
	what := fmt.Sprintf("%T", p)
	if own, ok := p.(runtime.Error); ok {
		what = own.Error()
	}
	*err = fmt.Errorf("panic: %s", what)
	l.metrics.panics.Inc()
	l.log.Error("reconciler panicked", "kind", kind, "panic", what, "stack", string(debug.Stack()))
}
