package staff

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"chancery/app/store"
)

// How a part of a list is found and put in order, when it is known how many match (match.go).

// part reads a part of those that were matched.
func part[T any](ctx context.Context, s *Staff, m matched, q Query, columns string, p *Part[T], more ...any) (err error) {
	if groups := s.groups(q); groups != nil && m.walked() {
		p.Rows, err = walkGroups[T](ctx, s, groups, q, columns, more...)
	} else {
		p.Rows, err = rows[T](ctx, s, m, q, columns, more...)
	}
	if err != nil {
		return err
	}
	beyond := len(p.Rows) > q.Size
	p.Rows = p.Rows[:min(len(p.Rows), q.Size)]
	if q.Before != "" {
		slices.Reverse(p.Rows)
		p.Earlier, p.Later = beyond, true
	} else {
		p.Earlier, p.Later = q.After != "", beyond
	}
	return nil
}

// rows reads a part, and one more, in the direction in which it was looked for.
func rows[T any](ctx context.Context, s *Staff, m matched, q Query, columns string, more ...any) (all []T, err error) {
	chosen, args := s.choose(m, q)
	// The part is cut first, from the index alone, and joined afterwards.
	err = s.db.In(ctx).Raw(chosen+` SELECT `+columns+` FROM part CROSS JOIN users u `+rowJoins+` WHERE u.id = part.id ORDER BY `+s.partOrder(q), append(args, more...)...).Scan(&all).Error
	return all, err
}

// partOrder is the order of a part, in the direction in which it was looked for.
func (s *Staff) partOrder(q Query) string {
	return order(q.Descending != (q.Before != ""), placeNames("part.", len(s.places(q)), "part.id")...)
}

// placeNames are what the columns of a part are called that it is ordered by.
func placeNames(table string, n int, id string) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = table + "place" + strconv.Itoa(i)
	}
	return append(names, id)
}

// choose is the beginning of a query: the ids of a part, and one more, under the name part.
func (s *Staff) choose(m matched, q Query) (string, []any) {
	down, id, sign := q.Descending, q.After, " > "
	if q.Before != "" {
		down, id = !down, q.Before
	}
	if down {
		sign = " < "
	}
	places := s.places(q)
	// beyond is a comparison with the user that the part begins after, by columns that hold what they are ordered by.
	beyond := func(columns []string) (string, []any) {
		var of []string
		var args []any
		for _, p := range places {
			of, args = append(of, "(SELECT "+strings.ReplaceAll(p.sql, "u.", "k.")+" FROM users k WHERE k.id = ?)"), append(append(args, p.args...), id)
		}
		return "(" + strings.Join(columns, ", ") + ")" + sign + "(" + strings.Join(of, ", ") + ", ?)", append(args, id)
	}
	limit := ` LIMIT ` + strconv.Itoa(q.Size+1)
	names := placeNames("", len(places), "id")
	var sqls []string
	var args []any
	selected := `SELECT u.id`
	for i, p := range places {
		selected, sqls, args = selected+`, `+p.sql+` AS `+names[i], append(sqls, p.sql), append(args, p.args...)
	}
	sqls = append(sqls, "u.id")
	if !m.walked() {
		where, whereArgs := m.where(m.drives)
		sql := `WITH found AS MATERIALIZED (` + selected + ` FROM users u WHERE ` + where + `), part AS (SELECT * FROM found`
		args = append(args, whereArgs...)
		if id != "" {
			after, afterArgs := beyond(names)
			sql, args = sql+` WHERE `+after, append(args, afterArgs...)
		}
		return sql + ` ORDER BY ` + order(down, names...) + limit + `)`, args
	}
	where, whereArgs := m.where(func(c condition) bool { return c.order == q.sort() && c.order != "" })
	args = append(args, whereArgs...)
	if id != "" {
		after, afterArgs := beyond(sqls)
		where, args = where+` AND `+after, append(args, afterArgs...)
	}
	return `WITH part AS (` + selected + ` FROM users u WHERE ` + where + ` ORDER BY ` + order(down, sqls...) + limit + `)`, args
}

func order(down bool, columns ...string) string {
	way := ""
	if down {
		way = " DESC"
	}
	return strings.Join(columns, way+", ") + way
}

// place is something that users are ordered by, with its arguments.
type place struct {
	sql  string
	args []any
}

// places are what users are ordered by before their id. They are written as in the index of that order.
func (s *Staff) places(q Query) []place {
	if groups := s.groups(q); groups != nil {
		return []place{s.rank(groups), {sql: "u.sort_name"}}
	}
	switch q.sort() {
	case SortEmail:
		return []place{{sql: "u.email"}}
	case SortTitle:
		return []place{{sql: "u.title"}, {sql: "u.sort_name"}}
	case SortLastSignIn:
		return []place{{sql: s.lastSignIn()}}
	case SortCreated:
		return []place{{sql: "u.created_at"}}
	default:
		return []place{{sql: "u.sort_name"}}
	}
}

// sort is the index that the list goes along.
func (q *Query) sort() Sort {
	switch q.Sort {
	case "", SortRole, SortDepartment, SortStanding: // of one role, of one department: by name
		return SortName
	}
	return q.Sort
}

// lastSignIn is a time also for those who have never signed in.
func (s *Staff) lastSignIn() string {
	if s.db.Dialect() == store.Postgres {
		return "COALESCE(u.last_sign_in_at, '-infinity')"
	}
	return "COALESCE(u.last_sign_in_at, '')"
}
