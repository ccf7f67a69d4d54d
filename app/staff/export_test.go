package staff

import (
	"context"
	"fmt"
	"strings"
)

// Plan is how the database answers a list: its own words about each statement of List, and which way was taken. A list of
// groups, of which many match, has a part for each of them.
func (s *Staff) Plan(ctx context.Context, q Query) (counts, parts []string, walked bool, err error) {
	m, err := s.match(ctx, s.conditions(q.Filter))
	if err != nil {
		return nil, nil, false, err
	}
	groups := s.groups(q)
	if groups == nil || !m.walked() {
		_, err := s.plan(ctx, s.conditions(q.Filter), q, &counts, &parts)
		return counts, parts, m.walked(), err
	}
	for _, g := range groups {
		if _, err := s.plan(ctx, append(s.conditions(g), s.conditions(q.Filter)...), q.within(0, q.Descending), &counts, &parts); err != nil {
			return nil, nil, false, err
		}
	}
	return counts, parts, true, nil
}

func (s *Staff) plan(ctx context.Context, conditions []condition, q Query, counts, parts *[]string) (matched, error) {
	m, err := s.match(ctx, conditions)
	if err != nil {
		return m, err
	}
	sql, args := s.counting(matched{conditions: m.conditions, lite: m.lite})
	count, err := s.explain(ctx, sql, args)
	if err != nil {
		return m, err
	}
	*counts = append(*counts, count)
	joined := ` SELECT ` + rowColumns + ` FROM part CROSS JOIN users u ` + rowJoins + ` WHERE u.id = part.id ORDER BY ` + s.partOrder(q)
	if m.strewn() && s.groups(q) == nil {
		sql, args = s.near(m, q)
		near, err := s.explain(ctx, sql+joined, args)
		if err != nil {
			return m, err
		}
		*parts = append(*parts, nearOrder+near)
	}
	sql, args = s.choose(m, q)
	part, err := s.explain(ctx, sql+joined, args)
	if m.walked() {
		part = alongOrder + part
	}
	*parts = append(*parts, part)
	return m, err
}

// How a plan begins that goes along the order, and one that looks for words near the part.
const (
	alongOrder = "ALONG\n"
	nearOrder  = "NEAR\n"
)

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
