// Package loop makes things so: it calls a reconciler for each object that needs work, until the object needs none, and
// again whenever something has changed. It knows keys, workers, time and outcomes; no database, no domain and no kind of
// object may move in.
//
// A key says which object, never what happened to it ("mail/0192…": a kind, a slash, an id; never a name or an
// address, since keys are logged). The reconciler looks at the world anew each time, so a change that was not announced,
// announced twice, or announced while the object was being worked on makes no difference:
//
//	    change feed                     database
//	         │ Add(key)                    │ Due(until): at start, every Resync, and on Add("")
//	         ▼                             ▼
//	   ┌───────────────── workqueue ────────────────┐    one key is never with two workers;
//	   │  ready now        not before a time        │    a key added twice is worked on once;
//	   └─────┬────────────────────▲─────────────────┘    added while being worked on: once more after
//	         ▼                    │
//	worker: Reconcile(key) ──▶ Done       forgotten
//	                          Waiting    again at a time
//	                          Stalled    forgotten until it changes: a person is needed
//	                          error      again after a back-off that doubles up to a cap
//	                          panic      as an error
//
// The queue is in memory and may be lost at any time; what is due stands in the database. That is why Due is asked for
// everything that falls due until the next time it will be asked, with the time of each: a retry planned for a quarter
// past survives a restart and still happens at a quarter past, not at the next resync. A loop that does not run drops
// what is added to it, since Due finds it at the next start.
//
// A key in back-off is left alone by the resync, or the cap would be the resync's interval; an Add (something changed,
// so it may work now) is tried at once.
//
// The queue is client-go's, the one under Kubernetes' controllers, for its exclusivity, its de-duplication and its
// delays. Its own metrics are not used: they cost two wake-ups a second for each queue.
package loop

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
)

// Reconciler brings one kind of object from what is to what should be.
type Reconciler interface {
	// Name is the loop's name in logs and metrics, such as "mails".
	Name() string
	// Reconcile looks at the object and does what it needs; it must do no harm when called again at any point. An error
	// means that it is worth trying again soon, by itself.
	Reconcile(ctx context.Context, key string) (Result, error)
	// Due lists what needs work before until, by what the database says: objects whose spec is newer than what was
	// observed, retries planned for a time. It leaves out what is stalled and has not changed since.
	Due(ctx context.Context, until time.Time) ([]Due, error)
}

// Due is an object that needs work at a time; the zero time means now.
type Due struct {
	Key string
	At  time.Time
}

// Options set a loop up. The zero value is usable.
type Options struct {
	Workers    int           // objects worked on at once; default 2
	Resync     time.Duration // how often Due is asked; default 1 min
	Backoff    time.Duration // after the first error, doubling with each; default 1 s
	MaxBackoff time.Duration // its cap; default 5 min
	Timeout    time.Duration // of one Reconcile; default 5 min
	// Grace is how long reconciles that are running may go on after Run was told to stop; default 10 s. Under a lease it
	// must be shorter than the time for which the lease stays ours without being renewed (see jobs/lease).
	Grace time.Duration
	// NoGraceOn is the cause (by errors.Is) of a context's end that allows no grace: another may be doing the same work
	// already. jobs passes lease.ErrLost.
	NoGraceOn error

	Clock   clock.WithTicker      // default the real one
	Log     *slog.Logger          // default none
	Metrics prometheus.Registerer // default none; each loop of a registry has its own name
}

// settle is how long Run waits for reconciles that were cancelled before it leaves them to themselves.
const settle = 5 * time.Second

// Loop runs one reconciler. It may be run again after Run has returned; it may not be run twice at once.
type Loop struct {
	reconciler Reconciler
	opts       Options
	clock      clock.WithTicker
	log        *slog.Logger
	metrics    *metrics
	ask        chan struct{} // holds a token when Due is to be asked at once

	mu    sync.Mutex
	queue workqueue.TypedRateLimitingInterface[string] // nil while not running

	failing map[string]time.Time // since when, by the key of what fails (trouble.go)
	trouble Trouble
}

// New makes a loop. It panics when Options.Metrics already has a loop of that name.
func New(r Reconciler, o Options) *Loop {
	o = o.withDefaults()
	l := &Loop{reconciler: r, opts: o, clock: o.Clock, log: o.Log.With("loop", r.Name()), ask: make(chan struct{}, 1)}
	l.metrics = newMetrics(o.Metrics, r.Name(), l.Len)
	return l
}

// Reconciler is what the loop runs.
func (l *Loop) Reconciler() Reconciler { return l.reconciler }

// Add says that the object may need work now. The empty key says that some object may, and has Due asked at once; the
// change feed says so after it was interrupted. Add never blocks, and has no effect while the loop does not run.
func (l *Loop) Add(key string) {
	if key == "" {
		select {
		case l.ask <- struct{}{}:
		default: // it is about to be asked anyway
		}
		return
	}
	if queue := l.running(); queue != nil {
		queue.Add(key)
	}
}

// Len is the number of objects that are ready and wait for a worker.
func (l *Loop) Len() int {
	if queue := l.running(); queue != nil {
		return queue.Len()
	}
	return 0
}

// Run works until ctx ends, then begins nothing more, gives what is running Options.Grace to end, cancels the rest, and
// returns: nil, or an error if a reconcile did not heed even that and goes on by itself.
func (l *Loop) Run(ctx context.Context) error {
	queue, err := l.open()
	if err != nil {
		return err
	}
	defer l.close(queue)

	// What is being worked on outlives ctx, by the grace.
	work, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)

	var workers sync.WaitGroup
	for range l.opts.Workers {
		workers.Go(func() { l.worker(ctx, work, queue) })
	}
	workers.Go(func() { l.resync(ctx, queue) })
	idle := make(chan struct{})
	go func() { workers.Wait(); close(idle) }()

	<-ctx.Done()
	queue.ShutDown()
	cause := context.Cause(ctx)
	if l.opts.NoGraceOn == nil || !errors.Is(cause, l.opts.NoGraceOn) {
		select {
		case <-idle:
			return nil
		case <-l.clock.After(l.opts.Grace):
		}
	}
	cancel(cause)
	select {
	case <-idle:
		return nil
	case <-l.clock.After(settle):
		return fmt.Errorf("loop %s: a reconcile does not end although it was cancelled", l.reconciler.Name())
	}
}

func (l *Loop) open() (workqueue.TypedRateLimitingInterface[string], error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.queue != nil {
		return nil, fmt.Errorf("loop %s: runs already", l.reconciler.Name())
	}
	l.queue = workqueue.NewTypedRateLimitingQueueWithConfig(
		workqueue.NewTypedItemExponentialFailureRateLimiter[string](l.opts.Backoff, l.opts.MaxBackoff),
		workqueue.TypedRateLimitingQueueConfig[string]{Clock: l.clock})
	l.failing, l.trouble = map[string]time.Time{}, Trouble{Started: l.clock.Now()}
	return l.queue, nil
}

func (l *Loop) close(queue workqueue.TypedRateLimitingInterface[string]) {
	queue.ShutDown()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queue = nil
}

func (l *Loop) running() workqueue.TypedRateLimitingInterface[string] {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.queue
}

func (o Options) withDefaults() Options {
	if o.Workers <= 0 {
		o.Workers = 2
	}
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&o.Resync, time.Minute},
		{&o.Backoff, time.Second},
		{&o.MaxBackoff, 5 * time.Minute},
		{&o.Timeout, 5 * time.Minute},
		{&o.Grace, 10 * time.Second},
	} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	if o.Clock == nil {
		o.Clock = clock.RealClock{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}
