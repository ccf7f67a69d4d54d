package delivery_test

import (
	"bytes"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"chancery/app/apptest/smtptest"
	"chancery/app/delivery"
)

var written = time.Date(2026, 3, 14, 15, 9, 26, 535_898_000, time.UTC)

func letter(id string) delivery.Message {
	return delivery.Message{
		ID: id, Date: written,
		From: "office@practice.example", FromName: "Okafor & Partners",
		To: "mina@practice.example", ToName: "Mina Okafor",
		Subject: "Welcome", Text: "Welcome.\n", HTML: "<p>Welcome.</p>",
		Headers: map[string]string{"Auto-Submitted": "auto-generated"},
	}
}

// The mail is read back with the standard library's parser, not with the one that wrote it.
func TestMailReadsBackAsWritten(t *testing.T) {
	m := letter("0192aa")
	m.FromName = "Étude Nuñez, “Asociados” (Québec)"
	m.ToName = `José "Pepe" Núñez`
	m.Subject = "Votre rendez-vous du 3 août à 14 h 30 — pièces à apporter pour l’audience à Montréal"
	m.Text = "Bonjour José,\n.\nune ligne qui commence par un point\n" + strings.Repeat("long ", 60) + "\nÀ bientôt\n"
	m.HTML = "<p>Bonjour José,</p><p>À bientôt</p>"
	m.Headers["List-Unsubscribe"] = "<https://practice.example/unsubscribe/" + strings.Repeat("x", 300) + ">"
	parsed := sendAndParse(t, m)

	for name, want := range map[string]string{
		"Message-Id":       "<0192aa@practice.example>",
		"Auto-Submitted":   "auto-generated",
		"List-Unsubscribe": m.Headers["List-Unsubscribe"],
		"Mime-Version":     "1.0",
	} {
		if got := parsed.Header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := subject(t, parsed); got != m.Subject {
		t.Errorf("subject: %q", got)
	}
	if date, err := parsed.Header.Date(); err != nil || !date.Equal(written.Truncate(time.Second)) {
		t.Errorf("date: %v %v", date, err)
	}
	if a := address(t, parsed, "From"); a.Name != m.FromName || a.Address != m.From {
		t.Errorf("from: %+v", a)
	}
	if a := address(t, parsed, "To"); a.Name != m.ToName || a.Address != m.To {
		t.Errorf("to: %+v", a)
	}

	kind, parts := parts(t, parsed.Header.Get("Content-Type"), parsed.Body)
	if kind != "multipart/alternative" || len(parts) != 2 {
		t.Fatalf("%s with %d parts", kind, len(parts))
	}
	for i, want := range []struct{ kind, body string }{
		{"text/plain; charset=UTF-8", m.Text}, {"text/html; charset=UTF-8", m.HTML},
	} {
		if parts[i].kind != want.kind || parts[i].encoding != "quoted-printable" {
			t.Errorf("part %d: %s, %s", i, parts[i].kind, parts[i].encoding)
		}
		if got := strings.ReplaceAll(parts[i].body, "\r\n", "\n"); strings.TrimSuffix(got, "\n") != strings.TrimSuffix(want.body, "\n") {
			t.Errorf("part %d:\n got %q\nwant %q", i, got, want.body)
		}
	}
}

func TestTextAloneIsNoMultipart(t *testing.T) {
	m := letter("one")
	m.HTML = ""
	parsed := sendAndParse(t, m)
	if got := parsed.Header.Get("Content-Type"); got != "text/plain; charset=UTF-8" {
		t.Errorf("content type: %s", got)
	}
}

func TestFilesTravelWhole(t *testing.T) {
	m := letter("one")
	logo, invite := []byte("\x89PNG\r\n\x1a\n\x00\xff"), []byte("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
	m.Inline = []delivery.Attachment{{Name: "logo.png", ContentType: "image/png", ContentID: "logo", Data: logo}}
	m.Attachments = []delivery.Attachment{{Name: "visite.ics", ContentType: "text/calendar; charset=utf-8; method=REQUEST", Data: invite}}
	parsed := sendAndParse(t, m)

	kind, outer := parts(t, parsed.Header.Get("Content-Type"), parsed.Body)
	if kind != "multipart/mixed" || len(outer) != 2 {
		t.Fatalf("%s with %d parts", kind, len(outer))
	}
	if outer[1].body != string(invite) || !strings.HasPrefix(outer[1].kind, "text/calendar; charset=utf-8; method=REQUEST") {
		t.Errorf("attachment: %+v", outer[1])
	}
	kind, inner := parts(t, outer[0].kind, strings.NewReader(outer[0].body))
	if kind != "multipart/related" || len(inner) != 2 {
		t.Fatalf("%s with %d parts", kind, len(inner))
	}
	if inner[1].body != string(logo) || inner[1].contentID != "<logo>" {
		t.Errorf("inline: %+v", inner[1])
	}
}

// ASVS 1.2.1, 1.3.11: what comes in as data stays data.
func TestNothingInAMailAddsAHeaderOrAReceiver(t *testing.T) {
	const attack = "Mina\r\nBcc: thief@evil.example\r\n\r\n<script>\u2028\u202e\x00\u0085"
	m := letter("one")
	m.FromName, m.ToName, m.Subject = attack, attack, attack
	m.Headers["X-Note"] = attack
	m.Attachments = []delivery.Attachment{{Name: attack, ContentType: "text/plain\r\nBcc: thief@evil.example", Data: []byte("x")}}
	server := smtptest.Start(t)
	if _, err := open(t, server).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	data := server.Messages()[0].Data
	for line := range strings.SplitSeq(string(data), "\r\n") {
		if strings.HasPrefix(strings.ToLower(line), "bcc:") {
			t.Errorf("a header was added: %q", line)
		}
	}
	parsed, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	const harmless = "Mina Bcc: thief@evil.example <script>"
	if got := subject(t, parsed); got != harmless {
		t.Errorf("subject: %q", got)
	}
	if a := address(t, parsed, "To"); a.Name != harmless || a.Address != m.To {
		t.Errorf("to: %+v", a)
	}
	if got := parsed.Header.Get("X-Note"); got != harmless {
		t.Errorf("header: %q", got)
	}
}

func TestUnfitMailIsRefusedForGoodAndNeverContactsTheServer(t *testing.T) {
	unfit := map[string]func(*delivery.Message){
		"no id":                   func(m *delivery.Message) { m.ID = "" },
		"id as path":              func(m *delivery.Message) { m.ID = "../../etc/passwd" },
		"id with a line":          func(m *delivery.Message) { m.ID = "a\r\nBcc: b" },
		"id with two dots":        func(m *delivery.Message) { m.ID = "a..b" },
		"no date":                 func(m *delivery.Message) { m.Date = time.Time{} },
		"no text":                 func(m *delivery.Message) { m.Text = "" },
		"no receiver":             func(m *delivery.Message) { m.To = "" },
		"receiver is no address":  func(m *delivery.Message) { m.To = "mina" },
		"two receivers":           func(m *delivery.Message) { m.To = "mina@practice.example, thief@evil.example" },
		"receiver with a command": func(m *delivery.Message) { m.To = "mina@practice.example>\r\nRCPT TO:<thief@evil.example" },
		"receiver with a name":    func(m *delivery.Message) { m.To = "Mina <mina@practice.example>" },
		"receiver with a comment": func(m *delivery.Message) { m.To = "mina@practice.example(hello)" },
		"sender is no address":    func(m *delivery.Message) { m.From = "office@" },
		"own Bcc":                 func(m *delivery.Message) { m.Headers["bcc"] = "thief@evil.example" },
		"own Content-Type":        func(m *delivery.Message) { m.Headers["Content-Type"] = "text/html" },
		"header with a line":      func(m *delivery.Message) { m.Headers["X\r\nBcc"] = "thief@evil.example" },
		"inline without an id": func(m *delivery.Message) {
			m.Inline = []delivery.Attachment{{Name: "logo.png", ContentType: "image/png"}}
		},
	}
	server := smtptest.Start(t)
	sender := open(t, server)
	for name, spoil := range unfit {
		m := letter("one")
		spoil(&m)
		r := refused(t, sender, m)
		if r.Stage != delivery.StageMessage || !r.Permanent {
			t.Errorf("%s: %+v", name, *r)
		}
		if strings.Contains(r.Error(), "mina") || strings.Contains(r.Error(), "thief") {
			t.Errorf("%s: an address would be logged: %v", name, r)
		}
	}
	if server.Connections() != 0 {
		t.Errorf("%d connections", server.Connections())
	}
}

func TestOverlongSubjectIsCutAndNoLineIsTooLong(t *testing.T) {
	m := letter("one")
	m.Subject = strings.Repeat("é", 5000)
	m.ToName = strings.Repeat("x", 5000)
	server := smtptest.Start(t)
	if _, err := open(t, server).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	for line := range bytes.SplitSeq(server.Messages()[0].Data, []byte("\r\n")) {
		if len(line) > 998 { // RFC 5322 §2.1.1
			t.Errorf("a line of %d bytes", len(line))
		}
	}
}

func FuzzComposedMailHasExactlyItsHeaders(f *testing.F) {
	f.Add("Welcome", "Mina", "mina@practice.example", "text", "value")
	f.Add("a\r\nBcc: b@c.example", "\"\r\n", "x@y.example\n", ".\r\n.\r\nQUIT", "\r\n\r\n")
	f.Add("=?utf-8?q?=0d=0aBcc:_x?=", "\u2028", "é@é.example", "\x00", "=?utf-8?b?DQpCY2M6IHg=?=")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, subject, name, to, text, value string) {
		sender, err := delivery.Open("dir:"+dir, delivery.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer sender.Close()
		m := letter("fuzz")
		m.Subject, m.ToName, m.To, m.Text, m.Headers["X-Note"] = subject, name, to, text, value
		file, err := sender.Send(t.Context(), m)
		if err != nil {
			return
		}
		parsed, err := mail.ReadMessage(bytes.NewReader(read(t, dir, file)))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for name, values := range parsed.Header {
			for range values {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		want := []string{"Auto-Submitted", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To", "X-Note"}
		if !slices.Equal(names, want) {
			t.Errorf("headers are %q", names)
		}
	})
}
