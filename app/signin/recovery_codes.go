package signin

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"chancery/app/fault"
	"chancery/app/store"
)

// Recovery codes let somebody in whose factor is lost (ASVS 6.4.4): ten, of ten signs each that no one mistakes for
// another, 49 bits. Each works once. They are shown when they are made and never again: here stand keyed hashes.
const (
	codesMade = 10
	codeSigns = "23456789abcdefghjkmnpqrstuvwxyz" // without 0 o 1 i l
	codeHalf  = 5
)

// RenewCodes makes new recovery codes for a person who has a second factor, and ends the old ones. They are to be shown
// once. It wants a proof (fault.ErrProve).
func (s *Signin) RenewCodes(ctx context.Context, c *Current, from Origin) (codes []string, err error) {
	from = from.clean()
	err = s.changeFactors(ctx, c, func(ctx context.Context, h held) error {
		if h.factors == 0 {
			return fault.Refuse("factor.codes-none")
		}
		if codes, err = s.makeCodes(ctx, c.User.ID); err != nil {
			return err
		}
		return s.factorChanged(ctx, c.Actor(from).Actor, &c.User, factorChange{Action: "factor.renew-codes", what: "codes-new"}, from)
	})
	return codes, err
}

// firstCodes makes recovery codes for a person who has none that are unused.
func (s *Signin) firstCodes(ctx context.Context, userID string) ([]string, error) {
	var n int
	err := s.db.Row(ctx, `SELECT count(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL`, userID).Scan(&n)
	if err != nil {
		return nil, fmt.Errorf("count recovery codes: %w", err)
	}
	if n > 0 {
		return nil, nil
	}
	return s.makeCodes(ctx, userID)
}

func (s *Signin) makeCodes(ctx context.Context, userID string) ([]string, error) {
	if err := s.dropCodes(ctx, userID); err != nil {
		return nil, err
	}
	now := s.db.Now()
	codes := make([]string, codesMade)
	for i := range codes {
		codes[i] = newCode()
		_, err := s.db.Exec(ctx, `INSERT INTO recovery_codes (id, user_id, code_hash, created_at) VALUES ($1, $2, $3, $4)`,
			store.NewID(), userID, s.mac("recovery code", userID, plainCode(codes[i])), now)
		if err != nil {
			return nil, fmt.Errorf("make recovery codes: %w", err)
		}
	}
	return codes, nil
}

func (s *Signin) dropCodes(ctx context.Context, userID string) error {
	if _, err := s.db.Exec(ctx, `DELETE FROM recovery_codes WHERE user_id = $1`, userID); err != nil {
		return fmt.Errorf("drop recovery codes: %w", err)
	}
	return nil
}

// newCode is one such as "k7mzp-2xw9d".
func newCode() string {
	b := make([]byte, 0, 2*codeHalf+1)
	one := make([]byte, 1)
	for len(b) < cap(b) {
		if len(b) == codeHalf {
			b = append(b, '-')
			continue
		}
		_, _ = rand.Read(one)
		if i := int(one[0]); i < 256/len(codeSigns)*len(codeSigns) { // no sign more likely than another
			b = append(b, codeSigns[i%len(codeSigns)])
		}
	}
	return string(b)
}

// plainCode is a code as it is compared: however it was typed off a sheet.
func plainCode(code string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(codeSigns, r) {
			return r
		}
		return -1
	}, strings.ToLower(code))
}

// byCode tells whether a recovery code is one of a person's, and uses it up.
func (s *Signin) byCode(ctx context.Context, userID, code string) (bool, error) {
	code = plainCode(code)
	if len(code) != 2*codeHalf {
		return false, nil
	}
	n, err := s.db.Exec(ctx, `UPDATE recovery_codes SET used_at = $1 WHERE user_id = $2 AND code_hash = $3 AND used_at IS NULL
		AND EXISTS (SELECT 1 FROM factors f WHERE f.user_id = recovery_codes.user_id AND f.confirmed_at IS NOT NULL)`, s.db.Now(), userID, s.mac("recovery code", userID, code))
	if err != nil {
		return false, fmt.Errorf("use recovery code: %w", err)
	}
	return n == 1, nil
}
