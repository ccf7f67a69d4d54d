package web

import (
	"github.com/gofiber/fiber/v2"
)

// assetShow serves what the front end's build made. The name holds the content's fingerprint, so it is kept for ever.
func (w *Web) assetShow(r *request) error {
	body, kind, encoding, etag, ok := w.Assets.Find(r.Path(), r.Get(fiber.HeaderAcceptEncoding))
	if !ok {
		r.chooseLocale()
		return errNoRoute
	}
	h := &r.Response().Header
	h.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	h.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
	h.Set(fiber.HeaderETag, etag)
	h.SetContentType(kind)
	if encoding != "" {
		h.Set(fiber.HeaderContentEncoding, encoding)
	}
	if r.Get(fiber.HeaderIfNoneMatch) == etag {
		return r.SendStatus(fiber.StatusNotModified)
	}
	r.Response().SetBodyRaw(body)
	return nil
}
