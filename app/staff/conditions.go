package staff

import (
	"chancery/app/listing"
	"chancery/app/store"
)

// table is the users as a list has them.
var table = listing.Table{Name: "users", As: "u", Along: "u.sort_name, u.id", Words: listing.Words{Index: "users_search", Of: "user_words", ID: "user_id"}}

// conditions are those of a filter.
func (s *Staff) conditions(f Filter) []listing.Condition {
	var all []listing.Condition
	equal := func(column, value string) {
		all = append(all, listing.Equal(s.db, "u."+column, value, string(SortName)))
	}
	bare := func(column string) string { return listing.Bare(s.db, column) }
	if f.RoleID != "" {
		equal("role_id", f.RoleID)
	}
	switch f.DepartmentID {
	case "":
	case NoDepartment:
		all = append(all, listing.Condition{Finds: "u.department_id IS NULL", Tests: bare("u.department_id") + " IS NULL", Order: string(SortName)})
	default:
		equal("department_id", f.DepartmentID)
	}
	if f.ProfileID != "" {
		const has = `SELECT p.user_id FROM user_profiles p WHERE p.profile_id = ?`
		c := listing.Condition{Finds: `u.id IN (` + has + `)`, Tests: `EXISTS (` + has + ` AND p.user_id = u.id)`, Args: []any{f.ProfileID}}
		if len(f.Carriers) > 0 {
			c.Finds, c.Tests = `(`+c.Finds+` OR u.role_id IN ?)`, `(`+c.Tests+` OR `+bare("u.role_id")+` IN ?)`
			c.Args = append(c.Args, f.Carriers)
		}
		all = append(all, c)
	}
	if f.IDs != nil {
		all = append(all, listing.Condition{Finds: `u.id IN ?`, Tests: bare("u.id") + ` IN ?`, Args: []any{f.IDs}})
	}
	now := s.db.Now()
	const locked = `SELECT c.user_id FROM credentials c WHERE c.locked_until > ?`
	switch f.Standing {
	case StandsActive:
		equal("status", string(Active))
		all = append(all, listing.Condition{Tests: `u.id NOT IN (` + locked + `)`, Args: []any{now}})
	case StandsInvited:
		equal("status", string(Pending))
		all = append(all, listing.Condition{Tests: `u.id NOT IN (` + locked + `)`, Args: []any{now}})
	case StandsExpired:
		equal("status", string(Pending))
		all = append(all, listing.Condition{Tests: `u.id NOT IN (` + locked + `)`, Args: []any{now}}, listing.Condition{Tests: expired, Args: []any{now}})
	case StandsInactive:
		equal("status", string(Inactive))
	case StandsLocked:
		all = append(all, listing.Condition{Finds: `u.id IN (` + locked + `)`, Tests: `EXISTS (` + locked + ` AND c.user_id = u.id)`, Args: []any{now}},
			listing.Condition{Tests: `u.status <> 'INACTIVE'`})
	case StandsDormant:
		last := s.lastSignIn()
		all = append(all, listing.Condition{Finds: last + ` < ?`, Tests: bare(last) + ` < ?`, Args: []any{f.DormantSince}, Order: string(SortLastSignIn)},
			listing.Condition{Tests: `(` + last + ` > ` + s.never() + ` OR u.created_at < ?) AND u.status <> 'INACTIVE'`, Args: []any{f.DormantSince}})
	}
	return append(all, s.searching(f.Search)...)
}

// expired is true of those whose newest invitation nobody has used in time, by the rules of signin's Life: the link is of
// this epoch, or it was taken back, and no mail with another one is under way, or was refused.
const expired = `EXISTS (SELECT 1 FROM links l WHERE l.user_id = u.id AND l.purpose = 'welcome' AND l.epoch = u.epoch)
	AND NOT EXISTS (SELECT 1 FROM links l WHERE l.user_id = u.id AND l.purpose = 'welcome' AND l.epoch = u.epoch AND l.expires_at > ?)
	AND COALESCE((SELECT m.state FROM mails m WHERE m.user_id = u.id AND m.kind = 'welcome' ORDER BY m.created_at DESC, m.id DESC LIMIT 1), '') NOT IN ('waiting', 'sending', 'failed')`

// searching are the conditions that a search makes. One letter is the beginning of a last name.
func (s *Staff) searching(search string) []listing.Condition {
	return table.Search(s.db, search, "u.sort_name", string(SortName))
}

func (s *Staff) never() string {
	if s.db.Dialect() == store.Postgres {
		return "'-infinity'"
	}
	return "''"
}
