package signin

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"time"

	"chancery/app/store"
)

// A passkey answers to a challenge. Ours carries what it has to be known by: sixteen random bytes, when it was made, and a
// keyed hash of both with what it was made for. So a page can be shown with one and nothing is written for it: whoever
// looks at the door, a stranger's script as well, fills no table. Written is the one that was answered, so that no answer
// counts twice.

// ask is what a challenge is made for.
type ask struct {
	purpose string        // of signin_steps
	bound   string        // to a browser at the door, to a step, to a session
	lasts   time.Duration // how long it is good for
}

// askDoor is for signing in by a passkey alone. The door may stand open in a tab for a while before somebody comes.
func askDoor(browser string) ask { return ask{"passkey", browser, time.Hour} }

func askStep(st *step) ask    { return ask{"sign-in", st.ID, stepLasts} }
func askProof(c *Current) ask { return ask{"proof", c.Session.ID, proofLasts} }
func askEnrol(c *Current) ask { return ask{"enrol", c.Session.ID, proofLasts} }

const (
	challengeRandom = 16
	challengeHead   = challengeRandom + 8
)

func (s *Signin) challenge(a ask) []byte {
	head := make([]byte, challengeHead)
	_, _ = rand.Read(head[:challengeRandom]) // never fails, by its contract
	binary.BigEndian.PutUint64(head[challengeRandom:], uint64(s.db.Now().UnixMicro()))
	return append(head, s.challengeMAC(a, head)...)
}

func (s *Signin) challengeMAC(a ask, head []byte) []byte {
	return s.keyed("passkey challenge", a.purpose, a.bound, string(head))
}

// answeredTo reads the challenge that an answer names, and tells whether it is one of ours, made for this, and of late.
func (s *Signin) answeredTo(a ask, encoded string) (challenge []byte, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil || len(raw) != challengeHead+sha256.Size || a.bound == "" {
		return nil, false
	}
	age := s.db.Now().Sub(time.UnixMicro(int64(binary.BigEndian.Uint64(raw[challengeRandom:challengeHead]))))
	return raw, hmac.Equal(raw[challengeHead:], s.challengeMAC(a, raw[:challengeHead])) && age >= 0 && age < a.lasts
}

// spend notes a challenge as answered, and tells whether it is the first time.
func (s *Signin) spend(ctx context.Context, a ask, userID string, challenge []byte) (first bool, err error) {
	sum := sha256.Sum256(challenge)
	now := s.db.Now()
	n, err := s.db.Exec(ctx, `INSERT INTO signin_steps (id, token_hash, user_id, method, purpose, created_at, expires_at, used_at)
		VALUES ($1, $2, $3, 'passkey', $4, $5, $6, $7) ON CONFLICT (token_hash) DO NOTHING`,
		store.NewID(), fmt.Sprintf("challenge-%x", sum), userID, a.spent(), now, now.Add(a.lasts), now)
	if err != nil {
		return false, fmt.Errorf("spend challenge: %w", err)
	}
	return n == 1, nil
}

// spent is the purpose under which an answered challenge stands: never that of a step that waits.
func (a ask) spent() string {
	if a.purpose == "sign-in" {
		return "passkey"
	}
	return a.purpose
}
