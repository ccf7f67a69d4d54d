package web

import "github.com/gofiber/fiber/v2"

// usersClientCardPublicationNew asks before somebody's card is shown to clients.
func (w *Web) usersClientCardPublicationNew(r *request) error {
	return w.askPublication(r, r.theirCard(), "users/client-card/publication/new", problems{status: fiber.StatusOK})
}

func (w *Web) usersClientCardPublicationCreate(r *request) error {
	return w.publish(r, r.theirCard(), "users/client-card/publication/new")
}

// usersClientCardPublicationConfirm asks before it is taken back.
func (w *Web) usersClientCardPublicationConfirm(r *request) error {
	return w.askWithdrawal(r, r.theirCard(), "users/client-card/publication/delete")
}

func (w *Web) usersClientCardPublicationDelete(r *request) error {
	return w.withdraw(r, r.theirCard())
}
