// Package snstest runs a server on a loopback port that speaks Amazon SNS's wire protocol for its call Publish to a phone
// number, as far as a client can tell: the query protocol in, XML out, signature version 4, the parameters' rules, and the
// errors of the real one by code and status. It can be told to throttle, refuse, fail, hang, or lose its answer, and keeps
// every text that it has accepted.
//
// Written from Amazon's descriptions (SNS API reference, Publish and Common Errors; Signature Version 4), not from the SDK,
// so that a request which the SDK makes wrongly is refused here too.
//
// Only tests import it.
package snstest

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"chancery/app/amazon"
)

// Region is the one that the server is in.
const Region = "ca-central-1"

// Text is a text that the server has taken charge of.
type Text struct {
	ID, To, Body string
	Attributes   map[string]string
}

// Server is a running one.
type Server struct {
	Credentials amazon.Credentials
	http        *httptest.Server

	mu       sync.Mutex
	texts    []Text
	calls    int
	refusals []refusal
	optedOut map[string]bool
	drops    int
	hung     chan struct{} // closed to free who hangs; nil: nobody hangs
	skew     time.Duration
}

type refusal struct {
	status        int
	code, message string
}

// Start runs a server until the test ends.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{Credentials: amazon.Credentials{AccessKeyID: "AKIDSNSTEST", SecretAccessKey: "not+a/secret"}, optedOut: map[string]bool{}}
	s.http = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(func() {
		s.Hang(false)
		s.http.Close()
	})
	return s
}

// URL is the server as delivery.OpenTexts takes it, with a sender or without.
func (s *Server) URL(sender string) string {
	q := url.Values{"endpoint": {s.http.URL}}
	if sender != "" {
		q.Set("sender", sender)
	}
	return "sns://" + Region + "?" + q.Encode()
}

// Texts are those that were accepted, in their order.
func (s *Server) Texts() []Text {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.texts)
}

// Calls is how many requests came, accepted or not.
func (s *Server) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

// Throttle makes the next n calls be refused as SNS does beyond the account's rate.
func (s *Server) Throttle(n int) {
	s.Refuse(n, http.StatusTooManyRequests, "Throttled", "Rate exceeded")
}

// Refuse makes the next n calls be refused.
func (s *Server) Refuse(n, status int, code, message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		s.refusals = append(s.refusals, refusal{status, code, message})
	}
}

// OptOut makes a number one whose owner wants no texts.
func (s *Server) OptOut(number string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.optedOut[number] = true
}

// DropAnswer makes the next n texts be accepted without an answer: the connection breaks.
func (s *Server) DropAnswer(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drops = n
}

// Hang makes calls wait, unaccepted, until it is told false.
func (s *Server) Hang(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case on && s.hung == nil:
		s.hung = make(chan struct{})
	case !on && s.hung != nil:
		close(s.hung)
		s.hung = nil
	}
}

// Skew puts the server's clock ahead of the machine's.
func (s *Server) Skew(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skew = by
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	s.mu.Lock()
	s.calls++
	hung, now := s.hung, time.Now().Add(s.skew)
	s.mu.Unlock()
	if hung != nil {
		select {
		case <-hung:
		case <-r.Context().Done():
			return
		}
	}
	if no := verify(r, body, s.Credentials, now); no != nil {
		no.answer(w)
		return
	}
	t, no := read(r, body)
	if no != nil {
		no.answer(w)
		return
	}
	id, no, drop := s.accept(t)
	switch {
	case no != nil:
		no.answer(w)
	case drop:
		panic(http.ErrAbortHandler) // net/http's way to break the connection
	default:
		answer(w, http.StatusOK, published{MessageID: id, RequestID: requestID})
	}
}

// accept keeps a text unless the server was told otherwise.
func (s *Server) accept(t Text) (id string, no *refusal, drop bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.refusals) > 0 {
		no, s.refusals = &s.refusals[0], s.refusals[1:]
		return "", no, false
	}
	if s.optedOut[t.To] {
		return "", invalid("PhoneNumber Reason: " + t.To + " is opted out and cannot receive messages"), false
	}
	t.ID = fmt.Sprintf("00000000-0000-4000-8000-%012d", len(s.texts)+1)
	s.texts = append(s.texts, t)
	if s.drops > 0 {
		s.drops--
		return "", nil, true
	}
	return t.ID, nil, false
}

// invalid is how SNS refuses a parameter.
func invalid(what string) *refusal {
	return &refusal{http.StatusBadRequest, "InvalidParameter", "Invalid parameter: " + what}
}

