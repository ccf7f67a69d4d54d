package signin

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"

	"chancery/app/fault"
)

// Parameters of argon2id (OWASP password storage: m=19 MiB, t=2, p=1). They are written into each hash, so a hash made
// with others still verifies.
const (
	argonMemory  = 19 * 1024 // KiB
	argonPasses  = 2
	argonLanes   = 1
	argonKey     = 32
	argonSalt    = 16
	waitingFor   = 8 * time.Second // how long anybody waits for their turn
	waitingAtMax = 256             // how many wait at most, of either kind
	patience     = 2 * time.Second // at the door nobody joins a queue that is longer
	guessedTook  = 50 * time.Millisecond
)

// hasher bounds how many passwords are hashed at once; each takes 19 MiB and all of a core.
//
// Who stands at the door is let into the queue only while their turn will come soon, as far as the hashes before tell, and is
// told at once otherwise. Who is in, or has a link, has places of their own, which strangers cannot take: so nobody is kept
// from changing their password by a flood of sign-ins.
type hasher struct {
	slots  chan struct{}
	door   chan struct{} // places to wait in
	inside chan struct{}
	took   atomic.Int64                                                                          // by a hash of late, in ns: a mean in which the last one counts an eighth
	derive func(password, salt []byte, passes, memory uint32, lanes uint8, length uint32) []byte // tests count its calls
}

func newHasher(n int) *hasher {
	h := &hasher{slots: make(chan struct{}, n), door: make(chan struct{}, waitingAtMax), inside: make(chan struct{}, waitingAtMax), derive: argon2.IDKey}
	h.took.Store(int64(guessedTook))
	return h
}

// hashersFor is how many passwords are hashed at once on so many cores: all but one core's, which stays free for the pages
// of those who are in. A hash is not interrupted for a page but every ten milliseconds, by Go's scheduler.
func hashersFor(cores int) int { return max(1, cores-1) }

// errBusy is for whom there is no turn soon.
func errBusy() error {
	return &fault.Unavailable{After: patience + time.Second, Message: fault.M("signin.busy"), Cause: errors.New("more passwords to hash than cores can")}
}

// admits refuses, before any other work, who would not get a turn at the door soon. Whom nobody stands before is let in
// whatever hashes took of late: a machine that stood still for a minute learns by them that it goes on.
func (h *hasher) admits() error {
	n := len(h.door)
	if n >= waitingAtMax || n > 0 && time.Duration(h.took.Load())*time.Duration(n+1)/time.Duration(cap(h.slots)) > patience {
		return errBusy()
	}
	return nil
}

// turn waits for a slot, in one of the two queues. It returns *fault.Unavailable when too many wait, or the wait grows too
// long; a context that ends leaves the queue.
func (h *hasher) turn(ctx context.Context, queue chan struct{}) (release func(), err error) {
	if queue == h.door {
		if err := h.admits(); err != nil {
			return nil, err
		}
	}
	select {
	case queue <- struct{}{}:
		defer func() { <-queue }()
	default:
		return nil, errBusy()
	}
	timer := time.NewTimer(waitingFor)
	defer timer.Stop()
	select {
	case h.slots <- struct{}{}:
		began := time.Now() //nolint:forbidigo // what work takes is measured; no rule goes by it
		return func() {
			took := time.Since(began)                     //nolint:forbidigo // as above
			h.took.Add((int64(took) - h.took.Load()) / 8) // of two at once one may be lost, which is no matter
			<-h.slots
		}, nil
	case <-timer.C:
		return nil, errBusy()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// hash makes the PHC string of a password.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	release, err := h.turn(ctx, h.inside)
	if err != nil {
		return "", err
	}
	defer release()
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt)
	key := h.derive([]byte(password), salt, argonPasses, argonMemory, argonLanes, argonKey)
	enc := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonPasses, argonLanes, enc(salt), enc(key)), nil
}

// nobody is hashed against when there is no such user or no password yet, so that the answer takes as long.
const nobody = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// verify tells whether a password is the one of a PHC string. An empty string takes as long and is never right.
func (h *hasher) verify(ctx context.Context, phc, password string) (bool, error) {
	return h.verifyIn(ctx, h.inside, phc, password)
}

// verifyAtDoor is verify for who is not in yet.
func (h *hasher) verifyAtDoor(ctx context.Context, phc, password string) (bool, error) {
	return h.verifyIn(ctx, h.door, phc, password)
}

func (h *hasher) verifyIn(ctx context.Context, queue chan struct{}, phc, password string) (bool, error) {
	release, err := h.turn(ctx, queue)
	if err != nil {
		return false, err
	}
	defer release()
	real := phc != "" && len(password) <= 4*passwordMax // no stored password is longer, in bytes
	if !real {
		phc, password = nobody, ""
	}
	var version, memory, passes, lanes int
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, errors.New("stored password hash is not argon2id")
	}
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &passes, &lanes); err != nil {
		return false, fmt.Errorf("stored password hash: %w", err)
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err := errors.Join(err1, err2); err != nil {
		return false, fmt.Errorf("stored password hash: %w", err)
	}
	got := h.derive([]byte(password), salt, uint32(passes), uint32(memory), uint8(lanes), uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1 && real, nil
}
