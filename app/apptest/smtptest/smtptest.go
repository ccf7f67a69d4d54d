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
	"net"
	"net/url"
	"slices"
	"sync"
	"testing"

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
