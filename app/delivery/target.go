package delivery

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// target is a parsed address of where mails go: either a directory, or a server.
type target struct {
	directory string

	host, port string
	user       string
	tls        string // "starttls", "tls" or "none"
}

func (t target) hostPort() string { return net.JoinHostPort(t.host, t.port) }

// Check tells what is wrong with the address of where mails go; nil when it can be used with [Open]. Two shapes:
//
//	dir:PATH                                  .eml files in a directory
//	smtp://[USER@]HOST[:PORT][?tls=MODE]      a mail server
//
// MODE is starttls (the default, port 587: a server that does not offer STARTTLS is refused), tls (from the first
// byte, port 465) or none (port 25, without a user: passwords are not sent in the clear). The password is no part of
// the address, since addresses are shown and logged.
func Check(address string) error {
	_, err := parse(address)
	return err
}

func parse(address string) (target, error) {
	if path, ok := strings.CutPrefix(address, "dir:"); ok {
		if path == "" {
			return target{}, errors.New("mail: dir: needs a path, as in dir:.data/outbox")
		}
		return target{directory: path}, nil
	}
	u, err := url.Parse(address)
	if err != nil {
		// The error of url.Parse quotes its input, which may hold a password by mistake.
		return target{}, errors.New("mail: not an address of the form dir:PATH or smtp://user@host:587?tls=starttls")
	}
	if u.Scheme != "smtp" {
		return target{}, fmt.Errorf("mail: want dir:PATH or smtp://user@host:587?tls=starttls, not %q", showable(address, u.Scheme))
	}
	t := target{host: u.Hostname(), port: u.Port(), user: u.User.Username(), tls: "starttls"}
	if _, ok := u.User.Password(); ok {
		return target{}, errors.New("mail: the password does not belong into the address; give it by its own setting")
	}
	if t.host == "" {
		return target{}, errors.New("mail: the host is missing")
	}
	if u.Path != "" && u.Path != "/" {
		return target{}, errors.New("mail: an smtp: address has no path")
	}
	for key, values := range u.Query() {
		if key != "tls" || len(values) != 1 {
			return target{}, fmt.Errorf("mail: unknown or repeated setting %q; there is only tls", key)
		}
		t.tls = values[0]
	}
	ports := map[string]string{"starttls": "587", "tls": "465", "none": "25"}
	if ports[t.tls] == "" {
		return target{}, fmt.Errorf("mail: tls=%s is not one of starttls, tls, none", t.tls)
	}
	if t.tls == "none" && t.user != "" {
		return target{}, errors.New("mail: a user needs TLS; passwords are not sent in the clear")
	}
	if t.port == "" {
		t.port = ports[t.tls]
	}
	return t, nil
}

// showable is what was given, as far as it cannot hold a password: what stands before an @ may be one.
func showable(address, scheme string) string {
	switch {
	case !strings.Contains(address, "@"):
		return address
	case scheme != "":
		return scheme + ":…"
	}
	return "…@…"
}
