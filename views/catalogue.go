package views

import (
	"errors"
	"fmt"
	"io/fs"
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
	plain     map[string]string   // texts that need no value: said as they stand
	phrases   map[string][]piece  // texts that need values and have no plural
	places    map[string][]string // every key: the names of its placeholders, sorted
	messages  map[string]*i18n.Message
}

// piece is a part of a text, and the name of the value that follows it; the last one has none.
type piece struct{ text, place string }

// embedded reads the catalogues in the binary, once.
var embedded = sync.OnceValues(func() (map[string]*catalogue, error) { return readCatalogues(files) })

// readCatalogues reads locales/<lang>/*.json. A key may stand in one file only.
func readCatalogues(files fs.FS) (map[string]*catalogue, error) {
	bundle := i18n.NewBundle(language.English)
	all := make(map[string]*catalogue)
	for _, l := range Languages() {
		tag := language.Make(l.Code)
		c := &catalogue{lang: l.Code, plain: map[string]string{}, phrases: map[string][]piece{}, places: map[string][]string{}, messages: map[string]*i18n.Message{}}
		names, err := fs.Glob(files, path.Join("locales", l.Code, "*.json"))
		if err != nil {
			return nil, err
		}
		if len(names) == 0 {
			return nil, fmt.Errorf("no catalogue for %s", l.Code)
		}
		for _, name := range names {
			text, err := fs.ReadFile(files, name)
			if err != nil {
				return nil, err
			}
			parsed, err := i18n.ParseMessageFileBytes(text, l.Code+".json", nil)
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
		c.localizer = i18n.NewLocalizer(bundle, l.Code)
		all[l.Code] = c
	}
	return all, nil
}

func (c *catalogue) add(m *i18n.Message) error {
	if _, twice := c.places[m.ID]; twice {
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
	c.messages[m.ID] = m
	c.places[m.ID] = placeholders(m)
	switch {
	case m.One != "":
	case len(c.places[m.ID]) == 0:
		c.plain[m.ID] = m.Other
	default:
		c.phrases[m.ID] = cut(m.Other)
	}
	return nil
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

// placeholders returns the names that a message has places for, sorted. A plural message always takes Count.
func placeholders(m *i18n.Message) []string {
	var names []string
	if m.One != "" {
		names = append(names, "Count")
	}
	for _, text := range []string{m.One, m.Many, m.Other} {
		for _, p := range placeholder.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(names, p[1]) {
				names = append(names, p[1])
			}
		}
	}
	sort.Strings(names)
	return names
}

var placeholder = regexp.MustCompile(`\{\{\.([A-Za-z]+)\}\}`)

// takes tells what is wrong with saying key with the values of those names.
func (c *catalogue) takes(key string, given []string) error {
	want, ok := c.places[key]
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
	all, err := embedded()
	if err != nil {
		return nil, err
	}
	if all[lang] == nil {
		return nil, fmt.Errorf("no language %q", lang)
	}
	texts := make(map[string]string, len(all[lang].messages))
	for key, m := range all[lang].messages {
		texts[key] = m.Other
	}
	return texts, nil
}
