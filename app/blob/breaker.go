package blob

import (
	"context"
	"errors"
	"sync"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// breaker stands before a server that may hang: one operation finds out by waiting, and from then on the others are told
// at once that the server is away. Meanwhile it asks the server by itself, and lets everybody through as soon as there is
// an answer, whatever it says. At most so many operations are under way at once, so that a server that hangs does not
// hold as many of us as there are readers; who waits for a place goes when the server is found to be away.
//
// github.com/sony/gobreaker/v2 was weighed (kept well, v2.4.0 of 2026): it tries with real requests, so that every few
// seconds a person would wait for the server again, and bounds only those; what is below is no longer than its wiring.
type breaker struct {
	life   context.Context             // its end ends the asking
	probe  func(context.Context) error // asks the server for a word
	rest   time.Duration               // between two questions
	places chan struct{}

	mu   sync.Mutex
	away chan struct{} // closed while the server is away
	gone bool
}

func newBreaker(life context.Context, l limits, probe func(context.Context) error) *breaker {
	return &breaker{life: life, probe: probe, rest: l.rest, places: make(chan struct{}, l.places), away: make(chan struct{})}
}

// errAway is what an operation is told that was not tried.
var errAway = errors.New("the server did not answer lately")

// enter takes a place, which the caller gives back by leave; it refuses when the server is away or ctx is over.
func (b *breaker) enter(ctx context.Context) error {
	b.mu.Lock()
	away := b.away
	b.mu.Unlock()
	select {
	case <-away:
		return errAway
	case <-ctx.Done():
		return ctx.Err()
	default:
	}
	select {
	case <-away:
		return errAway
	case <-ctx.Done():
		return ctx.Err()
	case b.places <- struct{}{}:
		return nil
	}
}

func (b *breaker) leave() { <-b.places }

// note hears how an operation ended. One that got no answer, not because its caller hung up, makes the server away; a
// mistake about that costs the time of one question.
func (b *breaker) note(ctx context.Context, err error) {
	if err == nil || answered(err) || errors.Is(ctx.Err(), context.Canceled) || b.life.Err() != nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.gone {
		b.gone = true
		close(b.away)
		go b.ask()
	}
}

// ask asks until the server answers.
func (b *breaker) ask() {
	for b.life.Err() == nil {
		if err := b.probe(b.life); err == nil || answered(err) {
			break
		}
		select {
		case <-b.life.Done():
		case <-time.After(b.rest):
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gone, b.away = false, make(chan struct{})
}

// answered tells whether a server spoke, and not one before it that misses it (502 to 504), nor one that is ill (500).
func answered(err error) bool {
	var spoke *awshttp.ResponseError
	return errors.As(err, &spoke) && spoke.HTTPStatusCode() > 0 && spoke.HTTPStatusCode() < 500
}
