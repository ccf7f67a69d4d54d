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
	if p.summary == nil {
		return
	}
	at := func(e views.FieldError) int { return slices.Index(names, strings.ReplaceAll(e.ID, "-", "_")) }
	slices.SortStableFunc(p.summary.Fields, func(a, b views.FieldError) int { return at(a) - at(b) })
}

// fieldLabel is what a field is called, as a catalogue key.
type fieldLabel struct{ key, label string }

// labelled puts the summary's lines into the order of the fields, each beginning with its field's name (S0-26).
func (p problems) labelled(l views.Locale, fields []fieldLabel) {
	if p.summary == nil {
		return
	}
	p.summary.Fields = nil
	for _, f := range fields {
		if text := p.fields[f.key]; text != "" {
			text = l.T(message("form.labelled", "Label", message(f.label), "Text", text))
			p.summary.Fields = append(p.summary.Fields, views.FieldError{ID: fieldID(f.key), Text: text})
		}
	}
}
