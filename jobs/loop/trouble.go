package loop

import "time"

// Trouble is what a loop fails at, since it runs.
type Trouble struct {
	Failing  int       // objects that have failed and are tried again, and the question of what is due
	Since    time.Time // when the first of them failed first; zero: none does
	Failures int64     // in all
	Last     string    // the error of the last failure, as it was logged
	LastAt   time.Time // zero: nothing has failed
	Started  time.Time // zero: it does not run
}

// Trouble is what the loop fails at now. It costs no more than there are objects that fail.
func (l *Loop) Trouble() Trouble {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.trouble
	t.Failing = len(l.failing)
	for _, since := range l.failing {
		if t.Since.IsZero() || since.Before(t.Since) {
			t.Since = since
		}
	}
	return t
}

// failed notes that an object has failed; the empty key is the question of what is due.
func (l *Loop) failed(key string, err error) {
	now := l.clock.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.failing[key]; !known {
		l.failing[key] = now
	}
	l.trouble.Failures++
	l.trouble.Last, l.trouble.LastAt = err.Error(), now
}

// well notes that an object does not fail any more.
func (l *Loop) well(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.failing, key)
}
