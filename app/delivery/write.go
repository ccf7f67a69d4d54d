package delivery

import (
	"maps"
	"mime"
	netmail "net/mail"
	"slices"
	"strings"
)

// write writes out a message without files, which nearly all are. go-mail takes nine times as long, and
// five times the memory (BenchmarkWrite). What it would have written says the same (TestBothWaysOfWritingSayTheSame).
func write(m Message, from, to, fromDomain string) []byte {
	b := make([]byte, 0, len(m.Text)+len(m.HTML)*9/8+2048)
	for _, name := range slices.Sorted(maps.Keys(m.Headers)) {
		b = appendHeader(b, name, mime.QEncoding.Encode("UTF-8", cleanLong(m.Headers[name])))
	}
	b = appendHeader(b, "Date", m.Date.Format("Mon, 02 Jan 2006 15:04:05 -0700"))
	b = appendHeader(b, "MIME-Version", "1.0")
	b = appendHeader(b, "Message-ID", "<"+m.ID+"@"+fromDomain+">")
	b = appendHeader(b, "Subject", mime.QEncoding.Encode("UTF-8", clean(m.Subject)))
	b = appendHeader(b, "From", (&netmail.Address{Name: clean(m.FromName), Address: from}).String())
	b = appendHeader(b, "To", (&netmail.Address{Name: clean(m.ToName), Address: to}).String())
	if m.HTML == "" {
		return appendPart(b, "text/plain", m.Text)
	}
	boundary := "=_" + m.ID[:min(len(m.ID), 60)] // quoted-printable never says "=_" (RFC 2045 §6.7)
	b = append(b, "Content-Type: multipart/alternative;\r\n boundary=\""+boundary+"\"\r\n\r\n--"+boundary+"\r\n"...)
	b = appendPart(b, "text/plain", m.Text)
	b = append(b, "\r\n--"+boundary+"\r\n"...)
	b = appendPart(b, "text/html", m.HTML)
	return append(b, "\r\n--"+boundary+"--\r\n"...)
}

func appendPart(b []byte, kind, text string) []byte {
	b = append(b, "Content-Type: "+kind+"; charset=UTF-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"...)
	return appendQuoted(b, strings.ToValidUTF8(text, "\uFFFD"))
}

// lineMost is the longest line that is written where it can be helped, without its end (RFC 2045 §6.7, RFC 2047 §2).
const lineMost = 76

// appendHeader writes a header whose value is one line of printable ASCII, but for an address beyond it, and folds it at its
// spaces.
func appendHeader(b []byte, name, value string) []byte {
	b = append(append(b, name...), ':')
	n := len(name) + 1
	for word := range strings.SplitSeq(value, " ") {
		if n+1+len(word) > lineMost && n > len(name)+1 {
			b, n = append(b, "\r\n"...), 0
		}
		b = append(append(b, ' '), word...)
		n += 1 + len(word)
	}
	return append(b, "\r\n"...)
}

// appendQuoted writes a text as quoted-printable, its lines ended by CRLF.
func appendQuoted(b []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	n := 0 // bytes in the line
	for i := 0; i < len(s); {
		j, full := i, min(len(s), i+lineMost-1-n)
		for j < full && asItIs[s[j]] {
			j++
		}
		if j > i && (s[j-1] == ' ' || s[j-1] == '\t') && lineEnds(s[j:]) {
			j-- // a blank at the end of a line would be lost
		}
		b = append(b, s[i:j]...)
		n += j - i
		i = j
		switch {
		case i == len(s):
		case strings.HasPrefix(s[i:], "\r\n"):
			b, n, i = append(b, "\r\n"...), 0, i+2
		case lineEnds(s[i:]):
			b, n, i = append(b, "\r\n"...), 0, i+1
		case asItIs[s[i]] && !((s[i] == ' ' || s[i] == '\t') && lineEnds(s[i+1:])), n+3 > lineMost-1: // the line is full
			b, n = append(b, "=\r\n"...), 0
		default:
			b, n, i = append(b, '=', hex[s[i]>>4], hex[s[i]&15]), n+3, i+1
		}
	}
	return b
}

// lineEnds tells whether a line ends before s.
func lineEnds(s string) bool {
	return s == "" || s[0] == '\n' || s[0] == '\r'
}

// asItIs are the bytes that quoted-printable leaves alone; a blank at the end of a line is none of them.
var asItIs = func() (as [256]bool) {
	for c := ' '; c <= '~'; c++ {
		as[c] = c != '='
	}
	as['\t'] = true
	return as
}()
