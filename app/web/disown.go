package web

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"chancery/app/signin"
	"chancery/views"
)

// disownShowView is where somebody says that it was not them (B-6), or is told what happened then.
type disownShowView struct {
	views.Page
	Action   string
	Name     string
	Email    string
	Recovers bool // a link to a new password goes to the address
	Done     bool
}

// disownShow shows the question, to whoever has the link, signed in or not. It changes nothing: mail scanners follow links
// (ASVS 3.5.3).
func (w *Web) disownShow(r *request) error {
	d, err := w.Signin.Disowned(r.ctx, r.Params("token"))
	if err != nil {
		return w.linkClosed(r, err, "disown.closed-next")
	}
	return w.render(r, fiber.StatusOK, "disown/show", w.disownPage(r, d, false))
}

// disownCreate ends everything. A session of the same person in this browser has ended with it.
func (w *Web) disownCreate(r *request) error {
	d, err := w.Signin.Disown(r.ctx, r.Params("token"), r.from)
	if err != nil {
		return w.linkClosed(r, err, "disown.closed-next")
	}
	if r.cur != nil && r.cur.User.ID == d.User.ID {
		w.setSession(r, "", time.Time{})
		r.cur = nil
	}
	return w.render(r, fiber.StatusOK, "disown/show", w.disownPage(r, d, true))
}

func (w *Web) disownPage(r *request, d *signin.Disowned, done bool) disownShowView {
	w.speakTo(r, d.User)
	title := "disown.title"
	if done {
		title = "disown.done-title"
	}
	v := disownShowView{
		Page: w.page(r, title, ""), Action: r.Path(), Name: d.User.Name(), Email: d.User.Email, Recovers: d.Recovers, Done: done,
	}
	if r.cur == nil {
		v.Org = w.know(d.Org)
	}
	return v
}
