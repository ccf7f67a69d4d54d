package views

import (
	"slices"
	"sync"

	"golang.org/x/text/language"
)

// Speaks tells whether there is an interface in that language.
func Speaks(lang string) bool {
	return slices.ContainsFunc(Languages(), func(l Language) bool { return l.Code == lang })
}

// acceptMax is how much of a header is looked at. Browsers send less than a hundred bytes; parsing what strangers send
// costs more the longer it is.
const acceptMax = 512

// Match is the language of the interface that suits an Accept-Language header best: "fr" for "fr-CA, en;q=0.8", and
// the first of Languages where none does, or where the header cannot be read.
func Match(accept string) string { return MatchOr(accept, Languages()[0].Code) }

// MatchOr is Match, and another language where none of those that are spoken suits.
func MatchOr(accept, other string) string {
	if len(accept) > acceptMax {
		accept = accept[:acceptMax]
	}
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return other
	}
	_, i, sure := matcher().Match(wanted...)
	if sure == language.No {
		return other
	}
	return Languages()[i].Code
}

var matcher = sync.OnceValue(func() language.Matcher {
	var tags []language.Tag
	for _, l := range Languages() {
		tags = append(tags, language.Make(l.Code))
	}
	return language.NewMatcher(tags)
})
