package web

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"chancery/app/cases"
	"chancery/app/fault"
	"chancery/views"
)

// casesReassignmentNewView says what would come of giving several cases to somebody, before it is done (S1-17, B-17).
type casesReassignmentNewView struct {
	views.Page
	Errors    *views.Errors
	Sentence  string // how many are selected
	Selection []hiddenField
	Back      string
	To        inputField
	Takers    []choice
	Ready     bool // somebody is chosen
	Mark      string
	Will      string // "12 cases go to Lucía"
	Stay      string // "3 are theirs already"; "" for none
	Lines     []caseMove
	Beyond    string // how many more there are than are shown
	Confirm   string // "" when nothing would move
}

// caseMove is a case and from whom it goes.
type caseMove struct {
	Number, URL, Client, From string
	Stays                     string // in words; "" when it moves
}

// movesShown is how many cases the dry run names.
const movesShown = 50

// movesMost is how many cases can be given away at once: as many as one statement moves (cases.Reassign).
const movesMost = 5000

// selectedCases are the cases that a form or an address means: those of its ids, or all open ones that its search finds.
func (w *Web) selectedCases(r *request, f form) ([]string, error) {
	if f.get("all") == "" {
		ids := f.ids()
		if len(ids) == 0 {
			return nil, fault.Refuse("cases.none-selected")
		}
		rows, err := w.Cases.Select(r.ctx, r.actor(), ids) // what the reader does not see is left out
		return idsOf(rows), err
	}
	q := w.casesQuery(f.get)
	q.Status = cases.Open
	ids, more, err := w.Cases.Matching(r.ctx, r.actor(), q.Filter, movesMost)
	if err == nil && more {
		err = fault.Refuse("cases.too-many", "Max", movesMost)
	}
	return ids, err
}

func idsOf(rows []cases.Row) []string {
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	return ids
}

// casesReassignmentNew asks who takes the selected cases over, and shows what would come of it.
func (w *Web) casesReassignmentNew(r *request) error {
	f, err := r.addressForm()
	if err != nil {
		return err
	}
	return w.casesReassignmentForm(r, f, problems{status: fiber.StatusOK})
}

func (w *Web) casesReassignmentForm(r *request, f form, p problems) error {
	l := r.locale(w)
	v := casesReassignmentNewView{
		Page: w.page(r, "cases.reassign-title-many", "cases"), Selection: selectionOf(f), Back: beneath(f.get("back"), casesAt),
		To: inputField{f.get("to"), p.field("to")},
	}
	if v.Back == "" {
		v.Back = casesAt
	}
	ids, err := w.selectedCases(r, f)
	if more, ok := w.problems(r, err); ok {
		p = more
	} else if err != nil {
		return err
	}
	v.Errors, v.Mark = p.summary, markOf(ids)
	v.Sentence = l.T(message("cases.reassign-count", "Count", len(ids)))
	takers, err := w.Cases.Takers(r.ctx, r.actor(), "")
	if err != nil {
		return err
	}
	v.Takers = takerChoices(l, takers, v.To.Value)
	if err := w.markAway(r, v.Takers, w.Now()); err != nil {
		return err
	}
	if i := slices.IndexFunc(takers, func(t cases.Taker) bool { return t.ID == v.To.Value }); i >= 0 && len(ids) > 0 {
		if err := w.casesMoves(r, l, ids, takers[i], &v); err != nil {
			return err
		}
	}
	return w.render(r, p.status, "cases/reassignment/new", v)
}

// casesMoves is the dry run.
func (w *Web) casesMoves(r *request, l views.Locale, ids []string, to cases.Taker, v *casesReassignmentNewView) error {
	moves := 0
	for part := range slices.Chunk(ids, 500) {
		rows, err := w.Cases.Select(r.ctx, r.actor(), part)
		if err != nil {
			return err
		}
		for i := range rows {
			row := &rows[i]
			m := caseMove{Number: row.Number, URL: casesAt + "/" + row.ID, Client: row.Client, From: row.Owner()}
			switch {
			case row.Status != cases.Open:
				m.Stays = l.T(message("cases.move-closed"))
			case pointed(row.OwnerID) == to.ID:
				m.Stays = l.T(message("cases.move-theirs"))
			default:
				moves++
			}
			if len(v.Lines) < movesShown {
				v.Lines = append(v.Lines, m)
			}
		}
	}
	v.Ready = true
	v.Will = l.T(message("cases.move-will", "Count", moves, "Name", takerName(to)))
	if stay := len(ids) - moves; stay > 0 {
		v.Stay = l.T(message("cases.move-stay", "Count", stay))
	}
	if more := len(ids) - len(v.Lines); more > 0 {
		v.Beyond = l.T(message("cases.move-beyond", "Count", more))
	}
	if moves > 0 {
		v.Confirm = l.T(message("cases.move-confirm", "Count", moves))
	}
	return nil
}

// selectionOf are the fields that say which cases are selected, to be sent on.
func selectionOf(f form) (fields []hiddenField) {
	if f.get("all") == "" {
		return []hiddenField{{"id", strings.Join(f.ids(), ",")}}
	}
	for _, name := range []string{"all", "q", "owner", "department", "stage", "mine", "unread"} {
		if value := f.get(name); value != "" {
			fields = append(fields, hiddenField{name, value})
		}
	}
	return fields
}

// casesReassignmentCreate gives the selected cases to a colleague: all of them or none, and none when others are selected
// than were shown.
func (w *Web) casesReassignmentCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	ids, err := w.selectedCases(r, f)
	if err == nil && markOf(ids) != f.get("mark") {
		err = fault.Refuse("cases.selection-changed")
	}
	var moved int64
	if err == nil {
		moved, err = w.Cases.Reassign(r.ctx, r.actor(), ids, f.get("to"))
	}
	if err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		return w.casesReassignmentForm(r, f, p)
	}
	back := beneath(f.get("back"), casesAt)
	if back == "" {
		back = casesAt
	}
	return r.goTo(movedTo(back, f.get("to"), moved))
}

// movedTo is a list's address with what was done there. A choice of cases that have gone from the list is none.
func movedTo(back, to string, moved int64) string {
	u, err := url.Parse(back)
	if err != nil {
		return casesAt
	}
	q := u.Query()
	q.Del("selected")
	q.Set("notice", "moved")
	q.Set("to", to)
	q.Set("count", itoa(moved))
	u.RawQuery = q.Encode()
	return u.String()
}
