package delivery_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"chancery/app/amazon"
	"chancery/app/apptest/snstest"
	"chancery/app/delivery"
)

const phone = "+14165550142"

func note(id string) delivery.Text {
	return delivery.Text{ID: id, Date: written, To: phone, Body: "418207 is your PIN · Montréal\n\n@chancery.firm.example #418207"}
}

func TestAddressesOfWhereTextsGo(t *testing.T) {
	for address, wrong := range map[string]string{
		"off":                               "",
		"dir:.data/outbox":                  "",
		"sns://ca-central-1":                "",
		"sns://us-gov-west-1?sender=Marlow": "",
		"sns://ca-central-1?sender=%2B14165550100":                  "",
		"sns://ca-central-1?endpoint=https%3A%2F%2Fvpce.example":    "",
		"sns://ca-central-1?endpoint=http%3A%2F%2F127.0.0.1%3A4100": "",

		"":                                "want off, dir:PATH or sns://",
		"on":                              "want off, dir:PATH or sns://",
		"dir:":                            "needs a path",
		"smtp://mail.example":             "want off",
		"sns://":                          "needs a region",
		"sns://nowhere":                   "needs a region",
		"sns://ca-central-1/topic":        "no path",
		"sns://k:hunter2@ca-central-1":    "does not belong",
		"sns://ca-central-1?sender=12345": "sender is",
		"sns://ca-central-1?sender=Marlow%20Reyes":              "sender is",
		"sns://ca-central-1?sender=TwelveLetters":               "sender is",
		"sns://ca-central-1?sender=+14165550100":                "sender is", // a plus in a query is a blank
		"sns://ca-central-1?sender=a&sender=b":                  "repeated",
		"sns://ca-central-1?endpoint=http%3A%2F%2Fvpce.example": "https",
		"sns://ca-central-1?topic=x":                            "unknown",
	} {
		err := delivery.CheckTexts(address)
		if wrong == "" && err != nil || wrong != "" && (err == nil || !strings.Contains(err.Error(), wrong)) {
			t.Errorf("%q: %v", address, err)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the key is in the error: %v", address, err)
		}
	}
	if texts, err := delivery.OpenTexts("off", delivery.TextOptions{}); texts != nil || err != nil {
		t.Errorf("off opens %v, %v", texts, err)
	}
}

func openSNS(t *testing.T, s *snstest.Server, sender string, o delivery.TextOptions) delivery.Texts {
	t.Helper()
	if o.Credentials == (amazon.Credentials{}) {
		o.Credentials = s.Credentials
	}
	o.Web = &http.Transport{}
	texts, err := delivery.OpenTexts(s.URL(sender), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.Web.CloseIdleConnections() })
	return texts
}

// S3-13: a text goes out by SNS's own protocol, signed, as transactional, from the sender that is set, and with the id that
// SNS gave it.
func TestATextGoesOutBySNS(t *testing.T) {
	s := snstest.Start(t)
	for sender, attribute := range map[string]string{"": "", "Marlow": "AWS.SNS.SMS.SenderID", "+16475550100": "AWS.MM.SMS.OriginationNumber"} {
		texts := openSNS(t, s, sender, delivery.TextOptions{})
		if err := texts.Ready(t.Context()); err != nil {
			t.Error(err)
		}
		id, err := texts.Text(t.Context(), note("one"))
		if err != nil {
			t.Fatal(err)
		}
		all := s.Texts()
		got := all[len(all)-1]
		if got.ID != id || got.To != phone || got.Body != note("one").Body || got.Attributes["AWS.SNS.SMS.SMSType"] != "Transactional" {
			t.Errorf("%s: %+v", id, got)
		}
		if attribute != "" && got.Attributes[attribute] != sender || len(got.Attributes) > 2 || attribute == "" && len(got.Attributes) != 1 {
			t.Errorf("from %q: %v", sender, got.Attributes)
		}
	}
}

