package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/app/signin"
	"chancery/views"
)

// verifyShowView asks a person to confirm that an address is theirs (S2-36, C-4), or says that it counts now.
type verifyShowView struct {
	views.Page
	Action string
	Name   string
	Text   string
	Done   bool
}

// verifyShow shows the question. It confirms nothing: mail scanners follow links (ASVS 3.5.3).
func (w *Web) verifyShow(r *request) error {
	v, err := w.Signin.Verification(r.ctx, r.Params("token"))
	if err != nil {
		return w.linkClosed(r, err, "verify.closed-next")
	}
	return w.render(r, fiber.StatusOK, "verify/show", w.verifyPage(r, v, false))
}

// verifyCreate takes the address as proved. It signs nobody in.
func (w *Web) verifyCreate(r *request) error {
	v, err := w.Signin.AcceptVerification(r.ctx, r.Params("token"), r.from)
	if err != nil {
		return w.linkClosed(r, err, "verify.closed-next")
	}
	return w.render(r, fiber.StatusOK, "verify/show", w.verifyPage(r, v, true))
}

func (w *Web) verifyPage(r *request, v *signin.Verification, done bool) verifyShowView {
	w.speakTo(r, v.User)
	l := r.locale(w)
	page := verifyShowView{Page: w.page(r, "verify.title", ""), Action: r.Path(), Name: v.User.Name(), Done: done}
	if r.cur == nil {
		page.Org = w.know(v.Org)
	}
	switch {
	case done && v.Change:
		page.Text = l.T(message("verify.changed", "Address", v.Address))
	case done:
		page.Text = l.T(message("verify.done", "Address", v.Address))
	case v.Change:
		page.Text = l.T(message("verify.change", "Address", v.Address, "Practice", v.Org.Name))
	default:
		page.Text = l.T(message("verify.own", "Address", v.Address, "Practice", v.Org.Name))
	}
	return page
}
