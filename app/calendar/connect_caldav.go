package calendar

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"strings"
	"unicode/utf8"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/outside"
	"chancery/app/store"
)

// ConnectCalDAV connects a calendar on a CalDAV server by an app password; the server is tried first. It needs appointments.view and a fresh
// proof (fault.ErrProve), and returns *fault.Invalid on "server", "user" or "password", *fault.TooMany, *fault.Unavailable, or fault.ErrNotFound where
// it is not offered.
func (c *Calendars) ConnectCalDAV(ctx context.Context, actor access.Actor, server, user, pass string) (*Connection, error) {
	if err := c.mayConnect(actor, CalDAV); err != nil {
		return nil, err
	}
	bad := &fault.Invalid{}
	server, user = typed(bad, "server", server), typed(bad, "user", user)
	if pass = strings.TrimSpace(pass); pass == "" {
		bad.Add("password", "outside.empty")
	} else if utf8.RuneCountInString(pass) > typedMost {
		bad.Add("password", "outside.too-long", "Max", typedMost)
	}
	switch {
	case bad.Has("server"):
	case strings.HasPrefix(strings.ToLower(server), "http://"):
		bad.Add("server", "outside.server-https")
	case hostOf(server) == "":
		bad.Add("server", "outside.no-server")
	}
	if err := bad.Err(); err != nil {
		return nil, err
	}
	if err := c.attempt(ctx, actor, attempt{ID: store.NewID(), Kind: CalDAV}, triesWithin); err != nil {
		return nil, err
	}
	g, err := c.opt.Keepers.Passwords.Find(ctx, server, user, pass)
	if err != nil {
		return nil, notFound(err)
	}
	g.Account = cmp.Or(g.Account, user)
	return c.connect(ctx, actor, CalDAV, g)
}

// notFound says by field what was wrong with a server, a name or a password.
func notFound(err error) error {
	var refused *outside.Refused
	var invalid *fault.Invalid
	switch {
	case errors.As(err, &invalid):
		return err
	case errors.Is(err, outside.ErrRevoked), errors.As(err, &refused) && (refused.Status == 401 || refused.Status == 403):
		return fault.Field1("password", "outside.wrong-password")
	case errors.As(err, &refused) && refused.Reason == outside.AddressRefused:
		return fault.Field1("server", "outside.server-inside")
	case errors.As(err, &refused) && refused.Reason == outside.Elsewhere:
		return fault.Field1("server", "outside.server-elsewhere")
	case errors.As(err, &refused):
		return fault.Field1("server", "outside.no-calendar-there")
	}
	var later *outside.Later
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &later):
		return unavailable(err)
	case errors.As(err, &name) && name.IsNotFound:
		return fault.Field1("server", "outside.server-unknown")
	case errors.As(err, &certificate):
		return fault.Field1("server", "outside.server-certificate")
	}
	return fault.Field1("server", "outside.server-silent")
}

func typed(bad *fault.Invalid, field, s string) string {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		bad.Add(field, "outside.empty")
	case utf8.RuneCountInString(s) > typedMost:
		bad.Add(field, "outside.too-long", "Max", typedMost)
	}
	return s
}

// hostOf is the host of a server as people write it: a name, or an address.
func hostOf(server string) string {
	if !strings.Contains(server, "://") {
		server = "https://" + server
	}
	u, err := url.Parse(server)
	if err != nil || u.User != nil {
		return ""
	}
	return u.Hostname()
}
