package mails

import (
	"context"
	"time"
)

// Depth is how many mails are to go, and since when the first of them is. Due does not tell: the outbox is one object; and it is the loop's to ask,
// which has something to do at the first time.
func (r *Reconciler) Depth(ctx context.Context) (due int, oldest time.Time, err error) {
	return r.Post.Backlog(ctx)
}
