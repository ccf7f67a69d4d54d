package smtptest

import (
	"fmt"
	"net"
	"time"

	"github.com/emersion/go-smtp"
)

type refusal struct {
	times int // negative: for ever
	err   *smtp.SMTPError
}

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
		return net.ErrClosed // there is nobody to answer, nor to keep a mail for
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
