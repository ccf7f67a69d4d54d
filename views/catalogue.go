package views

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"chancery/app/fault"
)

// Language is one of the languages of the interface (S0-16), under its own name.
type Language struct {
	Code string // "en", "es", "fr": as stored with a user and as written in the lang attribute
	Name string
}

// Languages lists the languages of the interface. The first one is spoken to those whose language is not known.
func Languages() []Language {
	return []Language{{"en", "English"}, {"es", "Español"}, {"fr", "Français"}}
}

// catalogue holds the texts of one language. go-i18n is given the plurals only: it makes a template of each text, which
// takes memory, and 3 µs to say.
type catalogue struct {
	lang      string
	localizer *i18n.Localizer
	plain     map[string]string        // texts that need no value: said as they stand
	phrases   map[string][]piece       // texts that need values and have no plural
	plurals   map[string]*i18n.Message // texts with a plural
}

// piece is a part of a text, and the name of the value that follows it; the last one has none.
type piece struct{ text, place string }

// embedded reads a language's catalogue in the binary, when the language is first spoken.
func embedded(lang string) (*catalogue, error) {
	read, ok := inBinary[lang]
	if !ok {
		return nil, fmt.Errorf("no language %q", lang)
	}
	return read()
}

var inBinary = func() map[string]func() (*catalogue, error) {
	all := make(map[string]func() (*catalogue, error))
	for _, l := range Languages() {
		all[l.Code] = sync.OnceValues(func() (*catalogue, error) { return readCatalogue(files, l.Code) })
	}
	return all
}()

// readCatalogue reads locales/<lang>/*.json. A key may stand in one file only.
func readCatalogue(files fs.FS, lang string) (*catalogue, error) {
	bundle, tag := i18n.NewBundle(language.English), language.Make(lang)
	c := &catalogue{lang: lang, plain: map[string]string{}, phrases: map[string][]piece{}, plurals: map[string]*i18n.Message{}}
	names, err := fs.Glob(files, path.Join("locales", lang, "*.json"))
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no catalogue for %s", lang)
	}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		parsed, err := i18n.ParseMessageFileBytes(text, lang+".json", nil)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, m := range parsed.Messages {
			if err := c.add(m); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			if m.One == "" {
				continue
			}
			if err := bundle.AddMessages(tag, m); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	c.localizer = i18n.NewLocalizer(bundle, lang)
	return c, nil
}

func (c *catalogue) add(m *i18n.Message) error {
	if _, twice := c.places(m.ID); twice {
		return fmt.Errorf("key %q stands there twice, or in two files", m.ID)
	}
	if m.Other == "" {
		return fmt.Errorf("key %q has no text", m.ID)
	}
	for _, text := range []string{m.One, m.Many, m.Other} {
		if rest := placeholder.ReplaceAllString(text, ""); strings.Contains(rest, "{{") || strings.Contains(rest, "}}") {
			return fmt.Errorf("key %q: a place is written {{.Name}}, and nothing else stands in braces", m.ID)
		}
	}
	switch pieces := cut(m.Other); {
	case m.One != "":
		c.plurals[m.ID] = m
	case len(pieces) == 1:
		c.plain[m.ID] = m.Other
	default:
		c.phrases[m.ID] = pieces
	}
	return nil
}

// places are the names of the values that a text takes, sorted; ok is false for a key that the catalogue lacks. A plural
// takes Count, also where it does not say it.
func (c *catalogue) places(key string) (names []string, ok bool) {
	if _, ok := c.plain[key]; ok {
		return nil, true
	}
	phrase, ok := c.phrases[key]
	if m := c.plurals[key]; m != nil {
		ok, names = true, []string{"Count"}
		phrase = slices.Concat(cut(m.One), cut(m.Many), cut(m.Other))
	}
	for _, p := range phrase {
		if p.place != "" && !slices.Contains(names, p.place) {
			names = append(names, p.place)
		}
	}
	sort.Strings(names)
	return names, ok
}

