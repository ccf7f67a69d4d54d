// Package api is the practice for other systems: a case-management system, a client's app. It turns a request into one verb of a domain room and the
// answer into JSON, as web does with pages; no rule of the practice lives here, and nothing of the database is seen.
//
// # Made from one source
//
// Operations are Go types and functions (huma): what a request may hold is checked by the same schema that the OpenAPI 3.1 document
// shows, so that the two cannot differ. The document is at /api/v1/openapi.json, and web shows it to people at /api. A test sends every
// operation's answers to a validator that is not ours.
//
// huma stands on Fiber by an adapter of our own (fiber.go): its own one needs a newer fasthttp than Fiber v2 is made for. All of it made the
// program 1.9 MB larger (51.4 to 53.3 MB, stripped). Its schemas take 2 MB, of a program that was asked once (New).
//
// # Who may
//
// Every request carries a token (signin), in the header Authorization and nowhere else: no cookie is read, so that no other site can use a browser
// that is signed in, and no origin is given leave to read answers (no CORS; ASVS 3.4.2, 3.5.x). What it may is scopes, never more than its person.
// Objects are asked for by the same verbs as on pages; one that the person does not see is 404 (ASVS 8.2.2).
//
// # Sent twice
//
// A request that creates takes an Idempotency-Key (replies). What is changed takes an If-Match with the ETag that it was read with (B-16).
//
// # Bounds
//
// Requests are small (BodyMost), lists come in parts with a cursor, and a token has so many requests a minute (app/limit).
package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"chancery/app/agenda"
	"chancery/app/billing"
	"chancery/app/cases"
	"chancery/app/limit"
	"chancery/app/messages"
	"chancery/app/replies"
	"chancery/app/signin"
	"chancery/app/staff"
)

// Root is where the API is; nothing else lies below it.
const Root = "/api/v1"

// BodyMost is how much one request may hold, in bytes: a message of 10,000 characters in its longest spelling.
const BodyMost = 128 * 1024

// How often one may ask, in a minute. A token's own limit; and that of an address, for tokens that are none.
const (
	perMinute      = 600
	wrongPerMinute = 30
)

// Deps is what the API stands on.
type Deps struct {
	Signin   *signin.Signin
	Staff    *staff.Staff
	Cases    *cases.Cases
	Messages *messages.Messages
	Agenda   *agenda.Agenda
	Billing  *billing.Billing
	Replies  *replies.Replies
	URL      *url.URL // where people reach the app
	Now      func() time.Time
	Log      *slog.Logger
}

// API is the room.
type API struct {
	Deps
	once     sync.Once
	app      *fiber.App
	huma     huma.API
	serve    func(*fiber.Ctx)
	document []byte
	tokens   *limit.Limiter // by token
	wrong    *limit.Limiter // by address, of what is no token
}

// New opens the room. Its operations are described when one is first asked for: a practice without other systems need not hold 2 MB
// of schemas.
func New(d Deps) *API {
	return &API{Deps: d, tokens: limit.New(perMinute, d.Now), wrong: limit.New(wrongPerMinute, d.Now)}
}

// ready is the API with its operations.
func (a *API) ready() *API {
	a.once.Do(a.build)
	return a
}

func (a *API) build() {
	a.app = fiber.New(fiber.Config{
		Immutable: true, DisableStartupMessage: true, CaseSensitive: true, StrictRouting: true, BodyLimit: BodyMost,
		ErrorHandler: func(c *fiber.Ctx, err error) error {
			status := http.StatusInternalServerError
			if fe := (*fiber.Error)(nil); errors.As(err, &fe) {
				status = fe.Code
			}
			return a.Refuse(c, status, "")
		},
	})
	a.huma = huma.NewAPI(huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "Chancery", Version: "1", Description: about},
			Servers: []*huma.Server{{URL: a.URL.String()}},
			Components: &huma.Components{
				Schemas:         huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer", Description: "A token that an administrator has made under Settings, API tokens."}},
			},
			Security: []map[string][]string{{"token": {}}},
			Tags:     tags(),
		},
		Formats:                      map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{a.transform},
	}, router{a.app})
	a.operations()
	a.describe()
	var err error
	if a.document, err = json.Marshal(a.huma.OpenAPI()); err != nil {
		panic(err) // our own types: no request and no practice has a part in it
	}
	handler := a.app.Handler()
	a.serve = func(c *fiber.Ctx) { handler(c.Context()) }
}

const about = `What other systems can do in the practice. Every request carries a token: Authorization: Bearer TOKEN. A token can do what its scopes name, and only what its person is allowed to do; what that person cannot see is 404.

Times are RFC 3339, days YYYY-MM-DD, amounts whole minor units of their currency (1250 CAD are 12.50).

Lists come in parts: send next_cursor as cursor for the next one. A thing that can be changed has an ETag; send it as If-Match with the change, and 412 says that somebody else has changed it meanwhile (* changes it whatever it is now). A request that creates takes an Idempotency-Key: the same one within 24 hours gets the same answer and does nothing again, another request under it gets 422.

Every answer tells by RateLimit and RateLimit-Policy how many requests are left; 429 comes with Retry-After. Problems are RFC 9457's.`

