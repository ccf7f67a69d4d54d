package web

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"chancery/app/fault"
	"chancery/app/signin"
	"chancery/views"
)

// allOthers stands in the place of a session's id for every session but the one at hand.
const allOthers = "others"

// sessionsView is where a person is signed in now.
type sessionsView struct {
	Rows   []sessionRow
	Others bool // there are other sessions than this one
	Saved  noticeView
	Close  bool // closes the dialog that asked
}

type sessionRow struct {
	ID, Icon, Device, Network, Method string
	Since, Seen                       views.Time
	This                              bool
}

func (w *Web) sessionsView(r *request) (sessionsView, error) {
	list, err := w.Signin.Sessions(r.ctx, r.actor(), r.cur.User.ID)
	if err != nil {
		return sessionsView{}, err
	}
	l := r.locale(w)
	v := sessionsView{Rows: make([]sessionRow, len(list)), Others: len(list) > 1}
	for i := range list {
		s := &list[i]
		v.Rows[i] = sessionRow{
			ID: s.ID, Icon: deviceIcon(s.UserAgent), Device: deviceName(l, s.UserAgent), Network: s.Network, Method: wayName(l, s.Method, s.Factor),
			Since: l.Time(s.CreatedAt), Seen: l.Time(s.LastSeenAt), This: s.ID == r.cur.Session.ID,
		}
	}
	slices.SortStableFunc(v.Rows, func(a, b sessionRow) int { return rank(a) - rank(b) })
	return v, nil
}

// rank puts the device at hand before the others.
func rank(s sessionRow) int {
	if s.This {
		return 0
	}
	return 1
}

// meSessionDeleteView asks before a device is signed out.
type meSessionDeleteView struct {
	views.Page
	ID       string
	Question string
	Proof    proofView
	Errors   *views.Errors
	Alone    bool // a page of its own, with no other heading
}

func (w *Web) meSessionConfirm(r *request) error {
	return w.renderSessionDelete(r, fiber.StatusOK, problems{})
}

func (w *Web) meSessionDelete(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	code, id := "session", r.Params("id")
	var token string
	if id == allOthers {
		code = "sessions"
		token, err = w.Signin.EndOthers(r.ctx, r.cur, f.proof(), r.from)
	} else {
		token, err = w.Signin.EndSession(r.ctx, r.cur, id, f.proof(), r.from)
	}
	if token != "" {
		w.setSession(r, token, r.cur.Session.ExpiresAt)
	}
	if err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		p.inOrder(proofFields...)
		return w.renderSessionDelete(r, p.status, p)
	}
	if !r.fragment() {
		return r.goTo("/me/security?saved=" + code)
	}
	v, err := w.sessionsView(r)
	if err != nil {
		return err
	}
	v.Saved, v.Close = noticeView{&views.Notice{Text: r.locale(w).T(message(savedKey(code)))}, true}, true
	if err := w.render(r, fiber.StatusOK, "me/sessions/_list", v); err != nil {
		return err
	}
	r.compress()
	return nil
}

// renderSessionDelete names the device that is asked about. A session that is not this person's, or is the one at hand,
// is not there (ASVS 8.2.2).
func (w *Web) renderSessionDelete(r *request, status int, p problems) error {
	sessions, err := w.sessionsView(r)
	if err != nil {
		return err
	}
	l, id := r.locale(w), r.Params("id")
	v := meSessionDeleteView{
		Page: w.page(r, "me.security", "me"), ID: id, Errors: p.summary, Alone: !r.fragment(),
	}
	if v.Proof, err = w.proofView(r, p, "", false); err != nil {
		return err
	}
	if id == allOthers {
		v.Question = l.T(message("session.end.question-others"))
	}
	for _, s := range sessions.Rows {
		if s.ID == id && !s.This {
			v.Question = l.T(message("session.end.question", "Device", s.Device))
		}
	}
	if v.Question == "" {
		return fault.ErrNotFound
	}
	return w.render(r, status, "me/sessions/delete", v)
}

func deviceName(l views.Locale, userAgent string) string {
	if name := signin.Device(userAgent); name != "" {
		return name
	}
	return l.T(message("session.unknown-device"))
}

// deviceIcon is the picture beside a device; the names stand in views/me/sessions/_list.html.
func deviceIcon(userAgent string) string {
	switch {
	case strings.Contains(userAgent, "iPad"), strings.Contains(userAgent, "Android") && !strings.Contains(userAgent, "Mobile"):
		return "tablet"
	case strings.Contains(userAgent, "iPhone"), strings.Contains(userAgent, "Android"):
		return "smartphone"
	case strings.Contains(userAgent, "curl/"):
		return "terminal"
	case strings.Contains(userAgent, "Mac OS X"):
		return "laptop"
	}
	return "monitor"
}

// wayName is how a session was begun: by which way in, and with which second factor.
func wayName(l views.Locale, method, factor string) string {
	switch factor {
	case "totp":
		return methodName(l, method) + " + " + l.T(message("factor.app"))
	case "passkey":
		return methodName(l, method) + " + " + l.T(message("session.by-passkey"))
	case "recovery":
		return methodName(l, method) + " + " + l.T(message("session.by-recovery"))
	}
	return methodName(l, method)
}

// methodName is a way in, as people call it.
func methodName(l views.Locale, method string) string {
	switch method {
	case "link", "forgot":
		return l.T(message("session.by-link"))
	case "pin":
		return l.T(message("session.by-pin"))
	case "passkey":
		return l.T(message("session.by-passkey"))
	case signin.PairedBy:
		return l.T(message("session.by-extension"))
	}
	return l.T(message("session.by-password"))
}