// What SNS says against a text is told apart: of this text for good, of us, or for now; one call is one request, and no number
// is in what is said.
func TestWhatSNSRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		prepare   func(s *snstest.Server)
		options   delivery.TextOptions
		code      int
		answer    string
		permanent bool
		uncertain bool
	}{
		"throttled":          {prepare: func(s *snstest.Server) { s.Throttle(1) }, code: 429, answer: "Throttled"},
		"out of order":       {prepare: func(s *snstest.Server) { s.Refuse(1, 500, "InternalError", "x") }, code: 500, answer: "InternalError"},
		"no right":           {prepare: func(s *snstest.Server) { s.Refuse(1, 403, "AuthorizationError", "x") }, code: 403, answer: "AuthorizationError"},
		"a key of nobody's":  {options: delivery.TextOptions{Credentials: amazon.Credentials{AccessKeyID: "AKIDOTHER", SecretAccessKey: "x"}}, code: 403, answer: "InvalidClientTokenId"},
		"a wrong secret":     {options: delivery.TextOptions{Credentials: amazon.Credentials{AccessKeyID: "AKIDSNSTEST", SecretAccessKey: "x"}}, code: 403, answer: "SignatureDoesNotMatch"},
		"clocks apart":       {prepare: func(s *snstest.Server) { s.Skew(time.Hour) }, code: 403, answer: "SignatureDoesNotMatch"},
		"opted out":          {prepare: func(s *snstest.Server) { s.OptOut(phone) }, code: 400, answer: "InvalidParameter", permanent: true},
		"a limit, as 400":    {prepare: func(s *snstest.Server) { s.Refuse(1, 400, "Throttling", "x") }, code: 400, answer: "Throttling"},
		"no word of theirs":  {prepare: func(s *snstest.Server) { s.Refuse(1, 400, "No: "+phone, "x") }, code: 400, answer: "Unknown"},
		"the answer is lost": {prepare: func(s *snstest.Server) { s.DropAnswer(1) }, uncertain: true},
		"silence":            {prepare: func(s *snstest.Server) { s.Hang(true) }, options: delivery.TextOptions{Timeout: 200 * time.Millisecond}, uncertain: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := snstest.Start(t)
			texts := openSNS(t, s, "Marlow", c.options)
			if c.prepare != nil {
				c.prepare(s)
			}
			_, err := texts.Text(t.Context(), note("one"))
			var r *delivery.Refused
			if !errors.As(err, &r) {
				t.Fatalf("got %v", err)
			}
			if r.Code != c.code || r.Answer != c.answer || r.Permanent != c.permanent || r.Uncertain != c.uncertain || r.Stage != delivery.StageText {
				t.Errorf("got %+v", *r)
			}
			if strings.Contains(err.Error()+r.Answer, "555") || !strings.HasPrefix(err.Error(), "text refused") {
				t.Errorf("said %q", err)
			}
			if s.Calls() != 1 {
				t.Errorf("it was asked %d times", s.Calls())
			}
		})
	}
}

func TestNobodyThereIsNotUncertain(t *testing.T) {
	texts, err := delivery.OpenTexts("sns://ca-central-1?endpoint=http%3A%2F%2F127.0.0.1%3A1", delivery.TextOptions{Credentials: amazon.Credentials{AccessKeyID: "k", SecretAccessKey: "s"}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = texts.Text(t.Context(), note("one"))
	var r *delivery.Refused
	if !errors.As(err, &r) || r.Uncertain || r.Permanent || r.Code != 0 {
		t.Errorf("got %v", err)
	}
}

func TestATextThatNobodyCouldTakeIsRefusedHere(t *testing.T) {
	s := snstest.Start(t)
	for name, spoil := range map[string]func(*delivery.Text){
		"no number":         func(n *delivery.Text) { n.To = "" },
		"a national number": func(n *delivery.Text) { n.To = "4165550142" },
		"two numbers":       func(n *delivery.Text) { n.To = phone + "," + phone },
		"empty":             func(n *delivery.Text) { n.Body = " \n" },
		"too long":          func(n *delivery.Text) { n.Body = strings.Repeat("é", 1601) },
		"no date":           func(n *delivery.Text) { n.Date = time.Time{} },
		"a path for an id":  func(n *delivery.Text) { n.ID = "../x" },
	} {
		n := note("one")
		spoil(&n)
		for _, texts := range []delivery.Texts{openSNS(t, s, "", delivery.TextOptions{}), textsDir(t, t.TempDir())} {
			_, err := texts.Text(t.Context(), n)
			var r *delivery.Refused
			if !errors.As(err, &r) || !r.Permanent {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if s.Calls() != 0 {
		t.Errorf("SNS was asked %d times", s.Calls())
	}
}

func textsDir(t *testing.T, dir string) delivery.Texts {
	t.Helper()
	texts, err := delivery.OpenTexts("dir:"+dir, delivery.TextOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { texts.Close() })
	return texts
}

// A second try of a text, which has another PIN, takes the place of the first in the outbox.
func TestTheOutboxHoldsATextOnce(t *testing.T) {
	dir := t.TempDir()
	texts := textsDir(t, dir)
	for _, body := range []string{"first", "second"} {
		n := note("one")
		n.Body = body
		if _, err := texts.Text(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	names := list(t, dir)
	if len(names) != 1 || names[0] != "20260314T150926.535898Z-one.txt" {
		t.Fatalf("holds %v", names)
	}
	if got := string(read(t, dir, names[0])); got != "To: +14165550142\nDate: 2026-03-14T15:09:26Z\n\nsecond\n" {
		t.Errorf("it says %q", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := texts.Text(ctx, note("two")); err == nil {
		t.Error("sent after the end")
	}
}
