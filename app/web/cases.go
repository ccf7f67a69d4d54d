package web

import (
	"slices"
	"strings"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/listing"
	"chancery/app/staff"
	"chancery/views"
)

// casesIndexView is the list of the cases that the reader sees, or of those that a search and filters found.
type casesIndexView struct {
	views.Page
	Search    peopleSearch
	Found     string // how many there are
	Clear     string // the list without filters; "" when it has none
	Columns   []caseColumn
	Rows      []caseLine
	Caption   string
	Pages     peoplePages
	NotFound  string
	Bulk      *casesBulk // nil for those who may do nothing with several at once
	MayCreate bool
}

// caseLine is one case of the list.
type caseLine struct {
	ID       string
	Number   string
	URL      string
	Title    string
	Client   string
	Stage    string
	Closed   string // in words; "" for an open one
	Private  bool
	Owner    *namedPerson
	Opened   views.Time
	Message  *views.Time
	Unread   string // how many messages the reader has not read; "" for none
	UnreadIs string // the same in words
	Select   bool
	Selected bool
	Label    string // of its box
}

// namedPerson is somebody where they are named: with a picture, and whether they still work here (S0-3, S1-13).
type namedPerson struct {
	Name   string
	URL    string
	Title  string
	Left   string // in words; "" for who works here
	Away   string // until when, and who stands in (away.go); "" for who is here
	Avatar views.Avatar
}

// casesBulk gives several cases to another owner: those that are selected, or all that the list's own question finds.
type casesBulk struct {
	Query []keptValue
	All   string // "All 1,234 that match"
	Says  string // what the counter says then
	Back  string // the list's address
}

// casesIndex lists the cases that the reader sees (S0-31, S0-32).
func (w *Web) casesIndex(r *request) error {
	q := w.casesQuery(r.asked)
	p, err := w.Cases.List(r.ctx, r.actor(), q.Query)
	if err != nil {
		return err
	}
	if strayed(q.part(), p) {
		return r.goTo(q.part().address())
	}
	l := r.locale(w)
	v := casesIndexView{
		Page: w.page(r, "cases.title", "cases"), Columns: caseColumns(l, q), Found: found(l, "cases.", p),
		Pages: pages(l, q.part(), p, func(row *cases.Row) string { return row.ID }), MayCreate: r.cur.Rights.Can(access.CasesCreate),
	}
	v.Pages.List = "cases"
	if v.Search, err = w.casesSearch(r, l, q); err != nil {
		return err
	}
	if q.filtered() {
		v.Clear = q.plain()
		v.NotFound = l.T(message("cases.none-match"))
		if q.Search != "" {
			v.NotFound = l.T(message("cases.none-found", "Query", q.Search))
		}
	}
	v.Bulk = w.casesBulk(r, l, q, p)
	selected := strings.FieldsFunc(r.Query("selected"), func(c rune) bool { return c == ',' })
	for i := range p.Rows {
		line := caseLineOf(l, &p.Rows[i])
		line.Select, line.Selected = v.Bulk != nil && p.Rows[i].Status == cases.Open, slices.Contains(selected, line.ID)
		v.Rows = append(v.Rows, line)
	}
	if p.Total > int64(peopleSizes()[0]) {
		v.Pages.Sizes = q.sizes()
	}
	v.Caption = l.T(message("cases.list-caption", "Range", v.Pages.Range))
	if !r.fragment() {
		v.Notice = w.casesNotice(r, l)
	}
	return w.renderList(r, q.part(), "cases", v)
}

func caseLineOf(l views.Locale, row *cases.Row) caseLine {
	c := caseLine{
		ID: row.ID, Number: row.Number, URL: casesAt + "/" + row.ID, Title: row.Title, Client: row.Client, Stage: row.Stage, Private: row.Private,
		Opened: l.DayBrief(row.OpenedAt), Label: l.T(message("cases.select", "Number", row.Number, "Client", row.Client)),
	}
	if row.Status == cases.Closed {
		c.Closed = l.T(message("cases.status-closed"))
	}
	if row.OwnerID != nil {
		c.Owner = personNamed(l, *row.OwnerID, row.OwnerFirst, row.OwnerLast, row.OwnerShown, row.OwnerPicture, row.OwnerStatus)
	}
	if row.LastMessageAt != nil {
		at := l.Time(*row.LastMessageAt)
		c.Message = &at
	}
	if row.Unread > 0 {
		c.Unread, c.UnreadIs = l.Number(int(row.Unread)), l.T(message("cases.unread-is", "Count", int(row.Unread)))
	}
	return c
}

// personNamed is a person where they are named.
func personNamed(l views.Locale, id, first, last, shown string, picture *string, status staff.Status) *namedPerson {
	p := &namedPerson{Name: staff.DisplayName(first, last, shown), URL: "/users/" + id, Avatar: avatarFor(id, first, last, picture, 64)}
	if status == staff.Inactive {
		p.Left = l.T(message("users.no-longer-here"))
	}
	return p
}

// casesBulk is what the reader may do with several at once.
func (w *Web) casesBulk(r *request, l views.Locale, q casesQuery, p listing.Part[cases.Row]) *casesBulk {
	if !r.cur.Rights.Can(access.CasesReassign) || q.Status == cases.Closed {
		return nil
	}
	b := &casesBulk{Back: q.part().here()}
	all := q.values()
	for _, name := range []string{"q", "status", "owner", "department", "stage", "mine", "unread"} {
		if all.Has(name) {
			b.Query = append(b.Query, keptValue{name, all.Get(name)})
		}
	}
	if p.Earlier || p.Later {
		b.All, b.Says = l.T(message("people.bulk-all", "Count", int(p.Total))), l.T(message("people.selected-all", "Count", int(p.Total)))
		if p.More {
			b.All, b.Says = l.T(message("people.bulk-all-more")), l.T(message("people.selected-more", "Count", int(p.Total)))
		}
	}
	return b
}

// casesNotice is the confirmation of what was just done with several cases.
func (w *Web) casesNotice(r *request, l views.Locale) *views.Notice {
	if r.Query("notice") != "moved" {
		return nil
	}
	c, err := w.Staff.Card(r.ctx, r.actor(), r.Query("to"))
	if err != nil {
		return nil // a notice is no reason to show no list
	}
	return &views.Notice{Text: l.T(message("cases.moved", "Count", r.QueryInt("count"), "Name", c.Name()))}
}
