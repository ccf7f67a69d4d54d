package web

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"chancery/app/audit"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/views"
)

// signInsShown is how many tries a page shows at a time.
const signInsShown = 10

// signInsView is a stretch of the timeline of an account (B-6), newest first.
type signInsView struct {
	Rows  []signInRow
	Older string // id to ask for older ones with; "" at the end
	More  bool   // an answer to «Older», which replaces that button too
}

type signInRow struct {
	At                      views.Time
	Status, Result          string
	Method, Device, Network string
	Change                  bool     // no try to sign in, but something that was done to the account; Method is by whom
	Fields                  []string // what of it, by name
}

// meSignInsIndexView is the history on a page of its own.
type meSignInsIndexView struct {
	views.Page
	Rail    railView
	SignIns signInsView
}

// meSignInsIndex shows the tries before the one that is named: more rows for a table, or a page with them.
func (w *Web) meSignInsIndex(r *request) error {
	v, err := w.signInsView(r, r.Query("before"))
	if err != nil {
		return err
	}
	if r.fragment() {
		v.More = true
		return w.render(r, fiber.StatusOK, "me/sign-ins/_rows", v)
	}
	page := w.page(r, "timeline.title", "me")
	return w.render(r, fiber.StatusOK, "me/sign-ins/index", meSignInsIndexView{Page: page, Rail: w.rail(r, page, "security"), SignIns: v})
}

func (w *Web) signInsView(r *request, before string) (signInsView, error) {
	list, more, err := w.Signin.Timeline(r.ctx, r.cur, before, signInsShown)
	if err != nil {
		return signInsView{}, err
	}
	l := r.locale(w)
	v := signInsView{Rows: make([]signInRow, len(list))}
	for i := range list {
		if a := list[i].Attempt; a != nil {
			v.Rows[i] = signInView(l, a)
		} else {
			v.Rows[i] = w.changeView(r, l, list[i].Change)
		}
	}
	if more {
		v.Older = list[len(list)-1].ID
	}
	return v, nil
}

func signInView(l views.Locale, a *signin.Attempt) signInRow {
	row := signInRow{At: l.Time(a.At), Status: "failed", Method: methodName(l, a.Method), Device: deviceName(l, a.UserAgent), Network: a.Network}
	switch {
	case a.Outcome == "success":
		row.Status = "ok"
	case a.Reason == "asked":
		row.Status = "info"
	}
	row.Result = l.T(message(resultKey(a)))
	return row
}

// changeView is what was changed of the account, in the words of the history, with who did it. From where, is said only of
// what the person has done: where an administrator sits is none of their business.
func (w *Web) changeView(r *request, l views.Locale, line *audit.Line) signInRow {
	s := historian{w: w, r: r, l: l}
	row := signInRow{At: l.Time(line.At), Status: "info", Result: line.Action, Change: true}
	if i := slices.IndexFunc(auditActions[:], func(a auditAction) bool { return a.name == line.Action }); i >= 0 {
		row.Result = l.T(message(auditActions[i].key()))
	}
	if line.Action == "user.edit" { // the others say what it was
		for _, c := range line.List() {
			row.Fields = append(row.Fields, s.fieldName("user", c.Field))
		}
	}
	switch program, ok := programOf(line.ActorID); {
	case line.ActorID == r.cur.User.ID:
		row.Method, row.Network = l.T(message("timeline.you")), line.Network
	case ok && program == "signin":
		row.Method = l.T(message("timeline.itself"))
	default:
		row.Method, _ = s.actor(&staff.HistoryLine{Line: *line})
	}
	return row
}

func resultKey(a *signin.Attempt) string {
	if a.Outcome == "success" {
		return "session.result.ok"
	}
	switch a.Reason {
	case "asked":
		return "session.result.asked"
	case "wrong":
		return "session.result.wrong"
	case "code":
		return "session.result.code"
	case "factor":
		return "session.result.factor"
	case "locked":
		return "session.result.locked"
	case "expired":
		return "session.result.expired"
	case "inactive":
		return "session.result.inactive"
	}
	return "session.result.failed"
}
