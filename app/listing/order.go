package listing

import (
	"context"
	"strconv"
	"strings"
)

// How a part of a list is found and put in order, when it is known how many match (match.go).

// rows reads a part, and one more, in the direction in which it was looked for.
func rows[T any](ctx context.Context, l list, m matched, q Query, c Columns) (all []T, err error) {
	read := func(chosen string, args []any) error {
		all = nil
		return l.in(ctx, m.conditions).Raw(chosen+l.joined(q, c), append(args, c.Args...)...).Scan(&all).Error
	}
	if m.strewn() && q.Size < eachSize && q.Order.Groups == nil {
		if err := read(l.near(m, q)); err != nil {
			return nil, err
		}
	}
	if len(all) <= q.Size {
		err = read(l.choose(m, q))
	}
	return all, err
}

// joined is the end of a query: the part was cut first, from the index alone, and its rows are read and joined afterwards.
func (l list) joined(q Query, c Columns) string {
	w := l.way(q)
	return ` SELECT ` + c.Select + ` FROM part CROSS JOIN ` + l.from() + ` ` + c.Joins + ` WHERE ` + l.id() + ` = part.id ORDER BY ` + order(w.down, w.names("part.", "part.id")...)
}

// choose is the beginning of a query: the ids of a part, and one more, under the name part.
func (l list) choose(m matched, q Query) (string, []any) {
	w := l.way(q)
	limit := ` LIMIT ` + strconv.Itoa(q.Size+1)
	if !m.walked() {
		found, foundArgs := l.finding(m)
		sql := `WITH found AS MATERIALIZED (SELECT ` + l.id() + `, ` + w.selected() + ` FROM ` + found + `), part AS (SELECT * FROM found`
		args := append(w.args(), foundArgs...)
		if w.id != "" {
			after, afterArgs := l.beyond(w, w.names("", "id"))
			sql, args = sql+` WHERE `+after, append(args, afterArgs...)
		}
		return sql + ` ORDER BY ` + order(w.down, w.names("", "id")...) + limit + `)`, args
	}
	where, whereArgs := m.where(q.along)
	args := append(w.args(), whereArgs...)
	if w.id != "" {
		after, afterArgs := l.beyond(w, w.sqls(l.id()))
		where, args = where+` AND `+after, append(args, afterArgs...)
	}
	return `WITH part AS (SELECT ` + l.id() + `, ` + w.selected() + ` FROM ` + l.from() + ` WHERE ` + where + ` ORDER BY ` + order(w.down, w.sqls(l.id())...) + limit + `)`, args
}

// along tells whether the rows that a condition finds come in the order of the list.
func (q Query) along(c Condition) bool { return c.Order == q.Order.Name && c.Order != "" }

// near is what choose is, of those that match among the next few of the order alone. Where it gives a whole part, that is
// the part; else the part goes on behind them. Groups have no such order.
func (l list) near(m matched, q Query) (string, []any) {
	w := l.way(q)
	within, others := m, m
	within.conditions, others.conditions = nil, nil
	for _, c := range m.conditions {
		if q.along(c) && c.Finds != "" {
			within.conditions = append(within.conditions, c)
		} else {
			others.conditions = append(others.conditions, c)
		}
	}
	where, args := within.where(q.along)
	if w.id != "" {
		after, afterArgs := l.beyond(w, w.sqls(l.id()))
		where, args = where+` AND `+after, append(args, afterArgs...)
	}
	tests, tested := others.where(func(Condition) bool { return false })
	return `WITH part AS (SELECT ` + strings.Join(w.names(l.As+".", l.id()), ", ") + ` FROM (SELECT ` + l.As + `.*, ` + w.selected() + ` FROM ` + l.from() + ` WHERE ` + where + ` ORDER BY ` + order(w.down, w.sqls(l.id())...) +
		` LIMIT ` + strconv.FormatInt(m.nearby(), 10) + `) ` + l.As + ` WHERE ` + tests + ` ORDER BY ` + order(w.down, w.names(l.As+".", l.id())...) + ` LIMIT ` + strconv.Itoa(q.Size+1) + `)`, append(args, tested...)
}

// way is where a part begins and which way it goes: whether down, the row that it begins behind, and what rows are
// ordered by.
type way struct {
	down   bool
	id     string
	places []Place
}

func (l list) way(q Query) way {
	w := way{q.Descending, q.After, q.Order.Places}
	if q.Order.Groups != nil {
		w.places = append([]Place{rank(q.Order.Groups)}, w.places...)
	}
	if q.Before != "" {
		w.down, w.id = !w.down, q.Before
	}
	return w
}

// selected are the places as columns.
func (w way) selected() string {
	var all []string
	for i, p := range w.places {
		all = append(all, p.SQL+` AS place`+strconv.Itoa(i))
	}
	return strings.Join(all, ", ")
}

// names are the columns of selected, and the id.
func (w way) names(table, id string) []string {
	var all []string
	for i := range w.places {
		all = append(all, table+"place"+strconv.Itoa(i))
	}
	return append(all, id)
}

// sqls are the places as they are written in an index, and the id.
func (w way) sqls(id string) (all []string) {
	for _, p := range w.places {
		all = append(all, p.SQL)
	}
	return append(all, id)
}

func (w way) args() (all []any) {
	for _, p := range w.places {
		all = append(all, p.Args...)
	}
	return all
}

// beyond is true of those that stand behind the row that the part begins after, by columns that hold the places and the id.
func (l list) beyond(w way, columns []string) (string, []any) {
	sign := " > "
	if w.down {
		sign = " < "
	}
	var of []string
	var args []any
	for _, p := range w.places {
		of = append(of, "(SELECT "+strings.ReplaceAll(p.SQL, l.As+".", "its.")+" FROM "+l.Name+" its WHERE its.id = ?)")
		args = append(append(args, p.Args...), w.id)
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
