// Package lease lets one replica at a time do something, by one row of the database that replicas take in turn. It knows
// the row and the clock; what is done under the lease is none of its business.
//
// # When a lease is trusted
//
// A lease of TTL is written as "expires at (time before the call) + TTL". The holder trusts it for three quarters of
// that time and renews it every quarter; another may take it once it has expired. So a call that hangs, or an answer
// that is lost, only ever makes the holder trust too short:
//
//	before the call                                             expires_at
//	│◀───────────── trusted ─────────────▶│◀───── margin ─────▶│
//	├──────────┬──────────┬───────────────┼────────────────────┤
//	│        renew      renew             │ the work is        │ another may
//	│                                     │ cancelled          │ take it
//
// The margin is for the work to notice its end, and for clocks that differ: times are compared between machines, which
// must agree to within a quarter of TTL (5 s by default).
//
// A process that was stopped and wakes up finds its trust ended by its own clock. Should that clock have stood still as
// well, the next renewal tells: each time the row is taken its term goes up, and a renewal or release counts for one
// holder and one term only, and only before expiry. What was lost can be taken anew, under a new term, but not renewed.
//
// Work under a lease must still do no harm when done twice: nothing can stop a request that has already left.
package lease

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"k8s.io/utils/clock"

	"chancery/app/store"
)

// ErrLost is the cause of the end of the work's context when the lease is no longer ours.
var ErrLost = errors.New("lease lost")

// Options say which lease, and for whom.
type Options struct {
	Name   string // of the lease, such as "jobs"
	Holder string // unique among all processes, ever: never a name that a restart takes over
	// TTL is how long others wait for a holder that has died. Default 20 s. The work's own grace after a stop (see
	// loop.Options.Grace) must be at most half of it: so long is the lease trusted at least, once renewed in time.
	TTL   time.Duration
	Clock clock.Clock  // default the real one
	Log   *slog.Logger // default none
}

// Hold waits until the lease is ours and runs work under it. The context of work ends with ctx, or with the cause
// ErrLost when the lease is lost; work must return then.
//
// When work returns by itself, Hold gives the lease back and returns what work returned. When the lease is lost, Hold
// waits for it anew and runs work again. When ctx ends, Hold keeps the lease until work has returned, gives it back, so
// that another takes it over at once, and returns nil, or work's error if that is not about being cancelled. A database
// that does not answer is waited for.
func Hold(ctx context.Context, db *store.DB, o Options, work func(ctx context.Context) error) error {
	if o.Name == "" || o.Holder == "" {
		return errors.New("lease: name and holder are needed")
	}
	h := newHolder(db, o)
	for {
		term, ok := h.wait(ctx)
		if !ok {
			return nil
		}
		h.log.Info("lease taken", "term", term.number)
		err := h.keep(ctx, term, work)
		switch {
		case errors.Is(err, ErrLost):
			h.log.Warn("lease lost", "term", term.number, "error", err)
		case ctx.Err() != nil && errors.Is(err, context.Canceled):
			return nil
		default:
			return err
		}
	}
}

type holder struct {
	row   row
	ttl   time.Duration
	clock clock.Clock
	log   *slog.Logger
}

// term is one time of holding the lease, from taking it to losing it or giving it back.
type term struct {
	number  int64
	trusted time.Time // until then
}

func newHolder(db *store.DB, o Options) *holder {
	if o.TTL <= 0 {
		o.TTL = 20 * time.Second
	}
	if o.Clock == nil {
		o.Clock = clock.RealClock{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &holder{
		row:   row{db: db, name: o.Name, holder: o.Holder},
		ttl:   o.TTL,
		clock: o.Clock,
		log:   o.Log.With("lease", o.Name, "holder", o.Holder),
	}
}

// wait tries to take the lease every quarter of TTL, and as soon as it is given back, until it is ours (true) or ctx
// ends (false).
func (h *holder) wait(ctx context.Context) (term, bool) {
	freed := make(chan struct{}, 1)
	cancel := h.row.onRelease(func() {
		select {
		case freed <- struct{}{}:
		default:
		}
	})
	defer cancel()
	for ctx.Err() == nil {
		if t, ok := h.take(ctx); ok {
			return t, true
		}
		timer := h.clock.NewTimer(h.ttl / 4)
		select {
		case <-timer.C():
		case <-freed:
		case <-ctx.Done():
		}
		timer.Stop()
	}
	return term{}, false
}

func (h *holder) take(ctx context.Context) (term, bool) {
	before := h.clock.Now()
	bounded, cancel := context.WithTimeout(ctx, h.ttl/2)
	defer cancel()
	number, ok, err := h.row.take(bounded, before, h.ttl)
	if err != nil && ctx.Err() == nil {
		h.log.Warn("lease cannot be asked for", "error", err)
	}
	return term{number, before.Add(h.ttl * 3 / 4)}, ok
}

// keep runs work and renews the lease until work has returned. It returns work's error if the lease was ours throughout,
// and an error that is ErrLost otherwise.
func (h *holder) keep(ctx context.Context, t term, work func(context.Context) error) error {
	held, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ended := make(chan error, 1)
	go func() { ended <- work(held) }()

	// The renewals outlive ctx: work that is ending still needs the lease.
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	renewals := make(chan renewal, 1)
	renew := h.clock.NewTimer(h.ttl / 4)
	defer renew.Stop()
	trust := h.clock.NewTimer(t.trusted.Sub(h.clock.Now()))
	defer func() { trust.Stop() }()
	lost := func(why error) error {
		cancel(why)
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, ErrLost) {
			h.log.Warn("the work ended with an error after the lease was lost", "error", err)
		}
		return why
	}
	for {
		select {
		case err := <-ended:
			h.release(background, t)
			return err
		case <-renew.C():
			go func() { renewals <- h.renew(background, t) }()
		case r := <-renewals:
			if r.gone {
				return lost(fmt.Errorf("%w: another has it, or it had expired", ErrLost))
			}
			if r.err == nil {
				t.trusted = r.trusted
				trust.Stop()
				trust = h.clock.NewTimer(t.trusted.Sub(h.clock.Now()))
			} else {
				h.log.Warn("lease could not be renewed", "error", r.err)
			}
			renew.Reset(h.ttl / 4)
		case <-trust.C():
			err := lost(fmt.Errorf("%w: it could not be renewed in time", ErrLost))
			h.release(background, t) // a renewal whose answer was lost may have made it ours for a while yet
			return err
		}
	}
}

// renewal is how an attempt to renew ended: trusted anew, gone, or not known.
type renewal struct {
	trusted time.Time
	gone    bool
	err     error
}

func (h *holder) renew(ctx context.Context, t term) renewal {
	before := h.clock.Now()
	ctx, cancel := context.WithTimeout(ctx, h.ttl/4)
	defer cancel()
	ours, err := h.row.renew(ctx, t.number, before, h.ttl)
	return renewal{before.Add(h.ttl * 3 / 4), err == nil && !ours, err}
}

func (h *holder) release(ctx context.Context, t term) {
	ctx, cancel := context.WithTimeout(ctx, h.ttl/4)
	defer cancel()
	if err := h.row.release(ctx, t.number, h.clock.Now()); err != nil {
		h.log.Warn("lease could not be given back; it will expire", "error", err)
		return
	}
	h.log.Info("lease given back", "term", t.number)
}
