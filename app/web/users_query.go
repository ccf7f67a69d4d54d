package web

import (
	"slices"
	"strconv"
	"strings"

	"chancery/app/staff"
	"chancery/views"
)

// userColumn is the head of a column.
type userColumn struct {
	Text string
	URL  string // of the list in this order, or turned round
	Sort string // ascending or descending, where the list is in this order
	Down bool
}

// usersQuery reads the address of the list: what is not offered is not asked for. The export and what is done with several
// at once read the same one.
func (w *Web) usersQuery(r *request, get func(string) string) peopleQuery {
	q := listQuery(usersPath, get)
	if s := staff.Standing(get("status")); slices.Contains(staff.Standings(), s) {
		q.Standing = s
	}
	q.RoleID, q.DepartmentID = clipped(words(get("role")), 100), clipped(words(get("department")), 100)
	if q.ProfileID = clipped(words(get("profile")), 100); q.ProfileID != "" {
		q.Carriers = r.cur.Carriers(q.ProfileID)
	}
	name, down := strings.CutPrefix(get("sort"), "-")
	if s := staff.Sort(name); slices.Contains(staff.Sorts(), s) {
		q.Sort, q.Descending, q.Order = s, down, w.groupOrder(r, s)
	}
	if n, _ := strconv.Atoi(get("size")); slices.Contains(peopleSizes(), n) {
		q.Size = n
	}
	q.DormantSince = r.cur.Org.DormantSince(w.Now())
	return q
}

// groupOrder is the order in which roles or departments come in a list that is by them: by what the reader reads.
func (w *Web) groupOrder(r *request, s staff.Sort) (ids []string) {
	l := r.locale(w)
	var names []choice
	switch s {
	case staff.SortRole:
		for _, o := range r.cur.Roles() {
			names = append(names, choice{Value: o.ID, Text: roleName(l, o.ID, o.Name)})
		}
	case staff.SortDepartment:
		for _, d := range r.cur.Departments() {
			names = append(names, choice{Value: d.ID, Text: d.Name})
		}
	}
	slices.SortStableFunc(names, func(a, b choice) int { return strings.Compare(staff.Fold(a.Text), staff.Fold(b.Text)) })
	for _, n := range names {
		ids = append(ids, n.Value)
	}
	return ids
}

// filtered tells whether the list leaves anybody out.
func (q peopleQuery) filtered() bool {
	return q.Search != "" || q.Standing != "" || q.RoleID != "" || q.DepartmentID != "" || q.ProfileID != ""
}

// kept are the values of that name as hidden fields.
func (q peopleQuery) kept(names ...string) (fields []keptValue) {
	all := q.values()
	for _, name := range names {
		if all.Has(name) {
			fields = append(fields, keptValue{name, all.Get(name)})
		}
	}
	return fields
}

// sizes are the ways to shorter and longer pages, each from the list's beginning.
func (q peopleQuery) sizes() (all []peopleSize) {
	for _, n := range peopleSizes() {
		other := q
		other.Size = n
		all = append(all, peopleSize{strconv.Itoa(n), address(q.path, other.values()), n == q.Size})
	}
	return all
}

// usersSearch is the form above the list.
func (w *Web) usersSearch(r *request, l views.Locale, q peopleQuery) peopleSearch {
	v := peopleSearch{Path: q.path, Label: l.T(message("users.search-label")), Query: q.Search}
	if r.fragment() {
		return v // the list alone has no form
	}
	standing := peopleFilter{Name: "status", Label: l.T(message("users.status")), Any: l.T(message("people.any-status"))}
	for _, s := range staff.Standings() {
		if s != staff.StandsDormant || !q.DormantSince.IsZero() {
			standing.Choices = append(standing.Choices, choice{string(s), standingText(l, s), s == q.Standing})
		}
	}
	role := peopleFilter{Name: "role", Label: l.T(message("users.role")), Any: l.T(message("people.any-role"))}
	for _, o := range r.cur.Roles() {
		role.Choices = append(role.Choices, choice{o.ID, roleName(l, o.ID, o.Name), o.ID == q.RoleID})
	}
	department := peopleFilter{Name: "department", Label: l.T(message("users.department")), Any: l.T(message("people.any-department"))}
	for _, d := range r.cur.Departments() {
		department.Choices = append(department.Choices, choice{d.ID, d.Name, d.ID == q.DepartmentID})
	}
	department.Choices = append(department.Choices, choice{staff.NoDepartment, l.T(message("people.no-department-filter")), q.DepartmentID == staff.NoDepartment})
	profile := peopleFilter{Name: "profile", Label: l.T(message("rights.profile")), Any: l.T(message("people.any-profile"))}
	for _, o := range r.cur.AllProfiles() {
		profile.Choices = append(profile.Choices, choice{o.ID, profileName(l, o.Name), o.ID == q.ProfileID})
	}
	order := peopleFilter{Name: "sort", Label: l.T(message("people.sort"))}
	for _, s := range staff.Sorts() {
		for _, down := range []bool{false, true} {
			other := q
			other.Sort, other.Descending = s, down
			key := "people.sort." + string(s)
			if down {
				key += "-down"
			}
			order.Choices = append(order.Choices, choice{other.sort(), l.T(message(key)), other.sort() == q.sort()})
		}
	}
	v.Filters, v.Keep = []peopleFilter{standing, role, department}, q.kept("size")
	if len(profile.Choices) > 0 {
		v.Filters = append(v.Filters, profile)
	}
	v.Filters = append(v.Filters, order)
	return v
}

func standingText(l views.Locale, s staff.Standing) string {
	switch s {
	case staff.StandsActive:
		return l.T(message("users.status-active"))
	case staff.StandsInvited:
		return l.T(message("users.status-invited"))
	case staff.StandsLocked:
		return l.T(message("users.status-locked"))
	case staff.StandsInactive:
		return l.T(message("users.status-inactive"))
	case staff.StandsExpired:
		return l.T(message("people.invitation-expired"))
	default:
		return l.T(message("people.dormant"))
	}
}

// userColumns are the heads of the table. A head that is clicked orders by its column, and turns the order round when it
// is that already.
func userColumns(l views.Locale, q peopleQuery) []userColumn {
	column := func(text string, sort staff.Sort) userColumn {
		c := userColumn{Text: l.T(message(text))}
		current := q.Sort == sort || q.Sort == "" && sort == staff.SortName
		if current {
			c.Sort, c.Down = "ascending", q.Descending
			if c.Down {
				c.Sort = "descending"
			}
		}
		other := q
		other.Sort, other.Descending = sort, current && !q.Descending
		c.URL = address(q.path, other.values())
		return c
	}
	return []userColumn{
		column("users.name", staff.SortName), column("users.job-title", staff.SortTitle), column("users.role", staff.SortRole),
		column("users.department", staff.SortDepartment), column("users.status", staff.SortStanding), column("users.last-sign-in", staff.SortLastSignIn),
	}
}
