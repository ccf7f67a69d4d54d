package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/app/signin"
	"chancery/views"
)

// meFactorsPasskeyNewView asks the browser for a new passkey. It needs script.
type meFactorsPasskeyNewView struct {
	views.Page
	Errors  *views.Errors
	Options string
	Name    inputField
	Device  string // what it is called when nothing is typed
	Failed  views.FieldError
}

func (w *Web) meFactorsPasskeyNew(r *request) error {
	return w.renderPasskey(r, fiber.StatusOK, form{}, problems{})
}

// meFactorsPasskeyCreate takes into use what the browser has made.
func (w *Web) meFactorsPasskeyCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	codes, err := w.Signin.AddPasskey(r.ctx, r.cur, f.get("passkey"), f.get("name"), r.from)
	switch {
	case err == nil:
		return w.factorDone(r, codes, "passkey")
	case wantsProof(err):
		return w.toProof(r, "/me/factors/passkey/new")
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	return w.renderPasskey(r, p.status, f, p)
}

func (w *Web) renderPasskey(r *request, status int, f form, p problems) error {
	options, err := w.Signin.PasskeySetup(r.ctx, r.cur)
	if wantsProof(err) {
		return w.toProof(r, "/me/factors/passkey/new")
	}
	if err != nil {
		return err
	}
	return w.render(r, status, "me/factors/passkey/new", meFactorsPasskeyNewView{
		Page: w.page(r, "factor.passkey-title", "me"), Errors: p.summary, Options: string(options), Name: inputField{f.get("name"), p.field("name")},
		Device: signin.Device(r.from.UserAgent), Failed: p.field("passkey"),
	})
}
