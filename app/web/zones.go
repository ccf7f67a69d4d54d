package web

import (
	"html/template"

	"github.com/gofiber/fiber/v2"
)

// zonesIndex is the zones with the names by which they are searched, a line each, which script asks for when the search is
// first opened (combobox.js): a page has the options without them, a swap none. It says nothing of anybody, so the
// browser keeps it for a while, and it is compressed; offsets change with the seasons.
func (w *Web) zonesIndex(r *request) error {
	r.Set(fiber.HeaderCacheControl, "private, max-age=3600")
	r.Set(fiber.HeaderVary, "X-Page-Lang, Cookie")
	r.Set(fiber.HeaderContentType, "text/tab-separated-values; charset=utf-8")
	r.Vary(fiber.HeaderAcceptEncoding)
	if !r.Request().Header.HasAcceptEncoding("gzip") {
		return r.SendString(w.Views.ZoneSearch(r.lang, w.Now()))
	}
	r.Set(fiber.HeaderContentEncoding, "gzip")
	return r.Send(w.Views.ZoneSearchGzip(r.lang, w.Now()))
}

// zoneOptions is what stands in a select besides the chosen zone: all zones in a page, which must work without script,
// and none in a fragment, which only script asks for and which would be four times as large with them.
func (w *Web) zoneOptions(r *request) template.HTML {
	if r.fragment() {
		return ""
	}
	return w.Views.ZoneOptions(r.lang, w.Now())
}

func (w *Web) zoneLabel(r *request, id string) string {
	if z, ok := w.Views.Zone(r.lang, id, w.Now()); ok {
		return z.Label
	}
	return id
}
