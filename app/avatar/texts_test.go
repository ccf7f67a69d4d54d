package avatar

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"text/template"

	"chancery/app/fault"
)

// TestEveryRefusalSaysWhatToDoInEveryLanguage fills in the texts with what the refusals carry.
func TestEveryRefusalSaysWhatToDoInEveryLanguage(t *testing.T) {
	s, m := NewStudio(0), upright(8, 8)
	refusals := map[string][]byte{
		"picture.empty":           nil,
		"picture.too-large":       make([]byte, MaxBytes+1),
		"picture.not-an-image":    []byte("hello"),
		"picture.too-many-pixels": headerPNG(20_000, 20_000, 8, 2),
		"picture.animated":        encodePNG(m, chunk("acTL", nil)),
		"picture.broken":          headerPNG(8, 8, 8, 2),
	}
	messages := map[string]fault.Message{"picture.type-mismatch": message(t, Check("me.png", "image/png", encodeJPEG(m)))}
	for key, data := range refusals {
		_, err := s.Make(t.Context(), strings.NewReader(string(data)))
		messages[key] = message(t, err)
	}
	for _, language := range []string{"en", "es", "fr"} {
		data, err := os.ReadFile("../../views/locales/" + language + "/picture.json")
		if err != nil {
			t.Fatal(err)
		}
		var texts map[string]string
		if err := json.Unmarshal(data, &texts); err != nil {
			t.Fatal(err)
		}
		for key := range texts {
			if _, ok := messages[key]; !ok {
				t.Errorf("%s: %s is never said", language, key)
			}
		}
		for key, m := range messages {
			text, err := template.New("").Option("missingkey=error").Parse(texts[key])
			if err != nil || texts[key] == "" || m.Key != key {
				t.Errorf("%s: %s (%s): %q, %v", language, key, m.Key, texts[key], err)
				continue
			}
			var said strings.Builder
			if err := text.Execute(&said, m.Args); err != nil {
				t.Errorf("%s: %s: %v", language, key, err)
			}
			if key == "picture.too-many-pixels" && !strings.Contains(said.String(), "20000") {
				t.Errorf("%s: %s says %q", language, key, said.String())
			}
		}
	}
}

func message(t *testing.T, err error) fault.Message {
	t.Helper()
	var invalid *fault.Invalid
	if !errors.As(err, &invalid) {
		t.Fatalf("not a refusal: %v", err)
	}
	return invalid.Fields[0].Message
}
