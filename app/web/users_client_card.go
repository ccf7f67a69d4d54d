package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/views"
)

// usersClientCardShowView is somebody's client card, for those who look after accounts.
type usersClientCardShowView struct {
	views.Page
	Head   userHead
	Editor clientCardView
}

func (w *Web) usersClientCardShow(r *request) error {
	return w.usersClientCard(r, w.cardSaid(r), nil, problems{status: fiber.StatusOK})
}

func (w *Web) usersClientCard(r *request, saved *views.Notice, f form, p problems) error {
	head, c, err := w.userHeadOf(r, r.Params("id"), "client-card")
	if err != nil {
		return err
	}
	page := w.page(r, "card.title", "users")
	page.Title, page.Notice = r.locale(w).T(message("card.title-of", "Name", c.Name())), saved
	editor, err := w.clientCard(r, page, r.theirCard(), mayEditCard(r, head), f, p)
	if err != nil {
		return err
	}
	return w.render(r, p.status, "users/client-card/show", usersClientCardShowView{page, head, editor})
}

func (w *Web) usersClientCardUpdate(r *request) error {
	done, err := w.updateCard(r, r.theirCard(), func(f form, p problems) error { return w.usersClientCard(r, nil, f, p) })
	if err != nil || !done {
		return err
	}
	return r.goTo(r.theirCard().base + "?notice=saved")
}
