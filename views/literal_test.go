package views_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"chancery/views/viewstest"
)

// No text stands in a template itself, where no translator would find it (S0-16).
func TestTemplatesHoldNoTextOfTheirOwn(t *testing.T) {
	for name, text := range templates(t) {
		if path.Ext(name) == ".txt" {
			text = headers.ReplaceAllString(text, "")
		}
		text = action.ReplaceAllString(text, "")
		for _, said := range viewstest.Spoken(text) {
			if strings.IndexFunc(said, unicode.IsLetter) >= 0 {
				t.Errorf("%s says %q itself", name, said)
			}
		}
	}
}

// The content security policy refuses these; a mail may have styles.
func TestTemplatesKeepToTheContentSecurityPolicy(t *testing.T) {
	for name, text := range templates(t) {
		for what, bad := range inline {
			if m := bad.FindString(text); m != "" && !(strings.HasPrefix(name, "mail/") && what == "style") {
				t.Errorf("%s: %s: %s", name, what, m)
			}
		}
	}
}

// templates reads every template on disk, without its comments.
func templates(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := fs.WalkDir(os.DirFS("."), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(p) != ".html" && path.Ext(p) != ".txt" {
			return err
		}
		text, err := os.ReadFile(p)
		all[p] = comments.ReplaceAllString(string(text), "")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var (
	comments = regexp.MustCompile(`(?s)\{\{(?:- )?/\*.*?\*/(?: -)?\}\}`)
	action   = regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	headers  = regexp.MustCompile(`(?m)^(Subject|Preview|Reason): `)
	inline   = map[string]*regexp.Regexp{
		"style":              regexp.MustCompile(`(?i)<style\b|\sstyle=`),
		"handler":            regexp.MustCompile(`(?i)\s(on[a-z]+|hx-on[:a-z-]*)=`),
		"inline script":      regexp.MustCompile(`(?i)<script\b[^>]*>[^<]`),
		"script in a value":  regexp.MustCompile(`(?i)javascript:|["']js:`),
		"filter in brackets": regexp.MustCompile(`hx-trigger="[^"]*\[`),
		"data: address":      regexp.MustCompile(`(?i)(src|href)="data:`),
	}
)
