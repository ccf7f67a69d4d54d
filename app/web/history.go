package web

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"chancery/app/listing"
	"chancery/app/staff"
	"chancery/views"
)

// historyShown is how many lines of the history a page shows.
const historyShown = 25

// historyIndexView is the history of the whole practice (ASVS 16.3.x), for those with audit.view.
type historyIndexView struct {
	views.Page
	History historyView
}

// historyView is a stretch of the history with its filters: history/_log. It stands on a page of its own and on each
// person's.
type historyView struct {
	Filter historyFilter
	Lines  []historyLine
	Older  string // addresses, or ""
	Newest string
	CSV    string
}

// historyFilter is which lines are wanted: as it was typed, and what is wrong with that.
type historyFilter struct {
	Path       string
	OnePerson  bool // the page of one: whom it is about stands in its address
	Person     inputField
	Actor      inputField
	From, To   inputField
	Actions    []choiceGroup
	Any        bool // something narrows the history
	wanted     staff.HistoryQuery
	impossible bool // a filter that cannot be understood finds nothing
}

// historyLine is one thing that was done.
type historyLine struct {
	At        views.Time
	Icon      string
	What      string // in words
	Label     string // the same before the name of what it was done to
	Kind      string // what it was done to, where it has no name
	Object    string
	ObjectURL string
	Actor     string
	ActorURL  string
	Network   string
	Fields    []historyField
}

// historyField is one field before and after; what is empty was not there.
type historyField struct{ Name, Label, Before, After string }

// historyIndex is the history of the practice: who, when, from where, what, from which value to which.
func (w *Web) historyIndex(r *request) error {
	h, err := w.historyView(r, "/history", "")
	if err != nil {
		return err
	}
	if r.fragment() {
		return w.renderLog(r, h)
	}
	return w.render(r, fiber.StatusOK, "history/index", historyIndexView{w.page(r, "audit.title", "history"), h})
}

// renderLog answers with the log alone, for a filter that changed. It has neither form nor token, so that it may be
// compressed.
func (w *Web) renderLog(r *request, h historyView) error {
	if err := w.render(r, fiber.StatusOK, "history/_log", h); err != nil {
		return err
	}
	r.compress()
	return nil
}

// historyView reads the stretch that the address asks for. person is the one whose history it is, or "".
func (w *Web) historyView(r *request, path, person string) (historyView, error) {
	f, err := w.historyFilter(r, path, person)
	if err != nil {
		return historyView{}, err
	}
	v := historyView{Filter: f, CSV: historyPath(r, path+".csv", "")}
	if f.impossible {
		v.CSV = ""
		return v, nil
	}
	q := f.wanted
	q.Limit = historyShown
	if before := r.Query("before"); uuid.Validate(before) == nil {
		q.Before = before
	}
	h, err := w.Staff.History(r.ctx, r.actor(), q)
	if err != nil {
		return historyView{}, err
	}
	s := historian{w, r, r.locale(w), h.Names}
	for i := range h.Lines {
		line := s.line(&h.Lines[i])
		if person != "" {
			line.Object = "" // it is theirs, all of it
		}
		v.Lines = append(v.Lines, line)
	}
	if h.More {
		v.Older = historyPath(r, path, h.Lines[len(h.Lines)-1].ID)
	}
	if q.Before != "" {
		v.Newest = historyPath(r, path, "")
	}
	return v, nil
}

// historyFilter understands the filters of the address. Days are the reader's own.
func (w *Web) historyFilter(r *request, path, person string) (historyFilter, error) {
	l := r.locale(w)
	f := historyFilter{Path: path, OnePerson: person != "", wanted: staff.HistoryQuery{Person: person}}
	for _, who := range []struct {
		name  string
		field *inputField
		id    *string
	}{{"person", &f.Person, &f.wanted.Person}, {"actor", &f.Actor, &f.wanted.Actor}} {
		typed := clipped(words(r.Query(who.name)), 254)
		if typed == "" || person != "" && who.name == "person" {
			continue
		}
		f.Any = true
		id, ok, err := w.personNamed(r, typed)
		if err != nil {
			return f, err
		}
		who.field.Value, *who.id = typed, id
		if !ok {
			f.impossible = true
			who.field.Error = views.FieldError{ID: who.name, Text: l.T(message("audit.nobody"))}
		}
	}
	for _, day := range []struct {
		name  string
		field *inputField
		at    *time.Time
		add   int
	}{{"from", &f.From, &f.wanted.From, 0}, {"to", &f.To, &f.wanted.To, 1}} {
		typed := clipped(words(r.Query(day.name)), 10)
		if typed == "" {
			continue
		}
		f.Any = true
		day.field.Value = typed
		at, err := time.ParseInLocation(time.DateOnly, typed, r.zone)
		if err != nil || at.Year() < 1900 || at.Year() > 9000 {
			f.impossible = true
			day.field.Error = views.FieldError{ID: day.name, Text: l.T(message("audit.no-day"))}
			continue
		}
		*day.at = time.Date(at.Year(), at.Month(), at.Day()+day.add, 0, 0, 0, 0, r.zone).UTC()
	}
	chosen := r.Query("action")
	f.Actions = actionChoices(l, chosen, r.cur.Rights.Untold())
	if slices.ContainsFunc(auditActions[:], func(a auditAction) bool { return a.name == chosen }) {
		f.wanted.Action, f.Any = chosen, true
	}
	return f, nil
}

// choiceGroup is what of a list belongs together.
type choiceGroup struct {
	Text    string
	Choices []choice
}

// actionChoices are what the history can be filtered by: by what it was done to, and there by their words,
// without what the reader is told nothing of.
func actionChoices(l views.Locale, chosen string, untold []string) (groups []choiceGroup) {
	at := map[string]int{}
	for _, a := range auditActions {
		if slices.Contains(untold, a.group()) {
			continue
		}
		i, known := at[a.group()]
		if !known {
			i, at[a.group()] = len(groups), len(groups)
			groups = append(groups, choiceGroup{Text: l.T(message("audit.group." + a.group()))})
		}
		groups[i].Choices = append(groups[i].Choices, choice{a.name, l.T(message(a.key())), a.name == chosen})
	}
	for _, g := range groups {
		slices.SortFunc(g.Choices, func(a, b choice) int { return strings.Compare(listing.Fold(a.Text), listing.Fold(b.Text)) })
	}
	return groups
}

// personNamed is the id that a filter means: of an address, or one that a link gives (a program's begins with system:).
func (w *Web) personNamed(r *request, typed string) (id string, ok bool, err error) {
	if _, ok := programOf(typed); ok || uuid.Validate(typed) == nil {
		return typed, true, nil
	}
	return w.Staff.PersonID(r.ctx, r.actor(), typed)
}

// historyPath is a stretch of the history as an address, with the filters of this one.
func historyPath(r *request, path, before string) string {
	v := url.Values{}
	for _, name := range []string{"person", "actor", "action", "from", "to"} {
		if typed := clipped(words(r.Query(name)), 254); typed != "" {
			v.Set(name, typed)
		}
	}
	if before != "" {
		v.Set("before", before)
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}
