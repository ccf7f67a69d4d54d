package web

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/staff"
	"chancery/views"
)

// usersIndexView is the list of the practice's people, or of those that a search and filters found.
type usersIndexView struct {
	views.Page
	Search    peopleSearch
	Found     string // how many there are
	Clear     string // the address without search and filters; "" when there are none
	Export    string // the address of the same list as a file; "" for those who may not
	Columns   []userColumn
	Rows      []userRow
	Caption   string
	Pages     peoplePages
	None      *peopleNone
	Bulk      *usersBulk // nil for those who may do nothing with several at once
	MayCreate bool
}

// userColumn is the head of a column.
type userColumn struct {
	Text string
	URL  string // of the list in this order, or turned round; "" where it is no order
	Sort string // ascending or descending, where the list is in this order
	Down bool
}

// usersBulk is what can be done with several at once, and the list's own question: a choice of all that match is not the
// ids of all, but the question again.
type usersBulk struct {
	Query   []keptValue
	All     string // "Select all 1,234 that match"
	Actions []bulkAction
}

// bulkAction leads to the page that shows what would come of it.
type bulkAction struct {
	Kind, Text string
	Danger     bool
}

// userRow is one person of the list.
type userRow struct {
	ID         string
	Name       string
	URL        string
	Email      string
	Title      string
	Role       userCell
	Department userCell
	Status     status
	StatusURL  string // of the page that changes it; "" for those who may not
	Dormant    bool
	LastSignIn *views.Time
	Avatar     views.Avatar
	Select     bool
}

// userCell is a cell of the list whose value can be changed in its place: users/rows/_cell. It is what the pages of that
// value answer with, too: URL as a fragment is the cell as it is read, URL/edit the form in its place, and a PATCH of URL
// the cell again, Done. Without script URL/edit is a page.
type userCell struct {
	Text string // "" for none
	None string // what is said then
	URL  string // "" for those who may not change it
	Hint string // what the link does, for those who do not see in which column it stands
	Done bool   // it was changed a moment ago
}

// status is a person's state in words, and its name for the stylesheet.
type status struct{ Name, Text string }

// usersIndex lists the people (S1-34 searches and filters; S1-1 keeps others out).
func (w *Web) usersIndex(r *request) error {
	q := w.usersQuery(r, r.asked)
	p, err := w.Staff.List(r.ctx, r.actor(), q.Query)
	if err != nil {
		return err
	}
	if strayed(q, p) {
		return r.goTo(address(q.path, q.values()))
	}
	l := r.locale(w)
	v := usersIndexView{
		Page: w.page(r, "users.title", "users"), Search: w.usersSearch(r, l, q), Columns: userColumns(l, q),
		Pages: pages(l, q, p, func(row *staff.Row) string { return row.ID }), MayCreate: r.cur.Rights.Can(access.UsersCreate),
	}
	if q.filtered() {
		all := q
		all.Filter = staff.Filter{}
		v.Clear = address(q.path, all.values())
		v.None = &peopleNone{q.Search, v.Clear}
	}
	v.Found = found(l, p)
	if r.cur.Rights.Can(access.UsersExport) {
		v.Export = address("/users.csv", q.values())
	}
	v.Bulk = w.usersBulk(r, l, q, p)
	cells, err := w.userCells(r, l)
	if err != nil {
		return err
	}
	for i := range p.Rows {
		row := cells.row(&p.Rows[i], q.DormantSince)
		row.Select = v.Bulk != nil
		v.Rows = append(v.Rows, row)
	}
	if p.Total > int64(peopleSizes()[0]) {
		v.Pages.Sizes = q.sizes()
	}
	v.Caption = l.T(message("users.caption", "Range", v.Pages.Range))
	return w.renderPeople(r, q, "users", v)
}

// usersQuery reads the address of the list: what is not offered is not asked for. The export and what is done with several
// at once read the same one.
func (w *Web) usersQuery(r *request, get func(string) string) peopleQuery {
	q := listQuery("/users", get)
	if s := staff.Standing(get("status")); slices.Contains(staff.Standings(), s) {
		q.Standing = s
	}
	q.RoleID, q.DepartmentID = clipped(words(get("role")), 100), clipped(words(get("department")), 100)
	name, down := strings.CutPrefix(get("sort"), "-")
	if s := staff.Sort(name); slices.Contains(staff.Sorts(), s) {
		q.Sort, q.Descending = s, down
	}
	if n, _ := strconv.Atoi(get("size")); slices.Contains(peopleSizes(), n) {
		q.Size = n
	}
	q.DormantSince = r.cur.Org.DormantSince(w.Now())
	return q
}

