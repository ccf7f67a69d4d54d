package web

import (
	"errors"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// What no route answers: paths that are not there (404), methods that a path does not have (405 with those it has, RFC
// 9110 §15.5.6), and methods that nobody knows (501, §15.6.2). Nothing is changed by any of it, so that no request token
// is asked for: who has none is told the truth, and not that their page is too old.

var (
	errNoMethod = errors.New("no such method here")
	errNoVerb   = errors.New("no such method anywhere")
)

// methodUnknown stands for every method that HTTP does not know, from the moment the header is read: the router has no
// place for others, and metrics no room for what strangers make up.
const methodUnknown = "UNKNOWN"

func knownMethod(method string) bool { return slices.Contains(fiber.DefaultMethods, method) }

// paths are the routes' patterns, each with its methods, in the order of routes.go.
type paths []pathMethods

type pathMethods struct {
	pattern string
	methods []string
}

func (p *paths) add(method, pattern string) {
	i := slices.IndexFunc(*p, func(m pathMethods) bool { return m.pattern == pattern })
	if i < 0 {
		*p = append(*p, pathMethods{pattern: pattern, methods: []string{fiber.MethodOptions}})
		i = len(*p) - 1
	}
	m := &(*p)[i]
	m.methods = append(m.methods, method)
	if method == fiber.MethodGet {
		m.methods = append(m.methods, fiber.MethodHead)
	}
}

// of are the methods that a path has; none when nothing is there.
func (p paths) of(path string) (methods []string) {
	for _, m := range p {
		if fiber.RoutePatternMatch(path, m.pattern, fiber.Config{CaseSensitive: true}) {
			methods = append(methods, m.methods...)
		}
	}
	slices.Sort(methods)
	return slices.Compact(methods)
}

// noRoute answers what no route has answered.
func (w *Web) noRoute(r *request) error {
	if r.Method() == methodUnknown {
		return errNoVerb
	}
	methods := w.there.of(r.Path())
	if len(methods) == 0 {
		return errNoRoute
	}
	r.Set(fiber.HeaderAllow, strings.Join(methods, ", "))
	if r.Method() == fiber.MethodOptions {
		return r.SendStatus(fiber.StatusNoContent)
	}
	return errNoMethod
}
