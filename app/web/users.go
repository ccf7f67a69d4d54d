package web

import (
	"slices"
	"strings"

	"chancery/app/access"
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
