// Package caldav keeps a person's appointments in a calendar on a CalDAV server (RFC 4791), reached by an app password: Nextcloud, Fastmail,
// iCloud, and others.
//
// Where the server is was typed by a person, so it is asked with care (guard.go): by TLS alone, at addresses that anybody may reach, and
// with a password for no other host than the one it was given for. Finding the calendars (discover.go) may lead on to another host of
// the same site, as iCloud's does; from then on nothing is asked of any other.
//
// Requests, and what their answers mean, are ours (dav.go). A library that is kept for this, github.com/emersion/go-webdav, makes no calendar,
// writes without conditions, forgets the host of an absolute href, and quotes servers in its errors.
//
// Each event is a file whose name follows from its UID, so that a second write meets the first. What is in it is ical's, with the mark and a
// seal, by which a change of somebody's shows. What has changed is told by sync-collection (RFC 6578); of a server that does not know it,
// the ETags are compared, and if one differs all is read.
package caldav

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/url"
	"time"

	"chancery/app/outside"
)

// Config is how servers are reached.
type Config struct {
	Name    outside.Name                              // of the calendar that is made; nil for Chancery
	Private bool                                      // servers in the practice's own network may be reached, too
	Roots   *x509.CertPool                            // whose certificates are taken; nil for the machine's
	Now     func() time.Time                          // nil for time.Now
	Through func(http.RoundTripper) http.RoundTripper // what requests go through on their way, such as a pace; nil for nothing
}

// Keeper is whatever server somebody names.
type Keeper struct {
	name   outside.Name
	now    func() time.Time
	client *http.Client
}

// New returns the keeper.
func New(c Config) *Keeper {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Name == nil {
		c.Name = outside.Named("Chancery")
	}
	return &Keeper{name: c.Name, now: c.Now, client: client(c)}
}

// session is one grant in use. Nothing is asked of any host but home's.
type session struct {
	*Keeper
	home       *url.URL // where the person's calendars lie
	user, pass string
}

// Calendar opens a person's calendar.
func (k *Keeper) Calendar(g outside.Grant) outside.Calendar {
	home, err := url.Parse(g.Server)
	if err != nil {
		home = &url.URL{} // of which nothing is asked
	}
	return &calendar{session: session{Keeper: k, home: home, user: g.User, pass: g.Pass}}
}

// Find tries a server, and returns the grant by which its calendar is opened. A wrong name or password is outside.ErrRevoked; what else
// a server can be is *outside.Refused with a Reason, or a transport's error.
func (k *Keeper) Find(ctx context.Context, server, user, pass string) (outside.Grant, error) {
	ctx, cancel := context.WithTimeout(ctx, findWithin)
	defer cancel()
	home, err := k.discover(ctx, server, user, pass)
	if err != nil {
		return outside.Grant{}, err
	}
	return outside.Grant{Account: user, Server: home.String(), User: user, Pass: pass}, nil
}
