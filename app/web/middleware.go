package web

import (
	"context"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/signin"
	"chancery/views"
)

// deadline bounds what one request may take of the rooms below.
const deadline = 20 * time.Second

// Cookies. On https all carry the __Host- prefix, which binds them to this host and to https (ASVS 3.3.1).
const (
	cookieSession  = "chancery-session"
	cookieVisitor  = "chancery-visitor"
	cookieStep     = "chancery-step" // a sign-in between its two steps
	cookieLanguage = "chancery-language"
	cookieDevice   = "chancery-device" // by which a browser is known again; it opens nothing, and outlives sessions (B-6)
)

func (w *Web) cookieName(name string) string {
	if w.secure {
		return "__Host-" + name
	}
	return name
}

// Limits of bodies, in bytes. Forms are small; a picture is at most 5 MiB (ASVS 5.2.1) with its form around it.
const (
	formLimit    = 64 * 1024
	pictureLimit = 5*1024*1024 + 64*1024
	pictureTime  = 5 * time.Minute // five MiB on a slow line
)

// handle is round every request: its id, its log line, its metrics, the headers of every answer, and what plain forms
// cannot say themselves.
func (w *Web) handle(c *fiber.Ctx) error {
	if c.Method() == fiber.MethodPost && c.Locals("restarted") == nil && !isAPI(c.Path()) {
		if m := overridden(c); m != "" {
			c.Locals("restarted", true)
			c.Method(m)
			return c.RestartRouting()
		}
	}
	began := time.Now()
	id := uuid.NewString()
	c.Locals("request-id", id)
	w.headers(c, id)
	if w.Until != nil && w.Until.Err() != nil { // told to end: whoever comes next is to come by another connection
		c.Context().SetConnectionClose()
	}
	err := w.recovering(c)
	if err != nil {
		err = w.fiberError(c, err)
	}
	took := time.Since(began)
	route, _ := c.Locals("route").(string)
	w.metrics.observe(c.Method(), route, c.Response().StatusCode(), took)
	level := slog.LevelDebug
	if c.Response().StatusCode() >= 400 || !strings.HasPrefix(route, "/static") {
		level = slog.LevelInfo
	}
	// The route's pattern stands in the log, never the path: a path can hold a one-time secret.
	w.Log.LogAttrs(context.Background(), level, "request", slog.String("id", id), slog.String("method", c.Method()),
		slog.String("route", route), slog.Int("status", c.Response().StatusCode()),
		slog.Float64("ms", float64(took.Microseconds())/1000), slog.Int("bytes", len(c.Response().Body())))
	return err
}

func (w *Web) recovering(c *fiber.Ctx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			// A panic's value can quote what a person typed, so only its type and the stack are logged.
			w.Log.Error("panic", "id", c.Locals("request-id"), "type", typeName(p), "stack", string(debug.Stack()))
			err = errPanic
		}
	}()
	return c.Next()
}

