package ical

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"
)

// ErrForeign says that a file is not one event of ours.
var ErrForeign = errors.New("ical: not an event of ours")

// Read tells which event a file of one holds, and the mark that it was written with. The mark is "" when anything that people see of the
// event was changed since: by a client that keeps what it does not know, as it must, the mark alone would stay. It returns ErrForeign
// for what is not readable or not of Write.
func Read(file []byte) (uid, mark string, err error) {
	c, err := ics.ParseCalendar(bytes.NewReader(file))
	if err != nil || len(c.Events()) == 0 {
		return "", "", ErrForeign // what the parser says may quote a line
	}
	v := c.Events()[0]
	uid, mark = v.Id(), text(v, markName)
	switch {
	case uid == "" || mark == "":
		return uid, "", ErrForeign
	case len(c.Events()) != 1 || v.HasProperty(ics.ComponentPropertyRrule) || v.HasProperty(ics.ComponentPropertyRdate): // somebody had it come again
		return uid, "", nil
	}
	read := Event{
		Title: text(v, ics.ComponentPropertySummary), Place: text(v, ics.ComponentPropertyLocation), Notes: text(v, ics.ComponentPropertyDescription),
		Cancelled: strings.EqualFold(text(v, ics.ComponentPropertyStatus), string(ics.ObjectStatusCancelled)),
	}
	if read.StartsAt, err = v.GetStartAt(); err != nil {
		return uid, "", nil
	}
	if read.EndsAt, err = v.GetEndAt(); err != nil {
		return uid, "", nil
	}
	if seal(&read) != text(v, sealName) {
		return uid, "", nil
	}
	return uid, mark, nil
}

func text(v *ics.VEvent, name ics.ComponentProperty) string {
	if p := v.GetProperty(name); p != nil {
		return p.Value
	}
	return ""
}

// seal is of what people see. Servers may write spaces and line ends in their own way, and link to themselves.
func seal(e *Event) string {
	h := sha256.New()
	for _, s := range []string{e.Title, e.Place, e.Notes} {
		_, _ = fmt.Fprintf(h, "%q\n", strings.Join(strings.Fields(clean(s)), " "))
	}
	_, _ = fmt.Fprintf(h, "%s %s %t", e.StartsAt.UTC().Format(time.DateTime), e.EndsAt.UTC().Format(time.DateTime), e.Cancelled)
	return hex.EncodeToString(h.Sum(nil)[:12])
}
