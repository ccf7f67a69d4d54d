package web

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/views"
)

// usersPath is the list's.
const usersPath = "/users"

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
	URL  string // of the list in this order, or turned round
	Sort string // ascending or descending, where the list is in this order
	Down bool
}

// usersBulk is what can be done with several at once, and the list's own question: a choice of all that match is not the
// ids of all, but the question again.
type usersBulk struct {
	Query   []keptValue
	All     string // "All 1,234 that match"
	Says    string // what the counter says then
	Export  bool   // as a file
	Back    string // the list's address
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
	Mailbox    string // the address up to its @, before which it may be broken
	Host       string
	Title      string
	Role       userCell
	Department userCell
	Status     status
	StatusURL  string // of the sheet that changes it; "" for those who may not
	Focus      bool   // it was changed a moment ago, and the keyboard stays in the row
	Dormant    bool
	LastSignIn *views.Time
	Avatar     views.Avatar
	Select     bool
	Selected   bool // when one comes back from the page that asks, without script
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
	// EditURL is the page with the form, which leads back to the list.
	EditURL string
	Focus   bool // it takes the place of a form that had the focus
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
	if !r.fragment() {
		v.Notice = w.rowNotice(r)
	}
	cells, err := w.userCells(r, l, q.here())
	if err != nil {
		return err
	}
	if err := w.invitationsIn(r.ctx, r.actor(), p.Rows, &cells); err != nil {
		return err
	}
	selected := strings.FieldsFunc(r.Query("selected"), func(c rune) bool { return c == ',' })
	for i := range p.Rows {
		row := cells.row(&p.Rows[i], q.DormantSince)
		row.Select, row.Selected = v.Bulk != nil, slices.Contains(selected, row.ID)
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

// usersBulk is what the reader may do with several at once.
func (w *Web) usersBulk(r *request, l views.Locale, q peopleQuery, p staff.Part[staff.Row]) *usersBulk {
	b := &usersBulk{Back: q.here(), Export: r.cur.Rights.Can(access.UsersExport), Query: q.kept("q", "status", "role", "department", "profile"), Actions: w.bulkActions(r, l)}
	if len(b.Actions) == 0 && !b.Export {
		return nil
	}
	if p.Earlier || p.Later {
		b.All, b.Says = l.T(message("people.bulk-all", "Count", int(p.Total))), l.T(message("people.selected-all", "Count", int(p.Total)))
		if p.More {
			b.All, b.Says = l.T(message("people.bulk-all-more")), l.T(message("people.selected-more", "Count", int(p.Total)))
		}
	}
	return b
}

// bulkActions are what the reader may do with several at once.
func (w *Web) bulkActions(r *request, l views.Locale) (all []bulkAction) {
	for _, k := range bulkKinds() {
		if w.Work.Knows(r.actor(), k.name) {
			all = append(all, bulkAction{k.name, l.T(message("people.bulk." + k.name)), k.danger})
		}
	}
	return all
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
	back             string // the list's address
	lives            map[string]signin.Life
}

// invitationsIn reads what the invitations of those have come to who have not come in yet (B-13).
func (w *Web) invitationsIn(ctx context.Context, actor access.Actor, rows []staff.Row, c *userCells) (err error) {
	var ids []string
	for i := range rows {
		if rows[i].Status == staff.Pending {
			ids = append(ids, rows[i].ID)
		}
	}
	if len(ids) > 0 {
		c.lives, err = w.Signin.Lives(ctx, actor, ids)
	}
	return err
}

// userCells makes rows of a list that has that address.
func (w *Web) userCells(r *request, l views.Locale, back string) (userCells, error) {
	book, err := w.Signin.Book(r.ctx)
	if err != nil {
		return userCells{}, err
	}
	overs := func(row *staff.Row) overs { return r.overs(book, row.ID, row.RoleID, row.ProfileIDs) }
	return userCells{l, w.Now(), r.cur.Rights.Can(access.UsersEdit), r.cur.Rights.Can(access.UsersDeactivate), r.mayGiveRole, overs, l.T(message("users.no-department")),
		l.T(message("people.change-role")), l.T(message("people.change-department")), back, nil}, nil
}

func (c userCells) row(row *staff.Row, dormantSince time.Time) userRow {
	l := c.l
	u := userRow{
		ID: row.ID, Name: row.Name(), URL: "/users/" + row.ID, Email: row.Email, Title: row.Title,
		Role: userCell{Text: roleName(l, row.RoleID, row.RoleName)}, Department: userCell{Text: row.Department, None: c.none},
		Status: statusOf(l, row.Status, row.LockedUntil, c.now), Dormant: row.Dormant(dormantSince),
		Avatar: avatarFor(row.ID, row.FirstName, row.LastName, row.PictureID, 64),
	}
	if at := strings.LastIndexByte(row.Email, '@'); at > 0 {
		u.Mailbox, u.Host = row.Email[:at], row.Email[at:]
	}
	if u.Status.Name == "invited" {
		u.Status = invitedStatus(l, c.lives[row.ID])
	}
	over := c.overs(row)
	if c.mayEdit && over.may(access.OverRecord) {
		u.Department.URL, u.Department.Hint = u.URL+"/department", c.department
		u.Department.EditURL = withBack(u.Department.URL+"/edit", c.back)
	}
	if c.mayGive(row.ID, over) {
		u.Role.URL, u.Role.Hint = u.URL+"/role", c.role
		u.Role.EditURL = withBack(u.Role.URL+"/edit", c.back)
	}
	if c.mayEnd && over.may(access.OverAccount) {
		u.StatusURL = u.URL + "/deactivation/new"
		if row.Status == staff.Inactive {
			u.StatusURL = u.URL + "/activation/new"
		}
		u.StatusURL = withBack(u.StatusURL, c.back)
	}
	if row.LastSignInAt != nil {
		at := l.Time(*row.LastSignInAt)
		u.LastSignIn = &at
	}
	return u
}

// invitedStatus says how far somebody is who has not come in yet (B-13).
func invitedStatus(l views.Locale, life signin.Life) status {
	switch life {
	case signin.LifeExpired:
		return status{"failed", l.T(message("people.invitation-expired"))}
	case signin.LifeBounced:
		return status{"failed", l.T(message("people.invitation-bounced"))}
	case signin.LifeCancelled:
		return status{"inactive", l.T(message("people.invitation-cancelled"))}
	case signin.LifeNone:
		return status{"inactive", l.T(message("people.invitation-none"))}
	case signin.LifeUnsure:
		return status{"invited", l.T(message("people.invitation-unsure"))}
	}
	return status{"invited", l.T(message("users.status-invited"))}
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
