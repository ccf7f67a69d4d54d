// Package listing reads long lists part by part: how a list is searched, counted, put in order, and cut. It knows no
// table of the practice; the rooms above say what they list (staff its users, cases its cases) and what of a row they
// want. What a row looks like, and who may see it, never comes in here: whoever lists has put that among the conditions.
//
// A list is made to cost the same with a hundred thousand rows as with a thousand (issue 3). Three things see to it, and
// the rooms' tests hold every combination of them that their pages offer against the databases' own plans (Plan).
//
// A part of the list is found by the row that it begins after, and not by counting from the start, so that the thousandth
// page costs what the first does.
//
// Rows are counted up to CountMax, and beyond that the list says "more".
//
// And the count says which of two ways is the short one. Few are found first, each by the index of what they are
// filtered by or searched for, and put in order afterwards: no more than CountMax are ever sorted. Many are met soon by
// going along the index of the order, which holds what they are filtered by. One way for both would be slow for the
// one or the other: to sort a hundred thousand rows, or to look all of them through for the last five. SQLite's index of
// words stands between the two: up to ten thousand of its hits are put in order, unless the part is near (near, reach).
package listing

import (
	"context"
	"slices"

	"chancery/app/store"
)

// CountMax is how far rows are counted.
const CountMax = 1000

// Table is what is listed. Its rows have an id, and a column search of folded words.
type Table struct {
	Name  string // users
	As    string // what conditions, places and columns call it: u
	Along string // the columns of an index, along which Postgres counts: u.sort_name, u.id
	Words Words
}

// Words is SQLite's index of the words in search: a table of FTS5, and the one that says whose words a row of it holds.
type Words struct {
	Index string // users_search
	Of    string // user_words
	ID    string // user_id, in Of
}

// Query says which rows a list wants, in which order, and which part of them.
type Query struct {
	Where      []Condition
	Order      Order
	Descending bool
	After      string // the id of the row that the part begins after; "" for the first
	Before     string // or of the one that it ends before
	Size       int
}

// Order is what a list is ordered by.
type Order struct {
	Name   string  // what a condition calls it whose index has this order (Condition.Order)
	Places []Place // before the id, written as in the index of that order
	// Groups make the list that of each of them, one after the other, and by Places within (groups.go); nil for none.
	Groups [][]Condition
}

// Place is something that rows are ordered by, with its arguments.
type Place struct {
	SQL  string
	Args []any
}

// Columns is what of a row is read, and what has to be joined for that.
type Columns struct {
	Select string
	Joins  string
	Args   []any // of Select, then of Joins
}

// Part is a part of a list.
type Part[T any] struct {
	Rows           []T
	Total          int64 // of the whole list, CountMax at most
	More           bool  // there are more than Total
	Earlier, Later bool  // whether there are others before and after
}

// Read is one part of a list, and how many there are in all.
func Read[T any](ctx context.Context, db *store.DB, of Table, q Query, c Columns) (Part[T], error) {
	l := list{of, db}
	m, err := l.match(ctx, q.Where)
	if err != nil {
		return Part[T]{}, err
	}
	p := Part[T]{Total: min(m.total, CountMax), More: m.total > CountMax}
	return p, part(ctx, l, m, q, c, &p)
}

// Count is how many rows meet all conditions, CountMax at most, and whether there are more.
func Count(ctx context.Context, db *store.DB, of Table, where []Condition) (n int64, more bool, err error) {
	m, err := list{of, db}.match(ctx, where)
	return min(m.total, CountMax), m.total > CountMax, err
}

// eachSize is how many rows Each reads at once.
const eachSize = 500

// Each gives every row that a query wants to fn, some hundred at a time and in its order; its part and size do not
// matter. It holds no transaction: whatever comes or goes meanwhile is there or not. id is a row's.
func Each[T any](ctx context.Context, db *store.DB, of Table, q Query, c Columns, id func(*T) string, fn func([]T) error) error {
	l := list{of, db}
	m, err := l.match(ctx, q.Where)
	if err != nil {
		return err
	}
	q.After, q.Before, q.Size = "", "", eachSize
	for {
		var p Part[T]
		if err := part(ctx, l, m, q, c, &p); err != nil {
			return err
		}
		if len(p.Rows) > 0 {
			if err := fn(p.Rows); err != nil {
				return err
			}
		}
		if !p.Later {
			return nil
		}
		q.After = id(&p.Rows[len(p.Rows)-1])
	}
}

// list is a table in a database.
type list struct {
	Table
	db *store.DB
}

// part reads a part of those that were matched.
func part[T any](ctx context.Context, l list, m matched, q Query, c Columns, p *Part[T]) (err error) {
	if q.Order.Groups != nil && m.walked() {
		p.Rows, err = walkGroups[T](ctx, l, q, c)
	} else {
		p.Rows, err = rows[T](ctx, l, m, q, c)
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
