package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"time"
)

// More sign-ins than the CPU can hash: 200 a second are offered for half a minute, beside pages of those who are in.
//
// Both are offered open-loop: each request is due at a moment that was drawn before (a Poisson process of a fixed seed), goes
// out then whether or not those before it were answered, on a connection that is free or a new one, and its wait counts from
// that moment. So a server that falls behind is not spared, and what this driver itself loses on the two cores that it shares
// with the server counts against the server.
//
// What is signed in is right: each person of the practice with their password, so that no limit of wrong ones helps.
//
// On two cores that other work shared (load 8 to 14, this one preferred to it), SQLite: 35 to 37 sign-ins a second were let in, after two
// seconds; 162 to 164 told to come back, in 2.5 to 3.3 ms (p50) and 31 to 34 (p99). A page took 3.2 to 3.7 ms and 31 to 33 (p99), beside
// 1.6 to 2.1 and 13 to 38 without sign-ins: 0.9 to 2.4 times. Resident at most 117 to 133 MiB. Before there was a queue by time and a
// core for pages, on the same machine as busy, a page took 310 ms (p99), sign-ins were refused after eight seconds, and 212 MiB were held.
const (
	floodRate  = 200 // sign-ins a second
	floodFor   = 30 * time.Second
	floodPages = 100              // pages a second of those who are in
	calmFor    = 15 * time.Second // without sign-ins, before and after
	floodMost  = 4096             // connections; more in flight than that is a server that bounds nothing
)

// The targets.
const (
	floodSlower   = 3.0 // times the p99 of a page without sign-ins
	floodNo       = 50 * time.Millisecond
	floodResident = 200 << 20
)

// flooded is what came of it.
type flooded struct {
	calm, pages offered // GET /me without and with the sign-ins
	ways        offered
	idle, peak  memory
	load        string // of the machine, when it began
}

// offered is what was answered to requests of one kind.
type offered struct {
	byStatus  map[int][]time.Duration // from when they were due
	noReturn  int                     // 503 without Retry-After
	failed    int                     // broken off
	lastError error
}

func (o *offered) note(status int, back bool, wait time.Duration, err error) {
	switch {
	case err != nil:
		o.failed++
		o.lastError = err
		return
	case status == 503 && !back:
		o.noReturn++
	}
	if o.byStatus == nil {
		o.byStatus = map[int][]time.Duration{}
	}
	o.byStatus[status] = append(o.byStatus[status], wait)
}

func (o *offered) add(more offered) {
	for status, waits := range more.byStatus {
		for _, w := range waits {
			o.note(status, true, w, nil)
		}
	}
	o.noReturn, o.failed = o.noReturn+more.noReturn, o.failed+more.failed
}

// flood offers pages alone, pages and sign-ins, and pages alone.
func (s *stage) flood(ctx context.Context) (*flooded, error) {
	f := &flooded{load: machineLoad()}
	crowd := &crowd{address: s.product.address}
	defer crowd.close()
	pages := arrivals{rate: floodPages, seed: 1, write: func(b *bytes.Buffer, n int) { get(false)(b, s.seats[n%connections], crowd.address, "/me") }}
	ways := arrivals{rate: floodRate, seed: 2, write: func(b *bytes.Buffer, n int) {
		signInAs(b, s.seats[n%connections], crowd.address, "/sign-in", address(people/2+n%(people/2)))
	}}
	var err error
	if f.idle, err = s.product.memory(); err != nil {
		return nil, err
	}
	calm := func() { f.calm.add(crowd.offer(ctx, pages, calmFor)) }
	progress(s.name + ": pages without sign-ins")
	crowd.offer(ctx, pages, time.Second) // warms
	calm()
	progress(s.name + ": 200 sign-ins a second")
	done := make(chan error, 1)
	watching, enough := context.WithCancel(ctx)
	defer enough()
	go func() { done <- s.product.watch(watching, &f.peak) }()
	var both sync.WaitGroup
	both.Go(func() { f.ways = crowd.offer(ctx, ways, floodFor) })
	both.Go(func() { f.pages = crowd.offer(ctx, pages, floodFor) })
	both.Wait()
	enough()
	if err := <-done; err != nil {
		return nil, err
	}
	progress(s.name + ": pages after the sign-ins")
	calm()
	return f, ctx.Err()
}

