package web

import (
	"context"
	"errors"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
	"github.com/valyala/fasthttp"

	"chancery/app/signin"
	"chancery/app/staff"
)

// Requests that are refused before any route has seen them: a body too large by its own word, headers that cannot be read
// or are too many. They are answered like any other mistake, with an id that is in the log.

// limits says how much of a body a path may bring, before any of it is read: more is 413. Who asks first whether to send
// it (Expect: 100-continue) is told 413 and not to go on: the server would say so only after its yes, so that what was
// asked is taken out of the request.
func limits(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	if !knownMethod(string(h.Method())) {
		h.SetMethod(methodUnknown)
	}
	c := fasthttp.RequestConfig{MaxRequestBodySize: formLimit}
	switch path, _, _ := strings.Cut(string(h.RequestURI()), "?"); {
	case isAPI(path):
		c.MaxRequestBodySize = apiLimit
	case takesPicture(path):
		c = fasthttp.RequestConfig{MaxRequestBodySize: pictureLimit, ReadTimeout: pictureTime}
	case takesMatrix(path):
		c.MaxRequestBodySize = matrixLimit
	case path == "/users/import":
		c = fasthttp.RequestConfig{MaxRequestBodySize: staff.ImportBytes + formLimit, ReadTimeout: pictureTime}
	}
	if h.ContentLength() > c.MaxRequestBodySize {
		h.Del(fiber.HeaderExpect)
	}
	return c
}

// takesPicture tells whether what is sent to a path may be as large as a picture.
func takesPicture(path string) bool { return path == "/me/picture" || path == "/organization/logo" }

// unread is the request of a refusal that no middleware has run for.
func (w *Web) unread(c *fiber.Ctx, refused error) *request {
	if conn, ok := c.Context().Conn().(*politeConn); ok {
		conn.refused = true
	}
	id := uuid.NewString()
	w.headers(c, id)
	_, kind := classify(refused)
	w.Log.Info("request refused unread", "id", id, "kind", kind) // its text quotes the request as it came
	r := &request{Ctx: c, ctx: context.Background(), from: signin.Origin{RequestID: id}, picked: c.Cookies(w.cookieName(cookieLanguage))}
	r.blind = !w.recognize(r, refused)
	r.chooseLocale()
	return r
}

// recognize finds out who sent what was refused, so that the answer does not look as if they were signed out. It is false
// where that cannot be known: of headers that could not be read nothing is left, and the database may be away.
func (w *Web) recognize(r *request, refused error) bool {
	if !errors.Is(refused, fiber.ErrRequestEntityTooLarge) {
		return false
	}
	token := r.Cookies(w.cookieName(cookieSession))
	if token == "" {
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	r.from.Network, r.from.UserAgent = clientAddress(r.Ctx, w.Trusted), r.Get(fiber.HeaderUserAgent)
	var err error
	r.cur, err = w.Signin.Resume(ctx, token, r.from)
	return err == nil
}
