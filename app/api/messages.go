package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"chancery/app/access"
	"chancery/app/messages"
)

// Message is something that was said to or by a client.
type Message struct {
	ID         string    `json:"id"`
	CaseID     string    `json:"case_id"`
	Number     int64     `json:"number" doc:"Within its case, from 1."`
	Direction  string    `json:"direction" enum:"in,out" doc:"in: the client's."`
	AuthorID   *string   `json:"author_id" doc:"Who wrote it for the practice."`
	Body       string    `json:"body"`
	ExternalID *string   `json:"external_id"`
	SentAt     time.Time `json:"sent_at"`

	came bool
}

// again tells that it was here already.
func (m Message) again() bool { return m.came }

func (m Message) address() string { return "/cases/" + m.CaseID + "/messages" }

func messageOf(m *messages.Message) Message {
	return Message{ID: m.ID, CaseID: m.CaseID, Number: m.Number, Direction: string(m.Direction), AuthorID: m.AuthorID, Body: m.Body, ExternalID: m.ExternalID, SentAt: m.SentAt, came: m.Again}
}

// MessageDraft is a message that went through another system.
type MessageDraft struct {
	Direction  string     `json:"direction,omitempty" enum:"in,out" default:"in" doc:"in: the client has said it. out: the token’s person has said it; the case must be open."`
	Body       string     `json:"body" minLength:"1" maxLength:"10000"`
	ExternalID string     `json:"external_id,omitempty" maxLength:"200" doc:"What the other system calls it. One that is here already is answered as it is, with Idempotent-Replayed; with another body it is 409."`
	SentAt     *time.Time `json:"sent_at,omitempty" doc:"Now by default. From the year 2000 on and not in the future; five minutes ahead count as now."`
}

// Feed is a part of what was said in all cases.
type Feed struct {
	Items []Message `json:"items" nullable:"false"`
	Next  string    `json:"next_cursor" doc:"Where to go on, now or later: there is always one."`
	More  bool      `json:"more" doc:"There is more already."`
}

type feedFind struct {
	Part
	Direction string    `query:"direction" enum:"in,out" doc:"out: what the practice has said; both by default."`
	Since     time.Time `query:"since" doc:"Where to begin without a cursor: what was written down after it. By default, from the first."`
}

const aboutFeed = `For a client’s app, which is to hand on what the practice says, and asks for it again and again: keep next_cursor and send it as cursor the next time. Each message comes once, in the order in which messages were written down, 30 seconds after that, so that none which was written at the same time is passed over.`

func (a *API) messages() {
	on(a, operation{method: http.MethodGet, path: "/messages", id: "follow-messages", tag: "Messages", summary: "Follow what is said in all cases", about: aboutFeed, scope: access.MessagesView, also: []access.Permission{access.CasesView}}, a.feed)
	type find struct {
		ByID
		Part
	}
	on(a, operation{method: http.MethodGet, path: "/cases/{id}/messages", id: "list-messages", tag: "Messages", summary: "List the messages of a case, oldest first", scope: access.MessagesView, also: []access.Permission{access.CasesView}},
		func(ctx context.Context, who access.Actor, in *find) (*one[list[Message]], error) {
			at, err := place(in.Cursor)
			if err != nil {
				return nil, err
			}
			var after int64
			if at != "" {
				if after, err = strconv.ParseInt(at, 10, 64); err != nil {
					return nil, errPlace()
				}
			}
			t, err := a.Messages.Since(ctx, who, in.ID, after, in.Limit+1)
			if err != nil {
				return nil, err
			}
			lines, next := t.Lines[:min(len(t.Lines), in.Limit)], ""
			if len(t.Lines) > in.Limit {
				next = strconv.FormatInt(lines[len(lines)-1].Number, 10)
			}
			all := make([]Message, len(lines))
			for i := range lines {
				all[i] = messageOf(&lines[i].Message)
			}
			return listOf(all, next), nil
		})
	type creation struct {
		ByID
		Keyed
		Body MessageDraft
	}
	on(a, operation{method: http.MethodPost, path: "/cases/{id}/messages", id: "create-message", tag: "Messages", summary: "Hand in a message of the client, or to them", scope: access.MessagesSend, also: []access.Permission{access.CasesView}, status: http.StatusCreated, differs: true},
		func(ctx context.Context, who access.Actor, in *creation) (*made[Message], error) {
			return create(ctx, a, in.Keyed, func(ctx context.Context) (Message, string, error) {
				r := messages.Received{CaseID: in.ID, Body: in.Body.Body, ExternalID: in.Body.ExternalID, SentAt: given(in.Body.SentAt)}
				write := a.Messages.Receive
				if in.Body.Direction == string(messages.Out) {
					write = a.Messages.Sent
				}
				m, err := write(ctx, who, r)
				if err != nil {
					return Message{}, "", err
				}
				return messageOf(m), "", nil
			})
		})
}

func (a *API) feed(ctx context.Context, who access.Actor, in *feedFind) (*one[Feed], error) {
	at, err := place(in.Cursor)
	if err != nil {
		return nil, err
	}
	after := messages.FeedPlace{At: in.Since.UTC()}
	if at != "" {
		if after.At, after.ID, err = instant(at); err != nil {
			return nil, err
		}
	}
	rows, err := a.Messages.Feed(ctx, who, messages.Direction(in.Direction), after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := Feed{Items: make([]Message, min(len(rows), in.Limit)), More: len(rows) > in.Limit}
	for i := range out.Items {
		out.Items[i] = messageOf(&rows[i])
		after = messages.FeedPlace{At: rows[i].CreatedAt, ID: rows[i].ID}
	}
	out.Next = cursor(atInstant(after.At, after.ID))
	return &one[Feed]{Body: out}, nil
}
