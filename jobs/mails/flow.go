package mails

import (
	"context"
	"errors"
	"sync"
	"time"

	"chancery/app/post"
	"chancery/jobs/loop"
)

const (
	// batchLeast and batchMost are how many mails are taken up at once: as many as go in about a second, so that what comes in
	// urgently does not wait long behind what was taken, and a server that is quick does not wait for the database.
	batchLeast, batchMost = 16, 1000
	// lookAgain is how soon it is looked for mails that have become due by time while others are still on their way.
	lookAgain = 5 * time.Second
	// writeAfter is how long an outcome waits for others to be written down with it, while more are on their way.
	writeAfter = 50 * time.Millisecond
)

// flow is one Reconcile: its own goroutine decides, others wait for the outside. Nothing of it is shared with them.
//
//	take ──▶ ready ──▶ connections ──▶ unwritten ──▶ write
//	(one)              (several)                     (one)
type flow struct {
	*Reconciler
	ctx    context.Context
	ending <-chan struct{}

	batch     int
	took      time.Time // when the last batch was taken up
	ready     []errand
	flying    int
	unwritten []post.Tried
	writing   []post.Tried
	taking    bool
	since     time.Time // when something was unwritten first
	late      bool      // it has waited long enough for more
	empty     bool      // nothing more is due, as far as is known
	stopped   bool
	failure   error

	todo    chan errand
	done    chan result
	taken   chan gathered
	written chan error
}

type result struct {
	errand
	answer string
	err    error
}

func newFlow(ctx context.Context, r *Reconciler) *flow {
	return &flow{Reconciler: r, ctx: ctx, batch: batchLeast, took: time.Now(), since: time.Now(), ending: loop.Ending(ctx),
		todo: make(chan errand, r.Connections), done: make(chan result, r.Connections), taken: make(chan gathered, 1), written: make(chan error, 1)}
}

// run sends until nothing more is due or can go, or until it is told to stop.
func (f *flow) run() error {
	var lanes sync.WaitGroup
	for range f.Connections {
		lanes.Go(func() {
			for e := range f.todo {
				answer, err := f.try(f.ctx, e)
				f.done <- result{e, answer, err}
			}
		})
	}
	defer lanes.Wait()
	defer close(f.todo)
	for {
		f.begin(f.Now())
		if !f.taking && f.flying == 0 && f.writing == nil {
			break // and then nothing is ready or unwritten either, or begin would have begun it
		}
		f.await()
	}
	return f.failure
}

// begin begins whatever can be begun.
func (f *flow) begin(now time.Time) {
	if f.stopped = f.stopped || f.failure != nil || f.ctx.Err() != nil; f.stopped {
		f.putBack()
	}
	f.send(now)
	if len(f.unwritten) > 0 && f.writing == nil && (f.late || f.flying == 0 || len(f.unwritten) >= writeLeast) {
		f.writing, f.unwritten, f.late, f.since = f.unwritten, nil, false, time.Now()
		go func(tried []post.Tried) { f.written <- f.record(f.ctx, tried) }(f.writing)
	}
	if n := f.wants(now); n > 0 {
		f.taking, f.took = true, time.Now()
		go func() { f.taken <- f.take(f.ctx, n) }()
	}
}

// send gives what is ready to connections that are free.
func (f *flow) send(now time.Time) {
	if f.health.isDown() && !f.probing(now) {
		f.putBack()
	}
	for len(f.ready) > 0 && f.flying < f.health.may(now) && len(f.unwritten)+len(f.writing) < unwrittenMost {
		e := f.ready[0]
		f.ready = f.ready[1:]
		if now.Sub(e.now) > f.Hold/8 { // it stood too long: its hold might end before its try does
			f.over(*e.mail, putBack(e.mail))
			continue
		}
		f.flying++
		f.pace.went()
		f.todo <- e
	}
}

// probing tells whether the server is down and one mail may try whether it is back.
func (f *flow) probing(now time.Time) bool {
	return f.health.isDown() && !now.Before(f.health.next) && f.flying == 0 && len(f.ready) <= 1
}

// wants is how many mails to take up now.
func (f *flow) wants(now time.Time) int {
	switch {
	case f.stopped || f.taking || f.empty || len(f.ready) > f.batch*3/4:
		return 0
	case f.health.isDown():
		if f.probing(now) && len(f.ready) == 0 && f.writing == nil {
			return 1
		}
		return 0
	}
	switch ago := time.Since(f.took); {
	case ago < time.Second:
		f.batch = min(2*f.batch, batchMost)
	case ago > 3*time.Second:
		f.batch = max(f.batch/2, batchLeast)
	}
	return min(f.batch, f.pace.left(now)-len(f.ready))
}

// await waits until something has ended.
func (f *flow) await() {
	patience := lookAgain
	if len(f.unwritten) == 0 {
		f.since = time.Now()
	} else if f.writing == nil {
		patience = max(writeAfter-time.Since(f.since), 0)
	}
	look := time.NewTimer(patience)
	defer look.Stop()
	select {
	case g := <-f.taken:
		f.taking = false
		f.empty = g.took < g.asked
		f.ready = append(f.ready, g.ready...)
		f.unwritten = append(f.unwritten, g.over...)
		f.failure = errors.Join(f.failure, g.err)
	case r := <-f.done:
		f.flying--
		f.heard(r)
		f.over(*r.mail, f.outcome(f.ctx, r.world, r.answer, r.err))
	case err := <-f.written:
		for _, t := range f.writing {
			f.empty = f.empty && (t.Outcome.State != post.Waiting || t.Outcome.Next.After(f.Now()))
		}
		f.writing = nil
		f.failure = errors.Join(f.failure, err)
	case <-f.wake:
		f.empty = false
	case <-look.C:
		f.late = len(f.unwritten) > 0
		f.empty = f.empty && f.late
	case <-f.ending:
		f.stopped, f.ending = true, nil
	}
}

// heard tells what a try says of the server.
func (f *flow) heard(r result) {
	if f.ctx.Err() == nil && f.health.heard(r.err, f.Now()) {
		f.told(r.err)
		f.failure = errors.Join(f.failure, f.note(f.ctx))
	}
}

func (f *flow) over(m post.Mail, o post.Outcome) {
	f.unwritten = append(f.unwritten, post.Tried{Mail: m, Outcome: o})
}

// putBack gives back what was taken up and has not begun.
func (f *flow) putBack() {
	for _, e := range f.ready {
		f.over(*e.mail, putBack(e.mail))
	}
	f.ready = nil
}
