package staff

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"chancery/app/store"
)

// By role, by department and by standing, a list is that of each one after the other, and by name within. Where few match
// they are found first and sorted by which group they are in. Where many do, the list goes along the index of one group
// after the other, which each have (users_role, users_department, users_status), until the part is full: that needs no
// index more, and no order of names in the database, which knows neither the reader's language nor what a role is called
// in it.

// groups are the lists that one by role, department or standing is made of; nil for another order, and where the filter
// leaves but one.
func (s *Staff) groups(q Query) (groups []Filter) {
	switch {
	case q.Sort == SortRole && q.RoleID == "":
		for _, id := range q.Order {
			groups = append(groups, Filter{RoleID: id})
		}
	case q.Sort == SortDepartment && q.DepartmentID == "":
		for _, id := range q.Order {
			groups = append(groups, Filter{DepartmentID: id})
		}
		groups = append(groups, Filter{DepartmentID: NoDepartment})
	case q.Sort == SortStanding && (q.Standing == "" || q.Standing == StandsDormant):
		for _, standing := range []Standing{StandsActive, StandsInvited, StandsLocked, StandsInactive} {
			groups = append(groups, Filter{Standing: standing})
		}
	}
	return groups
}

// rank is the number of a user's group.
func (s *Staff) rank(groups []Filter) place {
	p := place{}
	for i, g := range groups {
		var tests []string
		for _, c := range s.conditions(g) {
			args := c.args
			if c.tested != nil {
				args = c.tested
			}
			tests, p.args = append(tests, c.tests), append(p.args, args...)
		}
		p.sql += fmt.Sprintf(" WHEN %s THEN %d", strings.Join(tests, " AND "), i)
	}
	p.sql = fmt.Sprintf("CASE%s ELSE %d END", p.sql, len(groups))
	return p
}

// walkGroups reads a part, and one more, of one group after the other.
func walkGroups[T any](ctx context.Context, s *Staff, groups []Filter, q Query, columns string, more ...any) (all []T, err error) {
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
		at, known, err := s.rankOf(ctx, groups, id)
		if err != nil || !known {
			return nil, err
		}
		for len(ranks) > 0 && ranks[0] != at {
			ranks = ranks[1:]
		}
	}
	for _, i := range ranks {
		m, err := s.match(ctx, append(s.conditions(groups[i]), s.conditions(q.Filter)...))
		if err != nil {
			return nil, err
		}
		if m.total > 0 {
			some, err := rows[T](ctx, s, m, q.within(len(all), down), columns, more...)
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
	if q.Sort = SortName; q.After == "" && q.Before == "" {
		q.Descending = down
	}
	q.Size -= found
	return q
}

// rankOf is the number of the group that a user is in now.
func (s *Staff) rankOf(ctx context.Context, groups []Filter, id string) (at int, known bool, err error) {
	rank := s.rank(groups)
	known, err = store.One(s.db.In(ctx).Raw(`SELECT `+rank.sql+` FROM users u WHERE u.id = ?`, append(rank.args, id)...), &at)
	return at, known, err
}
