package lease

import (
	"context"
	"fmt"
	"time"

	"chancery/app/store"
)

// row is the lease as the database has it: leases(name, holder, term, expires_at). Each step is one statement, so that
// the database decides between two who want the same at once.
type row struct {
	db           *store.DB
	name, holder string
}

// take makes the lease ours, under a new term, if it is free or has expired by now.
func (r row) take(ctx context.Context, now time.Time, ttl time.Duration) (term int64, ok bool, err error) {
	ok, err = store.One(r.db.In(ctx).Raw(`
		INSERT INTO leases (name, holder, term, expires_at) VALUES (?, ?, 1, ?)
		ON CONFLICT (name) DO UPDATE
		SET holder = excluded.holder, term = leases.term + 1, expires_at = excluded.expires_at
		WHERE leases.expires_at <= ?
		RETURNING term`, r.name, r.holder, stored(now.Add(ttl)), stored(now)), &term)
	if err != nil {
		return 0, false, fmt.Errorf("take lease: %w", err)
	}
	return term, ok, nil
}

// renew moves the expiry of our term; false when it is no longer ours or has expired, even if nobody has taken it since.
func (r row) renew(ctx context.Context, term int64, now time.Time, ttl time.Duration) (ours bool, err error) {
	q := r.db.In(ctx).Exec(`UPDATE leases SET expires_at = ? WHERE name = ? AND holder = ? AND term = ? AND expires_at > ?`,
		stored(now.Add(ttl)), r.name, r.holder, term, stored(now))
	if q.Error != nil {
		return false, fmt.Errorf("renew lease: %w", q.Error)
	}
	return q.RowsAffected == 1, nil
}

// release ends our term at once and tells those who wait. Releasing what is no longer ours does nothing.
func (r row) release(ctx context.Context, term int64, now time.Time) error {
	err := r.db.Tx(ctx, func(ctx context.Context) error {
		q := r.db.In(ctx).Exec(`UPDATE leases SET expires_at = ? WHERE name = ? AND holder = ? AND term = ? AND expires_at > ?`,
			time.Unix(0, 0).UTC(), r.name, r.holder, term, stored(now))
		if q.Error != nil || q.RowsAffected == 0 {
			return q.Error
		}
		return r.db.Changed(ctx, r.key())
	})
	if err != nil {
		return fmt.Errorf("release lease: %w", err)
	}
	return nil
}

// onRelease calls fn, which must not block, whenever someone may have given the lease back.
func (r row) onRelease(fn func()) (cancel func()) {
	return r.db.Listen(r.key(), func(string) { fn() })
}

func (r row) key() string { return "lease/" + r.name }

// stored is a time as both databases keep it.
func stored(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
