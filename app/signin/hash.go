package signin

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
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
	waitingFor   = 8 * time.Second // how long a sign-in waits for its turn
	waitingAtMax = 256             // how many wait at most
)

// hasher bounds how many passwords are hashed at once; each takes 19 MiB.
type hasher struct {
	slots   chan struct{}
	waiting chan struct{}
	derive  func(password, salt []byte, passes, memory uint32, lanes uint8, length uint32) []byte // tests count its calls
}

func newHasher(n int) *hasher {
	return &hasher{slots: make(chan struct{}, n), waiting: make(chan struct{}, waitingAtMax), derive: argon2.IDKey}
}

// turn waits for a slot. It returns *fault.TooMany when too many wait, or the wait grows too long; a context that ends
// leaves the queue.
func (h *hasher) turn(ctx context.Context) (release func(), err error) {
	busy := &fault.TooMany{After: 5 * time.Second, Message: fault.M("signin.busy")}
	select {
	case h.waiting <- struct{}{}:
		defer func() { <-h.waiting }()
	default:
		return nil, busy
	}
	timer := time.NewTimer(waitingFor)
	defer timer.Stop()
	select {
	case h.slots <- struct{}{}:
		return func() { <-h.slots }, nil
	case <-timer.C:
		return nil, busy
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// hash makes the PHC string of a password.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	release, err := h.turn(ctx)
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
	release, err := h.turn(ctx)
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
