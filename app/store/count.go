package store

import (
	"context"
	"sync/atomic"
)

type countKey struct{}

// Count counts the statements sent under one context, so that tests can say how many queries a page costs and a
// request's log line can show it.
type Count struct{ n atomic.Int64 }

// N is the number of statements so far.
func (c *Count) N() int64 { return c.n.Load() }

// WithCount returns a context under which statements are counted.
func WithCount(ctx context.Context) (context.Context, *Count) {
	c := &Count{}
	return context.WithValue(ctx, countKey{}, c), c
}

func counted(ctx context.Context) {
	if c, ok := ctx.Value(countKey{}).(*Count); ok {
		c.n.Add(1)
	}
}
