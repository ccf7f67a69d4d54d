package blob

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"chancery/app/apptest/s3test"
)

// moody is a server that can fall silent, and counts what it was asked.
type moody struct {
	silent             atomic.Bool
	status             atomic.Int32 // of its answers, if not 200
	reads, asked       atomic.Int32
	underWay, mostEver atomic.Int32
}

func (m *moody) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := m.underWay.Add(1)
	defer m.underWay.Add(-1)
	for most := m.mostEver.Load(); n > most && !m.mostEver.CompareAndSwap(most, n); most = m.mostEver.Load() {
	}
	if r.Method == http.MethodHead {
		m.asked.Add(1)
	} else {
		m.reads.Add(1)
	}
	if m.silent.Load() {
		<-r.Context().Done() // until the client goes
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	if status := m.status.Load(); status != 0 {
		w.WriteHeader(int(status))
	}
	_, _ = w.Write([]byte("x"))
}

func openMoody(t *testing.T, l limits) (*moody, Store) {
	t.Helper()
	m := &moody{}
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	s := openWith(t, s3test.URL(strings.TrimPrefix(server.URL, "http://")), s3test.Credentials{AccessKeyID: "k", SecretAccessKey: "s"}, l)
	return m, s
}

func read(t *testing.T, s Store) error {
	t.Helper()
	object, err := s.Get(t.Context(), "a.jpg")
	if err != nil {
		return err
	}
	return object.Body.Close()
}

// One finds out that the server hangs; nobody else waits for it, whatever they want of it.
func TestAHangIsWaitedForOnce(t *testing.T) {
	m, s := openMoody(t, hurried)
	m.silent.Store(true)
	if err := read(t, s); !isUnavailable(err) {
		t.Fatalf("%v, want unavailable", err)
	}
	before := m.reads.Load()
	for range 100 {
		if err := read(t, s); !isUnavailable(err) || !errors.Is(err, errAway) {
			t.Fatalf("%v, want unavailable without having tried", err)
		}
	}
	for verb, err := range map[string]error{
		"put":    s.Put(t.Context(), "a.jpg", []byte("x"), "image/jpeg"),
		"delete": s.Delete(t.Context(), "a.jpg"),
		"list":   s.List(t.Context(), "", func(Info) error { return nil }),
		"ready":  s.Ready(t.Context()),
	} {
		if !isUnavailable(err) || !errors.Is(err, errAway) {
			t.Errorf("%s: %v, want unavailable without having tried", verb, err)
		}
	}
	if n := m.reads.Load() - before; n != 0 {
		t.Errorf("a server that is away got %d requests", n)
	}
}

// It comes back without anybody asking for an object; also when all it says is that we may not ask about the bucket.
func TestAServerThatWasAwayIsFoundAgain(t *testing.T) {
	for name, status := range map[string]int32{"well": 0, "but forbids the question": http.StatusForbidden} {
		t.Run(name, func(t *testing.T) {
			m, s := openMoody(t, hurried)
			m.silent.Store(true)
			if err := read(t, s); !isUnavailable(err) {
				t.Fatalf("%v, want unavailable", err)
			}
			m.status.Store(status)
			m.silent.Store(false)
			eventually(t, "no errAway", func() bool { return !errors.Is(read(t, s), errAway) })
			m.status.Store(0)
			if err := read(t, s); err != nil {
				t.Error(err)
			}
			settled := m.asked.Load()
			if err := read(t, s); err != nil || m.asked.Load() != settled {
				t.Errorf("it is asked on though it answers (%v)", err)
			}
		})
	}
}

// An answer that we do not like is no silence, and neither is a caller who hung up.
func TestOnlySilenceAndIllnessMakeAServerAway(t *testing.T) {
	m, s := openMoody(t, hurried)
	for status, away := range map[int32]bool{http.StatusForbidden: false, http.StatusNotFound: false, http.StatusBadGateway: true} {
		m.status.Store(status)
		if err := read(t, s); !isUnavailable(err) {
			t.Fatalf("%d: %v, want unavailable", status, err)
		}
		if got := errors.Is(read(t, s), errAway); got != away {
			t.Errorf("%d: away %v, want %v", status, got, away)
		}
		m.status.Store(0)
		eventually(t, "it answers", func() bool { return read(t, s) == nil })
	}
	m.silent.Store(true)
	ctx, hangUp := context.WithCancel(t.Context())
	go func() {
		for m.underWay.Load() == 0 {
			time.Sleep(time.Millisecond)
		}
		hangUp()
	}()
	if _, err := s.Get(ctx, "a.jpg"); !errors.Is(err, context.Canceled) || isUnavailable(err) {
		t.Fatalf("%v, want the caller's own end", err)
	}
	m.silent.Store(false)
	if err := read(t, s); err != nil {
		t.Errorf("after a caller hung up: %v", err)
	}
}

// However many want pictures of a server that hangs, few wait at it, and all are told within about one limit.
func TestFewWaitAtAServerThatHangs(t *testing.T) {
	few := hurried
	few.places, few.attempts = 8, 1
	few.response, few.read = 2*time.Second, 2*time.Second
	m, s := openMoody(t, few)
	m.silent.Store(true)
	var all sync.WaitGroup
	began := time.Now()
	for range 400 {
		all.Go(func() {
			if err := read(t, s); !isUnavailable(err) {
				t.Errorf("%v, want unavailable", err)
			}
		})
	}
	all.Wait()
	if took := time.Since(began); took > soon { // one after the other in eights it would be 100 s
		t.Errorf("the last was told after %s", took)
	}
	if most := m.mostEver.Load(); most > 8+1 { // and the question whether it is back
		t.Errorf("%d requests waited at once", most)
	}
}

// A place is given back with the body, once.
func TestABodyHoldsAPlaceUntilItIsClosed(t *testing.T) {
	one := hurried
	one.places = 1
	_, s := openMoody(t, one)
	object, err := s.Get(t.Context(), "a.jpg")
	if err != nil {
		t.Fatal(err)
	}
	if err := read(t, s); !isUnavailable(err) {
		t.Errorf("%v, want no place", err)
	}
	_, _ = object.Body.Close(), object.Body.Close()
	for range 3 {
		if err := read(t, s); err != nil {
			t.Error(err)
		}
	}
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("still not so: %s", what)
		}
	}
}
