package staff

import (
	"context"
	"fmt"
	"strings"
)

// Plan is how the database answers a list: its own words about each statement of List, and which way was taken.
func (s *Staff) Plan(ctx context.Context, q Query) (count, part, near string, walked bool, err error) {
	m, err := s.match(ctx, s.conditions(q.Filter))
	if err != nil {
		return "", "", "", false, err
	}
	sql, args := s.counting(matched{conditions: m.conditions, lite: m.lite})
	if count, err = s.explain(ctx, sql, args); err != nil {
		return "", "", "", false, err
	}
	const joined = ` SELECT ` + rowColumns + ` FROM part CROSS JOIN users u ` + rowJoins + ` WHERE u.id = part.id ORDER BY part.place, part.id`
	if m.strewn() {
		sql, args = s.near(m, q)
		if near, err = s.explain(ctx, sql+joined, args); err != nil {
			return "", "", "", false, err
		}
	}
	sql, args = s.choose(m, q)
	part, err = s.explain(ctx, sql+joined, args)
	return count, part, near, m.walked(), err
}

func (s *Staff) explain(ctx context.Context, sql string, args []any) (string, error) {
	explain := "EXPLAIN "
	if s.db.Dialect() == "sqlite" {
		explain = "EXPLAIN QUERY PLAN "
	}
	rows, err := s.db.In(ctx).Raw(explain+sql, args...).Rows()
	if err != nil {
		return "", fmt.Errorf("%s: %w", sql, err)
	}
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var line string
		if s.db.Dialect() == "sqlite" {
			err = rows.Scan(&id, &parent, &unused, &line)
		} else {
			err = rows.Scan(&line)
		}
		if err != nil {
			return "", err
		}
		plan = append(plan, line)
	}
	return strings.Join(plan, "\n"), rows.Err()
}
