package delivery_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"testing"

	"chancery/app/apptest/smtptest"
	"chancery/app/delivery"
)

func sendAndParse(t *testing.T, m delivery.Message) *mail.Message {
	t.Helper()
	server := smtptest.Start(t)
	if _, err := open(t, server).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	parsed, err := mail.ReadMessage(bytes.NewReader(server.Messages()[0].Data))
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func header(t *testing.T, data []byte, name string) string {
	t.Helper()
	parsed, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Header.Get(name)
}

func subject(t *testing.T, m *mail.Message) string {
	t.Helper()
	s, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func address(t *testing.T, m *mail.Message, name string) *mail.Address {
	t.Helper()
	list, err := m.Header.AddressList(name)
	if err != nil || len(list) != 1 {
		t.Fatalf("%s: %v %v", name, list, err)
	}
	return list[0]
}

type part struct{ kind, encoding, contentID, body string }

func parts(t *testing.T, contentType string, body io.Reader) (kind string, list []part) {
	t.Helper()
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatal(err)
	}
	reader := multipart.NewReader(body, params["boundary"])
	for {
		p, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return kind, list
		}
		if err != nil {
			t.Fatal(err)
		}
		encoding := p.Header.Get("Content-Transfer-Encoding")
		var decoded io.Reader = p
		switch encoding {
		case "quoted-printable":
			decoded = quotedprintable.NewReader(p)
		case "base64":
			decoded = base64.NewDecoder(base64.StdEncoding, p)
		}
		content, err := io.ReadAll(decoded)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, part{p.Header.Get("Content-Type"), encoding, p.Header.Get("Content-Id"), string(content)})
	}
}
