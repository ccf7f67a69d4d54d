package listing

import (
	"context"
	"strconv"

	"chancery/app/store"
)

// Someone who searches as they type wants the first few and how many there are, of words that mostly are still too few. Read
// would look twice, once to count and once more to find; First looks once, and never further than it counts. What it has not
// met by then it does not show: of more than FirstMax, SQLite gives the first of those whose words were written last, which
// its index has at hand. Postgres gives the first of all, as Read does.

// FirstMax is how far First counts. Who sees that there are more types on.
const FirstMax = 200

// First is the first of those that a query wants, and how many they are. Its part does not matter, and its order has no groups.
func First[T any](ctx context.Context, db *store.DB, of Table, q Query, c Columns) (p Part[T], err error) {
	q.After, q.Before, q.Order.Groups = "", "", nil
	var all []struct {
		Row  T `gorm:"embedded"`
		Hits int64
	}
	l := list{of, db}
	sql, args := l.first(q, c)
	if err := l.in(ctx, q.Where).Raw(sql, args...).Scan(&all).Error; err != nil || len(all) == 0 {
		return p, err
	}
	p.Total, p.More, p.Later = min(all[0].Hits, FirstMax), all[0].Hits > FirstMax, len(all) > q.Size
	for _, one := range all[:min(len(all), q.Size)] {
		p.Rows = append(p.Rows, one.Row)
	}
	return p, nil
}

// first is the statement of First.
func (l list) first(q Query, c Columns) (string, []any) {
	w := l.way(q)
	names := order(w.down, w.names("", "id")...)
	c.Select += `, (SELECT count(*) FROM hits) AS hits`
	hits, args := l.gather(w, q)
	return `WITH hits AS MATERIALIZED (` + hits + ` LIMIT ` + strconv.Itoa(FirstMax+1) + `), part AS (SELECT * FROM hits ORDER BY ` + names + ` LIMIT ` + strconv.Itoa(q.Size+1) + `)` +
		l.joined(q, c), append(args, c.Args...)
}

// gather finds all that a query wants, up to the limit that is written behind it. No words are too many to begin with them.
func (l list) gather(w way, q Query) (string, []any) {
	m := matched{conditions: q.Where, lite: l.lite()}
	found, args := l.finding(m)
	sql := `SELECT ` + l.id() + `, ` + w.selected() + ` FROM ` + found
	switch {
	case !m.lite:
		sql += ` ORDER BY ` + order(w.down, w.sqls(l.id())...)
	case m.search() >= 0:
		sql += ` ORDER BY ` + l.Words.Index + `.rowid DESC`
	}
	return sql, append(w.args(), args...)
}