// overridden is the method that a plain form means by its field _method, or "".
func overridden(c *fiber.Ctx) string {
	switch m := c.FormValue("_method"); m {
	case fiber.MethodPatch, fiber.MethodPut, fiber.MethodDelete:
		return m
	}
	return ""
}

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// policyPictures is the policy of pages on which a picture is cropped: the cropper shows the file from memory.
const policyPictures = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func (w *Web) headers(c *fiber.Ctx, id string) {
	h := &c.Response().Header
	h.Set("X-Request-ID", id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
	if strings.HasPrefix(c.Path(), "/me") || strings.HasPrefix(c.Path(), "/organization") {
		h.Set("Content-Security-Policy", policyPictures)
	} else {
		h.Set("Content-Security-Policy", policy)
	}
	if w.secure {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
	// Pages are personal: nothing keeps them (ASVS 14.3.2). What may be kept says so itself.
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "HX-Request, Cookie, Accept-Language")
}

// guard turns a route into Fiber's handler: who asks, may they, is the request theirs, and then the handler.
func (w *Web) guard(route string, who need, h handler) fiber.Handler {
	if !who.open && !who.signedIn && !who.paired {
		panic("route " + route + " does not say who may")
	}
	return func(c *fiber.Ctx) error {
		c.Locals("route", route)
		ctx, cancel := context.WithTimeout(c.UserContext(), deadline)
		defer cancel()
		if w.Trace != nil {
			traced, count := w.Trace(ctx)
			ctx = traced
			defer func() { c.Set("X-Statements", itoa(count())) }()
		}
		r := &request{Ctx: c, ctx: ctx, route: route, from: signin.Origin{
			Network: clientAddress(c, w.Trusted), UserAgent: c.Get(fiber.HeaderUserAgent), RequestID: c.Locals("request-id").(string),
		}, picked: c.Cookies(w.cookieName(cookieLanguage))}
		if r.from.Device = c.Cookies(w.cookieName(cookieDevice)); len(r.from.Device) != 43 && unsafe(c.Method()) {
			r.from.Device = signin.NewDevice()
		}
		c.Locals("request", r)
		if strings.HasPrefix(route, "/static/") {
			return h(r)
		}
		if !utf8.ValidString(c.OriginalURL()) { // raw bytes, which no browser sends and Postgres takes for no text
			r.chooseLocale()
			return errNoRoute
		}
		if w.secure && plainProxied(c, w.Trusted) && fromExtension(route) {
			return fiber.ErrBadRequest // not sent on to https: what it brought has been read by others already
		}
		if w.secure && plainProxied(c, w.Trusted) {
			path := c.OriginalURL()
			if !strings.HasPrefix(path, "/") { // no browser sends that; appended to a host it would be another one
				path = "/"
			}
			return c.Redirect(w.URL.String()+path, fiber.StatusPermanentRedirect)
		}
		if err := w.admit(r, who); err != nil {
			return err
		}
		return h(r)
	}
}

// headerByItself says that a page asks by itself, because something has changed: its reader may be far away, and the session
// goes on being idle (ASVS 7.3.1). Who says so falsely is signed out the sooner.
const headerByItself = "X-By-Itself"

// admit finds the session and asks whether this person may use this route now.
func (w *Web) admit(r *request, who need) (err error) {
	if who.paired {
		r.lang, r.zone = views.MatchOr(r.Get(fiber.HeaderAcceptLanguage), "en"), time.UTC
		return w.admitExtension(r)
	}
	if who.unknown {
		r.blind, r.lang, r.zone = true, views.MatchOr(r.Get(fiber.HeaderAcceptLanguage), "en"), time.UTC
		return nil
	}
	if token := r.Cookies(w.cookieName(cookieSession)); token != "" {
		if r.cur, err = w.Signin.ResumeAs(r.ctx, token, r.from, signin.Manner{Bare: who.noPage || r.fragment(), Quiet: who.byItself || r.Get(headerByItself) != ""}); err != nil {
			r.chooseLocale()
			return err
		}
	}
	r.chooseLocale()
	if who.signedIn && r.cur == nil {
		return errSignedOut
	}
	if unsafe(r.Method()) && !who.idle {
		if err := w.checkToken(r); err != nil {
			return err
		}
	}
	if r.cur == nil || who.open {
		return nil
	}
	if r.cur.MustChange && !who.duringChange {
		return errMustChange
	}
	if r.cur.MustEnrol && !who.duringEnrol {
		return errMustEnrol
	}
	if who.permission != "" && !r.cur.Rights.Can(who.permission) {
		return &fault.Forbidden{Permission: string(who.permission)}
	}
	if who.whose == access.OverNothing {
		return nil
	}
	return w.Signin.MayOver(r.ctx, r.actor(), who.whose, r.Params("id"))
}

func unsafe(method string) bool {
	return method != fiber.MethodGet && method != fiber.MethodHead && method != fiber.MethodOptions
}
