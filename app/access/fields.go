package access

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"chancery/app/fault"
)

// Limits of the texts of roles and profiles, in characters.
const (
	nameMax    = 60
	summaryMax = 200
)

func checkName(bad *fault.Invalid, value string) string {
	value = line(value)
	switch n := utf8.RuneCountInString(value); {
	case n == 0:
		bad.Add("name", "access.name-missing")
	case n > nameMax:
		bad.Add("name", "access.too-long", "Count", n-nameMax, "Max", nameMax)
	}
	return value
}

func checkSummary(bad *fault.Invalid, value string) string {
	value = line(value)
	if n := utf8.RuneCountInString(value); n > summaryMax {
		bad.Add("summary", "access.too-long", "Count", n-summaryMax, "Max", summaryMax)
	}
	return value
}

// line is one line of text without what cannot be seen: two roles of one look would be a trap.
func line(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n', r == '\r':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == utf8.RuneError:
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(norm.NFC.String(s)), " ")
}
