package web

import (
	"chancery/app/staff"
	"chancery/views"
)

// colleaguesIndexView is the list of those who work here, or of those that a search found.
type colleaguesIndexView struct {
	views.Page
	Search  peopleSearch
	Found   string // how many there are
	None    *peopleNone
	Rows    []colleagueRow
	Caption string
	Pages   peoplePages
}

// colleagueRow is one person of the list.
type colleagueRow struct {
	Name       string
	URL        string
	Email      string
	Title      string
	Department string
	Cell       phone
	Office     phone
	Phone      phone // the one of both to call first
	Avatar     views.Avatar
	Away       string // until when, and who stands in; "" for who is here
}

// colleaguesIndex lists those who work here by name, for everybody who does (S0-1, S0-14, S0-32).
func (w *Web) colleaguesIndex(r *request) error {
	q := listQuery("/colleagues", r.asked)
	p, err := w.Staff.Colleagues(r.ctx, r.actor(), q.Query)
	if err != nil {
		return err
	}
	if strayed(q.part(), p) {
		return r.goTo(address(q.path, q.values()))
	}
	l := r.locale(w)
	v := colleaguesIndexView{
		Page: w.page(r, "colleagues.title", "colleagues"), Search: peopleSearch{List: "people", Hint: l.T(message("users.search-hint")), Path: q.path, Label: l.T(message("colleagues.search-label")), Query: q.Search},
		Found: found(l, "people.", p), Pages: pages(l, q.part(), p, func(c *staff.Colleague) string { return c.ID }),
	}
	if q.Search != "" {
		v.None = &peopleNone{q.Search, q.path}
	}
	ids := make([]string, len(p.Rows))
	for i := range p.Rows {
		ids[i] = p.Rows[i].ID
	}
	away, err := w.awayTexts(r, ids, w.Now())
	if err != nil {
		return err
	}
	for i := range p.Rows {
		row := colleagueRowOf(&p.Rows[i])
		row.Away = away[p.Rows[i].ID]
		v.Rows = append(v.Rows, row)
	}
	v.Caption = l.T(message("colleagues.caption", "Range", v.Pages.Range))
	return w.renderList(r, q.part(), "colleagues", v)
}

func colleagueRowOf(c *staff.Colleague) colleagueRow {
	row := colleagueRow{
		Name: c.Name(), URL: "/users/" + c.ID, Email: c.Email, Title: c.Title, Department: c.Department, Cell: phoneOf(c.Cell), Office: phoneOf(c.Office),
		Avatar: avatarFor(c.ID, c.FirstName, c.LastName, c.PictureID, 64),
	}
	if row.Phone = row.Cell; row.Cell.Text == "" {
		row.Phone = row.Office
	}
	return row
}
