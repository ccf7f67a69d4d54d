// Package viewstest helps the tests that render templates: each template with sample data, in every language, and
// nothing in English where another language is spoken (S0-16). Only tests import it.
package viewstest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"chancery/views"
)

// Assets stands in for the built assets: every name is served under one fixed fingerprint.
type Assets struct{}

// Path is "/static/0f0f/" and the name.
func (Assets) Path(name string) string { return "/static/0f0f/" + name }

// Every renders each template of the set in each language with its sample, pages both with and without their layout.
// A template without a sample fails, and so does a sample without a template, a template that cannot be executed, and
// English in another language. A sample is made per language, because what handlers hand over is text; its own words
// should be names and numbers.
//
//	viewstest.Every(t, set, map[string]func(lang string) any{
//		"me/index": func(lang string) any { return meIndexView{Page: samplePage(lang), …} },
//	})
func Every(t *testing.T, set *views.Set, samples map[string]func(lang string) any) {
	t.Helper()
	for _, name := range set.Names() {
		sample, ok := samples[name]
		if !ok {
			t.Errorf("%s is in no list of samples: add it, so that it is tried in every language", name)
			continue
		}
		for _, l := range views.Languages() {
			for _, page := range []bool{false, true} {
				if page && !set.IsPage(name) {
					continue
				}
				var out bytes.Buffer
				if err := set.Render(&out, l.Code, name, page, sample(l.Code)); err != nil {
					t.Errorf("%s in %s: %v", name, l.Code, err)
					continue
				}
				var plain bytes.Buffer
				if err := set.RenderPlain(&plain, l.Code, name, page, sample(l.Code)); err != nil || plain.String() != out.String() {
					t.Errorf("%s in %s: html/template writes it otherwise (%v)\n%s\n%s", name, l.Code, err, out.String(), plain.String())
				}
				for _, left := range Leftovers(l.Code, out.String()) {
					t.Errorf("%s in %s: English left over: %s", name, l.Code, left)
				}
			}
		}
	}
	for name := range samples {
		if !slices.Contains(set.Names(), name) {
			t.Errorf("a sample for %s, which is no template", name)
		}
	}
}

// Leftovers finds what is said in English on a page in another language: every text and spoken attribute that is an
// English entry of the catalogues, or holds a run of three or more words of one, which the language says otherwise.
// For English it finds nothing.
func Leftovers(lang, page string) []string {
	if lang == "en" {
		return nil
	}
	english, err := views.Texts("en")
	if err != nil {
		return []string{err.Error()}
	}
	own, err := views.Texts(lang)
	if err != nil {
		return []string{err.Error()}
	}
	said := make(map[string]bool, len(own))
	for _, text := range own {
		said[text] = true
	}
	whole, runs := make(map[string]string), make(map[string]string)
	for key, text := range english {
		if said[text] {
			continue
		}
		whole[text] = key
		for _, run := range placeholder.Split(text, -1) {
			if run = strings.TrimSpace(run); len(strings.Fields(run)) >= 3 {
				runs[run] = key
			}
		}
	}
	var found []string
	for _, text := range Spoken(page) {
		if key, ok := whole[text]; ok {
			found = append(found, fmt.Sprintf("%q (%s)", text, key))
			continue
		}
		for run, key := range runs {
			if strings.Contains(text, run) {
				found = append(found, fmt.Sprintf("%q (%s)", run, key))
			}
		}
	}
	return found
}

var placeholder = regexp.MustCompile(`\{\{\.[A-Za-z]+\}\}`)

// Spoken lists what a page says: its texts, and the attributes that are read out or shown, each trimmed, in order.
func Spoken(page string) []string {
	var all []string
	add := func(text string) {
		if text = strings.TrimSpace(text); text != "" {
			all = append(all, text)
		}
	}
	z := html.NewTokenizer(strings.NewReader(page))
	silent := false // within style or script
	for {
		switch z.Next() {
		case html.ErrorToken:
			if !errors.Is(z.Err(), io.EOF) {
				add(z.Err().Error())
			}
			return all
		case html.TextToken:
			if !silent {
				add(html.UnescapeString(string(z.Raw())))
			}
		case html.EndTagToken:
			silent = false
		case html.StartTagToken, html.SelfClosingTagToken:
			tag := z.Token()
			silent = tag.Data == "style" || tag.Data == "script"
			if tag.Data == "noscript" {
				z.NextIsNotRawText() // it holds markup, which browsers without script show
			}
			for _, a := range tag.Attr {
				if spoken(tag, a) {
					add(a.Val)
				}
			}
		}
	}
}

// spoken attributes: those for eyes or ears, and the texts that pages hand to the scripts in data-*.
func spoken(tag html.Token, a html.Attribute) bool {
	switch a.Key {
	case "alt", "title", "placeholder", "aria-label", "aria-description", "aria-roledescription", "aria-valuetext", "label":
		return true
	case "value":
		return tag.Data == "input" && slices.ContainsFunc(tag.Attr, func(b html.Attribute) bool {
			return b.Key == "type" && (b.Val == "submit" || b.Val == "button" || b.Val == "reset")
		})
	}
	return strings.HasPrefix(a.Key, "data-") && words.MatchString(a.Val)
}

// words: a data attribute holds text when it looks like text and not like a name, a pattern or an address.
var words = regexp.MustCompile(`^\p{Lu}?\p{Ll}+( [\p{L}’']+)+|^\p{Lu}\p{Ll}+[.:!?]?$`)
