// Package smtptest runs a real mail server on a loopback port for tests: github.com/emersion/go-smtp with STARTTLS or
// TLS from an authority of its own, sign-in, and ways to misbehave on request. It keeps every mail it has accepted.
//
// It speaks the protocol on a socket, so the product under test may just as well be another process, which is how a
// kill between the server's acceptance and the product's commit is tested: block in [Server.OnAccept], kill, compare
// [Server.Messages] with the database.
//
// Only tests import it.
package smtptest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// The user that the server knows, unless it is started without one.
const (
	User     = "chancery@mail.example"
	Password = "correct horse battery staple"
)

// Stage is where in the conversation the server misbehaves.
type Stage string

// The stages that can be told to refuse or to hang.
const (
	Connect   Stage = "connect"   // after the connection, instead of the greeting; hanging only
	Sender    Stage = "sender"    // at MAIL FROM
	Recipient Stage = "recipient" // at RCPT TO
	Content   Stage = "content"   // after the final dot; a mail refused or left hanging here is not kept
)

// Message is a mail that the server has taken charge of.
type Message struct {
	From, To string
	// UTF8 tells whether the sender announced SMTPUTF8.
	UTF8 bool
	// Data is the mail as it came, with CRLF.
	Data []byte
}

// Config says how the server is to be. The zero value is what a practice would use: STARTTLS and a password.
type Config struct {
	TLS        string // "starttls" (when empty), "tls" or "none"
	NoAuth     bool   // without sign-in, for everyone; always so with TLS "none"
	LoginOnly  bool   // offers AUTH LOGIN but not PLAIN
	NoUTF8     bool   // does not offer SMTPUTF8
	NoSTARTTLS bool   // TLS is "starttls" by URL, but the server does not offer it
}

// Server is a running mail server.
type Server struct {
	config   Config
	server   *smtp.Server
	listener *listener
	pool     *x509.CertPool
	caPEM    []byte

	mu       sync.Mutex
	messages []Message
	arrived  chan struct{} // closed and replaced at each mail
	refuse   map[Stage]refusal
	hang     map[Stage]bool
	drop     int
	onAccept func(Message)
	closing  chan struct{} // frees whoever hangs
	signIns  int
}

type refusal struct {
	times int // negative: for ever
	err   *smtp.SMTPError
}

// Start runs a server until the test ends.
func Start(t testing.TB, config ...Config) *Server {
	t.Helper()
	s := &Server{
		arrived: make(chan struct{}),
		refuse:  map[Stage]refusal{},
		hang:    map[Stage]bool{},
		closing: make(chan struct{}),
	}
	if len(config) > 0 {
		s.config = config[0]
	}
	if s.config.TLS == "" {
		s.config.TLS = "starttls"
	}
	s.config.NoAuth = s.config.NoAuth || s.config.TLS == "none"

	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("smtptest: %v", err)
	}
	s.listener = &listener{Listener: inner, server: s, open: map[net.Conn]bool{}}
	s.server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{server: s, conn: c}, nil
	}))
	s.server.Domain = "mail.example"
	s.server.EnableSMTPUTF8 = !s.config.NoUTF8
	s.server.ErrorLog = quiet{}

	var serve net.Listener = s.listener
	if s.config.TLS != "none" {
		config, pool, caPEM, err := authority()
		if err != nil {
			t.Fatalf("smtptest: %v", err)
		}
		s.pool, s.caPEM = pool, caPEM
		switch {
		case s.config.TLS == "tls":
			serve = tls.NewListener(s.listener, config)
		case !s.config.NoSTARTTLS:
			s.server.TLSConfig = config
		}
	}
	done := make(chan error, 1)
	go func() { done <- s.server.Serve(serve) }()
	t.Cleanup(func() {
		close(s.closing)
		s.server.Close()
		inner.Close() // Serve may not have begun, and then Close knew of no listener
		if err := <-done; err != nil && !errors.Is(err, smtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Errorf("smtptest: serve: %v", err)
		}
	})
	return s
}

