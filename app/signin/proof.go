package signin

import (
	"context"
	"fmt"

	"chancery/app/fault"
)

// Proof is how a person shows once more who they are, in a session whose last proof is a while old (ASVS 7.5.1). One way
// of those they have is enough.
type Proof struct {
	Password string
}

// Confirm takes a fresh proof; where the last one is fresh it asks for none. It returns the
// session's new secret (ASVS 7.2.4), or "" where nothing was asked, or *fault.Invalid on "password", or ErrEnded after
// one wrong password too many (check).
func (s *Signin) Confirm(ctx context.Context, c *Current, proof Proof, from Origin) (token string, err error) {
	if s.Fresh(c) {
		return "", nil
	}
	if proof.Password == "" {
		return "", fault.Field1("password", "password.confirm-missing")
	}
	if _, err := s.check(ctx, c, "password", proof.Password, from); err != nil {
		return "", err
	}
	now := s.db.Now()
	token, hash := newToken()
	renewed := s.db.In(ctx).Exec(`UPDATE sessions SET token_hash = ?, proven_at = ? WHERE id = ? AND ended_at IS NULL`, hash, now, c.Session.ID)
	if renewed.Error != nil {
		return "", fmt.Errorf("note proof: %w", renewed.Error)
	}
	if renewed.RowsAffected == 0 {
		return "", fault.ErrNotFound // it was ended while the password was checked
	}
	c.Session.ProvenAt = now
	return token, nil
}
