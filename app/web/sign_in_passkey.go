package web

import (
	"github.com/gofiber/fiber/v2"
)

// signInPasskeyCreate signs in by a passkey alone: the form that the door's script fills in.
func (w *Web) signInPasskeyCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	next := localOr(f.get("next"), "/")
	if r.cur != nil {
		return r.goTo(next)
	}
	opened, err := w.Signin.SignInByPasskey(r.ctx, f.get("passkey"), r.Cookies(w.cookieName(cookieVisitor)), r.from)
	if err != nil {
		return w.signInRefused(r, f, err)
	}
	return w.enter(r, opened, keptFrom(f), next)
}

// doorPasskey is what the door's script asks a passkey by, or "".
func (w *Web) doorPasskey(r *request) (string, error) {
	if r.cur != nil || r.Method() == fiber.MethodHead {
		return "", nil
	}
	options, err := w.Signin.AskAtDoor(r.visitor)
	return string(options), err
}
