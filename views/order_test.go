package views_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// C-6: what is wrong with a field stands below all that is said about it, on every page.
func TestAnErrorStandsBelowItsHint(t *testing.T) {
	above := regexp.MustCompile(`"shared/_field-error"[^}]*\}\}\s*(\{\{(if|with)[^}]*\}\})*(<p class="hint"|\{\{template "shared/_password-rules")`)
	files, err := filepath.Glob("*/*.html")
	if err != nil {
		t.Fatal(err)
	}
	deeper, err := filepath.Glob("*/*/*.html")
	if err != nil || len(files) == 0 || len(deeper) == 0 {
		t.Fatal(len(files), len(deeper), err)
	}
	for _, path := range append(files, deeper...) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if found := above.Find(text); found != nil {
			t.Errorf("%s: the error stands above the hint: %s", path, found)
		}
	}
}
