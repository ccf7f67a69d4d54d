// Package web serves the pages: it turns a request into one verb of a domain room and the answer into a page or a
// fragment. No rule of the practice lives here, and nothing of the database is seen.
//
// # Reading order
//
// routes.go is the table of contents: one line a route, each naming who may. request.go is what a handler gets,
// middleware.go how a request comes to it, render.go and errors.go how the answer goes out. Then one file per resource,
// named like its URL without the ids.
//
// # Page or fragment
//
// The same URL answers with either: with HX-Request the template alone, otherwise the template inside its layout. The
// choice is made once, in render. Everything works by plain forms and redirects; htmx makes it smooth.
//
// # Defences
//
// Deny by default: a route cannot be registered without saying who may (routes.go). Every unsafe request carries a
// token bound to its session (csrf.go), and what browsers say about cross-site requests is believed when they say it.
// The policy allows no inline script, style or eval. Bodies are refused before they are read when they are larger than
// their route can need. Dynamic pages are not compressed: they hold the token beside text that others can choose, and
// compressing that leaks it (BREACH); they are small instead. Which fragments are, and why that gives nothing away,
// stands in compress.go.
package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"log/slog"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"

	"chancery/app/access"
	"chancery/app/agenda"
	"chancery/app/billing"
	"chancery/app/calendar"
	"chancery/app/cases"
	"chancery/app/casesync"
	"chancery/app/daily"
	"chancery/app/declared"
	"chancery/app/limit"
	"chancery/app/messages"
	"chancery/app/notices"
	"chancery/app/post"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/system"
	"chancery/app/work"
	"chancery/static"
	"chancery/views"
)

// Deps is what the pages stand on.
type Deps struct {
	Views     *views.Set
	Assets    *static.Assets
	Staff     *staff.Staff
	Access    *access.Access
	Signin    *signin.Signin
	Cases     *cases.Cases
	Messages  *messages.Messages
	Agenda    *agenda.Agenda
	Calendars *calendar.Calendars
	Billing   *billing.Billing
	Notices   *notices.Notices
	Summary   *daily.Summary
	Daily     *daily.Daily
	Post      *post.Post
	Work      *work.Work
	House     *system.System
	Declared  *declared.Declared
	Sync      *casesync.Sync
	API       API             // nil: there is none
	Feed      Feed            // what has changed, here and on other replicas
	Until     context.Context // streams end when it does, before the server waits for anything; nil: when the server ends
	URL       *url.URL        // where people reach the app: its scheme decides about cookies and HSTS
	Trusted   []netip.Prefix  // proxies whose forwarded address and scheme count
	Key       []byte          // keys the request tokens
	Now       func() time.Time
	Log       *slog.Logger
	Metrics   prometheus.Registerer // nil registers nothing
	Demo      []DemoSignIn          // shown on the sign-in page of a demo practice
	// Trace, when set, is put round each request's context; what it returns is told in the header X-Statements. For
	// tests that count queries.
	Trace func(context.Context) (context.Context, func() int64)
	// Rendered, when set, hears of each template and the data it was given. For the bench, which executes the same by
	// itself, and for tests.
	Rendered func(lang, name string, page bool, view any)
}

// DemoSignIn is an account of the demo practice.
type DemoSignIn struct{ Email, Role string }

// Web is the room.
type Web struct {
	Deps
	secure  bool // people come by https
	metrics *metrics
	macs    sync.Pool                 // of request tokens (csrf.go)
	known   atomic.Pointer[views.Org] // the practice as it was last shown
	there   paths                     // all that routes.go names
	live    *live                     // the open pages (live.go)
	feeds   *limit.Limiter            // of calendars, by address
	stood   since                     // how long they are as they are
}

// New builds the app. It serves nothing until Listen or Test is called on it.
func New(d Deps) *fiber.App {
	w := &Web{Deps: d, secure: d.URL.Scheme == "https", metrics: newMetrics(d.Metrics), feeds: limit.New(feedsPerMinute, d.Now)}
	w.macs.New = func() any { return hmac.New(sha256.New, d.Key) }
	w.live = newLive(w)
	app := fiber.New(fiber.Config{
		Immutable:             true, // form values outlive the request, in jobs' keys and audit lines
		DisableStartupMessage: true,
		ErrorHandler:          w.fiberError,
		BodyLimit:             pictureLimit,
		// A form is read when its handler asks for it, so that a broken one is answered like any other mistake.
		DisablePreParseMultipartForm: true,
		ReadTimeout:                  30 * time.Second,
		WriteTimeout:                 60 * time.Second,
		IdleTimeout:                  2 * time.Minute,
		ReadBufferSize:               16 * 1024,
		// A whole page goes out in one write. With the library's 4 KiB it took two, and a write is 3 µs of the 85 of a page.
		WriteBufferSize: 16 * 1024,
		ServerHeader:    "",
		StrictRouting:   false,
		CaseSensitive:   true,
		RequestMethods:  append(slices.Clone(fiber.DefaultMethods), methodUnknown),
	})
	app.Server().HeaderReceived = limits
	app.Server().Logger = silent{}
	app.Server().KeepHijackedConns = true // what a stream needs of its request is little, the rest goes back (live.go)
	app.Hooks().OnShutdown(func() error { w.live.end(); return nil })
	app.Use(w.handle)
	app.Use(apiRoot, w.apiServe)
	w.routes(app)
	return app
}

// silent takes fasthttp's own log lines, which quote requests as they came: cookies, paths, passwords. What matters of
// them comes to fiberError as an error.
type silent struct{}

func (silent) Printf(string, ...any) {}
