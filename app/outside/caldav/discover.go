package caldav

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"chancery/app/outside"
)

// wellKnown is where a server says where its calendars are (RFC 6764, 5).
const wellKnown = "/.well-known/caldav"

// hops is how often a server may send on until it has said where it is.
const hops = 5

// discover finds the folder of a person's calendars (RFC 6764, 6, without its records in the DNS: what is typed is a server). First what was
// typed is tried, if it is more than a host; then where the well-known address leads to; then the root.
func (k *Keeper) discover(ctx context.Context, server, user, pass string) (*url.URL, error) {
	typed, err := address(server)
	if err != nil {
		return nil, err
	}
	var at []*url.URL
	if typed.Path != "/" {
		at = append(at, typed)
	}
	known, err := k.leads(ctx, typed)
	if err != nil {
		return nil, err
	}
	if known != nil {
		at = append(at, known)
	}
	at = append(at, typed.ResolveReference(&url.URL{Path: "/"}))
	for _, one := range at {
		home, err := k.homeFrom(ctx, one, user, pass)
		if err != nil || home != nil {
			return home, err
		}
	}
	return nil, &outside.Refused{Status: http.StatusNotFound, Reason: outside.NoCalendars}
}

// address is what a person typed, as an address; a host alone will do.
func address(server string) (*url.URL, error) {
	if !strings.Contains(server, "://") {
		server = "https://" + server
	}
	u, err := url.Parse(server)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return nil, &outside.Refused{Reason: outside.AddressRefused}
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/" + strings.TrimPrefix(u.Path, "/")}, nil
}

// leads is where the well-known address leads to, nil where it leads nowhere. It is asked without the password: where it leads to is judged first.
func (k *Keeper) leads(ctx context.Context, server *url.URL) (*url.URL, error) {
	at := server.ResolveReference(&url.URL{Path: wellKnown})
	a, err := k.ask(ctx, propfind(at, "0", "<current-user-principal/>"), "", "")
	switch {
	case err != nil:
		return nil, err
	case a.status >= 300 && a.status <= 399:
		return onwards(at, a)
	case a.status == http.StatusMultiStatus, a.status == http.StatusUnauthorized:
		return at, nil
	}
	return nil, nil
}

// onwards is where an answer sends to, if it is of the same site and by TLS.
func onwards(from *url.URL, a answer) (*url.URL, error) {
	to, err := from.Parse(a.header.Get("Location"))
	if err != nil || a.header.Get("Location") == "" || to.Scheme != "https" || to.User != nil || !sameSite(from, to) {
		return nil, &outside.Refused{Status: a.status, Reason: outside.Elsewhere}
	}
	to.RawQuery, to.Fragment = "", ""
	return to, nil
}

// homeFrom asks at an address who is asking, and of them where their calendars are. It is nil when nobody knows there of calendars.
func (k *Keeper) homeFrom(ctx context.Context, at *url.URL, user, pass string) (*url.URL, error) {
	const who = "<current-user-principal/><c:calendar-home-set/>"
	for range 2 { // of the server, then of the person
		p, from, err := k.properties(ctx, at, who, user, pass)
		if err != nil || p == nil {
			return nil, err
		}
		next := p.Principal.All
		if len(p.Home.All) > 0 {
			return k.home(ctx, from, p.Home.All[0], user, pass)
		}
		if len(next) == 0 {
			return nil, nil
		}
		if at, err = named(from, next[0]); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// home looks whether the folder that was named is there.
func (k *Keeper) home(ctx context.Context, from *url.URL, href, user, pass string) (*url.URL, error) {
	at, err := named(from, href)
	if err != nil {
		return nil, err
	}
	p, at, err := k.properties(ctx, at, "<resourcetype/>", user, pass)
	if err != nil || p == nil || p.Type.Collection == nil {
		return nil, err
	}
	at.Path = strings.TrimRight(at.Path, "/") + "/"
	return at, nil
}

// named is what a server names by an href. Having been given the password by TLS, it may name another host of its site.
func named(from *url.URL, href string) (*url.URL, error) {
	to, err := from.Parse(strings.TrimSpace(href))
	if err != nil || to.Scheme != "https" || to.User != nil || !sameSite(from, to) {
		return nil, &outside.Refused{Reason: outside.Elsewhere}
	}
	return &url.URL{Scheme: to.Scheme, Host: to.Host, Path: to.Path, RawPath: to.RawPath}, nil
}

// properties are those of one address, and what it is called in the end; nil where there are none.
func (k *Keeper) properties(ctx context.Context, at *url.URL, props, user, pass string) (*properties, *url.URL, error) {
	for range hops {
		a, err := k.ask(ctx, propfind(at, "0", props), user, pass)
		if err != nil {
			return nil, nil, err
		}
		if a.status >= 300 && a.status <= 399 {
			if at, err = onwards(at, a); err != nil {
				return nil, nil, err
			}
			continue
		}
		switch a.status {
		case http.StatusNotFound, http.StatusGone, http.StatusMethodNotAllowed, http.StatusNotImplemented, http.StatusBadRequest:
			return nil, nil, nil
		}
		if err := k.meaning(a); err != nil {
			return nil, nil, err
		}
		m, err := a.multistatus(at)
		if err != nil || len(m.Responses) == 0 { // a page for people, say
			return nil, nil, nil
		}
		p, _ := m.Responses[0].found()
		return &p, at, nil
	}
	return nil, nil, &outside.Refused{Reason: outside.Elsewhere}
}
