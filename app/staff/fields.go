package staff

import (
	"net/mail"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"chancery/app/fault"
	"chancery/app/listing"
)

// Limits of fields, in characters after trimming (S2-5…S2-9).
const (
	nameMin    = 2
	nameMax    = 100
	displayMax = 100
	addressMax = 500
	bioMax     = 1000
	emailMax   = 254 // RFC 5321 §4.5.3.1.3, less the angle brackets
	localMax   = 64  // RFC 5321 §4.5.3.1.1
)

// line cleans a one-line value: white space folded to single spaces, the ends trimmed, normal form C. Control and
// formatting characters, which could hide or reorder what others read, are dropped.
func line(s string) string {
	return strings.Join(strings.Fields(norm.NFC.String(strings.Map(visible, s))), " ")
}

// text cleans a value of several lines: the same, but line ends stay (as \n).
func text(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRightFunc(norm.NFC.String(strings.Map(visible, l)), unicode.IsSpace)
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n ")
}

func visible(r rune) rune {
	switch {
	case r == '\t', r == '\n', r == '\r':
		return ' '
	case r == '\u200c', r == '\u200d': // joiners: needed to write some names
		return r
	case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r), r == utf8.RuneError:
		return -1
	case r == '\u115f', r == '\u1160', r == '\u3164', r == '\uffa0', r == '\u2800': // letters by class, blank to see
		return -1
	}
	return r
}

func checkName(bad *fault.Invalid, field, value string, optional bool) {
	n := utf8.RuneCountInString(value)
	key := "staff." + strings.ReplaceAll(field, "_", "-")
	switch {
	case n == 0 && optional:
	case n == 0:
		bad.Add(field, key+"-missing")
	case n < nameMin || n > nameMax:
		bad.Add(field, key+"-length", "Min", nameMin, "Max", nameMax)
	}
}

func checkMax(bad *fault.Invalid, field, value string, limit int) {
	if n := utf8.RuneCountInString(value); n > limit {
		bad.Add(field, "staff.too-long", "Count", n-limit, "Max", limit)
	}
}

// phone normalises an international number: E.164, and ;ext= behind it when there is an extension (S2-7, C-9). Numbers
// are checked for being possible, not for being assigned: ranges open faster than libraries learn of them.
func phone(bad *fault.Invalid, field, value string) string {
	value = line(value)
	if value == "" {
		return ""
	}
	if len(value) > 60 {
		bad.Add(field, "staff.phone-invalid")
		return value
	}
	if !strings.HasPrefix(value, "+") && !strings.HasPrefix(value, "00") {
		bad.Add(field, "staff.phone-country")
		return value
	}
	if rest, ok := strings.CutPrefix(value, "00"); ok {
		value = "+" + rest
	}
	value = frenchExtension.ReplaceAllString(value, " ext. ")
	out, ok := parsePhone(value)
	if !ok || has(extensionWords.ReplaceAllString(value, ""), unicode.IsLetter) {
		bad.Add(field, "staff.phone-invalid")
		return value
	}
	if strings.Contains(out, extension) && field == "cell" {
		bad.Add(field, "staff.phone-extension")
		return value
	}
	return out
}

// The library reads letters as the digits on their keys, +1 800 FLOWERS; here they are slips. It knows the word before an
// extension in English and Spanish, and not in French.
var (
	extensionWords  = regexp.MustCompile(`(?i)(\bext(ensi[oó]n|n)?\b|\bx\b|\bint\b|;ext=|x)[ .:]*\d+$`)
	frenchExtension = regexp.MustCompile(`(?i)[ ,]*\bposte\b[ .:]*`)
)

func has(s string, is func(rune) bool) bool { return strings.IndexFunc(s, is) >= 0 }

// extension stands before a stored number's extension.
const extension = ";ext="

