package main

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"
)

// simulated is a time that goes on only while all who work by it wait: then to the moment at which the first of them has waited long enough. Of
// those who wait one is woken at a time.
type simulated struct {
	mu      sync.Mutex
	at      time.Time
	working int
	asleep  []*sleeper
}

type sleeper struct {
	until time.Time
	woken chan struct{}
}

func (c *simulated) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// pass lets time go on while nobody works.
func (c *simulated) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// wait is for those who work; it ends when its time has come, as everybody's does.
func (c *simulated) wait(ctx context.Context, d time.Duration) error {
	s := &sleeper{woken: make(chan struct{})}
	c.mu.Lock()
	s.until = c.at.Add(d)
	at, _ := slices.BinarySearchFunc(c.asleep, s, func(a, b *sleeper) int { // behind those of the same moment
		if a.until.After(b.until) {
			return 1
		}
		return -1
	})
	c.asleep = slices.Insert(c.asleep, at, s)
	c.working--
	c.wake()
	c.mu.Unlock()
	<-s.woken
	return ctx.Err()
}

func (c *simulated) wake() {
	if c.working > 0 || len(c.asleep) == 0 {
		return
	}
	first := c.asleep[0]
	c.asleep = c.asleep[1:]
	if first.until.After(c.at) {
		c.at = first.until
	}
	c.working++
	close(first.woken)
}

// run lets so many work until all have ended.
func (c *simulated) run(workers int, work func(i int) error) error {
	c.mu.Lock()
	c.working += workers
	c.mu.Unlock()
	errs := make([]error, workers)
	var all sync.WaitGroup
	for i := range workers {
		all.Go(func() {
			errs[i] = work(i)
			c.mu.Lock()
			defer c.mu.Unlock()
			c.working--
			c.wake()
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// late answers after a while of the simulated time.
type late struct{ clock *simulated }

func (l late) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if err := l.clock.wait(r.Context(), calendarAnswer); err != nil {
		return nil, errors.Join(err, response.Body.Close())
	}
	return response, nil
}
