package staff

import (
	"context"
	"fmt"
	"time"

	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/store"
)

// FreeAddress checks an address that is to become a user's sign-in name, and returns it as it is stored. It returns
// *fault.Invalid on "email", with whose it is or was (S1-28); one that was their own before may be theirs again.
func (s *Staff) FreeAddress(ctx context.Context, u *User, typed string) (string, error) {
	bad := &fault.Invalid{}
	address := email(bad, "email", typed)
	if err := bad.Err(); err != nil {
		return "", err
	}
	if address == u.Email {
		return "", fault.Field1("email", "staff.email-same")
	}
	var o owner
	ok, err := store.One(s.db.In(ctx).Raw(`SELECT u.id, u.email, u.first_name, u.last_name, u.display_name, u.status, a.held_until
		FROM addresses a JOIN users u ON u.id = a.user_id WHERE a.address = ? AND (a.held_until IS NULL OR a.held_until > ?)`, address, s.db.Now()), &o)
	if err != nil {
		return "", fmt.Errorf("address: %w", err)
	}
	if ok && o.ID != u.ID {
		addTaken(bad, &o, address)
	}
	return address, bad.Err()
}

// HoldAddress keeps an address for a user whose change to it waits to be confirmed, until then: so nobody else can be given
// it meanwhile, and the change cannot come to nothing unheard. It returns *fault.Invalid on "email" when somebody else
// has got it.
func (s *Staff) HoldAddress(ctx context.Context, userID, address string, until time.Time) error {
	return s.reserve(ctx, userID, address, &until)
}

// ReleaseHeld gives back the address that is held for a user, whose change to it waits no longer.
func (s *Staff) ReleaseHeld(ctx context.Context, userID string) error {
	now := s.db.Now()
	if _, err := s.db.Exec(ctx, `UPDATE addresses SET held_until = $1 WHERE user_id = $2 AND held_until > $3`, now, userID, now); err != nil {
		return fmt.Errorf("release address: %w", err)
	}
	return nil
}

// reserve makes an address a user's: for ever when until is nil. Its key has the last word when two want it at once.
func (s *Staff) reserve(ctx context.Context, userID, address string, until *time.Time) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		now := s.db.Now()
		var is struct {
			UserID    string
			HeldUntil *time.Time
		}
		known, err := store.One(s.db.In(ctx).Raw(`SELECT user_id, held_until FROM addresses WHERE address = ?`+s.db.ForUpdate(), address), &is)
		switch {
		case err != nil:
		case !known:
			_, err = s.db.Exec(ctx, `INSERT INTO addresses (address, user_id, created_at, held_until) VALUES ($1, $2, $3, $4)`, address, userID, now, until)
		case is.HeldUntil != nil && (is.UserID == userID || !now.Before(*is.HeldUntil)):
			_, err = s.db.Exec(ctx, `UPDATE addresses SET user_id = $1, created_at = $2, held_until = $3 WHERE address = $4`, userID, now, until, address)
		case is.UserID != userID:
			return fault.Field1("email", "staff.email-taken-now")
		case until == nil: // it was theirs before
			_, err = s.db.Exec(ctx, `UPDATE addresses SET released_at = NULL WHERE address = $1`, address)
		}
		if store.Violated(err, "addresses_pkey", "addresses.address") {
			return fault.Field1("email", "staff.email-taken-now")
		}
		if err != nil {
			return fmt.Errorf("reserve address: %w", err)
		}
		return nil
	})
}

// ChangeEmail gives a user another sign-in name, which was proved to be theirs: from now on it counts as verified. The old
// one stays reserved for ever (S1-28, C-4). Who may ask for it, and how it is proved, is signin's. It returns *fault.Invalid
// on "email" when somebody else has got the address meanwhile.
func (s *Staff) ChangeEmail(ctx context.Context, actor audit.Actor, u *User, address string) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		now, old := s.db.Now(), u.Email
		if err := s.reserve(ctx, u.ID, address, nil); err != nil {
			return err
		}
		if _, err := s.db.Exec(ctx, `UPDATE addresses SET released_at = $1 WHERE address = $2`, now, old); err != nil {
			return fmt.Errorf("release address: %w", err)
		}
		u.Email, u.EmailVerifiedAt, u.UpdatedAt = address, &now, now
		u.index()
		_, err := s.db.Exec(ctx, `UPDATE users SET email = $1, email_verified_at = $2, search = $3, generation = generation + 1, updated_at = $4 WHERE id = $5`,
			u.Email, now, u.Search, now, u.ID)
		if store.Violated(err, "users_email", "users.email") {
			return fault.Field1("email", "staff.email-taken-now")
		}
		if err != nil {
			return fmt.Errorf("change address: %w", err)
		}
		err = audit.Record(ctx, s.db, actor, audit.Entry{Action: "user.change-email", Kind: "user", ID: u.ID,
			Changes: []audit.Change{{Field: "email", Before: old, After: address}}})
		if err != nil {
			return err
		}
		return s.changed(ctx, u.ID)
	})
}
