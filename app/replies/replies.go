// Package replies remembers what was answered to requests of other systems that may come twice: whoever hears no answer sends the
// same again, under the same key (Idempotency-Key), and what it asked for is done once.
//
// What is done and what was answered are one transaction: there is no moment in which the one is written and the other is not, and of two that
// come at once the second waits for the first. Only what was done is remembered. A request that was refused has changed nothing; sent again it is
// judged again, so that nobody needs another key once the reason is gone.
//
// What an answer looks like, and who may ask, never comes in: api says that.
package replies

import (
	"context"
	"errors"
	"fmt"
	"time"

	"chancery/app/store"
)

// Kept is how long a reply is remembered.
const Kept = 24 * time.Hour

// ErrOther says that the key was used for another request before.
var ErrOther = errors.New("the key was used for another request")

// Reply is what was answered.
type Reply struct {
	Status int
	Body   string
	ETag   string
}

// Request is one that may come again: whose token, under which key, and a hash of what it asks for.
type Request struct {
	TokenID string
	Key     string
	Hash    string
}

// Replies is the room.
type Replies struct{ db *store.DB }

// New opens the room.
func New(db *store.DB) *Replies { return &Replies{db: db} }

// Once does what a request asks for, in a transaction, and remembers the reply; again tells that it was done before, and the reply
// is that of then. It returns ErrOther, or what do returns, after which nothing is remembered.
func (r *Replies) Once(ctx context.Context, q Request, do func(context.Context) (Reply, error)) (reply Reply, again bool, err error) {
	err = r.db.Tx(ctx, func(ctx context.Context) error {
		now := r.db.Now()
		// One that is over does not count any more, also before it was cleaned up.
		if _, err := r.db.Exec(ctx, `DELETE FROM replies WHERE token_id = $1 AND key = $2 AND created_at <= $3`, q.TokenID, q.Key, now.Add(-Kept)); err != nil {
			return fmt.Errorf("forget reply: %w", err)
		}
		// Another transaction with the same key is waited for here.
		n, err := r.db.Exec(ctx, `INSERT INTO replies (token_id, key, request_hash, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (token_id, key) DO NOTHING`,
			q.TokenID, q.Key, q.Hash, now)
		if err != nil {
			return fmt.Errorf("note request: %w", err)
		}
		if n == 0 {
			var hash string
			err := r.db.Row(ctx, `SELECT request_hash, status, body, etag FROM replies WHERE token_id = $1 AND key = $2`, q.TokenID, q.Key).
				Scan(&hash, &reply.Status, &reply.Body, &reply.ETag)
			if err != nil {
				return fmt.Errorf("reply of before: %w", err)
			}
			if hash != q.Hash {
				return ErrOther
			}
			again = true
			return nil
		}
		if reply, err = do(ctx); err != nil {
			return err
		}
		if _, err := r.db.Exec(ctx, `UPDATE replies SET status = $1, body = $2, etag = $3 WHERE token_id = $4 AND key = $5`,
			reply.Status, reply.Body, reply.ETag, q.TokenID, q.Key); err != nil {
			return fmt.Errorf("remember reply: %w", err)
		}
		return nil
	})
	if err != nil {
		return Reply{}, false, err
	}
	return reply, again, nil
}

// CleanUp forgets replies that are over, some at a time, and returns how many.
func (r *Replies) CleanUp(ctx context.Context, batch int) (deleted int64, err error) {
	until := r.db.Now().Add(-Kept)
	for {
		n, err := r.db.Exec(ctx, `DELETE FROM replies WHERE (token_id, key) IN (SELECT token_id, key FROM replies WHERE created_at <= $1 LIMIT $2)`, until, batch)
		if err != nil {
			return deleted, fmt.Errorf("forget replies: %w", err)
		}
		if deleted += n; n < int64(batch) {
			return deleted, nil
		}
	}
}
