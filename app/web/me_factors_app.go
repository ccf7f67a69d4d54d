package web

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/gofiber/fiber/v2"

	"chancery/app/signin"
	"chancery/views"
)

// meFactorsAppShowView shows the square and the secret that an authenticator app has to be told.
type meFactorsAppShowView struct {
	views.Page
	Errors *views.Errors
	URI    template.URL // otpauth:, which is no address of ours
	Secret string       // in groups of four
	Size   int          // of the square, with the quiet zone around it
	Path   string       // its dark parts, as SVG draws them
	Code   views.FieldError
}

// meFactorsAppCreate begins to set an app up: it makes the secret.
func (w *Web) meFactorsAppCreate(r *request) error {
	err := w.Signin.BeginApp(r.ctx, r.cur)
	if wantsProof(err) {
		return w.toProof(r, "/me/factors")
	}
	if err != nil {
		return err
	}
	return r.goTo("/me/factors/app")
}

// meFactorsAppShow shows it. Where nothing is being set up it leads back.
func (w *Web) meFactorsAppShow(r *request) error { return w.renderApp(r, fiber.StatusOK, problems{}) }

// meFactorsAppUpdate takes the app into use, by a code that it shows.
func (w *Web) meFactorsAppUpdate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	codes, err := w.Signin.ConfirmApp(r.ctx, r.cur, f.get("code"), r.from)
	switch {
	case err == nil:
		return w.factorDone(r, codes, "app")
	case wantsProof(err):
		return w.toProof(r, "/me/factors/app")
	case gone(err):
		return r.goTo("/me/factors")
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	return w.renderApp(r, p.status, p)
}

func (w *Web) renderApp(r *request, status int, p problems) error {
	a, err := w.Signin.AppSetup(r.ctx, r.cur)
	switch {
	case wantsProof(err):
		return w.toProof(r, "/me/factors/app")
	case gone(err):
		return r.goTo("/me/factors")
	case err != nil:
		return err
	}
	v := meFactorsAppShowView{Page: w.page(r, "factor.app-title", "me"), Errors: p.summary, URI: template.URL(a.URI), Secret: inFours(a.Secret), Code: p.field("code")}
	v.Size, v.Path = drawn(a.Square)
	return w.render(r, status, "me/factors/app/show", v)
}

// quiet is how many light modules stand around a QR code (ISO/IEC 18004).
const quiet = 4

// drawn is a square as one SVG path: a bar for each run of dark modules in a row.
func drawn(square signin.Square) (size int, path string) {
	var b strings.Builder
	for y, row := range square {
		for x := 0; x < len(row); x++ {
			from := x
			for x < len(row) && row[x] {
				x++
			}
			if x > from {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", from+quiet, y+quiet, x-from, x-from)
			}
		}
	}
	return len(square) + 2*quiet, b.String()
}

// inFours is a secret as people type it off.
func inFours(secret string) string {
	var b strings.Builder
	for i, c := range secret {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	return b.String()
}
