package casesync

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strconv"
	"strings"
	"time"

	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/staff"
	"chancery/app/zone"
)

// table is the exceptions as a file for spreadsheets, in the reader's words and zone.
func (r *Report) table(m *post.Mail, rows []Exception) []byte {
	say := func(key string, pairs ...any) string { return r.Words.Say(m.Language, fault.M(key, pairs...)) }
	in := zone.Place(m.Zone)
	var b bytes.Buffer
	b.WriteString("\ufeff") // or spreadsheets take it for another coding
	out := csv.NewWriter(&b)
	out.UseCRLF = true // RFC 4180
	var head []string
	for _, key := range []string{"sync.kind", "sync.field.number", "sync.field.title", "sync.outside", "sync.why", "sync.about", "sync.since", "sync.nights-in-a-row", "sync.responsible", "sync.link"} {
		head = append(head, say(key))
	}
	_ = out.Write(head) // into memory
	for i := range rows {
		e := &rows[i]
		owner := say("sync.nobody")
		if e.OwnerID != "" {
			owner = staff.DisplayName(e.FirstName, e.LastName, e.DisplayName)
		}
		link := r.Site.JoinPath("sync")
		if e.CaseID != nil {
			link = r.Site.JoinPath("cases", *e.CaseID)
		}
		line := []string{say("sync.kind." + string(e.Kind)), e.Number, e.Title, e.Outside(), say(e.Reason.Key()), About(say, e), e.FirstFailedAt.In(in).Format(time.DateOnly), strconv.Itoa(e.Nights), owner, link.String()}
		for j := range line {
			line[j] = inert(line[j])
		}
		_ = out.Write(line)
	}
	out.Flush()
	return b.Bytes()
}

// Why is why an exception is one, with what it is about, in words.
func Why(say func(key string, pairs ...any) string, e *Exception) string {
	why := say(e.Reason.Key())
	if about := About(say, e); about != "" {
		why = say("form.labelled", "Label", why, "Text", about)
	}
	return why
}

// About is what an exception is about, in words.
func About(say func(key string, pairs ...any) string, e *Exception) string {
	keys, said := e.About()
	words := make([]string, 0, len(keys))
	for _, key := range keys {
		words = append(words, say(key))
	}
	return strings.Join(slices.DeleteFunc([]string{strings.Join(words, ", "), said}, func(s string) bool { return s == "" }), ": ")
}