// filtered tells whether the list leaves anybody out.
func (q peopleQuery) filtered() bool {
	return q.Search != "" || q.Standing != "" || q.RoleID != "" || q.DepartmentID != ""
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
	v.Filters, v.Keep = []peopleFilter{standing, role, department, order}, q.kept("size")
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
	default:
		return l.T(message("people.dormant"))
	}
}

// userColumns are the heads of the table. A head that is clicked orders by its column, and turns the order round when it
// is that already.
func userColumns(l views.Locale, q peopleQuery) []userColumn {
	column := func(text string, sort staff.Sort) userColumn {
		c := userColumn{Text: l.T(message(text))}
		if sort == "" {
			return c
		}
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
		column("users.name", staff.SortName), column("users.job-title", ""), column("users.role", ""), column("users.department", ""),
		column("users.status", ""), column("users.last-sign-in", staff.SortLastSignIn),
	}
}

// usersBulk is what the reader may do with several at once.
func (w *Web) usersBulk(r *request, l views.Locale, q peopleQuery, p staff.Part[staff.Row]) *usersBulk {
	b := &usersBulk{Query: q.kept("q", "status", "role", "department")}
	for _, a := range []struct {
		kind, text string
		danger     bool
		need       access.Permission
	}{
		{"role", "people.bulk-role", false, access.UsersEdit},
		{"department", "people.bulk-department", false, access.UsersEdit},
		{"invitation", "people.bulk-invitation", false, access.UsersCreate},
		{"sign-out", "people.bulk-sign-out", false, access.UsersSignOut},
		{"deactivation", "people.bulk-deactivation", true, access.UsersDeactivate},
	} {
		if r.cur.Rights.Can(a.need) {
			b.Actions = append(b.Actions, bulkAction{a.kind, l.T(message(a.text)), a.danger})
		}
	}
	if len(b.Actions) == 0 {
		return nil
	}
	if p.Earlier || p.Later {
		b.All = l.T(message("people.bulk-all", "Count", int(p.Total)))
		if p.More {
			b.All = l.T(message("people.bulk-all-more"))
		}
	}
	return b
}

// userCells makes rows for one reader.
type userCells struct {
	l       views.Locale
	now     time.Time
	mayEdit bool
	mayEnd  bool
	mayGive func(userID string, over overs) bool
	overs   func(*staff.Row) overs
	none    string
	// what the links of the cells do: in which row they stand, the row's head says
	role, department string
}

func (w *Web) userCells(r *request, l views.Locale) (userCells, error) {
	book, err := w.Signin.Book(r.ctx)
	if err != nil {
		return userCells{}, err
	}
	overs := func(row *staff.Row) overs { return r.overs(book, row.ID, row.RoleID, row.ProfileIDs) }
	return userCells{l, w.Now(), r.cur.Rights.Can(access.UsersEdit), r.cur.Rights.Can(access.UsersDeactivate), r.mayGiveRole, overs, l.T(message("users.no-department")),
		l.T(message("people.change-role")), l.T(message("people.change-department"))}, nil
}

func (c userCells) row(row *staff.Row, dormantSince time.Time) userRow {
	l := c.l
	u := userRow{
		ID: row.ID, Name: row.Name(), URL: "/users/" + row.ID, Email: row.Email, Title: row.Title,
		Role: userCell{Text: roleName(l, row.RoleID, row.RoleName)}, Department: userCell{Text: row.Department, None: c.none},
		Status: statusOf(l, row.Status, row.LockedUntil, c.now), Dormant: row.Dormant(dormantSince),
		Avatar: avatarFor(row.ID, row.FirstName, row.LastName, row.PictureID, 64),
	}
	over := c.overs(row)
	if c.mayEdit && over.may(access.OverRecord) {
		u.Department.URL, u.Department.Hint = u.URL+"/department", c.department
	}
	if c.mayGive(row.ID, over) {
		u.Role.URL, u.Role.Hint = u.URL+"/role", c.role
	}
	if c.mayEnd && over.may(access.OverAccount) {
		u.StatusURL = u.URL + "/deactivation/new"
		if row.Status == staff.Inactive {
			u.StatusURL = u.URL + "/activation/new"
		}
	}
	if row.LastSignInAt != nil {
		at := l.Time(*row.LastSignInAt)
		u.LastSignIn = &at
	}
	return u
}

// statusOf says a status; locked is derived from a time (C-13), and an inactive person's lock is of no interest.
func statusOf(l views.Locale, stored staff.Status, lockedUntil *time.Time, now time.Time) status {
	switch {
	case stored == staff.Inactive:
		return status{"inactive", l.T(message("users.status-inactive"))}
	case lockedUntil != nil && now.Before(*lockedUntil):
		return status{"locked", l.T(message("users.status-locked"))}
	case stored == staff.Pending:
		return status{"invited", l.T(message("users.status-invited"))}
	default:
		return status{"active", l.T(message("users.status-active"))}
	}
}
