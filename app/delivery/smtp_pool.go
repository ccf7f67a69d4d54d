package delivery

import (
	"context"
	"crypto/tls"
	"errors"
	"sync"
)

// pool sends over several connections, each one after the other. The one that was used last is used first, so that in quiet
// times the others end by being idle: providers for submission count connections, and close those that say nothing.
type pool struct {
	turns chan struct{} // as many tokens as there are senders at rest

	mu   sync.Mutex
	rest []*smtpSender
	all  []*smtpSender
}

func openPool(t target, o Options) *pool {
	config := &tls.Config{ServerName: t.host, RootCAs: o.Roots, MinVersion: tls.VersionTLS12, ClientSessionCache: tls.NewLRUClientSessionCache(o.Connections)}
	p := &pool{turns: make(chan struct{}, o.Connections)}
	for range o.Connections {
		p.all = append(p.all, openSMTP(t, o, config))
		p.turns <- struct{}{}
	}
	p.rest = append(p.rest, p.all...)
	return p
}

// Send implements Sender.
func (p *pool) Send(ctx context.Context, m Message) (answer string, err error) {
	s, err := p.take(ctx)
	if err != nil {
		return "", err
	}
	defer p.give(s)
	return s.Send(ctx, m)
}

// Ready implements Sender.
func (p *pool) Ready(ctx context.Context) error {
	s, err := p.take(ctx)
	if err != nil {
		return err
	}
	defer p.give(s)
	return s.Ready(ctx)
}

// Close implements Sender.
func (p *pool) Close() error {
	var closing sync.WaitGroup
	errs := make([]error, len(p.all))
	for i, s := range p.all {
		closing.Go(func() { errs[i] = s.Close() })
	}
	closing.Wait()
	return errors.Join(errs...)
}

func (p *pool) take(ctx context.Context) (*smtpSender, error) {
	select {
	case <-p.turns:
	case <-ctx.Done():
		return nil, refusal(ctx, StageConnect, ctx.Err())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	last := len(p.rest) - 1
	s := p.rest[last]
	p.rest = p.rest[:last]
	return s, nil
}

func (p *pool) give(s *smtpSender) {
	p.mu.Lock()
	p.rest = append(p.rest, s)
	p.mu.Unlock()
	p.turns <- struct{}{}
}
