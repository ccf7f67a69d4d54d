package staff

import (
	"context"
	"strconv"
	"strings"

	"chancery/app/store"
)

// condition is one thing that is asked of a user u, said twice: so that an index finds those who meet it, and so that it
// is only tested with those whom something else has found. SQLite knows no figures about what it holds and would take
// the first index that fits; a plus before a column forbids it.
type condition struct {
	finds, tests string
	args         []any // of finds, and of tests unless there are others
	tested       []any
	order        Sort // the order that the users of one value have in the index
	words        bool // SQLite's index of words
}

// conditions are those of a filter.
func (s *Staff) conditions(f Filter) []condition {
	var all []condition
	equal := func(column, value string) {
		c := condition{finds: "u." + column + " = ?", args: []any{value}, order: SortName}
		c.tests = s.bare("u."+column) + " = ?"
		all = append(all, c)
	}
	if f.RoleID != "" {
		equal("role_id", f.RoleID)
	}
	switch f.DepartmentID {
	case "":
	case NoDepartment:
		all = append(all, condition{finds: "u.department_id IS NULL", tests: s.bare("u.department_id") + " IS NULL", order: SortName})
	default:
		equal("department_id", f.DepartmentID)
	}
	if f.ProfileID != "" {
		const has = `SELECT p.user_id FROM user_profiles p WHERE p.profile_id = ?`
		c := condition{finds: `u.id IN (` + has + `)`, tests: `EXISTS (` + has + ` AND p.user_id = u.id)`, args: []any{f.ProfileID}}
		if len(f.Carriers) > 0 {
			c.finds, c.tests = `(`+c.finds+` OR u.role_id IN ?)`, `(`+c.tests+` OR `+s.bare("u.role_id")+` IN ?)`
			c.args = append(c.args, f.Carriers)
		}
		all = append(all, c)
	}
	if f.IDs != nil {
		all = append(all, condition{finds: `u.id IN ?`, tests: s.bare("u.id") + ` IN ?`, args: []any{f.IDs}})
	}
	now := s.db.Now()
	const locked = `SELECT c.user_id FROM credentials c WHERE c.locked_until > ?`
	switch f.Standing {
	case StandsActive:
		equal("status", string(Active))
		all = append(all, condition{tests: `u.id NOT IN (` + locked + `)`, args: []any{now}})
	case StandsInvited:
		equal("status", string(Pending))
		all = append(all, condition{tests: `u.id NOT IN (` + locked + `)`, args: []any{now}})
	case StandsExpired:
		equal("status", string(Pending))
		all = append(all, condition{tests: `u.id NOT IN (` + locked + `)`, args: []any{now}}, condition{tests: expired, args: []any{now}})
	case StandsInactive:
		equal("status", string(Inactive))
	case StandsLocked:
		all = append(all, condition{finds: `u.id IN (` + locked + `)`, tests: `EXISTS (` + locked + ` AND c.user_id = u.id)`, args: []any{now}},
			condition{tests: `u.status <> 'INACTIVE'`})
	case StandsDormant:
		last := s.lastSignIn()
		all = append(all, condition{finds: last + ` < ?`, tests: s.bare(last) + ` < ?`, args: []any{f.DormantSince}, order: SortLastSignIn},
			condition{tests: `(` + last + ` > ` + s.never() + ` OR u.created_at < ?) AND u.status <> 'INACTIVE'`, args: []any{f.DormantSince}})
	}
	return append(all, s.searching(f.Search)...)
}

// expired is true of those whose newest invitation nobody has used in time, by the rules of signin's Life: the link is of
// this epoch, or it was taken back, and no mail with another one is under way, or was refused.
const expired = `EXISTS (SELECT 1 FROM links l WHERE l.user_id = u.id AND l.purpose = 'welcome' AND l.epoch = u.epoch)
	AND NOT EXISTS (SELECT 1 FROM links l WHERE l.user_id = u.id AND l.purpose = 'welcome' AND l.epoch = u.epoch AND l.expires_at > ?)
	AND COALESCE((SELECT m.state FROM mails m WHERE m.user_id = u.id AND m.kind = 'welcome' ORDER BY m.created_at DESC, m.id DESC LIMIT 1), '') NOT IN ('waiting', 'sending', 'failed')`

// bare is a column or an expression that no index of SQLite's may be used for.
func (s *Staff) bare(column string) string {
	if s.db.Dialect() == store.SQLite {
		return "+" + column
	}
	return column
}

