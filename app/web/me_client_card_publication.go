package web

import "github.com/gofiber/fiber/v2"

// meClientCardPublicationNew asks before one's own card is shown to clients.
func (w *Web) meClientCardPublicationNew(r *request) error {
	return w.askPublication(r, r.ownCard(), "me/client-card/publication/new", problems{status: fiber.StatusOK})
}

func (w *Web) meClientCardPublicationCreate(r *request) error {
	return w.publish(r, r.ownCard(), "me/client-card/publication/new")
}

// meClientCardPublicationConfirm asks before it is taken back.
func (w *Web) meClientCardPublicationConfirm(r *request) error {
	return w.askWithdrawal(r, r.ownCard(), "me/client-card/publication/delete")
}

func (w *Web) meClientCardPublicationDelete(r *request) error { return w.withdraw(r, r.ownCard()) }
