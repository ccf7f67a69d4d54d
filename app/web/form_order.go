package web

import (
	"maps"
	"slices"
)

// fieldOrder is the names of fields in an order that is the same every time.
func fieldOrder(fields map[string]string) []string { return slices.Sorted(maps.Keys(fields)) }
