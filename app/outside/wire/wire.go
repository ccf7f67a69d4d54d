// Package wire is what the keepers reached by OAuth 2 have in common: a request with a token that is renewed when it must be, an answer
// of bounded size, and what an answer means in the words of outside.
//
// Nothing of an answer's body, of an address or of a token ever gets into an error: the caller logs errors. A redirect is never followed;
// neither keeper answers with one, and a token would go along (ASVS 10.4.x, 14.2.1).
package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"chancery/app/outside"
)

const (
	// timeout is for one request with its answer; a keeper that is slower is asked again later.
	timeout = 30 * time.Second
	// largest is the most of an answer that is read: a thousand events with long notes are about 4 MiB.
	largest = 16 << 20
)

// Config is one keeper as this practice is known there.
type Config struct {
	OAuth     oauth2.Config
	Transport http.RoundTripper // nil for http.DefaultTransport
	Now       func() time.Time
	// Reason finds the keeper's short code in the body of a refusal.
	Reason func(body []byte) string
	// Limited says of a refusal's code that it only asks for patience.
	Limited func(reason string) bool
	// Scope says of a refusal's code that the grant does not reach that far.
	Scope func(reason string) bool
}

// client asks once and follows nothing.
func (c *Config) client() *http.Client {
	return &http.Client{
		Transport:     c.Transport,
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Call is one request. In becomes its JSON body, the answer's is read into Out; either may be nil.
type Call struct {
	Method string
	URL    string
	Header map[string]string
	In     any
	Out    any
}

// send makes the request with a token and says what the answer means. Refusals that the keeper's own room must judge
// (404, 409, 410, 412 …) come as *outside.Refused; Is tells them apart.
func (c *Config) send(ctx context.Context, token string, call Call) error {
	body, err := encoded(call.In)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, call.Method, call.URL, body)
	if err != nil {
		return errors.New("outside: no such address")
	}
	request.Header.Set("Accept", "application/json")
	if call.In != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	for name, value := range call.Header {
		request.Header.Set(name, value)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	return c.answer(request, call.Out)
}

// encoded leaves <, > and & as they are: the answer's reader is no browser.
func encoded(in any) (io.Reader, error) {
	if in == nil {
		return http.NoBody, nil
	}
	if form, is := in.(url.Values); is {
		return strings.NewReader(form.Encode()), nil
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(in); err != nil {
		return nil, fmt.Errorf("outside: encode: %w", err)
	}
	return &out, nil
}

func (c *Config) answer(request *http.Request, out any) error {
	response, err := c.client().Do(request)
	if err != nil {
		return Quiet(request.URL.Host, err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, largest+1))
	if err != nil {
		return Quiet(request.URL.Host, err)
	}
	if len(body) > largest {
		return fmt.Errorf("outside: %s: the answer is too large", request.URL.Host)
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return c.meaning(response, body)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("outside: %s: the answer is no JSON of the kind it should be", request.URL.Host)
	}
	return nil
}

// Quiet takes the address out of a transport's error: it has the names of calendars and events in it.
func Quiet(host string, err error) error {
	var inURL *url.Error
	if errors.As(err, &inURL) {
		err = inURL.Err
	}
	return fmt.Errorf("outside: %s: %w", host, err)
}

// errUnauthorized is a 401: the token is renewed and the request made once more.
var errUnauthorized = errors.New("outside: 401")

func (c *Config) meaning(response *http.Response, body []byte) error {
	reason := Code(c.Reason(body))
	status := response.StatusCode
	switch {
	case status == http.StatusUnauthorized:
		return errUnauthorized
	case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status >= 500,
		status == http.StatusForbidden && c.Limited(reason):
		return &outside.Later{Status: status, After: After(response.Header.Get("Retry-After"), c.Now())}
	case status == http.StatusForbidden && c.Scope(reason):
		return &outside.Refused{Status: status, Reason: outside.ScopeMissing}
	}
	return &outside.Refused{Status: status, Reason: reason}
}

// Is says whether an error is a refusal with one of these statuses.
func Is(err error, statuses ...int) bool {
	var refused *outside.Refused
	if !errors.As(err, &refused) {
		return false
	}
	for _, status := range statuses {
		if refused.Status == status {
			return true
		}
	}
	return false
}

// After reads a Retry-After (RFC 9110, 10.2.3): seconds, or a date. What makes no sense is 0: the caller backs off by itself.
func After(value string, now time.Time) time.Duration {
	if seconds, err := time.ParseDuration(strings.TrimSpace(value) + "s"); err == nil {
		return max(0, seconds)
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// Code lets only what looks like a code through; free text, which could hold anything, becomes nothing.
func Code(reason string) string {
	if len(reason) > 64 {
		return ""
	}
	for _, r := range reason {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !letter && r != '_' && r != '-' && r != '.' {
			return ""
		}
	}
	return reason
}
