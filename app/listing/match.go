package listing

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"chancery/app/store"
)

// Condition is one thing that is asked of a row, said twice: so that an index finds those that meet it, and so that it is
// only tested with those that something else has found. SQLite knows no figures about what it holds and would take the
// first index that fits; a plus before a column (Bare) forbids it.
type Condition struct {
	Finds, Tests string // Finds may be "": no index finds those
	Args         []any  // of Finds, and of Tests unless there are others
	Tested       []any
	Order        string   // the name of the order that the rows of one value have in the index; "" for none
	varies       bool     // how many rows meet it, from one search to another
	terms        []string // of a search that SQLite's index of words finds; nil for another condition
}

// Equal is the condition that a column has a value, which an index finds in an order ("": in none that matters).
func Equal(db *store.DB, column string, value any, order string) Condition {
	return Condition{Finds: column + " = ?", Tests: Bare(db, column) + " = ?", Args: []any{value}, Order: order}
}

// Bare is a column or an expression that no index of SQLite's may be used for.
func Bare(db *store.DB, column string) string {
	if db.Dialect() == store.SQLite {
		return "+" + column
	}
	return column
}

// test is the condition where it is only tested.
func (c Condition) test() (string, []any) {
	if c.Tested != nil {
		return c.Tests, c.Tested
	}
	return c.Tests, c.Args
}

// matched is how many rows meet some conditions, and so in which way they are found.
type matched struct {
	conditions []Condition
	total      int64 // counted to CountMax + 1
	hits       int64 // candidates of SQLite's index of words, counted to reach + 1
	lite       bool
}

// reach is how many hits of SQLite's index of words are looked at one by one. It gives them by no order and knows nothing
// else of them, so that a word which half of all rows have would have each of them read. Up to so many they are rather
// put in order than looked for along it: those with one last name stand together, perhaps at its end.
const reach = 10_000

// nearby is how many rows of the order are looked at before the hits of a word are all put in order, which costs several
// times as much for each. Where one in ten has the word, and not by what the list is ordered by, a part is among the next
// few hundred.
func (m matched) nearby() int64 { return m.hits / 2 }

// strewn tells whether hits of a word are so many that a part of them may stand near its beginning.
func (m matched) strewn() bool { return m.lite && !m.walked() && m.total > CountMax }

// walked tells whether the way goes along the order, or whether those few that match are found first.
func (m matched) walked() bool {
	if words, _ := m.worded(); words && m.lite && m.hits <= reach {
		return false
	}
	return len(m.conditions) == 0 || m.total > CountMax
}

// drives tells whether a condition finds rows, of few. On SQLite words come first, unless too many have them and
// something else finds fewer.
func (m matched) drives(c Condition) bool {
	worded, other := m.worded()
	if !m.lite || !worded {
		return true
	}
	return (c.terms != nil) == (m.hits <= reach || !other)
}

// search is which of the conditions is that of words, or -1.
func (m matched) search() int {
	return slices.IndexFunc(m.conditions, func(c Condition) bool { return c.terms != nil })
}

// worded tells whether words are among the conditions that find, and whether others are.
func (m matched) worded() (words, other bool) {
	for _, c := range m.conditions {
		words = words || c.terms != nil
		other = other || c.Finds != "" && c.terms == nil
	}
	return words, other
}

// where puts the conditions together. finds says which of them shall find.
func (m matched) where(finds func(Condition) bool) (string, []any) {
	parts, args := []string{"1 = 1"}, []any{}
	for _, c := range m.conditions {
		if c.Finds != "" && finds(c) {
			parts, args = append(parts, c.Finds), append(args, c.Args...)
			continue
		}
		sql, tested := c.test()
		parts, args = append(parts, sql), append(args, tested...)
	}
	return strings.Join(parts, " AND "), args
}

// match counts those that meet all conditions, in one statement.
func (l list) match(ctx context.Context, conditions []Condition) (matched, error) {
	m := matched{conditions: conditions, lite: l.lite()}
	query, args := l.counting(m)
	var row struct{ Total, Hits int64 }
	err := l.in(ctx, conditions).Raw(query, args...).Scan(&row).Error
	m.total, m.hits = row.Total, row.Hits
	return m, err
}

// counting is the statement of match.
func (l list) counting(m matched) (string, []any) {
	count := func(m matched) (string, []any) {
		found, args := l.finding(m)
		along := "" // Postgres would read the table for a thousand of many; an index holds them closer together
		if !m.lite {
			along = ` ORDER BY ` + l.Along
		}
		return `SELECT count(*) FROM (SELECT 1 FROM ` + found + along + ` LIMIT ` + strconv.Itoa(CountMax+1) + `) t`, args
	}
	few, args := count(m)
	i := m.search()
	if !m.lite || i < 0 {
		return `SELECT (` + few + `) AS total, 0 AS hits`, args
	}
	hits := `WITH hits(n) AS MATERIALIZED (SELECT count(*) FROM (SELECT 1 FROM ` + l.Words.Index + ` WHERE ` + l.Words.Index + ` MATCH ? LIMIT ` + strconv.Itoa(reach+1) + `))
		SELECT `
	args = append([]any{trigrams(m.conditions[i].terms)}, args...)
	if _, other := m.worded(); !other { // whatever they are, words find them
		return hits + `(` + few + `) AS total, n AS hits FROM hits`, args
	}
	m.hits = reach + 1
	many, manyArgs := count(m)
	return hits + `CASE WHEN n <= ` + strconv.Itoa(reach) + ` THEN (` + few + `) ELSE (` + many + `) END AS total, n AS hits FROM hits`, append(args, manyArgs...)
}

// finding is where those that match are found, to be written after FROM. SQLite goes from one hit of its index of words to
// the next, so that whoever wants a thousand of many has no more than those looked at.
func (l list) finding(m matched) (string, []any) {
	i := m.search()
	if i < 0 || !m.lite || !m.drives(m.conditions[i]) {
		where, args := m.where(m.drives)
		return l.from() + ` WHERE ` + where, args
	}
	from, args := l.Words.hits(m.conditions[i].terms, ` CROSS JOIN `+l.from())
	m.conditions = slices.Delete(slices.Clone(m.conditions), i, i+1)
	where, tested := m.where(func(Condition) bool { return false })
	return from + ` AND ` + l.id() + ` = w.` + l.Words.ID + ` AND ` + where, append(args, tested...)
}

// in is where a query with these conditions is asked.
func (l list) in(ctx context.Context, conditions []Condition) *gorm.DB {
	if slices.ContainsFunc(conditions, func(c Condition) bool { return c.varies }) {
		return l.db.Planned(ctx)
	}
	return l.db.In(ctx)
}

// from is the table with its name.
func (l list) from() string { return l.Name + " " + l.As }

// id is its column.
func (l list) id() string { return l.As + ".id" }

func (l list) lite() bool { return l.db.Dialect() == store.SQLite }
