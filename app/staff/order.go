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
	read := func(chosen string, args []any) error {
		all = nil
		// The part is cut first, from the index alone, and joined afterwards.
		return s.db.In(ctx).Raw(chosen+` SELECT `+columns+` FROM part CROSS JOIN users u `+rowJoins+` WHERE u.id = part.id ORDER BY `+s.partOrder(q), append(args, more...)...).Scan(&all).Error
	}
	if m.strewn() && q.Size < eachSize && s.groups(q) == nil {
		if err := read(s.near(m, q)); err != nil {
			return nil, err
		}
	}
	if len(all) <= q.Size {
		err = read(s.choose(m, q))
	}
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
	w := s.way(q)
	limit := ` LIMIT ` + strconv.Itoa(q.Size+1)
	if !m.walked() {
		where, whereArgs := m.where(m.drives)
		sql := `WITH found AS MATERIALIZED (SELECT u.id, ` + w.selected() + ` FROM users u WHERE ` + where + `), part AS (SELECT * FROM found`
		args := append(w.args(), whereArgs...)
		if w.id != "" {
			after, afterArgs := w.beyond(w.names("", "id"))
			sql, args = sql+` WHERE `+after, append(args, afterArgs...)
		}
		return sql + ` ORDER BY ` + order(w.down, w.names("", "id")...) + limit + `)`, args
	}
	where, whereArgs := m.where(func(c condition) bool { return c.order == q.sort() && c.order != "" })
	args := append(w.args(), whereArgs...)
	if w.id != "" {
		after, afterArgs := w.beyond(w.sqls())
		where, args = where+` AND `+after, append(args, afterArgs...)
	}
	return `WITH part AS (SELECT u.id, ` + w.selected() + ` FROM users u WHERE ` + where + ` ORDER BY ` + order(w.down, w.sqls()...) + limit + `)`, args
}

// near is what choose is, of those who match among the next few of the order alone. Where it gives a whole part, that is
// the part; else the part goes on behind them. Groups have no such order.
func (s *Staff) near(m matched, q Query) (string, []any) {
	w := s.way(q)
	along := func(c condition) bool { return c.order == q.sort() && c.order != "" }
	within, others := m, m
	within.conditions, others.conditions = nil, nil
	for _, c := range m.conditions {
		if along(c) && c.finds != "" {
			within.conditions = append(within.conditions, c)
		} else {
			others.conditions = append(others.conditions, c)
		}
	}
	where, args := within.where(along)
	if w.id != "" {
		after, afterArgs := w.beyond(w.sqls())
		where, args = where+` AND `+after, append(args, afterArgs...)
	}
	tests, tested := others.where(func(condition) bool { return false })
	return `WITH part AS (SELECT ` + strings.Join(w.names("u.", "u.id"), ", ") + ` FROM (SELECT u.*, ` + w.selected() + ` FROM users u WHERE ` + where + ` ORDER BY ` + order(w.down, w.sqls()...) +
		` LIMIT ` + strconv.FormatInt(m.nearby(), 10) + `) u WHERE ` + tests + ` ORDER BY ` + order(w.down, w.names("u.", "u.id")...) + ` LIMIT ` + strconv.Itoa(q.Size+1) + `)`, append(args, tested...)
}

// way is where a part begins and which way it goes: whether down, the user that it begins behind, and what users are
// ordered by.
type way struct {
	down   bool
	id     string
	places []place
}

func (s *Staff) way(q Query) way {
	w := way{q.Descending, q.After, s.places(q)}
	if q.Before != "" {
		w.down, w.id = !w.down, q.Before
	}
	return w
}

// selected are the places as columns.
func (w way) selected() string {
	var all []string
	for i, p := range w.places {
		all = append(all, p.sql+` AS place`+strconv.Itoa(i))
	}
	return strings.Join(all, ", ")
}

// names are the columns of selected, and the id.
func (w way) names(table, id string) []string { return placeNames(table, len(w.places), id) }

// sqls are the places as they are written in an index, and the id.
func (w way) sqls() (all []string) {
	for _, p := range w.places {
		all = append(all, p.sql)
	}
	return append(all, "u.id")
}

func (w way) args() (all []any) {
	for _, p := range w.places {
		all = append(all, p.args...)
	}
	return all
}

// beyond is true of those who stand behind the user that the part begins after, by columns that hold the places and the id.
func (w way) beyond(columns []string) (string, []any) {
	sign := " > "
	if w.down {
		sign = " < "
	}
	var of []string
	var args []any
	for _, p := range w.places {
		of, args = append(of, "(SELECT "+strings.ReplaceAll(p.sql, "u.", "k.")+" FROM users k WHERE k.id = ?)"), append(append(args, p.args...), w.id)
	}
	return "(" + strings.Join(columns, ", ") + ")" + sign + "(" + strings.Join(of, ", ") + ", ?)", append(args, w.id)
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
