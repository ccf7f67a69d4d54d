package api

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"chancery/views"
)

// Endpoints are the document's operations as people read them, in the order of its tags.
func (a *API) Endpoints() []views.EndpointGroup {
	doc := a.ready().huma.OpenAPI()
	groups := make([]views.EndpointGroup, len(doc.Tags))
	for i, tag := range doc.Tags {
		groups[i].Name = tag.Name
		for path, item := range doc.Paths {
			for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
				if op != nil && slices.Contains(op.Tags, tag.Name) {
					groups[i].Endpoints = append(groups[i].Endpoints, a.endpoint(doc, path, op))
				}
			}
		}
		slices.SortFunc(groups[i].Endpoints, func(x, y views.Endpoint) int {
			return cmp.Or(cmp.Compare(x.Path, y.Path), cmp.Compare(methodOrder(x.Method), methodOrder(y.Method)))
		})
	}
	return groups
}

func methodOrder(m string) int {
	return slices.Index([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}, m)
}

func (a *API) endpoint(doc *huma.OpenAPI, path string, op *huma.Operation) views.Endpoint {
	e := views.Endpoint{ID: op.OperationID, Method: op.Method, Path: path, Summary: op.Summary, Text: op.Description}
	for _, s := range op.Security {
		e.Scope = strings.Join(s["token"], " ")
	}
	for _, p := range op.Parameters {
		e.Asks = append(e.Asks, views.EndpointField{Name: p.Name, In: p.In, Type: typeOf(p.Schema), Required: p.Required, Text: cmp.Or(p.Description, p.Schema.Description)})
	}
	if op.RequestBody != nil {
		e.Sends = fields(doc, media(op.RequestBody.Content))
	}
	for status, r := range op.Responses {
		if n, err := strconv.Atoi(status); err == nil && n < 300 {
			e.Status, e.Gets = status, fields(doc, media(r.Content))
		}
	}
	return e
}

func media(content map[string]*huma.MediaType) *huma.Schema {
	if m := content["application/json"]; m != nil {
		return m.Schema
	}
	return nil
}

// fields are a schema's, those of the items of a list with it.
func fields(doc *huma.OpenAPI, s *huma.Schema) (all []views.EndpointField) {
	if s == nil {
		return nil
	}
	if s.Ref != "" {
		s = doc.Components.Schemas.SchemaFromRef(s.Ref)
	}
	for name, p := range s.Properties {
		all = append(all, views.EndpointField{Name: name, Type: typeOf(p), Required: slices.Contains(s.Required, name), Text: p.Description})
		if p.Items != nil && p.Items.Ref != "" {
			for _, f := range fields(doc, p.Items) {
				f.Name = name + "[]." + f.Name
				all = append(all, f)
			}
		}
		if p.Ref != "" {
			for _, f := range fields(doc, p) {
				f.Name = name + "." + f.Name
				all = append(all, f)
			}
		}
	}
	slices.SortFunc(all, func(x, y views.EndpointField) int { return cmp.Compare(x.Name, y.Name) })
	return all
}

// typeOf is a schema's type in a few words: "string, date-time, or null".
func typeOf(s *huma.Schema) string {
	t := s.Type
	if s.Ref != "" {
		return "object"
	}
	if s.Format != "" && s.Format != "int64" {
		t += ", " + s.Format
	}
	if len(s.Enum) > 0 {
		var words []string
		for _, v := range s.Enum {
			if w, ok := v.(string); ok {
				words = append(words, w)
			}
		}
		t = strings.Join(words, " | ")
	}
	if s.Nullable {
		t += ", or null"
	}
	return t + limits(s)
}

// limits are the bounds of a schema's values: ", 1 to 200 characters".
func limits(s *huma.Schema) string {
	between := func(least, most *int, unit string) string {
		switch {
		case most == nil && (least == nil || *least == 0):
			return ""
		case most == nil:
			return fmt.Sprintf(", at least %d %s", *least, unit)
		case least == nil || *least == 0:
			return fmt.Sprintf(", at most %d %s", *most, unit)
		}
		return fmt.Sprintf(", %d to %d %s", *least, *most, unit)
	}
	t := between(s.MinLength, s.MaxLength, "characters") + between(s.MinItems, s.MaxItems, "items")
	if s.Minimum != nil {
		t += fmt.Sprintf(", from %.0f", *s.Minimum)
	}
	if s.Maximum != nil {
		t += fmt.Sprintf(", up to %.0f", *s.Maximum)
	}
	return t
}
