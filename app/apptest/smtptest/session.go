package smtptest

import (
	"crypto/subtle"
	"errors"
	"io"
	"maps"
	"net"
	"slices"
	"sync"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// session is one client's conversation.
type session struct {
	server   *Server
	conn     *smtp.Conn
	signedIn bool
	mail     Message
}

func (s *session) AuthMechanisms() []string {
	switch {
	case s.server.config.NoAuth:
		return nil
	case s.server.config.LoginOnly:
		return []string{"LOGIN"}
	}
	return []string{"PLAIN", "LOGIN"}
}

func (s *session) Auth(mechanism string) (sasl.Server, error) {
	check := func(user, password string) error {
		if subtle.ConstantTimeCompare([]byte(user+"\x00"+password), []byte(User+"\x00"+Password)) != 1 {
			return smtp.ErrAuthFailed
		}
		s.signedIn = true
		s.server.mu.Lock()
		s.server.signIns++
		s.server.mu.Unlock()
		return nil
	}
	switch mechanism {
	case sasl.Plain:
		return sasl.NewPlainServer(func(_, user, password string) error { return check(user, password) }), nil
	case sasl.Login:
		return &login{check: check}, nil
	}
	return nil, smtp.ErrAuthUnknownMechanism
}

func (s *session) Mail(from string, o *smtp.MailOptions) error {
	if !s.server.config.NoAuth && !s.signedIn {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "Authentication required"}
	}
	if err := s.server.at(Sender, s.conn.Conn()); err != nil {
		return err
	}
	s.mail = Message{From: from, UTF8: o != nil && o.UTF8}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if err := s.server.at(Recipient, s.conn.Conn()); err != nil {
		return err
	}
	s.mail.To = to
	return nil
}

func (s *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := s.server.at(Content, s.conn.Conn()); err != nil {
		return err
	}
	s.mail.Data = data
	if s.server.accept(s.mail) {
		s.conn.Conn().Close()
	}
	return nil
}

func (s *session) Reset()        { s.mail = Message{} }
func (s *session) Logout() error { return nil }

// login is the server's side of AUTH LOGIN, which go-sasl does not have.
type login struct {
	check func(user, password string) error
	step  int
	user  string
}

func (l *login) Next(response []byte) (challenge []byte, done bool, err error) {
	l.step++
	switch l.step {
	case 1:
		if response == nil {
			return []byte("Username:"), false, nil
		}
		l.user, l.step = string(response), 2
		return []byte("Password:"), false, nil
	case 2:
		l.user = string(response)
		return []byte("Password:"), false, nil
	case 3:
		return nil, true, l.check(l.user, string(response))
	}
	return nil, false, errors.New("unexpected response")
}

// listener counts the connections and can close them all.
type listener struct {
	net.Listener
	server *Server

	mu    sync.Mutex
	total int
	open  map[net.Conn]bool
}

func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c = &conn{Conn: c, listener: l}
		l.mu.Lock()
		l.total++
		l.open[c] = true
		l.mu.Unlock()
		l.server.mu.Lock()
		hang := l.server.hang[Connect]
		l.server.mu.Unlock()
		if !hang {
			return c, nil
		}
		go func() {
			l.server.hangOn(c)
			c.Close()
		}()
	}
}

func (l *listener) count() (total, open int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.total, len(l.open)
}

func (l *listener) closeAll() {
	l.mu.Lock()
	open := slices.Collect(maps.Keys(l.open))
	l.mu.Unlock()
	for _, c := range open {
		c.Close()
	}
}

// conn tells its listener when it is closed.
type conn struct {
	net.Conn
	listener *listener
}

func (c *conn) Close() error {
	c.listener.mu.Lock()
	delete(c.listener.open, c)
	c.listener.mu.Unlock()
	return c.Conn.Close()
}
