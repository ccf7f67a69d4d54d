package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/app/signin"
	"chancery/views"
)

// meExtensionShowView is the page about the browser extension: where to get it, how to pair it, and where it is paired (S3-15).
type meExtensionShowView struct {
	views.Page
	Rail    railView
	Missing bool   // this server was built without it
	Server  string // address that the extension asks for
	Code    string // the one-time code, only in the answer that made it
	Until   string
	Rows    []sessionRow
}

// extensionZip is what the build packs the extension into.
const extensionZip = "extension.zip"

func (w *Web) meExtensionShow(r *request) error { return w.renderExtension(r, "", "") }

func (w *Web) renderExtension(r *request, code, until string) error {
	list, err := w.Signin.Sessions(r.ctx, r.actor(), r.cur.User.ID)
	if err != nil {
		return err
	}
	page := w.page(r, "extension.title", "me")
	v := meExtensionShowView{Page: page, Rail: w.rail(r, page, "extension"), Server: w.URL.String(), Code: code, Until: until}
	_, _, v.Missing = w.extensionFile()
	l := r.locale(w)
	for i := range list {
		if list[i].Method == signin.PairedBy {
			v.Rows = append(v.Rows, sessionRowOf(l, &list[i], false))
		}
	}
	return w.render(r, fiber.StatusOK, "me/extension/show", v)
}

// meExtensionPairingsCreate makes a one-time code and shows it in its answer, since nowhere does it stand to be read again.
func (w *Web) meExtensionPairingsCreate(r *request) error {
	code, until, err := w.Signin.CreatePairing(r.ctx, r.cur, r.from)
	if wantsProof(err) {
		return w.toPlainProof(r, "/me/extension#pair")
	}
	if err != nil {
		return err
	}
	return w.renderExtension(r, code, r.locale(w).T(message("extension.code-until", "At", r.locale(w).Time(until).Text)))
}

// meExtensionZip is the extension, packed.
func (w *Web) meExtensionZip(r *request) error {
	body, kind, missing := w.extensionFile()
	if missing {
		return errNoRoute
	}
	r.Set(fiber.HeaderContentType, kind)
	r.Set(fiber.HeaderContentDisposition, `attachment; filename="chancery-extension.zip"`)
	return r.Send(body)
}

func (w *Web) extensionFile() (body []byte, kind string, missing bool) {
	body, kind, _, _, ok := w.Assets.Find(w.Assets.Path(extensionZip), "")
	return body, kind, !ok
}
