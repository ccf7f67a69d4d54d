package delivery

import (
	"bufio"
	"bytes"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"slices"
	"strings"
	"testing"
	"time"
)

var texts = []string{
	"Welcome.\n", "no end", "blank \ntab\t\nboth \t\n \n", "\n\n.\n..\n.hidden\n", "a\r\nb\rc\n\r\n", "=3D = =\n=", strings.Repeat("long ", 60), strings.Repeat("x", 75) + " \n" + strings.Repeat("x", 76) + "\n",
	strings.Repeat("é", 500), "À bientôt\x00\x7f\u2028", strings.Repeat("y", 74) + "é" + strings.Repeat(" ", 100) + "\n", "\xff\xfe", "From me\n--=_one\n--=_one--\n",
}

// go-mail is the authority: a mail that is written by hand says what it would have said.
func TestBothWaysOfWritingSayTheSame(t *testing.T) {
	for i, text := range texts {
		for _, html := range []string{"", "<p>Welcome.</p>", text} {
			m := Message{ID: "one", Date: time.Date(2026, 3, 4, 5, 6, 7, 8, time.FixedZone("", -18000)), From: "office@practice.example", FromName: "Étude “Núñez” & Co.", To: "mina@practice.example",
				ToName: text, Subject: texts[len(texts)-1-i], Text: text, HTML: html, Headers: map[string]string{"Auto-Submitted": "auto-generated", "X-Note": text + "é", "X-Plain": strings.Repeat("word ", 40)}}
			ours := write(m, m.From, m.To, "practice.example")
			theirs, err := writeFiles(m, m.From, m.To, "practice.example")
			if err != nil {
				t.Fatal(err)
			}
			gotHeader, gotBodies := read(t, ours)
			wantHeader, wantBodies := read(t, theirs)
			if !maps.Equal(gotHeader, wantHeader) || !slices.Equal(gotBodies, wantBodies) {
				t.Errorf("%q\n got %q %q\nwant %q %q", text, gotHeader, gotBodies, wantHeader, wantBodies)
			}
			most := 998 // RFC 5322 §2.1.1: a word cannot be folded
			for line := range bytes.SplitSeq(ours, []byte("\r\n")) {
				if len(line) == 0 {
					most = 76
				}
				if len(line) > most || bytes.ContainsAny(line, "\r\n") || bytes.HasSuffix(line, []byte(" ")) {
					t.Errorf("a line is %q", line)
				}
			}
		}
	}
}

// read is what a mail says: its headers, and its parts with their type.
func read(t *testing.T, content []byte) (header map[string]string, bodies []string) {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	header = map[string]string{}
	for name, values := range m.Header {
		if len(values) != 1 {
			t.Errorf("%d times %s", len(values), name)
		}
		if header[name], err = new(mime.WordDecoder).DecodeHeader(values[0]); err != nil {
			t.Error(err)
		}
	}
	kind, params, err := mime.ParseMediaType(header["Content-Type"])
	if err != nil {
		t.Fatal(err)
	}
	header["Content-Type"] = kind
	part := func(kind, encoding string, body io.Reader) {
		if encoding == "quoted-printable" {
			body = quotedprintable.NewReader(body)
		}
		b, err := io.ReadAll(body)
		if err != nil {
			t.Error(err)
		}
		bodies = append(bodies, kind+": "+strings.ReplaceAll(string(b), "\r\n", "\n"))
	}
	if !strings.HasPrefix(kind, "multipart/") {
		part("", header["Content-Transfer-Encoding"], m.Body)
		return header, bodies
	}
	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return header, bodies
		}
		if err != nil {
			t.Fatal(err)
		}
		part(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p)
	}
}

func BenchmarkWrite(b *testing.B) {
	m := Message{ID: "0192aa", Date: time.Now(), From: "office@practice.example", FromName: "Étude Núñez", To: "mina@practice.example", ToName: "Mina Okafor", Subject: "Welcome to the practice",
		Text: strings.Repeat("Somebody has signed you out everywhere.\n", 10), HTML: strings.Repeat(`<p class="ink" style="margin:0 0 14px; color:#23262d;">Somebody has signed you out everywhere.</p>`, 40),
		Headers: map[string]string{"Auto-Submitted": "auto-generated"}}
	b.Run("here", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = write(m, m.From, m.To, "practice.example")
		}
	})
	b.Run("go-mail", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := writeFiles(m, m.From, m.To, "practice.example"); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func TestDottedIsWhatTextprotoWrites(t *testing.T) {
	for _, text := range append(texts, "", ".", ".\r\n", "\n.\n", "a\n.", "\r\n.\r\nQUIT\r\n", "\r", "\n", "..\r\n...") {
		var want bytes.Buffer
		w := textproto.NewWriter(bufio.NewWriter(&want)).DotWriter()
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if got := appendDotted(nil, []byte(text)); !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%q\n got %q\nwant %q", text, got, want.Bytes())
		}
	}
}
