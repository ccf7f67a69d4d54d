package api

import (
	"encoding/base64"
	"strings"
)

// cursor is where the next part of a list begins, as programs send it back: they are to keep it and nothing else, hence the wrapping.
func cursor(at string) string {
	if at == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte("1:" + at))
}

// place is what a cursor stands for.
func place(c string) (string, error) {
	if c == "" {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(c)
	at, ok := strings.CutPrefix(string(raw), "1:")
	if err != nil || !ok || at == "" {
		return "", errPlace()
	}
	return at, nil
}

func errPlace() error { return wrong("query.cursor", "This is no cursor that a list has given.") }
