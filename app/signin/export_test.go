package signin

import (
	"context"

	"chancery/app/staff"
)

// Derive is the function that hashes.
type Derive = func(password, salt []byte, passes, memory uint32, lanes uint8, length uint32) []byte

// WrapDerive puts a test's own function round the one that hashes.
func (s *Signin) WrapDerive(wrap func(Derive) Derive) { s.hasher.derive = wrap(s.hasher.derive) }

// OpenAs asks the gate itself, as a way in that has forgotten to look at the status would.
func (s *Signin) OpenAs(ctx context.Context, status staff.Status, u *staff.User, from Origin) (o Opened, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		o, err = s.open(ctx, held{status: status}, u, way{method: "link"}, from, s.rulesOf(nil))
		return err
	})
	return o, err
}

// OpenBy asks the gate for somebody, as a way in by this method would.
func (s *Signin) OpenBy(ctx context.Context, method string, u *staff.User, from Origin) (o Opened, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		h, err := s.hold(ctx, u.ID)
		if err != nil {
			return err
		}
		o, err = s.open(ctx, h, u, way{method: method}, from, s.rulesOf(nil))
		return err
	})
	return o, err
}

// The room's limits.
const (
	Tries        = triesByDefault
	TriesLocked  = triesLocked
	TriesNetwork = triesNetwork
	SessionsMax  = sessionsMax
)