// texts are all keys with their text in its general form, places written as {{.Name}}.
func (c *catalogue) texts() map[string]string {
	all := maps.Clone(c.plain)
	for key, phrase := range c.phrases {
		var b strings.Builder
		for _, p := range phrase {
			b.WriteString(p.text)
			if p.place != "" {
				b.WriteString("{{." + p.place + "}}")
			}
		}
		all[key] = b.String()
	}
	for key, m := range c.plurals {
		all[key] = m.Other
	}
	return all
}

// cut takes a text apart at its places.
func cut(text string) []piece {
	var pieces []piece
	done := 0
	for _, at := range placeholder.FindAllStringSubmatchIndex(text, -1) {
		pieces = append(pieces, piece{text[done:at[0]], text[at[2]:at[3]]})
		done = at[1]
	}
	return append(pieces, piece{text: text[done:]})
}

var placeholder = regexp.MustCompile(`\{\{\.([A-Za-z]+)\}\}`)

// takes tells what is wrong with saying key with the values of those names.
func (c *catalogue) takes(key string, given []string) error {
	want, ok := c.places(key)
	if !ok {
		return fmt.Errorf("no text %q in %s", key, c.lang)
	}
	given = slices.Clone(given)
	sort.Strings(given)
	if !slices.Equal(want, given) {
		return fmt.Errorf("text %q takes [%s], not [%s]", key, strings.Join(want, " "), strings.Join(given, " "))
	}
	return nil
}

// say returns the text of key with args put in. Numbers, sizes of things and lists are written as the language does;
// instants need a zone and so a [Locale].
func (c *catalogue) say(key string, args map[string]any, in *Locale) (string, error) {
	if text, ok := c.plain[key]; ok {
		return text, nil
	}
	if phrase, ok := c.phrases[key]; ok {
		return c.join(key, phrase, args, in)
	}
	written := make(map[string]any, len(args))
	for name, v := range args {
		text, err := c.write(v, in)
		if err != nil {
			return "", fmt.Errorf("text %q, %s: %w", key, name, err)
		}
		written[name] = text
	}
	// go-i18n falls back to English with an error beside it; a text in the wrong language is still an error here.
	return c.localizer.Localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: written, PluralCount: args["Count"]})
}

// join puts a text together again. A value that is not given leaves "<no value>", as go-i18n does in a plural.
func (c *catalogue) join(key string, phrase []piece, args map[string]any, in *Locale) (string, error) {
	var b strings.Builder
	for _, p := range phrase {
		b.WriteString(p.text)
		if p.place == "" {
			continue
		}
		v, ok := args[p.place]
		if !ok {
			b.WriteString("<no value>")
			continue
		}
		v, err := c.write(v, in)
		if err != nil {
			return "", fmt.Errorf("text %q, %s: %w", key, p.place, err)
		}
		if text, ok := v.(string); ok {
			b.WriteString(text)
		} else {
			fmt.Fprint(&b, v)
		}
	}
	return b.String(), nil
}

func (c *catalogue) write(v any, in *Locale) (any, error) {
	switch v := v.(type) {
	case int:
		return customs[c.lang].number(int64(v)), nil
	case int64:
		return customs[c.lang].number(v), nil
	case []string:
		return customs[c.lang].list(v), nil
	case fault.Message:
		return c.say(v.Key, v.Args, in)
	case time.Time:
		if in == nil {
			return nil, errors.New("an instant needs a zone: hand over the text")
		}
		return in.When(v), nil
	}
	return v, nil
}

// Texts returns every text of a language by key, with its placeholders as {{.Name}} and a plural in its general form:
// for tests that look for left-overs of another language.
func Texts(lang string) (map[string]string, error) {
	c, err := embedded(lang)
	if err != nil {
		return nil, err
	}
	return c.texts(), nil
}
