// Package pace keeps a practice's requests below half of what a keeper of calendars allows, so that a resync of everybody's calendars never
// meets a limit, and whatever else the practice does there has room.
//
// It stands between a keeper's room and the wire, as a transport. A request waits for its account's budget first and then for the practice's, so
// one that has much to write waits for itself and keeps none of the others waiting; among those whose account may go on, first come is
// first served. A budget (golang.org/x/time/rate) is small at once and refilled evenly: no window, wherever it begins, sees half of what is
// allowed. The loop has few workers, each with one request at a time, so no wait is long beside the timeout of a request.
//
// Budgets are of this process, and that is enough: of several replicas one alone runs the jobs (jobs/lease) and speaks to the keepers, but
// for the few requests by which somebody connects. When another takes over, the windows of both may overlap: two halves.
package pace

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"chancery/app/outside"
)

// Limits are what a keeper publishes; 0 is none.
type Limits struct {
	Window     time.Duration
	All        int  // requests in a window, of the whole practice
	Each       int  // requests in a window, of one account
	Concurrent int  // requests under way for one account
	Hosts      bool // what holds for an account holds for a host instead
}

// What the keepers publish: Google for a project and for a user in it (developers.google.com/workspace/calendar/api/guides/quota), Microsoft
// for an app and a mailbox (learn.microsoft.com/graph/throttling-limits, Outlook service). A CalDAV server publishes nothing; what is kept to
// is four requests a second and two at once, for each host.
var (
	Google    = Limits{Window: time.Minute, All: 10_000, Each: 600}
	Microsoft = Limits{Window: 10 * time.Minute, Each: 10_000, Concurrent: 4}
	CalDAV    = Limits{Window: time.Minute, Each: 480, Concurrent: 4, Hosts: true}
)

// Clock is the time and what waiting is; nil for the usual ones.
type Clock struct {
	Now  func() time.Time
	Wait func(ctx context.Context, d time.Duration) error
}

// many is how many accounts are remembered until those are let go that have been quiet for so long that they are as good as new.
const many = 4096

// Pace holds requests back on their way to the keeper.
type Pace struct {
	limits Limits
	next   http.RoundTripper
	clock  Clock
	all    *rate.Limiter

	mu   sync.Mutex
	each map[string]*account
}

type account struct {
	budget *rate.Limiter
	places chan struct{} // one is taken for each request under way; nil: there is no limit
	users  int           // requests that wait or are under way
}

// New holds back what goes through next, nil for http.DefaultTransport.
func New(l Limits, next http.RoundTripper, c Clock) *Pace {
	if next == nil {
		next = http.DefaultTransport
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Wait == nil {
		c.Wait = wait
	}
	return &Pace{limits: l, next: next, clock: c, all: budget(l.All, l.Window), each: map[string]*account{}}
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// budget stays below half of what is allowed: a twentieth of that at once, and the rest but one in the course of a window.
func budget(allowed int, window time.Duration) *rate.Limiter {
	if allowed == 0 {
		return rate.NewLimiter(rate.Inf, 0)
	}
	half := allowed / 2
	atOnce := max(1, half/20)
	return rate.NewLimiter(rate.Limit(float64(half-atOnce-1)/window.Seconds()), atOnce)
}

// RoundTrip makes a request when its turn has come, and none when the context ends before. Whose it is, outside.About has said; of one of
// nobody's only the practice's budget is asked.
func (p *Pace) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, whose := r.Context(), outside.Whose(r.Context())
	if p.limits.Hosts {
		whose = r.URL.Host
	}
	done := func() {}
	if whose != "" {
		a := p.account(whose)
		if err := a.enter(ctx); err != nil {
			p.leave(a, false)
			return nil, err
		}
		done = sync.OnceFunc(func() { p.leave(a, true) })
		if err := p.turn(ctx, a.budget); err != nil {
			done()
			return nil, err
		}
	}
	if err := p.turn(ctx, p.all); err != nil {
		done()
		return nil, err
	}
	response, err := p.next.RoundTrip(r)
	if err != nil {
		done()
		return nil, err
	}
	response.Body = body{response.Body, done}
	return response, nil
}

// turn waits for a budget; who waits no longer gives back what it had of it.
func (p *Pace) turn(ctx context.Context, of *rate.Limiter) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	now := p.clock.Now()
	mine := of.ReserveN(now, 1)
	delay := mine.DelayFrom(now)
	if delay == 0 {
		return nil
	}
	if err := p.clock.Wait(ctx, delay); err != nil {
		mine.CancelAt(p.clock.Now())
		return err
	}
	return nil
}

// account is one that somebody uses from now on.
func (p *Pace) account(whose string) *account {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.each[whose]
	if a == nil {
		p.forget()
		a = &account{budget: budget(p.limits.Each, p.limits.Window)}
		if half := p.limits.Concurrent / 2; half > 0 {
			a.places = make(chan struct{}, half)
		}
		p.each[whose] = a
	}
	a.users++
	return a
}

// forget lets those go whose budget is whole again, when there are many.
func (p *Pace) forget() {
	if len(p.each) < many {
		return
	}
	now := p.clock.Now()
	for whose, a := range p.each {
		if a.users == 0 && a.budget.TokensAt(now) >= float64(a.budget.Burst()) {
			delete(p.each, whose)
		}
	}
}

// enter takes a place among the requests under way.
func (a *account) enter(ctx context.Context) error {
	if a.places == nil {
		return nil
	}
	select {
	case a.places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *Pace) leave(a *account, entered bool) {
	if entered && a.places != nil {
		<-a.places
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	a.users--
}

// body says when an answer was read: until then its request is under way.
type body struct {
	io.ReadCloser
	done func()
}

func (b body) Close() error {
	defer b.done()
	return b.ReadCloser.Close()
}
