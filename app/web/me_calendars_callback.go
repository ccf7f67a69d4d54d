package web

import (
	"errors"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"chancery/app/fault"
)

const meCalendarsCallback = meCalendarsAt + "/callback"

// calendarRefusals are why a calendar was not connected, of which there are words: outside.*
var calendarRefusals = []string{"denied", "state-unknown", "scope-missing", "not-taken", "unavailable"}

// meCalendarsCallbackShow takes what the keeper sent back. Its address holds a one-time code: it is left at once for one that says no more than how it went, it
// names no page that it could be told to, and nothing keeps the answer.
func (w *Web) meCalendarsCallbackShow(r *request) error {
	r.Set("Referrer-Policy", "no-referrer")
	if r.Method() == fiber.MethodHead { // whoever looks where a link leads: a code counts once
		return r.SendStatus(fiber.StatusNoContent)
	}
	_, err := w.Calendars.Finish(r.ctx, r.actor(), r.cur.Session.ID, r.Query("state"), r.Query("code"), r.Query("error"))
	if err == nil {
		return r.goTo(meCalendarsAt + "?notice=connected")
	}
	why, ok := calendarRefusal(err)
	if !ok {
		return err
	}
	return r.goTo(asking(meCalendarsAt, "refused", why))
}

// calendarRefusal is why a calendar was not connected, in a word.
func calendarRefusal(err error) (why string, ok bool) {
	var refused *fault.Refused
	var unavailable *fault.Unavailable
	var many *fault.TooMany
	switch {
	case errors.As(err, &refused):
		why = refused.Message.Key[strings.LastIndexByte(refused.Message.Key, '.')+1:]
	case errors.Is(err, fault.ErrNotFound): // of a kind that is not offered any more
		why = "state-unknown"
	case errors.As(err, &unavailable), errors.As(err, &many):
		why = "unavailable"
	default:
		return "", false
	}
	if !slices.Contains(calendarRefusals, why) {
		why = "not-taken"
	}
	return why, true
}
