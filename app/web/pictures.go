package web

import (
	"context"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"chancery/app/fault"
)

func pictureURL(id string, size int) string { return "/pictures/" + id + "/" + strconv.Itoa(size) }

func logoURL(id *string) string {
	if id == nil {
		return ""
	}
	return "/logo/" + *id + "/64"
}

// picturesShow serves one size of a person's picture to signed-in people. A picture never changes under its URL, so it
// may be kept; a replaced one is 404 at once (S2-25). It is always an image, and never under a name of a user's
// choosing (ASVS 5.3.1, 5.4.1).
func (w *Web) picturesShow(r *request) error { return r.picture(w.Staff.Picture) }

// logoShow serves the practice's picture to everyone, since it stands at the door.
func (w *Web) logoShow(r *request) error { return r.picture(w.Staff.Logo) }

func (r *request) picture(get func(ctx context.Context, id string, size int) ([]byte, error)) error {
	size, err := strconv.Atoi(r.Params("size"))
	if err != nil {
		return fault.ErrNotFound
	}
	id := r.Params("id")
	body, err := get(r.ctx, id, size)
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
