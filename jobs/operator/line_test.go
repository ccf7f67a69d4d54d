package operator_test

import (
	"errors"
	"net/http"
	"sync"
)

// line carries the operator's requests, counts them, and can be cut.
type line struct {
	mu     sync.Mutex
	asked  bool // anything
	wrote  int  // requests that were to write
	late   int  // of which somebody else was first
	cut    bool // nothing gets through
	ending bool // it is cut at a write,
	writes int  // after so many,
	lost   bool // which arrives, and only its answer does not
	before func(*http.Request)
}

var errCut = errors.New("the line is cut")

func (l *line) wrap(to http.RoundTripper) http.RoundTripper {
	return carried(func(r *http.Request) (*http.Response, error) {
		arrives, returns := l.admit(r)
		if !arrives {
			return nil, errCut
		}
		response, err := to.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		if response.StatusCode == http.StatusConflict && r.Method == http.MethodPatch {
			l.late++
		}
		if !returns {
			_ = response.Body.Close()
			return nil, errCut
		}
		return response, nil
	})
}

// admit tells whether a request arrives, and its answer returns.
func (l *line) admit(r *http.Request) (arrives, returns bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = true
	if r.Method == http.MethodGet || l.cut {
		return !l.cut, !l.cut
	}
	l.wrote++
	if l.before != nil {
		l.before(r)
	}
	if l.ending {
		if l.writes--; l.writes < 0 {
			l.cut = true
			return l.lost, false
		}
	}
	return true, true
}

type carried func(*http.Request) (*http.Response, error)

func (c carried) RoundTrip(r *http.Request) (*http.Response, error) { return c(r) }

// written is how many requests were to write something.
func (l *line) written() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.wrote
}

// dialled tells whether anything was asked.
func (l *line) dialled() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.asked
}

// conflicts are the writes that somebody else was before.
func (l *line) conflicts() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.late
}

// dead tells whether nothing gets through.
func (l *line) dead() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cut
}

// sever cuts the line, or joins it.
func (l *line) sever(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut, l.ending = cut, false
}

// after cuts the line at the write after so many; lost: that one arrives still.
func (l *line) after(writes int, lost bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut, l.ending, l.writes, l.lost = false, true, writes, lost
}

// first has somebody else act before each write, until they say that they have done so.
func (l *line) first(act func(*http.Request) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.before = func(r *http.Request) {
		if act(r) {
			l.before = nil
		}
	}
}
