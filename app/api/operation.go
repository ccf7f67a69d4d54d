package api

import (
	"context"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"chancery/app/access"
)

// operation is what is said of one besides its types.
type operation struct {
	method, path string // below Root
	id, tag      string
	summary      string
	about        string            // what else is to be known
	scope        access.Permission // "": any token
	also         []access.Permission
	status       int    // of success; 0: 200
	media        string // of its answer, where that is not JSON
	differs      bool   // what it brings may be here already, and other: 409
	refers       bool   // its body names what has to be seen: 404 without an id in the path
}

// on registers an operation. Whoever lacks one of its scopes is told so before anything is looked up; the verbs ask again.
func on[I, O any](a *API, o operation, do func(ctx context.Context, who access.Actor, in *I) (*O, error)) {
	needs := o.also
	if o.scope != "" {
		needs = append([]access.Permission{o.scope}, o.also...)
	}
	scopes := make([]string, len(needs))
	for i, p := range needs {
		scopes[i] = string(p)
	}
	if o.status == 0 {
		o.status = http.StatusOK
	}
	var responses map[string]*huma.Response
	if o.media != "" {
		responses = map[string]*huma.Response{strconv.Itoa(o.status): {Description: http.StatusText(o.status), Content: map[string]*huma.MediaType{o.media: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}}
	}
	huma.Register(a.huma, huma.Operation{
		Method: o.method, Path: Root + o.path, OperationID: o.id, Tags: []string{o.tag}, Summary: o.summary, Description: o.about, DefaultStatus: o.status, MaxBodyBytes: BodyMost,
		Security: []map[string][]string{{"token": scopes}}, Errors: refusals(o, reflect.TypeFor[I]()), Responses: responses,
	}, func(ctx context.Context, in *I) (*O, error) {
		who := callOf(ctx).program.Actor
		for _, p := range needs {
			if err := who.Must(p); err != nil {
				return nil, a.problem(ctx, err)
			}
		}
		out, err := do(ctx, who, in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return out, nil
	})
}
