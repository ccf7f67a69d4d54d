package web

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"

	"chancery/app/calendar"
	"chancery/app/fault"
	"chancery/app/limit"
	"chancery/views"
)

// feedsPerMinute is how often one network address may ask for feeds. Programs ask once an hour, and a company's ask for many people; nobody guesses an
// address of 256 bits, so this only bounds what the asking costs.
const feedsPerMinute = 60

// feedAt is the path of a feed.
func feedAt(token string) string { return "/calendars/" + token + ".ics" }

// calendarsShow is a person's appointments for whatever program has the address. Nobody is known here (need.unknown); an address that is none is answered
// like one that has ended. The address is a secret: it stands in no page, no log and no referrer.
func (w *Web) calendarsShow(r *request) error {
	r.Set("Referrer-Policy", "no-referrer")
	r.Set("X-Robots-Tag", "noindex, nofollow, noarchive")
	if ok, _, reset := w.feeds.Take(limit.Address(r.from.Network)); !ok {
		return &fault.TooMany{After: reset}
	}
	file, err := w.Calendars.ReadFeed(r.ctx, r.Params("token"), func(language string) calendar.FeedWords {
		if o, err := w.Staff.Organization(r.ctx); err == nil {
			w.know(o)
		}
		busy := views.In(language, time.UTC, w.Now()).T(message("calendar-feed.busy"))
		return calendar.FeedWords{Name: w.practice().Name, Busy: busy}
	})
	if err != nil {
		return err
	}
	sum := sha256.Sum256(file)
	at := w.stood.of(r.Params("token"), sum, w.Now())
	r.Set(fiber.HeaderETag, `"`+base64.RawURLEncoding.EncodeToString(sum[:])+`"`)
	if !at.After(w.Now()) {
		r.Set(fiber.HeaderLastModified, at.Format(http.TimeFormat))
	}
	r.Set(fiber.HeaderCacheControl, "private, no-cache") // kept by its reader alone, who asks each time whether it still is so
	r.Response().Header.Del(fiber.HeaderVary)
	if unchanged(r, at) {
		return r.SendStatus(fiber.StatusNotModified)
	}
	r.Set(fiber.HeaderContentType, "text/calendar; charset=utf-8")
	r.Set(fiber.HeaderContentDisposition, `inline; filename="chancery.ics"`)
	return r.Send(file)
}
