package delivery

import (
	"context"
	"crypto/tls"
	"errors"
	"net/textproto"
	"sync/atomic"
	"time"
)

// smtpSender keeps one signed-in connection and sends mails over it one after the other: signing in costs more than a mail.
type smtpSender struct {
	target target
	opts   Options
	tls    *tls.Config

	closed atomic.Bool
	turn   chan struct{} // holds one token; who has it may use the fields below
	kept   *connection   // nil when there is none
	idle   *time.Timer   // closes kept
}

func openSMTP(t target, o Options, config *tls.Config) *smtpSender {
	s := &smtpSender{
		target: t,
		opts:   o,
		tls:    config,
		turn:   make(chan struct{}, 1),
	}
	s.turn <- struct{}{}
	s.idle = time.AfterFunc(o.Idle, s.closeIdle)
	s.idle.Stop() // until there is a connection
	return s
}

// Send hands one mail over.
func (s *smtpSender) Send(ctx context.Context, m Message) (string, error) {
	mail, err := compose(m)
	if err != nil {
		return "", err
	}
	if err := s.takeTurn(ctx); err != nil {
		return "", err
	}
	defer s.giveTurn()

	answer, reused, err := s.sendOnce(ctx, mail)
	if reused && staleEnd(err) && ctx.Err() == nil {
		answer, _, err = s.sendOnce(ctx, mail)
	}
	return answer, err
}

// sendOnce sends over the kept connection, or over a new one when there is none, and keeps it if it is still good.
func (s *smtpSender) sendOnce(ctx context.Context, mail composed) (answer string, reused bool, err error) {
	c, reused, err := s.connection(ctx)
	if err != nil {
		return "", reused, err
	}
	answer, err = c.send(ctx, mail)
	c.clean, c.used = err == nil, time.Now()
	if err != nil && !answered(err) {
		s.abandon()
	}
	return answer, reused, err
}

// stillThere is how long after a mail that went well a server is taken to be there still. If it is not, that shows before any
// content is sent, and the mail is tried on a new connection (staleEnd).
const stillThere = 2 * time.Second

// connection returns the kept connection once the server has answered on it, or just has, and dials otherwise.
func (s *smtpSender) connection(ctx context.Context) (c *connection, reused bool, err error) {
	if s.kept != nil {
		if s.kept.clean && time.Since(s.kept.used) < stillThere && ctx.Err() == nil || s.kept.reset(ctx) == nil {
			return s.kept, true, nil
		}
		s.abandon()
	}
	s.kept, err = dial(ctx, s.target, s.opts, s.tls)
	return s.kept, false, err
}

// Ready tells whether the server lets us in.
func (s *smtpSender) Ready(ctx context.Context) error {
	if err := s.takeTurn(ctx); err != nil {
		return err
	}
	defer s.giveTurn()
	if s.kept != nil {
		s.kept.clean = false // it is the server that is asked
	}
	_, _, err := s.connection(ctx)
	return err
}

// Close ends the connection. It waits a moment for a mail on its way, not for a server that hangs.
func (s *smtpSender) Close() error {
	s.closed.Store(true)
	select {
	case <-s.turn:
	case <-time.After(s.opts.Answer):
		return errors.New("mail: a mail is still on its way")
	}
	defer s.giveTurn()
	s.idle.Stop()
	s.quit()
	return nil
}

func (s *smtpSender) closeIdle() {
	select {
	case <-s.turn:
		s.quit()
		s.turn <- struct{}{}
	default: // in use; it will be set again
	}
}

func (s *smtpSender) takeTurn(ctx context.Context) error {
	select {
	case <-s.turn:
	case <-ctx.Done():
		return refusal(ctx, StageConnect, ctx.Err())
	}
	if s.closed.Load() {
		s.turn <- struct{}{}
		return &Refused{Stage: StageConnect, Err: errors.New("closed")}
	}
	return nil
}

func (s *smtpSender) giveTurn() {
	if s.kept != nil {
		s.idle.Reset(s.opts.Idle)
	}
	s.turn <- struct{}{}
}

// quit ends the kept connection politely, abandon one that no longer answers.
func (s *smtpSender) quit() {
	if s.kept != nil {
		s.kept.quit()
		s.kept = nil
	}
}

func (s *smtpSender) abandon() {
	s.kept.raw.Close()
	s.kept = nil
}

// answered tells whether the server has refused by a reply and goes on listening. After 421 it hangs up (RFC 5321
// §3.8).
func answered(err error) bool {
	var r *Refused
	return errors.As(err, &r) && r.Code != 0 && r.Code != 421
}

// staleEnd tells whether a kept connection has ended under us before the server was given any content: servers hang up
// on idle clients and after some number of mails. Then nothing was delivered and a new connection is worth a try.
func staleEnd(err error) bool {
	var r *Refused
	if !errors.As(err, &r) || answered(err) {
		return false
	}
	return r.Stage == StageSender || r.Stage == StageRecipient
}

// isReply tells whether the server itself has answered.
func isReply(err error) bool {
	var reply *textproto.Error
	return errors.As(err, &reply)
}
