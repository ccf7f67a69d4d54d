// Package limit counts how often something was asked for, so that one who asks cannot keep the others waiting. Who asks is a key: a token, or the
// network that an address stands in (Address).
package limit

import (
	"sync"
	"time"
)

// Window is the time over which a limiter counts.
const Window = time.Minute

const countedMost = 10_000

// Limiter counts in windows of a minute, each from the first request in it. It counts for this process: a practice of three
// replicas gives three times as much, which still bounds what one who asks can do.
type Limiter struct {
	most   int
	now    func() time.Time
	mu     sync.Mutex
	counts map[string]*counted
}

type counted struct {
	until time.Time
	n     int
}

// New lets each key ask so many times in a window.
func New(most int, now func() time.Time) *Limiter {
	return &Limiter{most: most, now: now, counts: map[string]*counted{}}
}

// Take counts one; ok tells whether it may go on, left how many may besides, and reset when the window is over.
func (l *Limiter) Take(key string) (ok bool, left int, reset time.Duration) {
	return l.count(key, 1)
}

// Look is Take without counting.
func (l *Limiter) Look(key string) (ok bool, reset time.Duration) {
	ok, _, reset = l.count(key, 0)
	return ok, reset
}

func (l *Limiter) count(key string, n int) (ok bool, left int, reset time.Duration) {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.counts[key]
	if c == nil || !now.Before(c.until) {
		if n == 0 {
			return true, l.most, Window
		}
		l.forget(now)
		c = &counted{until: now.Add(Window)}
		l.counts[key] = c
	}
	if c.n+n > l.most || n == 0 && c.n >= l.most {
		return false, 0, c.until.Sub(now)
	}
	c.n += n
	return true, l.most - c.n, c.until.Sub(now)
}

// forget makes room before there are too many: those that are over go, and of a flood of addresses all.
func (l *Limiter) forget(now time.Time) {
	if len(l.counts) < countedMost {
		return
	}
	for key, c := range l.counts {
		if !now.Before(c.until) {
			delete(l.counts, key)
		}
	}
	if len(l.counts) >= countedMost {
		clear(l.counts)
	}
}
