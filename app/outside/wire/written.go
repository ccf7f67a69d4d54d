package wire

import (
	"crypto/sha256"
	"encoding/base32"
	"html"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"chancery/app/outside"
)

func values(form map[string][]string) url.Values { return form }

// prefix is how much of the notes is compared. A keeper may show only the beginning of them (Graph: 255 characters).
const prefix = 100

// Seen is what of an event a keeper tells and a person can change there.
type Seen struct {
	Title, Place, Notes string
	StartsAt, EndsAt    time.Time
}

// Written is kept beside an event: the mark, and a print of what was written. A list brings back what stands there now, and a print of
// that says whether anybody has changed it. It cannot be a version: a keeper makes new ones by itself, and what is put back by them
// would be put back for ever.
func Written(e outside.Event) string {
	notes := letters(e.Notes)
	return strings.Join([]string{e.Mark, fingerprint(SeenOf(e), length(notes)), strconv.Itoa(length(notes))}, " ")
}

// SeenOf is what a keeper tells of an event that nobody has touched.
func SeenOf(e outside.Event) Seen {
	return Seen{Title: e.Title, Place: e.Place, Notes: e.Notes, StartsAt: e.StartsAt, EndsAt: e.EndsAt}
}

// Mark is the mark that was written, "" when what stands there is not what was written.
func Mark(written string, now Seen) string {
	parts := strings.Fields(written)
	if len(parts) != 3 {
		return ""
	}
	notes, err := strconv.Atoi(parts[2])
	if err != nil || parts[1] != fingerprint(now, notes) {
		return ""
	}
	return parts[0]
}

func length(text string) int { return min(utf8.RuneCountInString(text), prefix) }

// fingerprint is short: it has to tell a changed event from an unchanged one, not to withstand anybody.
func fingerprint(s Seen, notes int) string {
	text := []rune(letters(s.Notes))
	sum := sha256.Sum256([]byte(strings.Join([]string{
		letters(s.Title), letters(s.Place), string(text[:min(notes, len(text))]),
		strconv.FormatInt(s.StartsAt.Unix(), 10), strconv.FormatInt(s.EndsAt.Unix(), 10),
	}, "\n")))
	return ID(string(sum[:]))[:16]
}

// letters leaves of a text what every keeper brings back as it was: letters and digits. Line ends, blanks, quotation marks and markup are
// altered on the way, by one keeper or another, and that must not look like somebody's change.
func letters(text string) string {
	var out strings.Builder
	markup := false
	for _, r := range html.UnescapeString(text) {
		switch {
		case r == '<':
			markup = true
		case r == '>':
			markup = false
		case !markup && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			out.WriteRune(r)
		}
	}
	return out.String()
}

// ID makes of a UID what Google takes as an event's id: base32hex in small letters (RFC 4648, 7).
func ID(of string) string {
	sum := sha256.Sum256([]byte(of))
	return strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:]))
}

// In is a time in the zone it was agreed on; one that this system does not know is UTC.
func In(at time.Time, zone string) (time.Time, string) {
	where, err := time.LoadLocation(zone)
	if err != nil || zone == "" || zone == "Local" {
		return at.UTC(), "UTC"
	}
	return at.In(where), zone
}
