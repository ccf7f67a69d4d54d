package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"chancery/app/audit"
	"chancery/app/notices"
	"chancery/app/zone"
	"chancery/views"
)

// unsubscribeShowView is where a mail is turned off (RFC 8058), for whoever has it: it says what comes now, and what the link turns off.
type unsubscribeShowView struct {
	views.Page
	Action string
	Email  string
	Closed bool // the link is none
	Done   string
	On     bool // something still comes that the link turns off
	Turns  string
	Locked bool // the practice has locked all of it meanwhile
	Rows   []unsubscribeRow
}

// unsubscribeRow is a kind of mail and whether it comes.
type unsubscribeRow struct {
	Label  string
	Status status
	Locked bool
	Turned bool // the link turns it
}

// unsubscribeShow says what comes. It changes nothing: mail scanners follow links (ASVS 3.5.3).
func (w *Web) unsubscribeShow(r *request) error {
	s, err := w.Notices.Subscription(r.ctx, r.Params("token"))
	return w.unsubscribePage(r, s, err, "")
}

// unsubscribeCreate turns mails off, or on again. A mail program does it without a page, a cookie or a request token: the address is what proves that
// somebody has had the mail (RFC 8058 §3.1), and all that it opens are these switches. It is answered by a page and by no redirect, which such programs
// do not follow.
func (w *Web) unsubscribeCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	on := f.get("on") == "true"
	s, err := w.Notices.Unsubscribe(r.ctx, r.Params("token"), !on, audit.Actor{Network: r.from.Network, RequestID: r.from.RequestID})
	switch {
	case err != nil || s.Decided(): // and the page says by whom
		return w.unsubscribePage(r, s, err, "")
	case on:
		return w.unsubscribePage(r, s, nil, "unsubscribe.on-again")
	case s.Subscribed():
		return w.unsubscribePage(r, s, nil, "unsubscribe.done-part")
	}
	return w.unsubscribePage(r, s, nil, "unsubscribe.done")
}

func (w *Web) unsubscribePage(r *request, s *notices.Subscription, err error, done string) error {
	v := unsubscribeShowView{Action: r.Path()}
	if err != nil {
		if !gone(err) {
			return err
		}
		v.Page, v.Closed = w.page(r, "unsubscribe.title", ""), true
		return w.render(r, fiber.StatusNotFound, "unsubscribe/show", v)
	}
	r.lang = s.User.Language
	r.zone = zone.Place(s.User.Zone)
	v.Page = w.page(r, "unsubscribe.title", "")
	l := r.locale(w)
	if o, err := w.Staff.Organization(r.ctx); err == nil {
		v.Org = w.know(o)
	}
	v.Email, v.On, v.Locked = s.User.Email, s.Subscribed(), s.Decided()
	var turns []string
	for _, name := range notices.Switches() {
		c := s.Choices[name]
		row := unsubscribeRow{Label: l.T(message("notices.setting." + fieldID(name))), Locked: c.Locked, Status: status{"inactive", onOff(l, c.Value)}}
		if c.Value == "true" {
			row.Status.Name = "active"
		}
		for _, t := range s.Switches {
			if t == name {
				row.Turned = true
				turns = append(turns, row.Label)
			}
		}
		v.Rows = append(v.Rows, row)
	}
	v.Turns = strings.Join(turns, "; ")
	if done != "" {
		v.Done = l.T(message(done))
	}
	return w.render(r, fiber.StatusOK, "unsubscribe/show", v)
}
