package web

import (
	"crypto/hmac"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"hash"
	"io"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"chancery/app/signin"
)

// Request tokens (ASVS 3.5.1): a keyed hash of the session's id, or at the door of a secret in a cookie of the
// browser's. They need no storage, are the same in every tab, and die with the session.

var errForged = errors.New("request token missing or of another session")

// token is the request token of this reader. At the door it sets the cookie that it is bound to, but not where it is not
// known whether there is one: another page of that browser may be bound to it.
func (w *Web) token(r *request) string {
	if r.blind {
		return ""
	}
	if r.cur != nil {
		return w.sign("session", r.cur.Session.ID)
	}
	if r.visitor == "" {
		r.visitor = r.Cookies(w.cookieName(cookieVisitor))
	}
	if len(r.visitor) != 22 {
		b := make([]byte, 16)
		_, _ = rand.Read(b) // never fails, by its contract
		r.visitor = base64.RawURLEncoding.EncodeToString(b)
		r.Cookie(&fiber.Cookie{Name: w.cookieName(cookieVisitor), Value: r.visitor, Path: "/", HTTPOnly: true, Secure: w.secure, SameSite: "Lax"})
	}
	return w.sign("visitor", r.visitor)
}

func (w *Web) sign(kind, subject string) string {
	m := w.macs.Get().(hash.Hash)
	defer w.macs.Put(m)
	m.Reset()
	_, _ = io.WriteString(m, "request-token\x00"+kind+"\x00"+subject) // a hash takes everything
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// checkToken refuses an unsafe request that was not sent from one of our pages.
func (w *Web) checkToken(r *request) error {
	if site := r.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return errForged
	}
	if origin := r.Get(fiber.HeaderOrigin); origin != "" && !w.ours(r, origin) {
		return errForged
	}
	given := r.Get("X-CSRF-Token")
	if given == "" {
		given = r.FormValue("_csrf")
	}
	if r.cur != nil && hmac.Equal([]byte(given), []byte(w.sign("session", r.cur.Session.ID))) {
		return nil
	}
	if r.cur == nil || doorForm(r.route) {
		r.visitor = r.Cookies(w.cookieName(cookieVisitor))
		if r.visitor != "" && hmac.Equal([]byte(given), []byte(w.sign("visitor", r.visitor))) {
			return nil
		}
	}
	return errForged
}

// ours tells whether an origin is that of our pages: where people reach the app, or under whatever name this request came,
// as on an operator's own machine.
func (w *Web) ours(r *request, origin string) bool {
	scheme, host, ok := strings.Cut(origin, "://")
	if !ok {
		return false
	}
	port := map[string]string{"http": ":80", "https": ":443"}[scheme] // which no browser writes
	for _, name := range []string{w.URL.Host, string(r.Request().Host())} {
		if strings.EqualFold(host, strings.TrimSuffix(name, port)) {
			return true
		}
	}
	return false
}

// doorForm tells whether a route's forms stand at the door, so that their token is the visitor's even when the person
// has signed in meanwhile in another tab.
func doorForm(route string) bool { return strings.HasPrefix(route, "/sign-in") || route == "/language" }

// setSession gives the browser its session's secret, and with it the one by which it is known again; an empty one takes the
// session away (ASVS 7.4.1), and leaves the browser known.
func (w *Web) setSession(r *request, token string, expires time.Time) {
	c := &fiber.Cookie{Name: w.cookieName(cookieSession), Value: token, Path: "/", HTTPOnly: true, Secure: w.secure, SameSite: "Lax", Expires: expires}
	if token == "" {
		c.Expires = time.Unix(1, 0)
		r.Set("Clear-Site-Data", `"cache", "storage"`)
	} else if len(r.from.Device) == 43 {
		r.Cookie(&fiber.Cookie{Name: w.cookieName(cookieDevice), Value: r.from.Device, Path: "/", MaxAge: int(signin.DeviceLasts.Seconds()), HTTPOnly: true,
			Secure: w.secure, SameSite: "Lax"})
	}
	r.Cookie(c)
}
