package api

import (
	"strconv"
	"sync"
	"time"
)

// How often one may ask, in a minute. A token's own limit; and that of an address, for tokens that are none.
const (
	perMinute      = 600
	wrongPerMinute = 30
	window         = time.Minute
	countedMost    = 10_000
)

// limiter counts in windows of a minute, each from the first request in it. It counts for this process: a practice of three
// replicas gives three times as much, which still bounds what one token can do.
type limiter struct {
	most   int
	now    func() time.Time
	mu     sync.Mutex
	counts map[string]*counted
}

type counted struct {
	until time.Time
	n     int
}

func newLimiter(most int, now func() time.Time) *limiter {
	return &limiter{most: most, now: now, counts: map[string]*counted{}}
}

// take counts one; ok tells whether it may go on, left how many may besides, and reset when the window is over.
func (l *limiter) take(key string) (ok bool, left int, reset time.Duration) {
	return l.count(key, 1)
}

// look is take without counting.
func (l *limiter) look(key string) (ok bool, reset time.Duration) {
	ok, _, reset = l.count(key, 0)
	return ok, reset
}

func (l *limiter) count(key string, n int) (ok bool, left int, reset time.Duration) {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.counts[key]
	if c == nil || !now.Before(c.until) {
		if n == 0 {
			return true, l.most, window
		}
		l.forget(now)
		c = &counted{until: now.Add(window)}
		l.counts[key] = c
	}
	if c.n+n > l.most || n == 0 && c.n >= l.most {
		return false, 0, c.until.Sub(now)
	}
	c.n += n
	return true, l.most - c.n, c.until.Sub(now)
}

// forget makes room before there are too many: those that are over go, and of a flood of addresses all.
func (l *limiter) forget(now time.Time) {
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

// seconds are whole ones, none too few.
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}
