package web

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"chancery/app/fault"
)

// render answers with a template: alone for htmx, inside its layout otherwise. This is the one place where that choice
// is made. status is 200, or 422, 409, 413, 429 and 503 with the same template and what is wrong.
func (w *Web) render(r *request, status int, name string, view any) error {
	page := !r.fragment()
	if w.Rendered != nil {
		w.Rendered(r.lang, name, page, view)
	}
	r.Status(status)
	r.Response().Header.SetContentType(fiber.MIMETextHTMLCharsetUTF8)
	return w.Views.Render(r.Response().BodyWriter(), r.lang, name, page, view)
}

// goTo sends the browser on: by a redirect, or for htmx by a header, so that the address bar follows.
func (r *request) goTo(path string) error {
	if r.fragment() {
		r.Set("HX-Redirect", path)
		return r.SendStatus(fiber.StatusNoContent)
	}
	return r.Redirect(path, fiber.StatusSeeOther)
}

// leads is the route of a page that only the answer to a form is: whoever asks for it by its address is led to where the form is.
func leads(to string) handler {
	return func(r *request) error { return r.goTo(to) }
}

func message(key string, pairs ...any) fault.Message { return fault.M(key, pairs...) }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
