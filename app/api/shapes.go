package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"chancery/app/replies"
)

// item is an answer of one thing that can be changed.
type item[B any] struct {
	ETag string `header:"ETag" doc:"To be sent as If-Match with a change."`
	Body B
}

// one is an answer of one thing.
type one[B any] struct{ Body B }

// nothing is an answer without a body.
type nothing struct{}

// list is a part of a list.
type list[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next_cursor,omitempty" doc:"Send it as cursor for the next part. There is none after the last."`
}

func listOf[T any](rows []T, next string) *one[list[T]] {
	if rows == nil {
		rows = []T{}
	}
	return &one[list[T]]{Body: list[T]{Items: rows, Next: cursor(next)}}
}

// Part is what a list is asked for by.
type Part struct {
	Cursor string `query:"cursor" maxLength:"400" doc:"next_cursor of the part before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many at most."`
}

// Matched is a request that changes something which it was read with an ETag.
type Matched struct {
	IfMatch string `header:"If-Match" maxLength:"40" doc:"The ETag that it was read with, or * for whatever it is now. Without it nothing is changed (428)."`
}

// made is an answer of what a request has created.
type made[B located] struct {
	Status   int
	ETag     string `header:"ETag" doc:"To be sent as If-Match with a change, where there is one."`
	Location string `header:"Location"`
	Again    string `header:"Idempotent-Replayed" doc:"true where the same request was answered before, or a message or score with this external_id is here already: nothing was created, and the answer is what is here."`
	Body     B
}

// located is what has an address of its own, below Root.
type located interface{ address() string }

// Keyed is a request that creates.
type Keyed struct {
	Key     string `header:"Idempotency-Key" minLength:"1" maxLength:"200" doc:"Any text of your own, a different one for each thing that is to be created. Sent again within 24 hours, with the same body, it gets the same answer."`
	RawBody []byte
}

// create does what a request asks for, once if it has a key.
func create[B located](ctx context.Context, a *API, k Keyed, do func(context.Context) (B, string, error)) (*made[B], error) {
	out := &made[B]{Status: http.StatusCreated}
	var err error
	was := false
	if k.Key == "" {
		if out.Body, out.ETag, err = do(ctx); err != nil {
			return nil, err
		}
		out.Location = Root + out.Body.address()
		if b, ok := any(out.Body).(interface{ again() bool }); ok && b.again() {
			out.Again = "true"
		}
		return out, nil
	}
	who := callOf(ctx)
	h := sha256.New()
	h.Write([]byte(who.request + "\n"))
	h.Write(k.RawBody)
	reply, again, err := a.Replies.Once(ctx, replies.Request{TokenID: who.program.TokenID, Key: k.Key, Hash: hex.EncodeToString(h.Sum(nil))}, func(ctx context.Context) (replies.Reply, error) {
		body, tag, err := do(ctx)
		if err != nil {
			return replies.Reply{}, err
		}
		if b, ok := any(body).(interface{ again() bool }); ok {
			was = b.again()
		}
		raw, err := json.Marshal(body)
		return replies.Reply{Status: http.StatusCreated, Body: string(raw), ETag: tag}, err
	})
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(reply.Body), &out.Body); err != nil {
		return nil, fmt.Errorf("reply of before: %w", err)
	}
	out.Status, out.ETag, out.Location = reply.Status, reply.ETag, Root+out.Body.address()
	if again || was {
		out.Again = "true"
	}
	return out, nil
}

// given is a time that a request may name; zero for none. The first second of all times is one as well, which no verb takes.
func given(t *time.Time) time.Time {
	switch {
	case t == nil:
		return time.Time{}
	case t.IsZero():
		return time.Unix(0, 0).UTC()
	}
	return t.UTC()
}

// text is what a pointer points to, or "".
func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}
