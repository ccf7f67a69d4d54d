package staff

import (
	"context"
	"fmt"

	"chancery/app/fault"
)

// StayReasons are the refusals of Deactivate that Stays foresees.
func StayReasons() []string {
	return []string{"departure.planned-already", "departure.no-successor", "staff.last-super-admin"}
}

// Stays tells why somebody could not be deactivated now without a plan, as Deactivate would say it and without trying: by reading alone; nil where they
// could, as far as that can be seen.
func (s *Staff) Stays(ctx context.Context, u *User) (*fault.Message, error) {
	var planned, last bool
	err := s.db.Row(ctx, `SELECT EXISTS (SELECT 1 FROM departures WHERE user_id = $1 AND state IN ('planned', 'working', 'blocked')),
		EXISTS (SELECT 1 FROM users u JOIN roles r ON r.id = u.role_id WHERE u.id = $1 AND u.status = 'ACTIVE' AND r.super)
			AND NOT EXISTS (SELECT 1 FROM users o JOIN roles p ON p.id = o.role_id WHERE o.id <> $1 AND o.status = 'ACTIVE' AND p.super)`, u.ID).Scan(&planned, &last)
	if err != nil {
		return nil, fmt.Errorf("whether they may leave: %w", err)
	}
	if planned {
		m := fault.M("departure.planned-already")
		return &m, nil
	}
	for _, b := range s.belongings {
		h, err := b.Count(ctx, u.ID)
		if err != nil {
			return nil, err
		}
		if h.Successor && h.Count > 0 {
			m := fault.M("departure.no-successor", "Count", int(h.Count))
			return &m, nil
		}
	}
	if last {
		m := fault.M("staff.last-super-admin")
		return &m, nil
	}
	return nil, nil
}
