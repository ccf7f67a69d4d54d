package api

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"
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

// atInstant is the place of an id at an instant.
func atInstant(t time.Time, id string) string { return strconv.FormatInt(t.UnixMicro(), 10) + " " + id }

// instant is what atInstant was made of.
func instant(at string) (t time.Time, id string, err error) {
	micros, id, ok := strings.Cut(at, " ")
	n, err := strconv.ParseInt(micros, 10, 64)
	if t = time.UnixMicro(n).UTC(); err != nil || !ok || t.Year() < 0 || t.Year() > 9999 {
		return t, "", errPlace()
	}
	return t, id, nil
}
