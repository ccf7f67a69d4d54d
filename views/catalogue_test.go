package views

import (
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"
	"unicode"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// The catalogues are complete (S0-16): what one language says, all say; nothing is said in vain.

func catalogues(t *testing.T) map[string]*catalogue {
	t.Helper()
	all := make(map[string]*catalogue)
	for _, l := range Languages() {
		c, err := readCatalogue(os.DirFS("."), l.Code)
		if err != nil {
			t.Fatal(err)
		}
		all[l.Code] = c
	}
	return all
}

// messages are all texts of a catalogue, with the forms that they have.
func messages(c *catalogue) map[string]*i18n.Message {
	all := make(map[string]*i18n.Message)
	for key, text := range c.texts() {
		all[key] = &i18n.Message{Other: text}
		if m := c.plurals[key]; m != nil {
			all[key] = m
		}
	}
	return all
}

func TestEveryKeyStandsInEveryLanguage(t *testing.T) {
	all := catalogues(t)
	keys := map[string]bool{}
	for _, c := range all {
		for key := range messages(c) {
			keys[key] = true
		}
	}
	for key := range keys {
		if !keyForm.MatchString(key) {
			t.Errorf("%s: a key is area.thing-name", key)
		}
		for lang, c := range all {
			if _, ok := c.places(key); !ok {
				t.Errorf("%s is missing in %s", key, lang)
			}
		}
	}
}

var keyForm = regexp.MustCompile(`^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+$`)

// Plural categories of CLDR 45: en one, other; es and fr one, many (a million), other.
func TestPluralFormsAreComplete(t *testing.T) {
	forms := func(m *i18n.Message) string {
		var has []string
		for name, text := range map[string]string{"zero": m.Zero, "one": m.One, "two": m.Two, "few": m.Few, "many": m.Many, "other": m.Other} {
			if text != "" {
				has = append(has, name)
			}
		}
		sort.Strings(has)
		return strings.Join(has, " ")
	}
	want := map[string]string{"en": "one other", "es": "many one other", "fr": "many one other"}
	all := catalogues(t)
	for lang, c := range all {
		for key, m := range messages(c) {
			if plural := all["en"].plurals[key] != nil; plural && forms(m) != want[lang] {
				t.Errorf("%s in %s has [%s], the language needs [%s]", key, lang, forms(m), want[lang])
			} else if !plural && forms(m) != "other" {
				t.Errorf("%s in %s has forms [%s], in English it has none", key, lang, forms(m))
			}
		}
	}
}

func TestPlaceholdersAreTheSameInEveryLanguage(t *testing.T) {
	all := catalogues(t)
	for key := range all["en"].texts() {
		places, _ := all["en"].places(key)
		for _, lang := range []string{"es", "fr"} {
			if got, ok := all[lang].places(key); ok && !slices.Equal(got, places) {
				t.Errorf("%s: %s has %v, en has %v", key, lang, got, places)
			}
		}
	}
}

// A text that reads as in English is either forgotten or in locales/same.json with the reason.
func TestNothingIsLeftInEnglish(t *testing.T) {
	text, err := os.ReadFile("locales/same.json")
	if err != nil {
		t.Fatal(err)
	}
	same := map[string]string{} // "fr notices.title": why
	if err := json.Unmarshal(text, &same); err != nil {
		t.Fatal(err)
	}
	all := catalogues(t)
	for _, lang := range []string{"es", "fr"} {
		own, inEnglish := messages(all[lang]), messages(all["en"])
		for key, m := range own {
			english := inEnglish[key]
			entry := lang + " " + key
			_, excused := same[entry]
			equal := english != nil && m.Other == english.Other && hasLetter(placeholder.ReplaceAllString(m.Other, ""))
			if equal && !excused {
				t.Errorf("%s: %q is English; translate it, or say in locales/same.json why it is the same", entry, m.Other)
			}
			if excused && !equal {
				t.Errorf("%s is in locales/same.json and differs from English", entry)
			}
			delete(same, entry)
		}
	}
	for entry := range same {
		t.Errorf("locales/same.json excuses %s, which is no text", entry)
	}
}

func hasLetter(s string) bool { return strings.IndexFunc(s, unicode.IsLetter) >= 0 }

// French sets its colon and guillemets off by a space that does not break, and apostrophes are typographic.
func TestTypography(t *testing.T) {
	for lang, c := range catalogues(t) {
		for key, m := range messages(c) {
			for _, text := range []string{m.One, m.Many, m.Other} {
				if strings.Contains(text, "'") || strings.Contains(text, `"`) {
					t.Errorf("%s in %s: straight quotes in %q", key, lang, text)
				}
				if strings.Contains(text, "...") {
					t.Errorf("%s in %s: three dots are one character: %q", key, lang, text)
				}
				if text != strings.TrimSpace(text) {
					t.Errorf("%s in %s: blanks at the ends of %q", key, lang, text)
				}
				if lang == "fr" && badFrench.MatchString(text) {
					t.Errorf("%s: in %q a colon or guillemet wants U+00A0, and ?, !, ; want none", key, text)
				}
			}
		}
	}
}

// A colon within a time or an address is no punctuation.
var badFrench = regexp.MustCompile(`[^\x{a0}\d]:(\s|$)|«[^\x{a0}]|[^\x{a0}]»|[\s\x{a0}][?!;]`)

// Every template on disk is in the binary: the patterns of go:embed reach three folders deep.
func TestEveryTemplateOnDiskIsEmbedded(t *testing.T) {
	for _, name := range templateFiles(t) {
		if _, err := fs.Stat(files, name); err != nil {
			t.Errorf("%s is not embedded: add its depth to the patterns in views.go", name)
		}
	}
}

// templateFiles lists the templates on disk.
func templateFiles(t *testing.T) []string {
	t.Helper()
	var all []string
	err := fs.WalkDir(os.DirFS("."), ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && slices.Contains([]string{".html", ".txt"}, path.Ext(p)) {
			all = append(all, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
