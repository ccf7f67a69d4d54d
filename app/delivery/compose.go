package delivery

import (
	"bytes"
	"errors"
	"mime"
	netmail "net/mail"
	"net/textproto"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wneessen/go-mail"
	"golang.org/x/net/idna"
)

// composed is a mail ready to be handed over: its envelope and its bytes.
type composed struct {
	from, to string // as the envelope names them: domains in ASCII
	utf8     bool   // an address has a local part beyond ASCII, so the server must speak SMTPUTF8 (RFC 6531)
	content  []byte // CRLF line ends
}

// compose checks a message and writes it out: headers, multipart/alternative, quoted-printable UTF-8; by go-mail where files go along.
func compose(m Message) (composed, error) {
	if !fitsID(m.ID) {
		return composed{}, unfit("the id is empty, too long, or has other characters than letters, digits and . _ -")
	}
	if m.Date.IsZero() {
		return composed{}, unfit("the date is missing")
	}
	if m.Text == "" {
		return composed{}, unfit("the text is missing")
	}
	from, fromDomain, err := plainAddress(m.From)
	if err != nil {
		return composed{}, unfit("the sender's address is not one plain address")
	}
	to, _, err := plainAddress(m.To)
	if err != nil {
		return composed{}, unfit("the receiver's address is not one plain address")
	}

	for name := range m.Headers {
		if !freeHeader(name) {
			return composed{}, unfit("header %q cannot be set by hand", clean(name))
		}
	}
	c := composed{from: from, to: to, utf8: !ascii(from) || !ascii(to)}
	if len(m.Attachments)+len(m.Inline) == 0 {
		c.content = write(m, from, to, fromDomain)
		return c, nil
	}
	c.content, err = writeFiles(m, from, to, fromDomain)
	return c, err
}

// writeFiles writes out a message with files.
func writeFiles(m Message, from, to, fromDomain string) ([]byte, error) {
	msg := mail.NewMsg(mail.WithCharset(mail.CharsetUTF8), mail.WithEncoding(mail.EncodingQP), mail.WithNoDefaultUserAgent())
	msg.FromMailAddress(&netmail.Address{Name: clean(m.FromName), Address: from})
	msg.ToMailAddress(&netmail.Address{Name: clean(m.ToName), Address: to})
	msg.Subject(clean(m.Subject))
	msg.SetDateWithValue(m.Date)
	msg.SetMessageIDWithValue(m.ID + "@" + fromDomain)
	for name, value := range m.Headers {
		msg.SetGenHeader(mail.Header(name), cleanLong(value))
	}
	msg.SetBodyString(mail.TypeTextPlain, strings.ToValidUTF8(m.Text, "\uFFFD"))
	if m.HTML != "" {
		msg.AddAlternativeString(mail.TypeTextHTML, strings.ToValidUTF8(m.HTML, "\uFFFD"))
	}
	for _, a := range m.Attachments {
		msg.AttachReadSeeker(clean(a.Name), bytes.NewReader(a.Data), mail.WithFileContentType(contentType(a)))
	}
	for _, a := range m.Inline {
		if !fitsID(a.ContentID) {
			return nil, unfit("an inline file's content id is empty or has characters that it must not have")
		}
		msg.EmbedReadSeeker(clean(a.Name), bytes.NewReader(a.Data), mail.WithFileContentType(contentType(a)),
			mail.WithFileContentID("<"+a.ContentID+">"))
	}

	var b bytes.Buffer
	if _, err := msg.WriteTo(&b); err != nil {
		return nil, unfit("compose: %w", err)
	}
	return b.Bytes(), nil
}

// plainAddress takes exactly one address without name, comment or quoting, and returns it with its domain in ASCII.
func plainAddress(s string) (address, domain string, err error) {
	parsed, err := netmail.ParseAddress(s)
	if err != nil {
		return "", "", err
	}
	at := strings.LastIndexByte(s, '@')
	if parsed.Name != "" || parsed.Address != s || strings.ContainsFunc(s, neverInHeader) {
		return "", "", errors.New("more than an address")
	}
	domain = s[at+1:]
	if !ascii(domain) {
		if domain, err = idna.Lookup.ToASCII(domain); err != nil {
			return "", "", err
		}
	}
	return s[:at] + "@" + domain, domain, nil
}

// maxHeaderText is the longest name or subject, in characters. A longer one is cut: RFC 5322 §2.1.1 allows no line of
// more than 998 bytes, and a text without a space cannot be folded.
const maxHeaderText = 200

// clean makes a text fit to stand on one line of a header: line breaks, other control characters and the marks that
// reverse the direction of what follows become spaces, runs of space become one. What is written like an encoded word (RFC
// 2047) is taken apart: it is ASCII, goes out as it stands, and readers' programs would undo it, line breaks and all.
func clean(s string) string {
	s = strings.ReplaceAll(cleanLong(s), "=?", "= ?")
	if len(s) > maxHeaderText && utf8.RuneCountInString(s) > maxHeaderText {
		s = string([]rune(s)[:maxHeaderText-1]) + "…"
	}
	return s
}

// cleanLong is clean without the cut, for values such as List-Unsubscribe where half of it is worse than nothing.
func cleanLong(s string) string {
	if plainWords(s) {
		return s
	}
	s = strings.Map(func(r rune) rune {
		if neverInHeader(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Join(strings.Fields(s), " ")
}

// plainWords tells whether a text is words of printable ASCII with one space between them: then there is nothing to clean.
func plainWords(s string) bool {
	space := true // before the first word
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || space && s[i] == ' ' {
			return false
		}
		space = s[i] == ' '
	}
	return !space || s == ""
}

func neverInHeader(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
}

func fitsID(s string) bool {
	return len(s) > 0 && len(s) <= 120 && !strings.Contains("."+s+".", "..") && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-')
	})
}

// freeHeader tells whether a caller may set the header: a proper name (RFC 5322 §2.2) that neither Message nor MIME
// decides.
func freeHeader(name string) bool {
	if name == "" || len(name) > 70 || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' || r == ':' }) {
		return false
	}
	switch canonical := textproto.CanonicalMIMEHeaderKey(name); canonical {
	case "From", "To", "Cc", "Bcc", "Sender", "Subject", "Date", "Message-Id", "Mime-Version", "Return-Path", "Received":
		return false
	default:
		return !strings.HasPrefix(canonical, "Content-")
	}
}

func contentType(a Attachment) mail.ContentType {
	kind, params, err := mime.ParseMediaType(a.ContentType)
	if err != nil || mime.FormatMediaType(kind, params) == "" {
		return mail.TypeAppOctetStream
	}
	return mail.ContentType(mime.FormatMediaType(kind, params))
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}
