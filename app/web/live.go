package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"math/big"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"chancery/app/fault"
	"chancery/app/signin"
)

// Open pages hear of what concerns their reader: one stream a page (events.go), for all that lives on it.
//
// The change feed gives keys, on whichever replica something was changed, and never says what happened. A key marks the
// streams that it concerns with what has to be looked at, and a marked stream asks the session, the rights and the database anew
// and tells what is different from what it told before. So a stream that is slow misses nothing and piles nothing up: what it still
// has to look at are three bits. And nothing is told by what was known when the page was opened: whoever has lost a
// right, a case or the session since is told nothing of it.
//
// A stream costs its connection, a goroutine that waits for the reader's end of it, and the few words below, since the request
// that began it is given back to the server (KeepHijackedConns): 2,000 of them are to be cheap. Another goroutine
// lives only while there is something to tell. Measured with 2,000 pages on two cores, SQLite and Postgres (make bench ARGS="-live"): 9.7 and
// 8.0 kB resident a page, and from a client's message to the pages of its case 3.7 and 8.0 ms in the middle, 11.0 and 17.5 ms at p99.

// Feed says what has changed, here and on other replicas, by keys such as "unread/USER" and "case/ID". fn must not block.
// An empty key means that some may have been missed. (store.DB.)
type Feed interface {
	Listen(prefix string, fn func(key string)) (cancel func())
}

// What a stream may have to look at.
const (
	dueCounts = 1 << iota // session, rights, and what is unread
	dueCase               // the case that its page shows
	dueBeat               // nothing, but to say that it is there
	dueEnd                // the server is about to stop
	dueAll    = dueCounts | dueCase
)

const (
	beatEvery = 20 * time.Second // shorter than proxies' patience; and how soon an end that nobody announced is noticed
	writeTime = 10 * time.Second // after which a reader who takes nothing has gone
	liveMost  = 40               // streams of one person: hidden pages have none (live.js)
	liveTurns = 4                // how many streams ask the database at once: pages come first
	endTime   = time.Second      // within which streams say goodbye when the server stops
)

// live are the open pages of this process.
type live struct {
	w       *Web
	turns   chan struct{}
	stop    chan struct{}
	mu      sync.Mutex
	users   map[string][]*stream
	cases   map[string][]*stream
	open    int
	closing bool
	cancel  func() // of the feed
}

// stream is one open page.
type stream struct {
	conn    net.Conn
	chunked bool // as all but the oldest proxies want it
	user    string
	session string
	sees    sight
	told    counts // what the page has been told
	owed    int    // what could not be looked at
	behind  bool   // there are more messages than fit into one telling
	gone    bool   // the case of its page is not seen any more
	begun   bool   // it has been told how things stand
	beatAt  time.Time

	mu      sync.Mutex
	due     int
	telling bool
	closed  bool
}

func newLive(w *Web) *live {
	l := &live{w: w, turns: make(chan struct{}, liveTurns), stop: make(chan struct{}), users: map[string][]*stream{}, cases: map[string][]*stream{}}
	if w.Feed != nil {
		l.cancel = w.Feed.Listen("", l.hear)
	}
	if w.Until != nil {
		context.AfterFunc(w.Until, l.end)
	}
	go l.beat()
	return l
}

// full tells whether a person has as many streams as one may.
func (l *live) full(user string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closing || len(l.users[user]) >= liveMost
}

// add begins a stream: whatever changes from now on marks it, and everything is looked at once.
func (l *live) add(s *stream) {
	l.mu.Lock()
	if l.closing {
		l.mu.Unlock()
		_ = s.conn.Close()
		return
	}
	l.users[s.user] = append(l.users[s.user], s)
	if s.sees.caseID != "" {
		l.cases[s.sees.caseID] = append(l.cases[s.sees.caseID], s)
	}
	l.open++
	first, _ := rand.Int(rand.Reader, big.NewInt(int64(beatEvery))) // pages that came at once do not beat at once
	s.beatAt = time.Now().Add(time.Duration(first.Int64()))
	l.mu.Unlock()
	l.w.metrics.streams.Inc()
	go func() {
		// The reader says nothing; what comes from there is its end, or nothing of ours.
		_, _ = io.ReadFull(s.conn, make([]byte, 1))
		l.drop(s)
	}()
	l.mark(s, dueAll)
}

// drop ends a stream.
func (l *live) drop(s *stream) {
	s.mu.Lock()
	was := s.closed
	s.closed = true
	s.mu.Unlock()
	if was {
		return
	}
	_ = s.conn.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	forget(l.users, s.user, s)
	forget(l.cases, s.sees.caseID, s)
	l.open--
	l.w.metrics.streams.Dec()
}

func forget(all map[string][]*stream, key string, s *stream) {
	left := slices.DeleteFunc(all[key], func(o *stream) bool { return o == s })
	if len(left) == 0 {
		delete(all, key)
		return
	}
	all[key] = left
}

// end ends all streams, and lets no new one begin: the server is about to stop, and another one takes the readers.
func (l *live) end() {
	l.mu.Lock()
	first := !l.closing
	l.closing = true
	all := l.all()
	l.mu.Unlock()
	if !first {
		return
	}
	close(l.stop)
	if l.cancel != nil {
		l.cancel()
	}
	for _, s := range all {
		l.mark(s, dueEnd)
	}
	time.AfterFunc(endTime, func() {
		for _, s := range all {
			l.drop(s)
		}
	})
}

