package staff

import (
	"context"
	"fmt"

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
	var owner User
	ok, err := store.One(s.db.In(ctx).Raw(`SELECT u.id, u.email, u.first_name, u.last_name, u.display_name, u.status
		FROM addresses a JOIN users u ON u.id = a.user_id WHERE a.address = ?`, address), &owner)
	if err != nil {
		return "", fmt.Errorf("address: %w", err)
	}
	if ok && owner.ID != u.ID {
		addTaken(bad, &owner, address)
	}
	return address, bad.Err()
}

// ChangeEmail gives a user another sign-in name, which was proved to be theirs: from now on it counts as verified. The old
// one stays reserved for ever (S1-28, C-4). Who may ask for it, and how it is proved, is signin's. It returns *fault.Invalid
// on "email" when somebody else has got the address meanwhile.
func (s *Staff) ChangeEmail(ctx context.Context, actor audit.Actor, u *User, address string) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		now, old := s.db.Now(), u.Email
		n, err := s.db.Exec(ctx, `INSERT INTO addresses (address, user_id, created_at) VALUES ($1, $2, $3)
			ON CONFLICT (address) DO UPDATE SET released_at = NULL WHERE addresses.user_id = excluded.user_id`, address, u.ID, now)
		if err != nil {
			return fmt.Errorf("reserve address: %w", err)
		}
		if n == 0 {
			return fault.Field1("email", "staff.email-taken-now")
		}
		if _, err := s.db.Exec(ctx, `UPDATE addresses SET released_at = $1 WHERE address = $2`, now, old); err != nil {
			return fmt.Errorf("release address: %w", err)
		}
		u.Email, u.EmailVerifiedAt, u.UpdatedAt = address, &now, now
		u.index()
		_, err = s.db.Exec(ctx, `UPDATE users SET email = $1, email_verified_at = $2, search = $3, generation = generation + 1, updated_at = $4 WHERE id = $5`,
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
