package web

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"chancery/app/fault"
	"chancery/app/staff"
)

func pictureURL(id string, size int) string { return "/pictures/" + id + "/" + strconv.Itoa(size) }

// picturesShow serves one size of a current picture to signed-in people. A picture never changes under its URL, so it
// may be kept; a replaced one is 404 at once (S2-25). It is always an image, and never under a name of a user's
// choosing (ASVS 5.3.1, 5.4.1).
func (w *Web) picturesShow(r *request) error {
	size, err := strconv.Atoi(r.Params("size"))
	known := false
	for _, s := range staff.PictureSizes {
		known = known || s == size
	}
	if err != nil || !known {
		return fault.ErrNotFound
	}
	id := r.Params("id")
	body, err := w.Staff.Picture(r.ctx, id, size)
	if err != nil {
		return err
	}
	etag := `"` + id + "-" + strconv.Itoa(size) + `"`
	r.Set(fiber.HeaderCacheControl, "private, max-age=31536000, immutable")
	r.Set(fiber.HeaderETag, etag)
	r.Set(fiber.HeaderVary, "Cookie")
	if r.Get(fiber.HeaderIfNoneMatch) == etag {
		return r.SendStatus(fiber.StatusNotModified)
	}
	r.Set(fiber.HeaderContentType, "image/jpeg")
	r.Set(fiber.HeaderContentDisposition, "inline")
	return r.Send(body)
}
