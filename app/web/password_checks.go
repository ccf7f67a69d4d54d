package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/app/staff"
)

// passwordChecksCreate says of a password that is being typed whether it is easily guessed, in the words in which it would
// be refused, or nothing: so the checklist beneath the field and the verdict are never two opinions (static/src/password.js
// asks when the typing pauses). Nothing is kept of it, here or in the log.
func (w *Web) passwordChecksCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	org, who := &staff.Organization{Name: w.practice().Name}, &staff.User{}
	if r.cur != nil {
		org, who = &r.cur.Org, &r.cur.User
	}
	if f.get("other") != "" || r.cur == nil {
		who = &staff.User{FirstName: f.get("first_name"), LastName: f.get("last_name"), DisplayName: f.get("display_name"), Email: staff.Address(f.get("email"))}
	}
	r.Set(fiber.HeaderContentType, fiber.MIMETextPlainCharsetUTF8)
	if why, guessable := w.Signin.Guessable(f.get("password"), org, who); guessable {
		return r.SendString(r.locale(w).T(why))
	}
	return r.SendString("")
}
