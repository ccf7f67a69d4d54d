package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/views"
)

// usersConfirmView asks before something is done to a person: as a dialog with script, as a page of its own without.
type usersConfirmView struct {
	views.Page
	User     userCard
	Question string
	Alone    bool // a page of its own, with no other heading
	Errors   *views.Errors
	Back     string // the list that it was opened from, or ""
}

// usersPictureConfirm asks before a picture is taken away (S0-30).
func (w *Web) usersPictureConfirm(r *request) error {
	return w.usersConfirm(r, "users/picture/delete", "users.picture-title", "users.picture-question")
}

// usersPictureDelete takes an unfit picture of a colleague away.
func (w *Web) usersPictureDelete(r *request) error {
	u, err := w.Staff.RemovePicture(r.ctx, r.actor(), r.Params("id"))
	if err != nil {
		return err
	}
	return r.goTo("/users/" + u.ID + "?notice=picture")
}

func (w *Web) usersConfirm(r *request, template, title, question string) error {
	c, err := w.Staff.Card(r.ctx, r.actor(), r.Params("id"))
	if err != nil {
		return err
	}
	v := usersConfirmView{Page: w.page(r, title, "users"), User: w.userCardOf(r, c), Alone: !r.fragment()}
	v.Question = r.locale(w).T(message(question, "Name", c.Name()))
	return w.render(r, fiber.StatusOK, template, v)
}
