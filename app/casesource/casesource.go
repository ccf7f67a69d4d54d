// Package casesource reads what the practice's case system knows: over HTTP as JSON, or from files that it drops into the house's store of objects. It says what
// was said, and nothing of what becomes of it (casesync); no table and no rule of the practice comes in here.
//
// # Over HTTP
//
//	GET BASE/clients   GET BASE/cases   GET BASE/members
//	Authorization: (CHANCERY_SYNC_AUTHORIZATION, as it stands)   Accept: application/json   If-None-Match: (the part's ETag of last night)
//
// The answer is a list of objects, or {"data": [objects]}. It is followed by another where there is a "next" beside the data (an address, of the same host), a
// "next_cursor" (then ?cursor=… is asked), or a Link header with rel="next" (RFC 8288). Fields are casesync's (Kind.Fields); what is null or left out was not said. 304 says
// that a part is as it was, its next link included. 404 says that there is no such list, which of clients and members is no fault. 429 and 503 may say Retry-After.
//
// The address is the operator's, and the secret goes nowhere else: redirects are not followed, and a next link that leads to another host ends the run. An answer
// may have 16 MiB and 10,000 rows, and the time of CHANCERY_SYNC_TIMEOUT.
//
// # Files
//
//	blobs:PREFIX   PREFIX/clients.csv   PREFIX/cases.csv   PREFIX/members.csv     or .ndjson
//
// CSV has a line of names first, in any order and case, with commas, semicolons or tabs between (RFC 4180 else); NDJSON an object to a line. Both are UTF-8, with or
// without a byte order mark. An empty cell of CSV says that there is nothing, except where a thing cannot be without. A file stays where it is: one that
// is the same the next night is not read again. One that is replaced while it is read ends the run, and the next try reads the new one.
package casesource

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"

	"chancery/app/blob"
	"chancery/app/casesync"
)

// Options are how to reach the case system.
type Options struct {
	Authorization string        // the whole value of the header; "" sends none
	Timeout       time.Duration // of one answer
	Blobs         blob.Store
}

// Open is the source that CHANCERY_SYNC names, or nil for none. It speaks to nothing yet.
func Open(place string, o Options) (casesync.Source, error) {
	if err := Check(place); err != nil {
		return nil, err
	}
	if prefix, ok := strings.CutPrefix(place, "blobs:"); ok {
		return &files{blobs: o.Blobs, prefix: strings.Trim(prefix, "/") + "/"}, nil
	}
	if place == "" || place == "off" {
		return nil, nil
	}
	base, err := url.Parse(strings.TrimSuffix(place, "/"))
	if err != nil {
		return nil, errors.New("no address")
	}
	return newServer(base, o), nil
}

var prefixForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$`)

// Check tells what is wrong with a CHANCERY_SYNC, without connecting to anything.
func Check(place string) error {
	if place == "" || place == "off" {
		return nil
	}
	if prefix, ok := strings.CutPrefix(place, "blobs:"); ok {
		if !prefixForm.MatchString(prefix) || prefix == "pictures" || strings.HasPrefix(prefix, "pictures/") {
			return errors.New("blobs: wants a folder beside ours, such as blobs:casesystem")
		}
		return nil
	}
	u, err := url.Parse(place)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("must be https://HOST/PATH, blobs:FOLDER or off")
	}
	if u.User != nil {
		return fmt.Errorf("user and password do not belong in the address: use CHANCERY_SYNC_AUTHORIZATION")
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		return errors.New("http only on this machine itself: clients' affairs and the secret need https")
	}
	return nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

// list is what a kind's list is called.
func list(k casesync.Kind) string { return string(k) + "s" }
