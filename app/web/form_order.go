package web

import (
	"maps"
	"slices"
	"strings"

	"chancery/views"
)

// fieldOrder is the names of fields in an order that is the same every time.
func fieldOrder(fields map[string]string) []string { return slices.Sorted(maps.Keys(fields)) }

// inOrder puts the summary's lines into the order in which the page shows the fields.
func (p problems) inOrder(names ...string) {
	at := func(e views.FieldError) int { return slices.Index(names, strings.ReplaceAll(e.ID, "-", "_")) }
	slices.SortStableFunc(p.summary.Fields, func(a, b views.FieldError) int { return at(a) - at(b) })
}