// Addr is the host and port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// URL is the address as the product's settings take it, with the user (the password is [Password]).
func (s *Server) URL() string {
	u := url.URL{Scheme: "smtp", Host: s.Addr(), RawQuery: "tls=" + s.config.TLS}
	if !s.config.NoAuth {
		u.User = url.User(User)
	}
	return u.String()
}

// Roots are the authorities that a client in this process must accept; nil without TLS.
func (s *Server) Roots() *x509.CertPool { return s.pool }

// CAFile writes the authority's certificate to a file, for a client in another process by SSL_CERT_FILE.
func (s *Server) CAFile(t testing.TB) string {
	t.Helper()
	return writeCA(t, s.caPEM)
}

// Messages are the mails accepted so far, in the order of their acceptance.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// Wait returns as soon as at least n mails have been accepted, and fails the test when the context ends before.
func (s *Server) Wait(t testing.TB, ctx context.Context, n int) []Message {
	t.Helper()
	for {
		s.mu.Lock()
		messages, arrived := slices.Clone(s.messages), s.arrived
		s.mu.Unlock()
		if len(messages) >= n {
			return messages
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			t.Fatalf("smtptest: %d of %d mails arrived: %v", len(messages), n, context.Cause(ctx))
		}
	}
}

// Connections counts the connections made so far.
func (s *Server) Connections() int {
	total, _ := s.listener.count()
	return total
}

// Open counts the connections that are open now.
func (s *Server) Open() int {
	_, open := s.listener.count()
	return open
}

// SignIns counts the sign-ins that succeeded so far.
func (s *Server) SignIns() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.signIns
}

// HangUp closes every open connection, as a server does with idle clients.
func (s *Server) HangUp() { s.listener.closeAll() }

// Refuse answers the next times mails (negative: all from now on) at the stage with a code such as 550, an enhanced
// code such as "5.1.1" and a text. Times 0 ends it.
func (s *Server) Refuse(stage Stage, times, code int, enhanced, text string) {
	e := &smtp.SMTPError{Code: code, EnhancedCode: smtp.NoEnhancedCode, Message: text}
	if enhanced != "" {
		if _, err := fmt.Sscanf(enhanced, "%d.%d.%d", &e.EnhancedCode[0], &e.EnhancedCode[1], &e.EnhancedCode[2]); err != nil {
			panic(fmt.Sprintf("smtptest: enhanced code %q: %v", enhanced, err))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse[stage] = refusal{times: times, err: e}
}

// Hang makes the server say nothing at the stage until the client goes away, or stops doing so.
func (s *Server) Hang(stage Stage, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hang[stage] = on
}

// DropAnswer makes the server accept and keep the next n mails, but close the connection instead of saying so.
func (s *Server) DropAnswer(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop = n
}

// OnAccept has f called for each mail after it is kept and before the server says so. The server answers when f
// returns; other connections go on meanwhile.
func (s *Server) OnAccept(f func(Message)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onAccept = f
}

// at is what a session asks at each stage.
func (s *Server) at(stage Stage, c net.Conn) error {
	hang, err := s.next(stage)
	if hang {
		s.hangOn(c)
	}
	return err
}

func (s *Server) next(stage Stage) (hang bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.refuse[stage]
	if r.times == 0 {
		return s.hang[stage], nil
	}
	if r.times > 0 {
		s.refuse[stage] = refusal{times: r.times - 1, err: r.err}
	}
	return s.hang[stage], r.err
}

// hangOn says nothing until the client has gone or the test is over.
func (s *Server) hangOn(c net.Conn) {
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		c.SetReadDeadline(time.Time{})
		one := make([]byte, 1)
		for {
			if _, err := c.Read(one); err != nil {
				return
			}
		}
	}()
	select {
	case <-gone:
	case <-s.closing:
		c.Close()
		<-gone
	}
}

// accept keeps a mail and tells whether the answer is to be dropped.
func (s *Server) accept(m Message) (drop bool) {
	s.mu.Lock()
	s.messages = append(s.messages, m)
	close(s.arrived)
	s.arrived = make(chan struct{})
	if s.drop > 0 {
		s.drop--
		drop = true
	}
	onAccept := s.onAccept
	s.mu.Unlock()
	if onAccept != nil {
		onAccept(m)
	}
	return drop
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}
