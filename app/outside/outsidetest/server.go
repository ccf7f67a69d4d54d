// Package outsidetest stands in for Google and Microsoft: servers on the loopback that speak their real wire protocol and hold a client to
// it, since neither can be had in a test. The authorization page has buttons, for a browser; Consent presses them for a test.
// Contract says what every keeper of calendars must do, a CalDAV server included.
//
// They refuse what the real ones refuse: a code twice, another verifier, a token that has ended, a scope that was not given, a write
// over another version, a cursor that is forgotten, too many requests. And they fail as real ones fail, when a test asks them to: Fail.
package outsidetest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"
)

// Options say what a stand-in is started with; the zero value will do.
type Options struct {
	Now       func() time.Time // nil for time.Now
	Redirects []string         // where codes may be sent; none for any address on the loopback
}

// The practice as the stand-ins know it.
const (
	ClientID     = "chancery.apps.example"
	ClientSecret = "a secret between the practice and the keeper" //nolint:gosec // it opens nothing but these servers
)

// Event is what somebody sees who opens the calendar at the keeper.
type Event struct {
	UID, Ref     string
	Title, Place string
	Notes        string // as the keeper has them, with its markup
	Link         string
	StartsAt     time.Time
	EndsAt       time.Time
	Zone         string
}

// Request is one that came in.
type Request struct {
	Name    string // as the keeper's reference calls it: events.list
	Account string // whose token it bore, "" for none
	Status  int
	At      time.Time
}

// Fault is a failure on order.
type Fault struct {
	On         string // the request's name, "" for any
	Times      int    // how often; 0 is once
	Status     int    // what is answered instead; 0 when only the answer is lost
	Reason     string // the keeper's code
	RetryAfter string // the header as it is sent
	Cut        bool   // the request is carried out, and the connection breaks before the answer
}

// server is what the two have in common.
type server struct {
	URL   string
	http  *httptest.Server
	now   func() time.Time
	style style
	limit limits

	mu       sync.Mutex
	oauth    oauth
	people   map[string]*person
	faults   []*Fault
	requests []Request
	busy     map[string]int // requests under way, by account
	serial   int
	forgets  int // how often the cursors were forgotten
	hold     *hold
}

// hold keeps requests of a name under way until they are let go.
type hold struct {
	on      string
	arrived sync.WaitGroup
	let     chan struct{}
}

// style is what differs between the two in what they share.
type style struct {
	scopes  []string // what is asked for must be among them
	scope   string   // without which the calendar cannot be reached
	rotates bool     // a new refresh token comes with each access token
	fail    func(w http.ResponseWriter, status int, reason string)
}

// limits are what a keeper publishes; 0 is none.
type limits struct {
	window     time.Duration
	all, each  int // requests in a window: of the practice, of one account
	concurrent int // requests under way for one account
	status     int
	reason     string
}

// person is somebody with an account there.
type person struct {
	calendars map[string]*folder
}

func newServer(o Options, s style, l limits) *server {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &server{
		now: o.Now, style: s, limit: l, people: map[string]*person{}, busy: map[string]int{},
		oauth: oauth{redirects: o.Redirects, asked: map[string]*asked{}, codes: map[string]*code{}, grants: map[string]*grant{}, tokens: map[string]*token{}},
	}
}

func (s *server) start(handler http.Handler) {
	s.http = httptest.NewServer(handler)
	s.URL = s.http.URL
}

// Close stops the server.
func (s *server) Close() {
	s.http.CloseClientConnections()
	s.http.Close()
}

// Fail orders a failure.
func (s *server) Fail(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.Times = max(1, f.Times)
	s.faults = append(s.faults, &f)
}

// Requests are those that came in since the last call of Forget.
func (s *server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Count is how many came in by a name; "" counts all.
func (s *server) Count(name string) int {
	n := 0
	for _, r := range s.Requests() {
		if name == "" || r.Name == name {
			n++
		}
	}
	return n
}

// Forget begins to count anew.
func (s *server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}

// LoseCursors makes every cursor unknown, as they become when they are old.
func (s *server) LoseCursors() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forgets++
}

// named is a route: it is counted, held to the limits and failed on order.
func (s *server) named(name string, handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		account := s.bearer(r)
		fault, over := s.arrive(name, account)
		defer s.leave(account)
		s.wait(name, over)
		kept := httptest.NewRecorder()
		switch {
		case over != "":
			s.style.fail(kept, s.limit.status, over)
			kept.Header().Set("Retry-After", "30")
		case fault != nil && fault.Status != 0:
			if fault.RetryAfter != "" {
				kept.Header().Set("Retry-After", fault.RetryAfter)
			}
			s.style.fail(kept, fault.Status, fault.Reason)
		default:
			handle(kept, r)
		}
		s.mu.Lock()
		s.requests = append(s.requests, Request{Name: name, Account: account, Status: kept.Code, At: s.now()})
		s.mu.Unlock()
		if fault != nil && fault.Cut {
			if connection, _, err := w.(http.Hijacker).Hijack(); err == nil {
				_ = connection.Close()
			}
			return
		}
		for key, values := range kept.Header() {
			w.Header()[key] = values
		}
		w.WriteHeader(kept.Code)
		_, _ = w.Write(kept.Body.Bytes())
	}
}

// arrive finds the fault that is due and whether the request is one too many.
func (s *server) arrive(name, account string) (due *Fault, over string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy[account]++
	if account != "" && s.tooMany(account) {
		return nil, s.limit.reason
	}
	for _, f := range s.faults {
		if f.Times > 0 && (f.On == "" || f.On == name) {
			f.Times--
			return f, ""
		}
	}
	return nil, ""
}

func (s *server) tooMany(account string) bool {
	if s.limit.concurrent > 0 && s.busy[account] > s.limit.concurrent {
		return true
	}
	since := s.now().Add(-s.limit.window)
	all, each := 0, 0
	for i := len(s.requests) - 1; i >= 0 && s.requests[i].At.After(since); i-- {
		if s.requests[i].Account == "" {
			continue
		}
		all++
		if s.requests[i].Account == account {
			each++
		}
	}
	return s.limit.all > 0 && all >= s.limit.all || s.limit.each > 0 && each >= s.limit.each
}

func (s *server) leave(account string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy[account]--
}

// Hold keeps the next requests of a name under way; Held waits until so many have come, Let lets them go.
func (s *server) Hold(name string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hold = &hold{on: name, let: make(chan struct{})}
	s.hold.arrived.Add(n)
}

// Held waits until the requests to be held have come.
func (s *server) Held() { s.hold.arrived.Wait() }

// Let lets them go.
func (s *server) Let() { close(s.hold.let) }

func (s *server) wait(name, over string) {
	s.mu.Lock()
	held := s.hold
	s.mu.Unlock()
	if held != nil && held.on == name && over == "" {
		select {
		case <-held.let:
		default:
			held.arrived.Done()
			<-held.let
		}
	}
}

// mine runs a handler for whoever's token came, if it reaches the calendar.
func (s *server) mine(name string, handle func(w http.ResponseWriter, r *http.Request, p *person)) http.HandlerFunc {
	return s.named(name, func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		account, reaches := s.holder(r)
		switch {
		case account == "":
			s.style.fail(w, http.StatusUnauthorized, "authError")
		case !reaches:
			s.style.fail(w, http.StatusForbidden, "insufficientPermissions")
		default:
			handle(w, r, s.person(account))
		}
	})
}

func (s *server) person(account string) *person {
	if s.people[account] == nil {
		s.people[account] = &person{calendars: map[string]*folder{}}
	}
	return s.people[account]
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
