package caldav

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"chancery/app/outside"
	"chancery/app/outside/wire"
)

// largest is the most of an answer that is read: a thousand events with the rules of their zones are about 3 MiB.
const largest = 16 << 20

// call is one request.
type call struct {
	method string
	to     *url.URL
	header map[string]string
	body   string
}

// answer is what came, whatever it says.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// propfind asks for properties of what lies at an address, and at depth 1 of what lies in it.
func propfind(to *url.URL, depth, props string) call {
	return call{"PROPFIND", to, map[string]string{"Depth": depth, "Content-Type": xmlType},
		xml.Header + `<propfind xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><prop>` + props + `</prop></propfind>`}
}

const xmlType = `application/xml; charset="utf-8"`

// ask makes a request, without a password when there is none to give. Of TLS there is no doubt here: it is the last place to see to it.
func (k *Keeper) ask(ctx context.Context, c call, user, pass string) (answer, error) {
	if c.to.Scheme != "https" || c.to.Host == "" {
		return answer{}, &outside.Refused{Reason: outside.AddressRefused}
	}
	request, err := http.NewRequestWithContext(ctx, c.method, c.to.String(), strings.NewReader(c.body))
	if err != nil {
		return answer{}, errors.New("outside: no such address")
	}
	for name, value := range c.header {
		request.Header.Set(name, value)
	}
	if user != "" {
		request.SetBasicAuth(user, pass)
	}
	response, err := k.client.Do(request)
	if errors.Is(err, errInside) {
		return answer{}, &outside.Refused{Reason: outside.AddressRefused}
	}
	if err != nil {
		return answer{}, wire.Quiet(c.to.Host, err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, largest+1))
	if err != nil {
		return answer{}, wire.Quiet(c.to.Host, err)
	}
	if len(body) > largest {
		return answer{}, fmt.Errorf("outside: %s: the answer is too large", c.to.Host)
	}
	return answer{response.StatusCode, response.Header, body}, nil
}

// meaning is what a status says in the words of outside; nil for a success.
func (k *Keeper) meaning(a answer) error {
	switch {
	case a.status >= 200 && a.status <= 299:
		return nil
	case a.status >= 300 && a.status <= 399:
		return &outside.Refused{Status: a.status, Reason: outside.Elsewhere}
	case a.status == http.StatusUnauthorized:
		return outside.ErrRevoked
	case a.status == http.StatusTooManyRequests, a.status == http.StatusRequestTimeout, a.status == http.StatusLocked,
		a.status >= 500 && a.status != http.StatusNotImplemented:
		return &outside.Later{Status: a.status, After: wire.After(a.header.Get("Retry-After"), k.now())}
	}
	return &outside.Refused{Status: a.status, Reason: condition(a.body)}
}

// condition is the name of the one that was not met (RFC 4918, 16).
func condition(body []byte) string {
	var said struct {
		XMLName xml.Name                     `xml:"DAV: error"`
		First   []struct{ XMLName xml.Name } `xml:",any"`
	}
	if xml.Unmarshal(body, &said) != nil || len(said.First) == 0 {
		return ""
	}
	return wire.Code(said.First[0].XMLName.Local)
}

// do makes a request with the password, of the one host that it is for.
func (s *session) do(ctx context.Context, c call) (answer, error) {
	if !sameHost(c.to, s.home) {
		return answer{}, &outside.Refused{Reason: outside.Elsewhere}
	}
	a, err := s.ask(ctx, c, s.user, s.pass)
	if err != nil {
		return answer{}, err
	}
	return a, s.meaning(a)
}

// many makes a request that is answered by a multistatus.
func (s *session) many(ctx context.Context, c call) (multistatus, error) {
	a, err := s.do(ctx, c)
	if err != nil {
		return multistatus{}, err
	}
	return a.multistatus(c.to)
}

// multistatus is RFC 4918's, 13, with what is read here.
type multistatus struct {
	XMLName   xml.Name   `xml:"DAV: multistatus"`
	Responses []response `xml:"DAV: response"`
	Token     string     `xml:"DAV: sync-token"`
}

type response struct {
	Href   string     `xml:"DAV: href"`
	Status string     `xml:"DAV: status"`
	Stats  []propstat `xml:"DAV: propstat"`
}

type propstat struct {
	Status string     `xml:"DAV: status"`
	Prop   properties `xml:"DAV: prop"`
}

type properties struct {
	ETag      string `xml:"DAV: getetag"`
	Data      string `xml:"urn:ietf:params:xml:ns:caldav calendar-data"`
	Principal hrefs  `xml:"DAV: current-user-principal"`
	Home      hrefs  `xml:"urn:ietf:params:xml:ns:caldav calendar-home-set"`
	Type      struct {
		Collection *struct{} `xml:"DAV: collection"`
		Calendar   *struct{} `xml:"urn:ietf:params:xml:ns:caldav calendar"`
	} `xml:"DAV: resourcetype"`
	Reports struct {
		All []struct {
			Report struct {
				Sync *struct{} `xml:"DAV: sync-collection"`
			} `xml:"DAV: report"`
		} `xml:"DAV: supported-report"`
	} `xml:"DAV: supported-report-set"`
}

type hrefs struct {
	All []string `xml:"DAV: href"`
}

func (a answer) multistatus(at *url.URL) (m multistatus, err error) {
	if a.status != http.StatusMultiStatus || xml.Unmarshal(a.body, &m) != nil {
		return m, fmt.Errorf("outside: %s: the answer is no multistatus", at.Host)
	}
	return m, nil
}

// found are the properties that are there.
func (r *response) found() (p properties, ok bool) {
	for i := range r.Stats {
		if code(r.Stats[i].Status) == http.StatusOK {
			return r.Stats[i].Prop, true
		}
	}
	return p, false
}

// gone says that there is nothing any more at a response's address.
func (r *response) gone() bool {
	status := code(r.Status)
	return status == http.StatusNotFound || status == http.StatusGone
}

// code is the number in a status line, 0 for none.
func code(line string) int {
	parts := strings.Fields(line)
	if len(parts) < 2 {
		return 0
	}
	n, err := strconv.Atoi(parts[1])
	if err != nil {
		return 0
	}
	return n
}

// escaped is a text as XML has it.
func escaped(text string) string {
	var out bytes.Buffer
	_ = xml.EscapeText(&out, []byte(text)) // a buffer takes all
	return out.String()
}
