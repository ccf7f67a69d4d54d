package casesource

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"chancery/app/casesync"
)

const (
	bodyMost = 16 << 20
	rowsMost = 10_000
)

// server is a case system that answers over HTTP.
type server struct {
	base          *url.URL
	authorization string
	web           *http.Client
}

func newServer(base *url.URL, o Options) *server {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxResponseHeaderBytes = 64 << 10
	transport.MaxIdleConns, transport.IdleConnTimeout = 2, 30*time.Second
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	return &server{base, o.Authorization, &http.Client{Transport: transport, Timeout: o.Timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// Read asks for a part; its cursor is the address, without what all have in common.
func (s *server) Read(ctx context.Context, kind casesync.Kind, cursor, etag string) (p casesync.Part, err error) {
	at, err := s.address(kind, cursor)
	if err != nil {
		return p, err
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return p, &casesync.Trouble{Reason: casesync.Unreadable, Detail: "an address that cannot be asked"}
	}
	q.Header.Set("Accept", "application/json")
	q.Header.Set("User-Agent", "Chancery")
	if s.authorization != "" {
		q.Header.Set("Authorization", s.authorization)
	}
	if etag != "" {
		q.Header.Set("If-None-Match", etag)
	}
	a, err := s.web.Do(q)
	if err != nil {
		return p, unreachable(ctx, kind, err)
	}
	defer func() { _ = a.Body.Close() }()
	if a.StatusCode == http.StatusNotModified && etag != "" {
		return casesync.Part{Same: true}, nil
	}
	if a.StatusCode == http.StatusNotFound && cursor == "" {
		return casesync.Part{Absent: true}, nil
	}
	if a.StatusCode != http.StatusOK {
		return p, refusal(kind, a)
	}
	body, err := io.ReadAll(io.LimitReader(a.Body, bodyMost+1))
	switch {
	case err != nil:
		return p, unreachable(ctx, kind, err)
	case len(body) > bodyMost:
		return p, broken(kind, "an answer of more than %d MiB", bodyMost>>20)
	}
	p, next, err := part(kind, body)
	if err != nil {
		return p, err
	}
	if next == "" {
		next = linked(a.Header)
	}
	p.ETag = a.Header.Get("ETag")
	if next != "" {
		if p.Next, err = s.follows(kind, at, next); err != nil {
			return p, err
		}
	}
	return p, nil
}

// address is where a part is asked for.
func (s *server) address(kind casesync.Kind, cursor string) (*url.URL, error) {
	first := s.base.JoinPath(list(kind))
	if cursor == "" {
		return first, nil
	}
	at, err := url.Parse(cursor)
	if err != nil {
		return nil, broken(kind, "a next link that is no address")
	}
	return s.base.ResolveReference(at), nil
}

// cursorOf begins what part gives for a next_cursor.
const cursorOf = "\x00"

// follows is the cursor of the next part: where a link leads, seen from the answer that it stands in.
func (s *server) follows(kind casesync.Kind, at *url.URL, next string) (string, error) {
	if c, ok := strings.CutPrefix(next, cursorOf); ok {
		to := s.base.JoinPath(list(kind))
		to.RawQuery = url.Values{"cursor": {c}}.Encode()
		return to.RequestURI(), nil
	}
	to, err := at.Parse(next)
	if err != nil || to.Scheme != s.base.Scheme || to.Host != s.base.Host || to.User != nil {
		return "", broken(kind, "a next link that leads away")
	}
	return to.RequestURI(), nil
}

// linked is the target of a Link header with rel="next".
func linked(h http.Header) string {
	for _, line := range h.Values("Link") {
		for one := range strings.SplitSeq(line, ",") {
			target, params, _ := strings.Cut(strings.TrimSpace(one), ">")
			for p := range strings.SplitSeq(params, ";") {
				name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
				if strings.EqualFold(name, "rel") && strings.EqualFold(strings.Trim(value, `"`), "next") {
					return strings.TrimPrefix(target, "<")
				}
			}
		}
	}
	return ""
}

// part reads an answer.
func part(kind casesync.Kind, body []byte) (p casesync.Part, next string, err error) {
	var rows []json.RawMessage
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	if trimmed := bytes.TrimLeft(body, " \t\r\n"); len(trimmed) > 0 && trimmed[0] == '[' {
		if err := json.Unmarshal(body, &rows); err != nil {
			return p, "", broken(kind, "JSON that is none")
		}
	} else {
		var answer struct {
			Data       *[]json.RawMessage `json:"data"`
			Next       *string            `json:"next"`
			NextCursor *string            `json:"next_cursor"`
		}
		if err := json.Unmarshal(body, &answer); err != nil || answer.Data == nil {
			return p, "", broken(kind, "JSON without a list")
		}
		rows = *answer.Data
		if answer.Next != nil {
			next = *answer.Next
		}
		if next == "" && answer.NextCursor != nil && *answer.NextCursor != "" {
			next = cursorOf + *answer.NextCursor
		}
	}
	if len(rows) > rowsMost {
		return p, "", broken(kind, "a part of more than %d rows", rowsMost)
	}
	for i, raw := range rows {
		p.Rows = append(p.Rows, jsonRow(i+1, raw))
	}
	return p, next, nil
}

// jsonRow reads an object: texts as they are, numbers and truth as they are written.
func jsonRow(place int, raw []byte) casesync.Row {
	row := casesync.Row{Place: place, Said: map[string]string{}}
	var values map[string]json.RawMessage
	if err := json.Unmarshal(raw, &values); err != nil || values == nil {
		row.Broken = casesync.BrokenRow
		return row
	}
	for name, v := range values {
		v = bytes.TrimSpace(v)
		switch {
		case bytes.Equal(v, []byte("null")):
		case v[0] == '"':
			var text string
			_ = json.Unmarshal(v, &text) // of a value of valid JSON that is a text
			row.Said[name] = text
		case v[0] == '{' || v[0] == '[':
			if known(name) && row.Broken == "" {
				row.Broken = name
			}
		default:
			row.Said[name] = string(v)
		}
	}
	return row
}

// known tells whether any kind has such a field.
func known(name string) bool {
	for _, k := range casesync.Kinds() {
		for _, f := range k.Fields() {
			if f == name {
				return true
			}
		}
	}
	return false
}

func broken(kind casesync.Kind, format string, args ...any) error {
	return &casesync.Trouble{Reason: casesync.Unreadable, Detail: list(kind) + ": " + fmt.Sprintf(format, args...)}
}

// unreachable says that there was no answer, or none that came to its end. The error itself names the address, which may have a secret in it.
func unreachable(ctx context.Context, kind casesync.Kind, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	what := "no connection"
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		what = "no answer in time"
	case errors.Is(err, io.ErrUnexpectedEOF):
		what = "an answer that broke off"
	}
	return &casesync.Trouble{Reason: casesync.Unreachable, Detail: list(kind) + ": " + what, Temporary: true}
}

func refusal(kind casesync.Kind, a *http.Response) error {
	t := &casesync.Trouble{Reason: casesync.Unreadable, Detail: list(kind) + ": HTTP " + strconv.Itoa(a.StatusCode)}
	switch c := a.StatusCode; {
	case c == http.StatusUnauthorized, c == http.StatusForbidden:
		t.Reason = casesync.Unwelcome
	case c == http.StatusTooManyRequests, c == http.StatusRequestTimeout, c >= 500:
		t.Reason, t.Temporary = casesync.Unreachable, true
		if n, err := strconv.Atoi(a.Header.Get("Retry-After")); err == nil && n > 0 {
			t.After = time.Duration(min(n, 3600)) * time.Second
		} else if at, err := http.ParseTime(a.Header.Get("Retry-After")); err == nil {
			t.After = max(0, min(time.Until(at), time.Hour))
		}
	}
	return t
}
