package declared

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"chancery/app/staff"
)

// Standing is how a declared user stands.
type Standing struct {
	Status       staff.Status
	LastSignInAt time.Time // zero: never
}

// Standings tells how the users of a source stand who are here, by metadata.name.
func (d *Declared) Standings(ctx context.Context, source string) (map[string]Standing, error) {
	all := map[string]Standing{}
	err := d.db.Query(ctx, func(rows *sql.Rows) error {
		var name string
		var s Standing
		var at *time.Time
		if err := rows.Scan(&name, (*string)(&s.Status), &at); err != nil {
			return err
		}
		if at != nil {
			s.LastSignInAt = *at
		}
		all[name] = s
		return nil
	}, `SELECT d.name, u.status, u.last_sign_in_at FROM declared d JOIN users u ON u.id = d.object_id WHERE d.source = $1 AND d.kind = 'user' AND d.state <> 'released'`, source)
	if err != nil {
		return nil, fmt.Errorf("how declared users stand: %w", err)
	}
	return all, nil
}