var (
	e164     = regexp.MustCompile(`^\+[1-9]\d{1,14}$`)
	senderID = regexp.MustCompile(`^[A-Za-z0-9]{1,11}$`)
)

// read takes a request for what Publish wants, and refuses what SNS would.
func read(r *http.Request, body []byte) (t Text, no *refusal) {
	if r.Method != http.MethodPost || r.URL.Path != "/" || r.URL.RawQuery != "" {
		return t, &refusal{http.StatusNotFound, "InvalidAction", "The request is none of the query protocol."}
	}
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); kind != "application/x-www-form-urlencoded" {
		return t, &refusal{http.StatusBadRequest, "MalformedQueryString", "The content type is another."}
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return t, &refusal{http.StatusBadRequest, "MalformedQueryString", "The body is no form."}
	}
	if form.Get("Action") != "Publish" || form.Get("Version") != "2010-03-31" {
		return t, &refusal{http.StatusBadRequest, "InvalidAction", "The action or the version is not known."}
	}
	t = Text{To: form.Get("PhoneNumber"), Body: form.Get("Message"), Attributes: map[string]string{}}
	known := map[string]bool{"Action": true, "Version": true, "PhoneNumber": true, "Message": true}
	for i := 1; form.Has("MessageAttributes.entry." + strconv.Itoa(i) + ".Name"); i++ {
		at := "MessageAttributes.entry." + strconv.Itoa(i) + "."
		name, kind, value := form.Get(at+"Name"), form.Get(at+"Value.DataType"), form.Get(at+"Value.StringValue")
		if kind != "String" || value == "" || name == "" {
			return t, &refusal{http.StatusBadRequest, "ParameterValueInvalid", "The message attribute '" + name + "' must contain a non-empty attribute value of its type."}
		}
		t.Attributes[name] = value
		known[at+"Name"], known[at+"Value.DataType"], known[at+"Value.StringValue"] = true, true, true
	}
	for key := range form {
		if !known[key] {
			return t, &refusal{http.StatusBadRequest, "ValidationError", "The parameter " + key + " is not known."}
		}
	}
	return t, t.wrong()
}

// wrong is what SNS would find fault with.
func (t Text) wrong() *refusal {
	switch {
	case !e164.MatchString(t.To):
		return invalid("PhoneNumber Reason: " + t.To + " is not valid to publish to")
	case t.Body == "":
		return invalid("Empty message")
	case !utf8.ValidString(t.Body), utf8.RuneCountInString(t.Body) > 1600:
		return invalid("Message too long")
	}
	for name, value := range t.Attributes {
		switch name {
		case "AWS.SNS.SMS.SMSType":
			if value != "Transactional" && value != "Promotional" {
				return invalid("SMSType")
			}
		case "AWS.SNS.SMS.SenderID":
			if !senderID.MatchString(value) || strings.Trim(value, "0123456789") == "" {
				return invalid("SenderID")
			}
		case "AWS.MM.SMS.OriginationNumber":
			if !e164.MatchString(value) {
				return invalid("OriginationNumber")
			}
		default:
			return invalid("the attribute " + name + " is not one of a text")
		}
	}
	return nil
}

const requestID = "11111111-2222-4333-8444-555555555555"

type published struct {
	XMLName   xml.Name `xml:"http://sns.amazonaws.com/doc/2010-03-31/ PublishResponse"`
	MessageID string   `xml:"PublishResult>MessageId"`
	RequestID string   `xml:"ResponseMetadata>RequestId"`
}

type refused struct {
	XMLName   xml.Name `xml:"http://sns.amazonaws.com/doc/2010-03-31/ ErrorResponse"`
	Type      string   `xml:"Error>Type"`
	Code      string   `xml:"Error>Code"`
	Message   string   `xml:"Error>Message"`
	RequestID string   `xml:"RequestId"`
}

func (no *refusal) answer(w http.ResponseWriter) {
	kind := "Sender"
	if no.status >= 500 {
		kind = "Receiver"
	}
	answer(w, no.status, refused{Type: kind, Code: no.code, Message: no.message, RequestID: requestID})
}

func answer(w http.ResponseWriter, status int, body any) {
	out, err := xml.MarshalIndent(body, "", "  ")
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "text/xml")
	w.Header().Set("X-Amzn-RequestId", requestID)
	w.WriteHeader(status)
	_, _ = w.Write(append(out, '\n'))
}
