package listing

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"chancery/app/store"
)

// A list of groups is that of each one after the other, and by its places within: users by role, cases by stage. Where few
// match they are found first and sorted by which group they are in. Where many do, the list goes along the index of one
// group after the other, until the part is full: that needs no index more, and no order of names in the database, which
// knows neither the reader's language nor what a role is called in it.

// rank is the number of a row's group; of a row in none, the one after the last.
func rank(groups [][]Condition) Place {
	p := Place{}
	for i, g := range groups {
		var tests []string
		for _, c := range g {
			sql, args := c.test()
			tests, p.Args = append(tests, sql), append(p.Args, args...)
		}
		p.SQL += fmt.Sprintf(" WHEN %s THEN %d", strings.Join(tests, " AND "), i)
	}
	p.SQL = fmt.Sprintf("CASE%s ELSE %d END", p.SQL, len(groups))
	return p
}

// walkGroups reads a part, and one more, of one group after the other.
func walkGroups[T any](ctx context.Context, l list, q Query, c Columns) (all []T, err error) {
	groups := q.Order.Groups
	down, id := q.Descending, q.After
	if q.Before != "" {
		down, id = !down, q.Before
	}
	ranks := make([]int, len(groups))
	for i := range ranks {
		ranks[i] = i
	}
	if down {
		slices.Reverse(ranks)
	}
	if id != "" {
		at, known, err := l.rankOf(ctx, groups, id)
		if err != nil || !known {
			return nil, err
		}
		for len(ranks) > 0 && ranks[0] != at {
			ranks = ranks[1:]
		}
	}
	for _, i := range ranks {
		m, err := l.match(ctx, slices.Concat(groups[i], q.Where))
		if err != nil {
			return nil, err
		}
		if m.total > 0 {
			some, err := rows[T](ctx, l, m, q.within(len(all), down), c)
			if err != nil {
				return nil, err
			}
			all = append(all, some...)
		}
		if len(all) > q.Size {
			return all, nil
		}
		q.After, q.Before = "", "" // the next group is read from where it begins
	}
	return all, nil
}

// within is the question to one group, when so many were found in those before it.
func (q Query) within(found int, down bool) Query {
	if q.Order.Groups = nil; q.After == "" && q.Before == "" {
		q.Descending = down
	}
	q.Size -= found
	return q
}

// rankOf is the number of the group that a row is in now.
func (l list) rankOf(ctx context.Context, groups [][]Condition, id string) (at int, known bool, err error) {
	place := rank(groups)
	known, err = store.One(l.db.In(ctx).Raw(`SELECT `+place.SQL+` FROM `+l.from()+` WHERE `+l.id()+` = ?`, append(place.Args, id)...), &at)
	return at, known, err
}
