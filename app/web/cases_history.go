package web

import (
	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"chancery/views"
)

// casesHistoryIndexView is what was done to a case (S1-14).
type casesHistoryIndexView struct {
	views.Page
	Head    caseHead
	History historyView
}

// casesHistoryIndex is the history of a case, for everybody who sees it. Where people were when they did it is not told
// here.
func (w *Web) casesHistoryIndex(r *request) error {
	head, s, err := w.caseHeadOf(r, r.Params("id"), "history")
	if err != nil {
		return err
	}
	v := casesHistoryIndexView{Page: w.page(r, "audit.tab", "cases"), Head: head}
	v.Title = s.Number + " · " + v.Title
	before := r.Query("before")
	if uuid.Validate(before) != nil {
		before = ""
	}
	lines, more, err := w.Cases.History(r.ctx, r.actor(), s.ID, before, historyShown)
	if err != nil {
		return err
	}
	h, err := w.Staff.Read(r.ctx, r.actor(), lines)
	if err != nil {
		return err
	}
	say := historian{w, r, r.locale(w), h.Names}
	for i := range h.Lines {
		line := say.line(&h.Lines[i])
		line.Object, line.Network = "", "" // it is this case's, all of it
		v.History.Lines = append(v.History.Lines, line)
	}
	if path := head.URL + "/history"; more {
		v.History.Older = asking(path, "before", lines[len(lines)-1].ID)
	}
	if before != "" {
		v.History.Newest = head.URL + "/history"
	}
	return w.render(r, fiber.StatusOK, "cases/history/index", v)
}
