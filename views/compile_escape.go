package views

import (
	"bytes"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// escaped writes values into one place of the markup.
type escaped struct {
	kept  [256]bool // the bytes that none of the place's escapers changes
	words bool      // text or a quoted attribute: what is not kept has an entity
	web   bool      // an address, whose scheme may be that of the web
	html  bool      // text: ready markup goes in as it is
}

// escaping is what html/template's escapers of one place do together; ok is false for a kind of place that we have none
// of, such as a script.
func escaping(names []string) (e escaped, ok bool) {
	if len(names) == 0 {
		return e, false
	}
	for i := range e.kept {
		e.kept[i] = true
	}
	keep := func(letters string) {
		for i := range e.kept {
			alphanumeric := 'a' <= i && i <= 'z' || 'A' <= i && i <= 'Z' || '0' <= i && i <= '9'
			e.kept[i] = e.kept[i] && (alphanumeric || i < utf8.RuneSelf && strings.ContainsRune(letters, rune(i)))
		}
	}
	filtered := false
	for _, name := range names {
		switch name {
		case "htmlescaper", "attrescaper", "rcdataescaper":
			for i := range e.kept {
				e.kept[i] = e.kept[i] && entities[i] == ""
			}
		case "urlfilter": // without a colon there is no scheme to refuse
			filtered = true
		case "urlnormalizer":
			keep("-._~!#$*,/:;=?@")
		case "urlescaper":
			keep("-._~")
		default:
			return e, false
		}
	}
	e.web = filtered && e.kept[':'] && e.kept['/']
	e.kept[':'] = e.kept[':'] && !filtered
	e.words = len(names) == 1 && !strings.HasPrefix(names[0], "url")
	e.html = len(names) == 1 && names[0] == "htmlescaper"
	return e, true
}

// unescaped is a place in a text that has no markup.
func unescaped() (e escaped) {
	for i := range e.kept {
		e.kept[i] = true
	}
	return e
}

// entities are those of html/template (html.go there, htmlReplacementTable).
var entities = [256]string{0: "\uFFFD", '"': "&#34;", '&': "&amp;", '\'': "&#39;", '+': "&#43;", '<': "&lt;", '>': "&gt;"}

// write writes a text or a number. It gives up on any other value, and on a letter that would have to be changed in an
// address.
func (e *escaped) write(out *bytes.Buffer, v reflect.Value) bool {
	switch t := v.Type(); {
	case t == typeString:
		return e.text(out, v.String())
	case t == typeHTML && e.html:
		out.WriteString(v.String())
		return true
	case t.PkgPath() == "html/template" || t.Implements(typeStringer) || t.Implements(typeError):
		return false // ready for one kind of place, or with words of its own
	case v.Kind() == reflect.String:
		return e.text(out, v.String())
	case v.CanInt():
		out.Write(strconv.AppendInt(out.AvailableBuffer(), v.Int(), 10))
		return true
	}
	return false
}

func (e *escaped) text(out *bytes.Buffer, s string) bool {
	if e.web && (strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")) {
		at := strings.IndexByte(s, ':') + 1
		out.WriteString(s[:at])
		s = s[at:]
	}
	done := 0
	for i := range len(s) {
		if e.kept[s[i]] {
			continue
		}
		if !e.words {
			return false
		}
		out.WriteString(s[done:i])
		out.WriteString(entities[s[i]])
		done = i + 1
	}
	out.WriteString(s[done:])
	return true
}

var (
	typeStringer = reflect.TypeFor[fmt.Stringer]()
	typeError    = reflect.TypeFor[error]()
)
