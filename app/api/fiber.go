package api

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
)

// router gives huma's operations to Fiber. huma's own adapter asks for a newer fasthttp than Fiber v2 is made for, and copies
// all that a request carries with each; this one is what is needed.
type router struct{ app *fiber.App }

// Handle registers an operation.
func (r router) Handle(op *huma.Operation, handler func(huma.Context)) {
	path := strings.NewReplacer("{", ":", "}", "").Replace(op.Path)
	r.app.Add(op.Method, path, func(c *fiber.Ctx) error {
		c.Locals("route", path) // what the log calls it
		handler(&exchange{c: c, op: op})
		return nil
	})
}

// ServeHTTP is what huma would have of routers of net/http; this one serves by Fiber alone.
func (router) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusNotImplemented)
}

// exchange is one request and its answer, as huma sees them.
type exchange struct {
	c      *fiber.Ctx
	op     *huma.Operation
	status int
}

var errNoForms = errors.New("forms are not taken")

func (e *exchange) Operation() *huma.Operation { return e.op }
func (e *exchange) Context() context.Context   { return e.c.UserContext() }
func (e *exchange) TLS() *tls.ConnectionState  { return nil }
func (e *exchange) Version() huma.ProtoVersion {
	return huma.ProtoVersion{Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
}
func (e *exchange) Method() string                             { return e.c.Method() }
func (e *exchange) Host() string                               { return e.c.Hostname() }
func (e *exchange) RemoteAddr() string                         { return "" }
func (e *exchange) Param(name string) string                   { return e.c.Params(name) }
func (e *exchange) Query(name string) string                   { return e.c.Query(name) }
func (e *exchange) Header(name string) string                  { return e.c.Get(name) }
func (e *exchange) BodyReader() io.Reader                      { return bytes.NewReader(e.c.Body()) }
func (e *exchange) GetMultipartForm() (*multipart.Form, error) { return nil, errNoForms }
func (e *exchange) SetReadDeadline(time.Time) error            { return nil } // the server has read it all
func (e *exchange) Status() int                                { return e.status }
func (e *exchange) SetHeader(name, value string)               { e.c.Set(name, value) }
func (e *exchange) AppendHeader(name, value string)            { e.c.Append(name, value) }
func (e *exchange) BodyWriter() io.Writer                      { return e.c.Context() }

func (e *exchange) SetStatus(code int) {
	e.status = code
	e.c.Status(code)
}

func (e *exchange) URL() url.URL {
	u, err := url.ParseRequestURI(e.c.OriginalURL())
	if err != nil {
		return url.URL{}
	}
	return *u
}

func (e *exchange) EachHeader(each func(name, value string)) {
	e.c.Request().Header.VisitAll(func(name, value []byte) { each(string(name), string(value)) })
}
