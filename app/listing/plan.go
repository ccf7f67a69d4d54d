package listing

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"chancery/app/store"
)

// Answer is how a database answers a list: its own words about each statement of Read, and which way was taken. A list of
// groups, of which many match, has a part for each of them.
type Answer struct {
	Counts []string
	Parts  []Plan
	Walked bool
}

// Plan is a database's plan to read a part.
type Plan struct {
	Text  string
	Along bool // the order
	Near  bool // looks for words near the part
}

// Explain asks the database how it would answer. A room's tests hold what it says against what must not happen: that a
// whole table is read, or sorted.
func Explain(ctx context.Context, db *store.DB, of Table, q Query, c Columns) (Answer, error) {
	l := list{of, db}
	m, err := l.match(ctx, q.Where)
	if err != nil {
		return Answer{}, err
	}
	a := Answer{Walked: m.walked()}
	if q.Order.Groups == nil || !m.walked() {
		return a, l.explain(ctx, m, q, c, &a)
	}
	for _, g := range q.Order.Groups {
		q := q.within(0, q.Descending)
		q.Where = slices.Concat(g, q.Where)
		if m, err = l.match(ctx, q.Where); err != nil {
			return a, err
		}
		if err := l.explain(ctx, m, q, c, &a); err != nil {
			return a, err
		}
	}
	return a, nil
}

func (l list) explain(ctx context.Context, m matched, q Query, c Columns, a *Answer) error {
	sql, args := l.counting(matched{conditions: m.conditions, lite: m.lite})
	count, err := l.planned(ctx, sql, args)
	if err != nil {
		return err
	}
	a.Counts = append(a.Counts, count)
	part := func(p Plan, sql string, args []any) error {
		p.Text, err = l.planned(ctx, sql+l.joined(q, c), append(args, c.Args...))
		a.Parts = append(a.Parts, p)
		return err
	}
	if m.strewn() && q.Order.Groups == nil {
		sql, args := l.near(m, q)
		if err := part(Plan{Along: true, Near: true}, sql, args); err != nil {
			return err
		}
	}
	sql, args = l.choose(m, q)
	return part(Plan{Along: m.walked()}, sql, args)
}

func (l list) planned(ctx context.Context, sql string, args []any) (string, error) {
	how := "EXPLAIN "
	if l.lite() {
		how = "EXPLAIN QUERY PLAN "
	}
	rows, err := l.db.In(ctx).Raw(how+sql, args...).Rows()
	if err != nil {
		return "", fmt.Errorf("%s: %w", sql, err)
	}
	defer func() { _ = rows.Close() }()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var line string
		if l.lite() {
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
