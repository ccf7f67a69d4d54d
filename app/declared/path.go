package declared

import (
	"slices"
	"strings"

	"chancery/app/fault"
	"chancery/app/manifest"
	"chancery/app/work"
)

// Words says a reason for those who write manifests, with the field as they have it; say has the language.
func Words(kind manifest.Kind, r work.Reason, say func(fault.Message) string) string {
	if r.Field == "" {
		return say(r.Message)
	}
	return Path(kind, r.Field) + ": " + say(r.Message)
}

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
