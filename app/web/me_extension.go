package web

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"chancery/app/signin"
	"chancery/views"
)

// meExtensionShowView is the page about the browser extension: where to get it, how to pair it, and where it is paired (S3-15).
type meExtensionShowView struct {
	views.Page
	Rail    railView
	Saved   noticeView
	Missing bool   // this server was built without it
	Version string // that this server has
	Server  string // address that the extension asks for
	Code    string // the one-time code, only in the answer that made it
	Until   string
	Wait    string // what is asked every few seconds while the code works
	Rows    []sessionRow
}

const meExtensionAt = "/me/extension"

// extensionZip is what the build packs the extension into.
const extensionZip = "extension.zip"

func (w *Web) meExtensionShow(r *request) error { return w.renderExtension(r, "", time.Time{}) }

// renderExtension shows the page. While it shows a code it asks for itself, saying how many browsers were paired and how long the
// code works: it is led to the page without the code once that has paired one, or works no more.
func (w *Web) renderExtension(r *request, code string, until time.Time) error {
	list, err := w.Signin.Sessions(r.ctx, r.actor(), r.cur.User.ID)
	if err != nil {
		return err
	}
	page := w.page(r, "extension.title", "me")
	v := meExtensionShowView{Page: page, Rail: w.rail(r, page, "extension"), Saved: noticeView{w.said(r, "extension.done.", "paired"), r.fragment()}, Server: w.URL.String(), Code: code}
	file, _, missing := w.extensionFile()
	if v.Missing = missing; !missing {
		if v.Version, err = extensionVersion(file); err != nil {
			return err
		}
	}
	l := r.locale(w)
	for i := range list {
		if list[i].Method == signin.PairedBy {
			v.Rows = append(v.Rows, sessionRowOf(l, &list[i], false))
		}
	}
	if code != "" {
		v.Until = l.T(message("extension.code-until", "At", l.Time(until).Text))
		v.Wait = asking(asking(meExtensionAt, "had", strconv.Itoa(len(v.Rows))), "until", strconv.FormatInt(until.Unix(), 10))
	}
	if had, err := strconv.Atoi(r.Query("had")); err == nil && r.fragment() {
		ends, _ := strconv.ParseInt(r.Query("until"), 10, 64)
		switch {
		case len(v.Rows) > had:
			return r.goTo(meExtensionAt + "?notice=paired")
		case w.Now().Unix() >= ends:
			return r.goTo(meExtensionAt)
		}
		return r.SendStatus(fiber.StatusNoContent)
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
	return w.renderExtension(r, code, until)
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

// extensionVersion is which version a packed extension is.
func extensionVersion(file []byte) (string, error) {
	packed, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return "", fmt.Errorf("extension: %w", err)
	}
	text, err := packed.Open("chancery-extension/manifest.json")
	if err != nil {
		return "", fmt.Errorf("extension: %w", err)
	}
	defer text.Close()
	var manifest struct{ Version string }
	if err := json.NewDecoder(text).Decode(&manifest); err != nil {
		return "", fmt.Errorf("extension: %w", err)
	}
	return manifest.Version, nil
}