func tags() []*huma.Tag {
	return []*huma.Tag{
		{Name: "Clients"}, {Name: "Cases"}, {Name: "Members"}, {Name: "Messages"}, {Name: "NPS"}, {Name: "Appointments"}, {Name: "Deadlines"}, {Name: "Invoices"},
		{Name: "Practice", Description: "What cases refer to."},
		{Name: "Cards", Description: "People of the practice as clients are shown them."},
		{Name: "Sync", Description: "Many at once, by what another system calls them."},
	}
}

// operations is the table of contents.
func (a *API) operations() {
	a.clients()
	a.cases()
	a.members()
	a.messages()
	a.scores()
	a.appointments()
	a.deadlines()
	a.invoices()
	a.people()
	a.cards()
	a.sync()
}

// Document is the OpenAPI 3.1 document.
func (a *API) Document() []byte { return a.ready().document }

// call is who asks, kept in the request's context.
type call struct {
	program *signin.Program
	from    signin.Origin
	request string // method and path, which an Idempotency-Key is for
}

type callKey struct{}

// callOf is a request's call; its zero value where there is none.
func callOf(ctx context.Context) call {
	c, _ := ctx.Value(callKey{}).(call)
	return c
}

// Serve answers a request below Root. c's UserContext has its deadline; from is where it comes from.
func (a *API) Serve(c *fiber.Ctx, from signin.Origin) (err error) {
	defer func() {
		if p := recover(); p != nil {
			a.Log.Error("panic", "id", from.RequestID, "stack", string(debug.Stack())) // its value could quote what was sent
			err = a.Refuse(c, http.StatusInternalServerError, "")
		}
	}()
	c.Set(fiber.HeaderVary, "Authorization")
	who := call{from: from, request: c.Method() + " " + c.Path()}
	c.SetUserContext(context.WithValue(c.UserContext(), callKey{}, who))
	if c.Path() == Root+"/openapi.json" && (c.Method() == fiber.MethodGet || c.Method() == fiber.MethodHead) {
		c.Set(fiber.HeaderContentType, "application/openapi+json")
		return c.Send(a.ready().document)
	}
	if ok, reset := a.wrong.Look(limit.Address(from.Network)); !ok {
		return a.tooMany(c, reset)
	}
	who.program, err = a.Signin.ByToken(c.UserContext(), bearer(c), from)
	if err != nil {
		a.Log.Error("request failed", "id", from.RequestID, "error", err.Error())
		return a.Refuse(c, http.StatusServiceUnavailable, "")
	}
	if who.program == nil {
		a.wrong.Take(limit.Address(from.Network))
		c.Set(fiber.HeaderWWWAuthenticate, challenge(c.Get(fiber.HeaderAuthorization) != ""))
		return a.Refuse(c, http.StatusUnauthorized, "")
	}
	ok, left, reset := a.tokens.Take(who.program.TokenID)
	c.Set("RateLimit-Policy", `"token";q=`+strconv.Itoa(perMinute)+`;w=60`)
	c.Set("RateLimit", `"token";r=`+strconv.Itoa(left)+`;t=`+seconds(reset))
	if !ok {
		return a.tooMany(c, reset)
	}
	if !readable(c) {
		return a.Refuse(c, http.StatusBadRequest, "The request holds what is no text.")
	}
	c.SetUserContext(context.WithValue(c.UserContext(), callKey{}, who))
	a.ready().serve(c)
	return nil
}

// readable tells whether all of a request is text that both databases take.
func readable(c *fiber.Ctx) bool {
	query, err := url.QueryUnescape(c.OriginalURL())
	return err == nil && utf8.ValidString(query) && !strings.Contains(query, "\x00") && utf8.Valid(c.Body()) && !strings.Contains(string(c.Body()), `\u0000`)
}

// bearer is the request's token, or "".
func bearer(c *fiber.Ctx) string {
	scheme, token, _ := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// challenge is what a request without a token that counts is answered with (RFC 6750, 3): one that brought something is told that it does not count.
func challenge(brought bool) string {
	if !brought {
		return `Bearer realm="Chancery"`
	}
	return `Bearer realm="Chancery", error="invalid_token"`
}

func (a *API) tooMany(c *fiber.Ctx, reset time.Duration) error {
	c.Set(fiber.HeaderRetryAfter, seconds(reset))
	return a.Refuse(c, http.StatusTooManyRequests, "")
}

// Refuse answers with a problem, where no operation was reached.
func (a *API) Refuse(c *fiber.Ctx, status int, detail string) error {
	ctx := c.UserContext()
	if id, ok := c.Locals("request-id").(string); ok && callOf(ctx).from.RequestID == "" { // it was refused before it was a call
		ctx = context.WithValue(ctx, callKey{}, call{from: signin.Origin{RequestID: id}})
	}
	c.Set(fiber.HeaderContentType, "application/problem+json")
	return c.Status(status).Send(a.body(ctx, status, detail))
}

// seconds are whole ones, none too few.
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}
