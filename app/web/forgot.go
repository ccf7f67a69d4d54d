package web

import (
	"errors"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"chancery/app/fault"
	"chancery/views"
)

// forgotTakes is how long the answer takes, whether or not anybody has the address: to write a mail takes longer than to
// write none (0.2 ms against 0.1 on SQLite, 0.5 against 0.3 on Postgres), and nobody shall learn from a clock who works here (ASVS
// 6.3.8). It is hundreds of times what either needs.
const forgotTakes = 200 * time.Millisecond

// forgotNewView asks for the address to which a link to a new password goes, or says that one is on its way if there is an
// account.
type forgotNewView struct {
	views.Page
	Email   inputField
	Refused string
	Sent    bool
}

// forgotNew shows the form, or, after it was sent, what happens now.
func (w *Web) forgotNew(r *request) error {
	if r.cur != nil {
		return r.goTo("/me/security")
	}
	return w.renderForgot(r, fiber.StatusOK, forgotNewView{Email: inputField{Value: clipped(r.Query("email"), 254)}, Sent: r.Query("sent") != ""})
}

// forgotCreate sends a link. The answer is one and the same for every address.
func (w *Web) forgotCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	email := strings.TrimSpace(f.get("email"))
	if !strings.Contains(email, "@") { // that is no address at all: nobody is asked for
		v := forgotNewView{Email: inputField{clipped(email, 254), views.FieldError{ID: "email", Text: r.locale(w).T(message("signin.email-missing"))}}}
		return w.renderForgot(r, fiber.StatusUnprocessableEntity, v)
	}
	rest := time.NewTimer(forgotTakes)
	defer rest.Stop()
	if err := w.Signin.Forgot(r.ctx, email, r.from); err != nil {
		var many *fault.TooMany
		if !errors.As(err, &many) {
			return err
		}
		r.comeBack(err)
		return w.renderForgot(r, fiber.StatusTooManyRequests, forgotNewView{Email: inputField{Value: clipped(email, 254)}, Refused: r.locale(w).T(many.Message)})
	}
	select {
	case <-rest.C:
	case <-r.ctx.Done():
	}
	return r.goTo("/forgot?sent=1")
}

func (w *Web) renderForgot(r *request, status int, v forgotNewView) error {
	title := "forgot.title"
	if v.Sent {
		title = "forgot.sent-title"
	}
	v.Page = w.page(r, title, "")
	org, err := w.Staff.Organization(r.ctx)
	if err != nil {
		return err
	}
	v.Org = w.know(org)
	return w.render(r, status, "forgot/new", v)
}