// parsePhone is the form in which a number is stored. A number that does not read back as itself, such as one with
// zeros to be peeled off one reading at a time, is none.
func parsePhone(typed string) (stored string, ok bool) {
	for range 2 {
		number, err := phonenumbers.Parse(typed, "")
		if err != nil || phonenumbers.IsPossibleNumberWithReason(number) != phonenumbers.IS_POSSIBLE {
			return "", false
		}
		out := phonenumbers.Format(number, phonenumbers.E164)
		if ext := number.GetExtension(); ext != "" {
			out += extension + ext
		}
		if stored != "" {
			return stored, out == stored
		}
		stored, typed = out, PhoneInput(out)
	}
	return "", false
}

// PhoneParts is a stored number as people read it, +1 416-555-0118, and its extension.
func PhoneParts(stored string) (number, ext string) {
	number, ext, _ = strings.Cut(stored, extension)
	if plainNorthAmerican(number) {
		return number[:2] + " " + number[2:5] + "-" + number[5:8] + "-" + number[8:], ext
	}
	if parsed, err := phonenumbers.Parse(number, ""); err == nil {
		number = phonenumbers.Format(parsed, phonenumbers.INTERNATIONAL)
	}
	return number, ext
}

// plainNorthAmerican tells whether a stored number is +1 and ten digits, which are all grouped alike. Most of a practice's
// are, each page shows some, and parsing one takes 10 µs.
func plainNorthAmerican(number string) bool {
	if len(number) != len("+14165550118") || !strings.HasPrefix(number, "+1") || number[2] < '2' {
		return false
	}
	return strings.Trim(number[2:], "0123456789") == ""
}

// PhoneInput is a stored number as it stands in a form, and as the form would give it back unchanged.
func PhoneInput(stored string) string {
	number, ext := PhoneParts(stored)
	if ext != "" {
		number += " ext. " + ext
	}
	return number
}

// Address is the normal form of a sign-in name, as it is stored and looked up: trimmed, lower case, an international
// domain in the letters of DNS, so that both ways to write it are one. What is no address comes back as it can.
func Address(typed string) string {
	value := strings.ToLower(strings.TrimSpace(norm.NFC.String(typed)))
	at := strings.LastIndexByte(value, '@')
	if at < 0 || len(value) > emailMax || !utf8.ValidString(value) {
		return strings.ToValidUTF8(strings.ReplaceAll(value, "\x00", ""), "")
	}
	if domain, err := idna.Lookup.ToASCII(value[at+1:]); err == nil {
		value = value[:at+1] + domain
	}
	return strings.ReplaceAll(value, "\x00", "")
}

// email checks a sign-in name: one plain address at a domain with a dot. The part before the @ is of the signs of RFC
// 5322's atoms: quoted parts, and letters beyond ASCII (RFC 6531), which many servers do not take and which can be made
// to look like another's, are refused; and what looks like an encoded word (RFC 2047), which mail programs may undo.
func email(bad *fault.Invalid, field, value string) string {
	value = Address(value)
	local, domain, _ := strings.Cut(value, "@")
	switch {
	case value == "":
		bad.Add(field, "staff.email-missing")
	case len(value) > emailMax, len(local) > localMax, !ascii(value), !strings.Contains(domain, "."), strings.Contains(value, "=?"):
		bad.Add(field, "staff.email-invalid")
	default:
		_, err := idna.Lookup.ToASCII(domain)
		a, err2 := mail.ParseAddress(value)
		if err != nil || err2 != nil || a.Address != value || a.Name != "" {
			bad.Add(field, "staff.email-invalid")
		}
	}
	return value
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// index fills what is derived from the other fields. A cell number that its owner hides is not searched through: who
// finds a person by typing a number has seen the number (C-9).
func (u *User) index() {
	u.SortName = listing.Fold(strings.TrimSpace(u.LastName + " " + u.FirstName))
	cell := listing.Digits(u.Cell)
	if u.CellHidden {
		cell = ""
	}
	u.Search = listing.Fold(strings.Join([]string{u.FirstName, u.LastName, u.DisplayName, u.Email, u.Title, cell, listing.Digits(u.Office)}, " "))
}
