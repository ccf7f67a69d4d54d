package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/app/signin"
	"chancery/views"
)

// signInsShown is how many tries a page shows at a time.
const signInsShown = 10

// signInsView is a stretch of the history, newest first.
type signInsView struct {
	Rows  []signInRow
	Older string // id to ask for older ones with; "" at the end
	More  bool   // an answer to «Older», which replaces that button too
}

type signInRow struct {
	At                      views.Time
	Status, Result          string
	Method, Device, Network string
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
	page := w.page(r, "session.history", "me")
	return w.render(r, fiber.StatusOK, "me/sign-ins/index", meSignInsIndexView{Page: page, Rail: w.rail(r, page, "security"), SignIns: v})
}

func (w *Web) signInsView(r *request, before string) (signInsView, error) {
	list, more, err := w.Signin.History(r.ctx, r.actor(), r.cur.User.ID, before, signInsShown)
	if err != nil {
		return signInsView{}, err
	}
	l := r.locale(w)
	v := signInsView{Rows: make([]signInRow, len(list))}
	for i := range list {
		v.Rows[i] = signInView(l, &list[i])
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
