package caldav

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/publicsuffix"
)

// How long one request may take with its answer, and how long finding a calendar, for which somebody waits. A small server of somebody's own
// reads a thousand events in a quarter of a minute.
const (
	timeout    = time.Minute
	findWithin = 20 * time.Second
)

// errInside says that a server's address is none that it may be reached at.
var errInside = errors.New("an address that may not be reached")

// client asks what it is asked for and follows nothing. The address is judged when it is dialled, after its name was looked up: a name that
// leads elsewhere the second time gains nothing. There is no proxy, which would dial for us.
func client(c Config) *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || !reachable(at.Addr(), c.Private) {
			return errInside
		}
		return nil
	}}
	var transport http.RoundTripper = &http.Transport{
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: c.Roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  timeout,
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        time.Minute,
	}
	if c.Through != nil {
		transport = c.Through(transport)
	}
	return &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     transport,
	}
}

// nobodys are networks that are no way to a public server: shared and special ones (RFC 6890), and those in which other addresses hide.
var nobodys = networks("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
	"240.0.0.0/4", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10", "3fff::/20")

func networks(all ...string) (out []netip.Prefix) {
	for _, one := range all {
		out = append(out, netip.MustParsePrefix(one))
	}
	return out
}

// reachable says whether a server may be at an address. The practice's own network is for those who have said so; the link's own addresses
// are for nobody, since clouds tell a machine's secrets there.
func reachable(at netip.Addr, private bool) bool {
	at = at.Unmap()
	switch {
	case !at.IsValid() || at.Zone() != "" || at.IsUnspecified() || at.IsMulticast() || at.IsLinkLocalUnicast():
		return false
	case at.IsLoopback() || at.IsPrivate():
		return private && at != metadata
	}
	for _, network := range nobodys {
		if network.Contains(at) {
			return private && network == shared
		}
	}
	return at.IsGlobalUnicast()
}

var (
	metadata = netip.MustParseAddr("fd00:ec2::254")   // a cloud's, among private addresses
	shared   = netip.MustParsePrefix("100.64.0.0/10") // private networks of some, such as Tailscale's
)

// sameSite says whether two hosts are of one site: what is known of the one may be told to the other. Only names are; an address is a site of its own.
func sameSite(a, b *url.URL) bool {
	if strings.EqualFold(a.Host, b.Host) {
		return true
	}
	one, two := strings.ToLower(a.Hostname()), strings.ToLower(b.Hostname())
	if one == two {
		return one != "" && port(a) == port(b)
	}
	if net.ParseIP(one) != nil || net.ParseIP(two) != nil || port(a) != "443" || port(b) != "443" {
		return false
	}
	site, err := publicsuffix.EffectiveTLDPlusOne(one)
	if err != nil {
		return false
	}
	other, err := publicsuffix.EffectiveTLDPlusOne(two)
	return err == nil && site == other
}

func sameHost(a, b *url.URL) bool {
	return strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return "443"
}
