package staff

import (
	"context"
	"fmt"

	"chancery/app/access"
	"chancery/app/fault"
)

// CellLost hears, within the transaction, that a number which was a way to sign in was replaced or taken away (C-9, S3-13).
type CellLost func(ctx context.Context, actor access.Actor, before, after *User) error

// OnCellLost tells fn of every such change, whoever makes it and wherever: in My Profile, by an administrator, by a file. It
// is called once, when the house is built. That the new number is not verified is the database's doing (a trigger).
func (s *Staff) OnCellLost(fn CellLost) { s.cellLost = fn }

// losingCell is a save by which a verified number goes.
func (s *Staff) losingCell(write func(context.Context) (bool, error), actor access.Actor, before, after *User) func(context.Context) (bool, error) {
	after.CellVerifiedAt = nil
	return func(ctx context.Context) (done bool, err error) {
		err = s.db.Tx(ctx, func(ctx context.Context) error {
			if done, err = write(ctx); err != nil || !done || s.cellLost == nil {
				return err
			}
			return s.cellLost(ctx, actor, before, after)
		})
		return done, err
	}
}

// CellNumber is what somebody has typed as their cell number, as numbers are stored. It returns *fault.Invalid on "cell".
func CellNumber(typed string) (string, error) {
	bad := &fault.Invalid{}
	number := phone(bad, "cell", typed)
	if number == "" {
		bad.Add("cell", "pin.cell-missing")
	}
	if err := bad.Err(); err != nil {
		return "", err
	}
	return number, nil
}

// SeedVerifiedCell takes a number as shown to be its owner's, for a practice that is made up.
func (s *Staff) SeedVerifiedCell(ctx context.Context, id string) error {
	_, err := s.db.Exec(ctx, `UPDATE users SET cell_verified_at = $1 WHERE id = $2 AND cell <> ''`, s.db.Now(), id)
	if err != nil {
		return fmt.Errorf("seed verified number: %w", err)
	}
	return nil
}
