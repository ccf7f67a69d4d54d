package caldav

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"chancery/app/ical"
	"chancery/app/outside"
	"chancery/app/outside/wire"
)

// How a cursor begins: a server's token, or a print of all ETags.
const (
	byToken = "sync "
	byETags = "etags "
)

// pages is how many parts of a long list are read; readMost is how many events are asked for at once.
const (
	pages    = 100
	readMost = 500
)

// List tells what has changed. What a list says of events it says with their files, in one answer; of a server that leaves them out they are
// asked for. By its cursor it is known what the server knows; without one it is asked.
func (c *calendar) List(ctx context.Context, cursor string) (outside.Listing, error) {
	l, err := c.list(ctx, cursor)
	if wire.Is(err, http.StatusNotFound, http.StatusGone) {
		err = outside.ErrGone
	}
	return l, err
}

func (c *calendar) list(ctx context.Context, cursor string) (outside.Listing, error) {
	if cursor == "" && !c.looked {
		if there, err := c.look(ctx, c.place); err != nil || !there {
			return outside.Listing{}, cmp.Or[error](err, outside.ErrGone)
		}
	}
	token, of := strings.CutPrefix(cursor, byToken)
	switch {
	case of, cursor == "" && c.syncs:
		return c.changes(ctx, token)
	case cursor == "", strings.HasPrefix(cursor, byETags):
		return c.compared(ctx, cursor)
	}
	return outside.Listing{}, outside.ErrCursor
}

// changes asks for what has changed since a token (RFC 6578, 3.2); a list that the server cuts off is gone on with (3.6).
func (c *calendar) changes(ctx context.Context, token string) (outside.Listing, error) {
	l := outside.Listing{Whole: token == ""}
	for range pages {
		m, err := c.many(ctx, call{"REPORT", c.place, map[string]string{"Depth": "0", "Content-Type": xmlType}, xml.Header +
			`<sync-collection xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><sync-token>` + escaped(token) +
			`</sync-token><sync-level>1</sync-level><prop><getetag/><c:calendar-data/></prop></sync-collection>`})
		if token != "" && lost(err) {
			return outside.Listing{}, outside.ErrCursor
		}
		if err != nil {
			return outside.Listing{}, err
		}
		more := false
		var told []response
		for _, r := range m.Responses {
			if code(r.Status) == http.StatusInsufficientStorage {
				more = true
				continue
			}
			told = append(told, r)
		}
		events, err := c.held(ctx, told, l.Whole)
		if err != nil {
			return outside.Listing{}, err
		}
		l.Events = append(l.Events, events...)
		if m.Token == "" || more && m.Token == token {
			break
		}
		if token = m.Token; !more {
			l.Cursor = byToken + token
			return l, nil
		}
	}
	return outside.Listing{}, fmt.Errorf("outside: %s: a list has no end", c.place.Host)
}

// lost says that a server does not know a token any more: it says so by name, or by a status of its own.
func lost(err error) bool {
	return wire.Is(err, http.StatusGone, http.StatusConflict, http.StatusPreconditionFailed, http.StatusForbidden, http.StatusBadRequest)
}

// compared asks for all ETags. When they are as they were, nothing has changed; else all is read.
func (c *calendar) compared(ctx context.Context, cursor string) (outside.Listing, error) {
	m, err := c.many(ctx, propfind(c.place, "1", "<getetag/>"))
	if err != nil {
		return outside.Listing{}, err
	}
	var all []string
	for i := range m.Responses {
		if p, ok := m.Responses[i].found(); ok && c.ref(m.Responses[i].Href) != "" {
			all = append(all, c.ref(m.Responses[i].Href)+" "+p.ETag)
		}
	}
	slices.Sort(all)
	sum := sha256.Sum256([]byte(strings.Join(all, "\n")))
	now := byETags + base64.RawURLEncoding.EncodeToString(sum[:])
	if now == cursor {
		return outside.Listing{Cursor: now}, nil
	}
	events, err := c.held(ctx, m.Responses, true)
	return outside.Listing{Events: events, Cursor: now, Whole: true}, err
}

// held says what of ours stands in a server's answer. A file under another name than its UID's is somebody's copy. Where the answer is not whole, a
// file that is none of ours may have become so, and is told as one of ours that is gone.
func (c *calendar) held(ctx context.Context, told []response, whole bool) (all []outside.Held, err error) {
	var bare []string
	for i := range told {
		r := &told[i]
		ref := c.ref(r.Href)
		p, ok := r.found()
		switch {
		case !strings.HasSuffix(ref, ".ics"): // the calendar itself, and what others keep there
		case r.gone():
			all = append(all, outside.Held{Ref: ref, Removed: true})
		case !ok:
		case p.Data == "":
			bare = append(bare, r.Href)
		default:
			all = known(all, ref, p, whole)
		}
	}
	for hrefs := range slices.Chunk(bare, readMost) {
		read, err := c.read(ctx, hrefs, whole)
		if err != nil {
			return nil, err
		}
		all = append(all, read...)
	}
	return all, nil
}

func known(all []outside.Held, ref string, p properties, whole bool) []outside.Held {
	uid, mark, err := ical.Read([]byte(p.Data))
	switch {
	case uid != "" && file(uid) == ref:
		if err != nil {
			mark = "" // it was made something else
		}
		return append(all, outside.Held{UID: uid, Ref: ref, Version: p.ETag, Mark: mark})
	case whole:
		return all
	}
	return append(all, outside.Held{Ref: ref, Removed: true})
}

// read asks for files by their names (calendar-multiget; RFC 4791, 7.9).
func (c *calendar) read(ctx context.Context, hrefs []string, whole bool) (all []outside.Held, err error) {
	var named strings.Builder
	for _, href := range hrefs {
		named.WriteString("<href>" + escaped(within(c.place, href)) + "</href>")
	}
	m, err := c.many(ctx, call{"REPORT", c.place, map[string]string{"Depth": "0", "Content-Type": xmlType}, xml.Header +
		`<c:calendar-multiget xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><prop><getetag/><c:calendar-data/></prop>` + named.String() + `</c:calendar-multiget>`})
	if err != nil {
		return nil, err
	}
	for i := range m.Responses {
		p, ok := m.Responses[i].found()
		if !ok {
			continue // gone meanwhile, which the next list tells
		}
		all = known(all, c.ref(m.Responses[i].Href), p, whole)
	}
	return all, nil
}

// within is an href as a path, as servers write it themselves.
func within(place *url.URL, href string) string {
	at, err := place.Parse(strings.TrimSpace(href))
	if err != nil {
		return href
	}
	return at.EscapedPath()
}
