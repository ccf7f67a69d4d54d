package signin

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"chancery/app/fault"
)

// OWASP password storage: argon2id with 19 MiB, two passes, one lane.
func TestAStoredHashSaysHowItWasMade(t *testing.T) {
	h := newHasher(1)
	one, err := h.hash(t.Context(), "Lantern-Orchard-27!")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(one, "$argon2id$v=19$m=19456,t=2,p=1$") || len(strings.Split(one, "$")[4]) != 22 || len(strings.Split(one, "$")[5]) != 43 {
		t.Errorf("stored as %s", one)
	}
	two, err := h.hash(t.Context(), "Lantern-Orchard-27!")
	if err != nil || one == two {
		t.Errorf("without salt: %v", err)
	}
	for password, want := range map[string]bool{"Lantern-Orchard-27!": true, "lantern-Orchard-27!": false, "": false} {
		if got, err := h.verify(t.Context(), one, password); got != want || err != nil {
			t.Errorf("%q: %v, %v", password, got, err)
		}
	}
}

// ASVS 6.3.8: there is as much work when there is nothing to verify.
func TestNothingToVerifyCostsAsMuchAndIsNeverRight(t *testing.T) {
	h := newHasher(1)
	type work struct {
		passes, memory uint32
		lanes          uint8
		length         uint32
	}
	var did []work
	h.derive = func(p, s []byte, passes, memory uint32, lanes uint8, n uint32) []byte {
		did = append(did, work{passes, memory, lanes, n})
		return make([]byte, n) // what nobody's hash holds
	}
	real, err := h.hash(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	if right, err := h.verify(t.Context(), "", "x"); right || err != nil {
		t.Errorf("an empty hash is right: %v", err)
	}
	if right, err := h.verify(t.Context(), real, strings.Repeat("a", 4*passwordMax+1)); right || err != nil { // ASVS 6.2.8: not cut
		t.Errorf("an overlong password is right: %v", err)
	}
	for _, w := range did {
		if w != (work{argonPasses, argonMemory, argonLanes, argonKey}) {
			t.Errorf("%+v", w)
		}
	}
	if len(did) != 3 {
		t.Errorf("worked %d times", len(did))
	}
	if _, err := h.verify(t.Context(), "$2y$10$abc", "x"); err == nil {
		t.Error("a hash of another kind is taken")
	}
}

// No flood exhausts memory: never more at once than there are slots, a queue of a bounded length, and beyond it an
// answer at once. Whoever leaves makes room.
func TestHashingIsBounded(t *testing.T) {
	const slots = 3
	h := newHasher(slots)
	var now, most, done atomic.Int64
	begun, release := make(chan struct{}, slots+waitingAtMax), make(chan struct{})
	h.derive = func(_, _ []byte, _, _ uint32, _ uint8, n uint32) []byte {
		if k := now.Add(1); k > most.Load() {
			most.Store(k)
		}
		begun <- struct{}{}
		<-release
		now.Add(-1)
		done.Add(1)
		return make([]byte, n)
	}
	leave, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range slots {
		wg.Go(func() { _, _ = h.hash(t.Context(), "x") })
	}
	for range slots {
		<-begun
	}
	gone := make(chan error, 1)
	go func() {
		_, err := h.hash(leave, "x")
		gone <- err
	}()
	queue := func(n int) { // until so many wait, unless more than may be are at work
		for len(h.inside) < n && now.Load() <= slots {
			runtime.Gosched()
		}
	}
	queue(1)
	for range waitingAtMax - 1 {
		wg.Go(func() { _, _ = h.hash(t.Context(), "x") })
	}
	queue(waitingAtMax)
	if most.Load() != slots {
		t.Fatalf("%d at once", most.Load())
	}
	var busy *fault.Unavailable
	if _, err := h.verify(t.Context(), "", "x"); !errors.As(err, &busy) || busy.Message.Key != "signin.busy" || busy.After < time.Second {
		t.Errorf("the 257th waits: %v", err)
	}
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	if n := len(h.inside); n != waitingAtMax-1 {
		t.Errorf("%d wait", n)
	}
	close(release)
	wg.Wait()
	if most.Load() != slots || done.Load() != slots+waitingAtMax-1 {
		t.Errorf("%d at once, %d in all", most.Load(), done.Load())
	}
}

// ASVS 6.1.1, issue "ways in", load: at the door there is a queue of two seconds and no longer; beyond it the answer is no at
// once. Who is in has a queue of their own, which strangers do not fill.
func TestTheDoorSaysAtOnceThatThereIsNoTurn(t *testing.T) {
	h := newHasher(2)
	release := make(chan struct{})
	h.derive = func(_, _ []byte, _, _ uint32, _ uint8, n uint32) []byte {
		<-release
		return make([]byte, n)
	}
	h.took.Store(int64(time.Second)) // so that four of them are two seconds' work
	var wg sync.WaitGroup
	come := func() { wg.Go(func() { _, _ = h.verifyAtDoor(t.Context(), "", "x") }) }
	for range 2 {
		come()
	}
	for len(h.slots) < 2 {
		runtime.Gosched()
	}
	for range 4 {
		come()
	}
	for len(h.door) < 4 {
		runtime.Gosched()
	}
	var busy *fault.Unavailable
	if err := h.admits(); !errors.As(err, &busy) || busy.After < patience {
		t.Errorf("a fifth may join: %v", err)
	}
	began := time.Now()
	if _, err := h.verifyAtDoor(t.Context(), "", "x"); !errors.As(err, &busy) || time.Since(began) > waitingFor/2 {
		t.Errorf("a fifth has waited %v: %v", time.Since(began), err)
	}
	wg.Go(func() {
		if _, err := h.verify(t.Context(), "", "x"); err != nil {
			t.Errorf("who is in has no turn: %v", err)
		}
	})
	for len(h.inside) < 1 {
		runtime.Gosched()
	}
	close(release)
	wg.Wait()
	if err := h.admits(); err != nil {
		t.Errorf("nobody waits any more: %v", err)
	}
}

// A machine that stood still for long does not keep the door shut: the next hashes tell that it goes on.
func TestAStandstillDoesNotShutTheDoor(t *testing.T) {
	h := newHasher(1)
	h.took.Store(int64(time.Hour))
	h.derive = func(_, _ []byte, _, _ uint32, _ uint8, n uint32) []byte { return make([]byte, n) }
	for range 100 {
		if _, err := h.verifyAtDoor(t.Context(), "", "x"); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Duration(h.took.Load()); took > time.Second {
		t.Errorf("after a hundred hashes it still expects one to take %v", took)
	}
}

// One core of those there are stays free for pages; where there is one, it is shared.
func TestOneCoreStaysForPages(t *testing.T) {
	for cores, want := range map[int]int{1: 1, 2: 1, 4: 3, 16: 15} {
		if got := hashersFor(cores); got != want {
			t.Errorf("%d cores: %d", cores, got)
		}
	}
}

// What a hash costs here, for the figures of the package comment:
// go test ./app/signin -run '^$' -bench Hash
func BenchmarkHash(b *testing.B) {
	for b.Loop() {
		argon2.IDKey([]byte("Lantern-Orchard-27!"), make([]byte, argonSalt), argonPasses, argonMemory, argonLanes, argonKey)
	}
}
