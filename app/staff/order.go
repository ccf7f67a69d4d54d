package staff

import (
	"chancery/app/listing"
	"chancery/app/store"
)

// asked is a query as a list has it.
func (s *Staff) asked(q Query) listing.Query {
	return listing.Query{Where: s.conditions(q.Filter), Order: s.order(q), Descending: q.Descending, After: q.After, Before: q.Before, Size: q.Size}
}

// order is what users are ordered by, as in the index of that order.
func (s *Staff) order(q Query) listing.Order {
	o := listing.Order{Name: string(q.Sort), Groups: s.groups(q)}
	switch q.Sort {
	case SortEmail:
		o.Places = []listing.Place{{SQL: "u.email"}}
	case SortTitle:
		o.Places = []listing.Place{{SQL: "u.title"}, {SQL: "u.sort_name"}}
	case SortLastSignIn:
		o.Places = []listing.Place{{SQL: s.lastSignIn()}}
	case SortCreated:
		o.Places = []listing.Place{{SQL: "u.created_at"}}
	default: // of one role, of one department: by name
		o.Name, o.Places = string(SortName), []listing.Place{{SQL: "u.sort_name"}}
	}
	return o
}

// By role, by department and by standing, a list is that of each one after the other (users_role, users_department,
// users_status), and by name within.

// groups are the lists that one by role, department or standing is made of; nil for another order, and where the filter
// leaves but one.
func (s *Staff) groups(q Query) (groups [][]listing.Condition) {
	switch {
	case q.Sort == SortRole && q.RoleID == "":
		for _, id := range q.Order {
			groups = append(groups, s.conditions(Filter{RoleID: id}))
		}
	case q.Sort == SortDepartment && q.DepartmentID == "":
		for _, id := range q.Order {
			groups = append(groups, s.conditions(Filter{DepartmentID: id}))
		}
		groups = append(groups, s.conditions(Filter{DepartmentID: NoDepartment}))
	case q.Sort == SortStanding && (q.Standing == "" || q.Standing == StandsDormant):
		for _, standing := range []Standing{StandsActive, StandsInvited, StandsLocked, StandsInactive} {
			groups = append(groups, s.conditions(Filter{Standing: standing}))
		}
	}
	return groups
}

// lastSignIn is a time also for those who have never signed in.
func (s *Staff) lastSignIn() string {
	if s.db.Dialect() == store.Postgres {
		return "COALESCE(u.last_sign_in_at, '-infinity')"
	}
	return "COALESCE(u.last_sign_in_at, '')"
}
