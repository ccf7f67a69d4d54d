package declared

import (
	"slices"
	"strings"

	"chancery/app/manifest"
)

// Path is a field as manifests write it: "timeZone" for what verbs and forms call zone.
func Path(kind manifest.Kind, field string) string {
	switch {
	case field == "zone":
		return "timeZone"
	case field == "status":
		return "active"
	case field == "password":
		return "initialPasswordSecret"
	}
	words := strings.Split(field, "_")
	for i := range words[1:] {
		words[i+1] = strings.ToUpper(words[i+1][:1]) + words[i+1][1:]
	}
	path := strings.Join(words, "")
	if kind == manifest.Organization && !slices.Contains([]string{"name", "tagline", "address", "contact", "language"}, field) {
		path = "policies." + path
	}
	return path
}