func (s *Staff) never() string {
	if s.db.Dialect() == store.Postgres {
		return "'-infinity'"
	}
	return "''"
}

// matched is how many users meet some conditions, and so in which way they are found.
type matched struct {
	conditions []condition
	total      int64 // counted to CountMax + 1
	hits       int64 // of SQLite's index of words, counted to reach + 1
	lite       bool
}

// reach is how many hits of SQLite's index of words are looked at one by one. It gives them by no order and knows nothing
// else of them, so that a word which half the practice has would have each of them read. Up to so many they are rather
// put in order than looked for along it: those with one last name stand together, perhaps at its end.
const reach = 10_000

// nearby is how many users of the order are looked at before the hits of a word are all put in order, which costs several
// times as much for each. Where one in ten has the word, and not by their last name, a part is among the next few hundred.
func (m matched) nearby() int64 { return m.hits / 2 }

// strewn tells whether hits of a word are so many that a part of them may stand near its beginning.
func (m matched) strewn() bool { return m.lite && !m.walked() && m.total > CountMax }

// walked tells whether the way goes along the order, or whether those few who match are found first.
func (m matched) walked() bool {
	if words, _ := m.worded(); words && m.lite && m.hits <= reach {
		return false
	}
	return len(m.conditions) == 0 || m.total > CountMax
}

// drives tells whether a condition finds users, of few. On SQLite words come first, unless too many have them and
// something else finds fewer.
func (m matched) drives(c condition) bool {
	worded, other := m.worded()
	if !m.lite || !worded {
		return true
	}
	return c.words == (m.hits <= reach || !other)
}

// worded tells whether words are among the conditions that find, and whether others are.
func (m matched) worded() (words, other bool) {
	for _, c := range m.conditions {
		words = words || c.words
		other = other || c.finds != "" && !c.words
	}
	return words, other
}

// where puts the conditions together. finds says which of them shall find.
func (m matched) where(finds func(condition) bool) (string, []any) {
	parts, args := []string{"1 = 1"}, []any{}
	for _, c := range m.conditions {
		switch {
		case c.finds != "" && finds(c):
			parts, args = append(parts, c.finds), append(args, c.args...)
		case c.tested != nil:
			parts, args = append(parts, c.tests), append(args, c.tested...)
		default:
			parts, args = append(parts, c.tests), append(args, c.args...)
		}
	}
	return strings.Join(parts, " AND "), args
}

// match counts those who meet all conditions, in one statement.
func (s *Staff) match(ctx context.Context, conditions []condition) (matched, error) {
	m := matched{conditions: conditions, lite: s.db.Dialect() == store.SQLite}
	query, args := s.counting(m)
	var row struct{ Total, Hits int64 }
	err := s.db.In(ctx).Raw(query, args...).Scan(&row).Error
	m.total, m.hits = row.Total, row.Hits
	return m, err
}

// counting is the statement of match.
func (s *Staff) counting(m matched) (string, []any) {
	count := func(m matched) (string, []any) {
		where, args := m.where(m.drives)
		along := "" // Postgres would read the table for a thousand of many; an index holds them closer together
		if !m.lite {
			along = ` ORDER BY u.sort_name, u.id`
		}
		return `SELECT count(*) FROM (SELECT 1 FROM users u WHERE ` + where + along + ` LIMIT ` + strconv.Itoa(CountMax+1) + `) t`, args
	}
	if worded, _ := m.worded(); !m.lite || !worded {
		sql, args := count(m)
		return `SELECT (` + sql + `) AS total, 0 AS hits`, args
	}
	var words condition
	for _, c := range m.conditions {
		if c.words {
			words = c
		}
	}
	few, args := count(m)
	m.hits = reach + 1
	many, manyArgs := count(m)
	if len(m.conditions) == 1 { // many are more than are counted, whatever else
		many, manyArgs = strconv.Itoa(CountMax+1), nil
	}
	return `WITH hits(n) AS MATERIALIZED (SELECT count(*) FROM (SELECT 1 FROM users_search WHERE users_search MATCH ? LIMIT ` + strconv.Itoa(reach+1) + `))
		SELECT CASE WHEN n <= ` + strconv.Itoa(reach) + ` THEN (` + few + `) ELSE (` + many + `) END AS total, n AS hits FROM hits`,
		append(append([]any{words.args[0]}, args...), manyArgs...)
}