// watch keeps the most that a process holds, until it is told that this is enough.
func (p process) watch(ctx context.Context, most *memory) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		m, err := p.memory()
		if err != nil {
			return err
		}
		if m.all > most.all {
			*most = m
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// arrivals are requests that come by themselves.
type arrivals struct {
	rate  float64 // a second
	seed  uint64
	write func(b *bytes.Buffer, n int) // the nth request
}

// crowd holds connections that nobody uses at the moment.
type crowd struct {
	address string
	mu      sync.Mutex
	free    []*line
	out     int
}

// offer lets requests come for a while, and waits for the last answer.
func (c *crowd) offer(ctx context.Context, a arrivals, length time.Duration) (o offered) {
	var mu sync.Mutex
	var under sync.WaitGroup
	chance := rand.New(rand.NewPCG(a.seed, a.seed))
	due := time.Now()
	until := due.Add(length)
	for n := 0; ctx.Err() == nil; n++ {
		if due = due.Add(time.Duration(chance.ExpFloat64() / a.rate * float64(time.Second))); due.After(until) {
			break
		}
		time.Sleep(time.Until(due))
		due := due
		under.Go(func() {
			status, back, err := c.one(func(b *bytes.Buffer) { a.write(b, n) })
			wait := time.Since(due)
			mu.Lock()
			defer mu.Unlock()
			o.note(status, back, wait, err)
		})
	}
	under.Wait()
	return o
}

// one sends a request on a free connection or a new one.
func (c *crowd) one(write func(*bytes.Buffer)) (status int, back bool, err error) {
	l, err := c.take()
	if err != nil {
		return 0, false, err
	}
	l.out.Reset()
	write(&l.out)
	if err := l.exchange(); err != nil {
		_ = l.Close()
		c.give(nil)
		return 0, false, err
	}
	again, _ := strconv.Atoi(string(l.res.Header.Peek("Retry-After")))
	status = l.res.StatusCode()
	c.give(l)
	return status, again > 0, nil
}

func (c *crowd) take() (*line, error) {
	c.mu.Lock()
	c.out++
	if n := len(c.free); n > 0 {
		l := c.free[n-1]
		c.free = c.free[:n-1]
		c.mu.Unlock()
		return l, nil
	}
	out := c.out
	c.mu.Unlock()
	if out > floodMost {
		c.give(nil)
		return nil, fmt.Errorf("more than %d requests wait", floodMost)
	}
	l, err := dialLine(c.address)
	if err != nil {
		c.give(nil)
	}
	return l, err
}

func (c *crowd) give(l *line) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out--
	if l != nil {
		c.free = append(c.free, l)
	}
}

func (c *crowd) close() {
	for _, l := range c.free {
		_ = l.Close()
	}
}

func machineLoad() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil || len(text) < 4 {
		return "unknown"
	}
	return string(text[:4])
}

func printFlood(to io.Writer, name string, f *flooded) {
	if f == nil {
		return
	}
	progress("")
	fmt.Fprintf(to, "\n%s: %d sign-ins a second offered for %s, beside %d pages a second; machine's load before %s; ms from when they were due: p50, p99, most\n\n", name, floodRate, floodFor, floodPages, f.load)
	for _, row := range []struct {
		what string
		o    *offered
	}{{"GET /me without them", &f.calm}, {"GET /me beside them", &f.pages}, {"sign-in", &f.ways}} {
		for _, status := range []int{200, 303, 422, 429, 500, 503} {
			if w := row.o.byStatus[status]; len(w) > 0 {
				fmt.Fprintf(to, "%-22s %d  %5d times  %8s %8s %8s\n", row.what, status, len(w), milli(percentile(w, .5)), milli(percentile(w, .99)), milli(percentile(w, 1)))
			}
		}
		if row.o.failed > 0 {
			fmt.Fprintf(to, "%-22s broken off %d times, the last: %v\n", row.what, row.o.failed, row.o.lastError)
		}
	}
	fmt.Fprintf(to, "Resident: before %s (its own %s), at most %s (its own %s)\n", mib(f.idle.all), mib(f.idle.own), mib(f.peak.all), mib(f.peak.own))
}

// floodTargets says what was promised.
func floodTargets(f *flooded, on string, row func(what, found, wanted string, met bool)) {
	calm, beside := percentile(f.calm.byStatus[200], .99), percentile(f.pages.byStatus[200], .99)
	by := float64(beside) / float64(max(calm, 1))
	row("a page beside 200 sign-ins a second, p99"+on, fmt.Sprintf("%.1f × (%s ms)", by, milli(beside)), fmt.Sprintf("< %.0f ×", floodSlower), by < floodSlower && len(f.pages.byStatus) == 1 && f.pages.failed == 0)
	in, no := f.ways.byStatus[303], f.ways.byStatus[503]
	others := f.ways.failed
	for status, w := range f.ways.byStatus {
		if status != 303 && status != 503 {
			others += len(w)
		}
	}
	row("sign-ins neither let in nor told to come back"+on, fmt.Sprintf("%d of %d", others+f.ways.noReturn, len(in)+len(no)+others), "0", others+f.ways.noReturn == 0)
	late, said := percentile(no, .99), "none: the CPU could hash them all"
	if len(no) > 0 {
		said = fmt.Sprintf("%s ms (%d, and %d in)", milli(late), len(no), len(in))
	}
	row("a 503 at once, p99"+on, said, fmt.Sprintf("≤ %s ms", milli(floodNo)), late <= floodNo)
	row("resident at most"+on, mib(f.peak.all), "≤ "+mib(floodResident), f.peak.all <= floodResident)
}
