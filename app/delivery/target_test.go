package delivery_test

import (
	"strings"
	"testing"

	"chancery/app/delivery"
)

func TestAddressesOfWhereMailsGo(t *testing.T) {
	for address, wrong := range map[string]string{
		"dir:.data/outbox":                                    "",
		"smtp://mail.example":                                 "",
		"smtp://user@mail.example:587?tls=starttls":           "",
		"smtp://user%40practice.example@mail.example?tls=tls": "",
		"smtp://127.0.0.1:1025?tls=none":                      "",
		"smtp://[::1]:1025?tls=none":                          "",

		"":                                   `want dir:PATH or smtp://user@host:587?tls=starttls, not ""`,
		"y":                                  `not "y"`,
		"pop3://user:hunter2@mail.example":   `not "pop3:…"`,
		"user:hunter2@mail.example":          `not "user:…"`,
		"//user:hunter2@mail.example":        `not "…@…"`,
		"dir:":                               "needs a path",
		"mail.example:587":                   `not "mail.example:587"`,
		"https://mail.example":               `not "https://mail.example"`,
		"smtp://":                            "host is missing",
		"smtp://user:hunter2@mail.example":   "password does not belong",
		"smtp://user:hunter2@mail example":   "not an address",
		"smtp://mail.example/inbox":          "no path",
		"smtp://mail.example?tls=maybe":      "not one of",
		"smtp://mail.example?tls=":           "not one of",
		"smtp://mail.example?starttls=off":   "unknown",
		"smtp://mail.example?tls=tls&tls=no": "repeated",
		"smtp://user@127.0.0.1?tls=none":     "a user needs TLS",
	} {
		err := delivery.Check(address)
		if wrong == "" && err != nil || wrong != "" && (err == nil || !strings.Contains(err.Error(), wrong)) {
			t.Errorf("%q: %v", address, err)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the password is in the error: %v", address, err)
		}
	}
}

func TestUserWithoutPasswordIsNoticedAtStart(t *testing.T) {
	if _, err := delivery.Open("smtp://user@mail.example", delivery.Options{}); err == nil {
		t.Error("opened")
	}
}
