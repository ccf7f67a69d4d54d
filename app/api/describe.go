package api

import (
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// refusals are the statuses by which an operation refuses, from what it takes. huma adds 422 and 500 where they belong, and refuses everything else that the
// document says. 500 and 503 are everybody's.
func refusals(o operation, in reflect.Type) []int {
	all := []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusServiceUnavailable}
	if o.scope != "" {
		all = append(all, http.StatusForbidden)
	}
	if strings.Contains(o.path, "{") || o.refers {
		all = append(all, http.StatusNotFound)
	}
	if o.differs {
		all = append(all, http.StatusConflict)
	}
	if _, ok := in.FieldByName("IfMatch"); ok {
		all = append(all, http.StatusPreconditionFailed, http.StatusPreconditionRequired)
	}
	if _, ok := in.FieldByName("Body"); ok {
		all = append(all, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// describe says of every answer what no operation says of its own: the headers that come with it.
func (a *API) describe() {
	doc := a.huma.OpenAPI()
	header := func(description string) *huma.Header {
		return &huma.Header{Description: description, Schema: &huma.Schema{Type: huma.TypeString}}
	}
	// One of each, for all of the many answers.
	left, policy := header(`How many requests are left, and for how many seconds: "token";r=599;t=60`), header(`How many there are in how many seconds: "token";q=600;w=60`)
	later, why := required(header("In how many seconds to go on.")), header("RFC 6750: why, and for a scope that is missing, which.")
	for _, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			for status, r := range op.Responses {
				if r.Headers == nil {
					r.Headers = map[string]*huma.Header{}
				}
				n, _ := strconv.Atoi(status)
				if n != http.StatusUnauthorized { // of a token alone
					r.Headers["RateLimit"], r.Headers["RateLimit-Policy"] = left, policy
				}
				switch n {
				case http.StatusTooManyRequests:
					r.Headers["Retry-After"] = later
				case http.StatusUnauthorized, http.StatusForbidden:
					r.Headers["WWW-Authenticate"] = why
				}
			}
		}
	}
}

func required(h *huma.Header) *huma.Header {
	h.Required = true
	return h
}
