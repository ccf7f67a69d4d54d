package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/views"
)

// usersCasesIndexView is what a person has to look after (S1-16), and the way to give it to others (S1-17).
type usersCasesIndexView struct {
	views.Page
	Head     userHead
	Errors   *views.Errors
	URL      string
	Query    string
	Caption  string
	Rows     []caseRow
	Range    string
	First    string // URLs, or ""
	Next     string
	Takers   []choice
	To       inputField
	Reassign bool   // the reader may
	All      string // "All 340 cases of this list"; "" when the page shows them all
	AllTaken bool
	Closed   string
	None     string
	NotFound string
}

// caseRow is one case of a list.
type caseRow struct {
	ID, Number, Title, Client, Stage string
	Private, Taken                   bool
	Hidden                           bool   // that there is one is all the reader learns
	Label                            string // of its checkbox
	Opened                           views.Time
}

// casesPerPage is how many cases one page shows.
const casesPerPage = 50

// usersCasesIndex lists a person's open cases by number.
func (w *Web) usersCasesIndex(r *request) error {
	return w.usersCases(r, fiber.StatusOK, form{"q": {r.Query("q")}, "after": {r.Query("after")}}, problems{})
}

// usersCasesUpdate gives the selected cases, or all of the list, to a colleague: all of them or none.
func (w *Web) usersCasesUpdate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	id, to := r.Params("id"), f.get("to")
	var moved int64
	switch {
	case f.get("all") != "":
		moved, err = w.Cases.ReassignAll(r.ctx, r.actor(), id, caseSearch(f.get("q")), to)
	case len(f["case"]) == 0:
		err = fault.Refuse("cases.none-selected")
	default:
		moved, err = w.Cases.ReassignOwned(r.ctx, r.actor(), id, f["case"], to)
	}
	if err == nil {
		return r.goTo("/users/" + id + "/cases?notice=moved&to=" + url.QueryEscape(to) + "&count=" + itoa(moved))
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	return w.usersCases(r, p.status, f, p)
}

func (w *Web) usersCases(r *request, status int, f form, p problems) error {
	head, card, err := w.casesHead(r)
	if err != nil {
		return err
	}
	l, query := r.locale(w), caseSearch(f.get("q"))
	v := usersCasesIndexView{
		Page: w.page(r, "cases.tab", "users"), Head: head, Errors: p.summary, URL: head.User.URL + "/cases", Query: query,
		Caption: l.T(message("cases.caption", "Name", card.Name())), Reassign: r.cur.Rights.Can(access.CasesReassign),
		Closed: l.T(message("cases.closed-stay", "Name", card.Name())), None: l.T(message("cases.none-hint", "Name", card.Name())),
		To: inputField{f.get("to"), p.field("to")}, AllTaken: f.get("all") != "",
	}
	v.Title = card.Name() + ": " + v.Title
	if r.fragment() {
		v.Page.CSRF = "" // what is sent small holds none
	}
	after := clipped(words(f.get("after")), 40)
	rows, total, err := w.Cases.OfOwner(r.ctx, r.actor(), card.ID, cases.Owned{Search: query, After: after, Limit: casesPerPage})
	if err != nil {
		return err
	}
	for i := range rows {
		v.Rows = append(v.Rows, caseRowOf(l, &rows[i], slices.Contains(f["case"], rows[i].ID)))
	}
	v.Range = l.T(message("cases.range", "Shown", l.Number(len(rows)), "Count", int(total)))
	v.NotFound = l.T(message("cases.none-found", "Query", query))
	if after != "" {
		v.First = casesPath(v.URL, query, "")
	}
	if len(rows) == casesPerPage {
		v.Next = casesPath(v.URL, query, rows[len(rows)-1].ID)
	}
	if int64(len(rows)) < total {
		v.All = l.T(message("cases.all", "Count", int(total)))
	}
	if v.Reassign && len(rows) > 0 || r.Query("notice") != "" {
		takers, err := w.Cases.Takers(r.ctx, r.actor(), card.ID)
		if err != nil {
			return err
		}
		v.Takers = takerChoices(l, takers, f.get("to"))
		if err := w.markAway(r, v.Takers, w.Now()); err != nil {
			return err
		}
		v.Notice = casesNotice(r, l, takers)
	}
	if r.fragment() {
		r.Set("HX-Replace-Url", casesPath(v.URL, query, after))
		if err := w.render(r, status, "users/cases/_list", v); err != nil {
			return err
		}
		r.compress() // it has no token
		return nil
	}
	return w.render(r, status, "users/cases/index", v)
}

// casesHead is the head of the page, of which a fragment needs the address alone.
func (w *Web) casesHead(r *request) (userHead, *staff.Card, error) {
	if !r.fragment() {
		return w.userHeadOf(r, r.Params("id"), "cases")
	}
	c, err := w.Staff.Card(r.ctx, r.actor(), r.Params("id"))
	if err != nil {
		return userHead{}, nil, err
	}
	return userHead{User: w.userCardOf(r, c)}, c, nil
}

func caseRowOf(l views.Locale, row *cases.OwnedRow, taken bool) caseRow {
	if row.Hidden {
		return caseRow{ID: row.ID, Private: true, Hidden: true, Taken: taken, Label: l.T(message("cases.select-private"))}
	}
	return caseRow{ID: row.ID, Number: row.Number, Title: row.Title, Client: row.Client, Stage: row.Stage, Private: row.Private, Taken: taken,
		Label: l.T(message("cases.select", "Number", row.Number, "Client", row.Client)), Opened: l.Day(row.OpenedAt)}
}

// takerChoices are the colleagues who can take cases over, each with how many they have.
func takerChoices(l views.Locale, takers []cases.Taker, chosen string) []choice {
	list := make([]choice, len(takers))
	for i, t := range takers {
		list[i] = choice{t.ID, l.T(message("cases.taker", "Name", takerName(t), "Count", int(t.Open))), t.ID == chosen}
	}
	return list
}

func takerName(t cases.Taker) string {
	return staff.DisplayName(t.FirstName, t.LastName, t.DisplayName)
}

// casesNotice confirms what was just done, by the address one was sent on to.
func casesNotice(r *request, l views.Locale, takers []cases.Taker) *views.Notice {
	n, err := strconv.Atoi(r.Query("count"))
	if r.Query("notice") != "moved" || err != nil {
		return nil
	}
	for _, t := range takers {
		if t.ID == r.Query("to") {
			return &views.Notice{Text: l.T(message("cases.moved", "Count", n, "Name", takerName(t)))}
		}
	}
	return nil
}

func caseSearch(typed string) string { return clipped(strings.TrimSpace(words(typed)), 100) }

func casesPath(path, query, after string) string {
	v := url.Values{}
	if query != "" {
		v.Set("q", query)
	}
	if after != "" {
		v.Set("after", after)
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// hiddenNumber is what a list calls a case: by its number, or a private one of others' by that alone.
func hiddenNumber(l views.Locale, row *cases.OwnedRow) string {
	if row.Hidden {
		return l.T(message("cases.private-hidden"))
	}
	return row.Number
}
