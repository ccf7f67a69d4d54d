package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/views"
)

// usersHistoryIndexView is what was done to one person's account.
type usersHistoryIndexView struct {
	views.Page
	Head    userHead
	History historyView
}

func (w *Web) usersHistoryIndex(r *request) error {
	if r.fragment() {
		h, err := w.historyView(r, "/users/"+r.Params("id")+"/history", r.Params("id"))
		if err != nil {
			return err
		}
		return w.renderLog(r, h)
	}
	head, c, err := w.userHeadOf(r, r.Params("id"), "history")
	if err != nil {
		return err
	}
	h, err := w.historyView(r, "/users/"+c.ID+"/history", c.ID)
	if err != nil {
		return err
	}
	v := usersHistoryIndexView{Page: w.page(r, "audit.user-title", "users"), Head: head, History: h}
	v.Title = c.Name() + " · " + v.Title
	return w.render(r, fiber.StatusOK, "users/history/index", v)
}