// all are the streams of everybody, with the lock held.
func (l *live) all() (all []*stream) {
	for _, some := range l.users {
		all = append(all, some...)
	}
	return all
}

// hear takes a key of the change feed, and marks whom it concerns.
func (l *live) hear(key string) {
	kind, id, _ := strings.Cut(key, "/")
	var some []*stream
	due := dueCounts
	l.mu.Lock()
	switch kind {
	case "unread", "bulletins", "sessions":
		some = slices.Clone(l.users[id])
	case "case":
		some, due = slices.Clone(l.cases[id]), dueCase
		if id == "" { // of so many that none is named
			for _, of := range l.cases {
				some = append(some, of...)
			}
		}
	case "":
		some, due = l.all(), dueAll
	}
	l.mu.Unlock()
	for _, s := range some {
		l.mark(s, due)
	}
}

// beat lets each stream say from time to time that it is there, by which both sides notice an end that nobody announced:
// a session that was idle for too long, a right that was taken, a line that was cut.
func (l *live) beat() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-l.stop:
			return
		case now := <-tick.C:
			var some []*stream
			l.mu.Lock()
			for _, all := range l.users {
				for _, s := range all {
					if now.After(s.beatAt) {
						s.beatAt = now.Add(beatEvery)
						some = append(some, s)
					}
				}
			}
			l.mu.Unlock()
			for _, s := range some {
				l.mark(s, dueBeat)
			}
		}
	}
}

// mark notes what a stream has to look at, and has it look unless it does so already.
func (l *live) mark(s *stream, due int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.due |= due
	if s.telling || s.closed {
		return
	}
	s.telling = true
	go l.tell(s)
}

// take is what a stream has to look at now; 0 ends its telling.
func (s *stream) take() (due int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	due, s.due = s.due, 0
	if due == 0 || s.closed {
		s.telling = false
		return 0
	}
	return due
}

// tell looks and tells until there is nothing more.
func (l *live) tell(s *stream) {
	for due := s.take(); due != 0; due = s.take() {
		if due&dueEnd != 0 {
			s.finish("")
			l.drop(s)
			return
		}
		l.turns <- struct{}{}
		ctx, cancel := context.WithTimeout(context.Background(), deadline)
		text, err := l.say(ctx, s, due)
		cancel()
		<-l.turns
		if err != nil { // the database is away: all is looked at again with the next beat
			l.w.Log.Warn("a stream could not ask", "error", plain(err))
			s.owed |= due
			text = []byte(": \n\n")
		}
		if text == nil {
			l.drop(s)
			return
		}
		if s.write(text) != nil {
			l.drop(s)
			return
		}
	}
}

// say is what a stream has to tell its page; nil for nothing ever more.
func (l *live) say(ctx context.Context, s *stream, due int) ([]byte, error) {
	due |= s.owed
	cur, err := l.w.Signin.Watch(ctx, s.session)
	if err != nil {
		return nil, err
	}
	if cur == nil || cur.MustChange || cur.MustEnrol {
		s.finish("event: ended\ndata: \n\n")
		return nil, nil
	}
	var out bytes.Buffer
	changed := ""
	l.w.tellCounts(&out, s, cur)
	if s.sees.caseID != "" && !s.gone && (due&dueCase != 0 || s.behind) {
		err := l.w.tellCase(ctx, &out, s, cur.Actor(signin.Origin{}))
		var forbidden *fault.Forbidden
		switch {
		case errors.Is(err, fault.ErrNotFound), errors.As(err, &forbidden):
			s.gone = true // of a case that the reader does not see any more nothing is told, now and later
		case err != nil:
			return nil, err
		case due&dueCase != 0 && s.begun:
			changed = "event: case\ndata: \n\n"
		}
	}
	s.begun = true
	if s.owed = 0; s.behind {
		l.mark(s, dueCase)
	}
	switch {
	case out.Len() > 0:
		return append(event(out.Bytes(), s.sees.id()), changed...), nil
	case changed == "" && due&dueBeat != 0:
		return []byte(": \n\n"), nil
	}
	return []byte(changed), nil
}

// event is a message of a stream. Whatever ends a line there ends it here, so that nothing within can begin a line of its
// own.
func event(data []byte, id string) []byte {
	var out bytes.Buffer
	if id != "" {
		out.WriteString("id: " + id + "\n")
	}
	data = bytes.ReplaceAll(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	for line := range bytes.SplitSeq(data, []byte("\n")) {
		out.WriteString("data: ")
		out.Write(line)
		out.WriteByte('\n')
	}
	out.WriteByte('\n')
	return out.Bytes()
}

// finish says something last, and that it was the last: of a stream that breaks off, browsers drop what they have not read yet.
func (s *stream) finish(text string) {
	if s.write([]byte(text)) == nil && s.chunked {
		_, _ = s.conn.Write([]byte("0\r\n\r\n"))
	}
}

// write sends a part of the stream. Only who tells writes.
func (s *stream) write(text []byte) error {
	if len(text) == 0 {
		return nil
	}
	if s.chunked {
		framed := make([]byte, 0, len(text)+16)
		framed = append(strconv.AppendInt(framed, int64(len(text)), 16), "\r\n"...)
		text = append(append(framed, text...), "\r\n"...)
	}
	if err := s.conn.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return err
	}
	_, err := s.conn.Write(text)
	return err
}
