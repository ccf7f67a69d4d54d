package web

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"chancery/app/fault"
	"chancery/views"
)

const cardsAt = "/cards"

// cardAge is how many seconds anybody may keep a card: so long clients may see one that was just withdrawn.
const cardAge = 60

// cardsShowView is a card at its own address.
type cardsShowView struct {
	views.Page
	Card cardView
}

// cardsShow is a client card as clients see it, for whoever has its address (S3-26, B-10). Nobody is known here: neither
// session nor cookie is read, and none is set (need.unknown). The page has no script, asks nobody but us for anything, and no
// search engine shall list it.
func (w *Web) cardsShow(r *request) error {
	c, err := w.Staff.PublicCard(r.ctx, r.Params("slug"))
	if err != nil {
		return err
	}
	o, err := w.Staff.Organization(r.ctx)
	if err != nil {
		return err
	}
	w.know(o)
	r.lang = views.MatchOr(r.Get(fiber.HeaderAcceptLanguage), o.Language)
	v := cardsShowView{Page: w.page(r, "card.title", ""), Card: cardOf(c, o.Name)}
	v.Title = c.Name()
	v.Card.Away = cardAwayOf(r.locale(w), c)
	v.Card.Avatar.URL = cardsAt + "/" + c.Slug + "/picture/256"
	v.Card.Avatar.Size = "xl"
	r.public()
	r.Set(fiber.HeaderVary, "Accept-Language, HX-Request")
	return w.render(r, fiber.StatusOK, "cards/show", v)
}

// cardsPictureShow is the picture of a card that is shown.
func (w *Web) cardsPictureShow(r *request) error {
	c, err := w.Staff.PublicCard(r.ctx, r.Params("slug"))
	if err != nil {
		return err
	}
	size, err := strconv.Atoi(r.Params("size"))
	if err != nil {
		return fault.ErrNotFound
	}
	body, err := w.Staff.Picture(r.ctx, *c.PictureID, size)
	if err != nil {
		return err
	}
	etag := `"` + *c.PictureID + "-" + strconv.Itoa(size) + `"`
	r.public()
	r.Set(fiber.HeaderETag, etag)
	r.Response().Header.Del(fiber.HeaderVary)
	if r.Get(fiber.HeaderIfNoneMatch) == etag {
		return r.SendStatus(fiber.StatusNotModified)
	}
	r.Set(fiber.HeaderContentType, "image/jpeg")
	r.Set(fiber.HeaderContentDisposition, "inline")
	return r.Send(body)
}

// public says that anybody may keep the answer for a while, and that no search engine may.
func (r *request) public() {
	r.Set(fiber.HeaderCacheControl, "public, max-age="+strconv.Itoa(cardAge))
	r.Set("X-Robots-Tag", "noindex, nofollow, noarchive")
}
