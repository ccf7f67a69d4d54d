package views_test

import (
	"strings"
	"testing"

	"chancery/views"
)

// S0-16: at the door the browser's languages count, in its order.
func TestTheBrowsersLanguageIsMatched(t *testing.T) {
	for accept, want := range map[string]string{
		"":                                    "en",
		"fr-CA,fr;q=0.9,en;q=0.8":             "fr",
		"es-419, en;q=0.5":                    "es",
		"en-GB":                               "en",
		"de-DE,de;q=0.9":                      "en",
		"de, fr;q=0.4, en;q=0.3":              "fr",
		"fr;q=0, es":                          "es",
		"*":                                   "en",
		"not a header; at all;;":              "en",
		strings.Repeat("x-", 4000):            "en",
		"fr," + strings.Repeat("de-DE,", 999): "fr",
	} {
		if got := views.Match(accept); got != want {
			t.Errorf("Match(%.40q) = %s, want %s", accept, got, want)
		}
	}
	if views.Speaks("de") || views.Speaks("") || !views.Speaks("es") {
		t.Error("Speaks")
	}
}

func FuzzMatch(f *testing.F) {
	for _, accept := range []string{"fr-CA,fr;q=0.9", "*;q=0.1", "en-u-rg-gbzzzz", "zh-Hant-TW", ",;=", "\x00", "es;q=1e9"} {
		f.Add(accept)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		if lang := views.Match(accept); !views.Speaks(lang) {
			t.Errorf("%q", lang)
		}
	})
}
