package web

import (
	"context"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"chancery/app/access"
	"chancery/app/signin"
	"chancery/views"
)

// API is what answers other systems (app/api), and what it says of itself. Pages and the API share an address and nothing else: whoever wires the
// house hands it in.
type API interface {
	// Serve answers a request below apiRoot. c's UserContext has its deadline.
	Serve(c *fiber.Ctx, from signin.Origin) error
	// Refuse answers one that could not be read, with a problem instead of a page.
	Refuse(c *fiber.Ctx, status int, detail string) error
	// Endpoints are what there is, from the document that programs read.
	Endpoints() []views.EndpointGroup
}

// apiRoot is where the API is, and apiLimit what one of its requests may hold, in bytes.
const (
	apiRoot  = "/api/v1"
	apiLimit = 128 * 1024
)

// isAPI tells whether a path is the API's.
func isAPI(path string) bool { return path == apiRoot || strings.HasPrefix(path, apiRoot+"/") }

// apiServe hands a request to the API. No session is looked for: cookies count for nothing there.
func (w *Web) apiServe(c *fiber.Ctx) error {
	if !isAPI(c.Path()) || w.API == nil {
		return c.Next()
	}
	c.Locals("route", apiRoot+"/*")
	if w.secure && plainProxied(c, w.Trusted) {
		// Not sent on to https: the token has been read by others already, and whoever sends it so must learn of it.
		return w.API.Refuse(c, http.StatusForbidden, "Use https. This token went over the network in the open: revoke it.")
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), deadline)
	defer cancel()
	if w.Trace != nil {
		traced, count := w.Trace(ctx)
		ctx = traced
		defer func() { c.Set("X-Statements", itoa(count())) }()
	}
	c.SetUserContext(ctx)
	return w.API.Serve(c, signin.Origin{Network: clientAddress(c, w.Trusted), UserAgent: c.Get(fiber.HeaderUserAgent), RequestID: c.Locals("request-id").(string)})
}

// apiUnread answers a request that could not be read, or that no middleware has run for.
func (w *Web) apiUnread(c *fiber.Ctx, refused error) error {
	status, kind := classify(refused)
	id, ok := c.Locals("request-id").(string)
	if !ok {
		if conn, polite := c.Context().Conn().(*politeConn); polite {
			conn.refused = true
		}
		id = uuid.NewString()
		c.Locals("request-id", id)
		w.headers(c, id)
	}
	w.Log.Info("request refused unread", "id", id, "kind", kind)
	return w.API.Refuse(c, status, "")
}

// apiShowView is the page about the API.
type apiShowView struct {
	views.Page
	Address string // of the document
	Example string // a request as one types it
	Tokens  bool   // the reader may make tokens
	Groups  []views.EndpointGroup
}

// apiShow is the page that people read before they write a program.
func (w *Web) apiShow(r *request) error {
	if w.API == nil {
		return errNoRoute
	}
	v := apiShowView{Page: w.page(r, "api.title", "api"), Address: w.URL.JoinPath(apiRoot, "openapi.json").String(), Tokens: r.cur.Rights.Can(access.TokensEdit), Groups: w.API.Endpoints()}
	v.Example = "curl -H 'Authorization: Bearer TOKEN' \\\n  '" + w.URL.JoinPath(apiRoot, "cases").String() + "?limit=20'"
	return w.render(r, fiber.StatusOK, "api/show", v)
}
