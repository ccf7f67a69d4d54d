// Package messages knows what is said about a case: with its client, and among the team; and how far each person has read it.
//
// It stands above cases, which says who sees a case and holds it, and below notices and web. What a client is told by mail,
// or a person by notice, is decided elsewhere.
//
// # Read state
//
// The client's messages are numbered within their case. A person's place is one number, up to which they have read
// (associations.read_inbound): a high-water mark says the same however often and in whatever order pages tell it, and never
// goes back. Beside it stands what came since (associations.unread), so that the sum over all of somebody's cases, which
// every page shows, is read from an index of the few cases that have any, and not counted.
//
// The two say the same because both change only while the case is held (cases.Hold): a message that comes while another is
// being read waits for it. A test plays random histories and compares.
//
// # Never lost
//
// A message is never changed or deleted. A comment may be edited or taken back by who wrote it, for an hour; who wrote it and that
// there was one stays (S1-13, S1-15).
package messages

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/cases"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
)

// Direction of a message: from the client, or to them.
type Direction string

// The directions.
const (
	In  Direction = "in"
	Out Direction = "out"
)

// BodyMax bounds a message and a comment, in characters.
const BodyMax = 10_000

// Message is something that was said to or by a client. Times are UTC.
type Message struct {
	ID         string
	CaseID     string
	Number     int64 // within the case, from 1
	Inbound    int64 // how many messages of the client there are up to this one
	Direction  Direction
	AuthorID   *string // who wrote it for the practice; nil for the client's
	Body       string
	ExternalID *string // of the system that it came through, unique
	SentAt     time.Time
	CreatedAt  time.Time
	Again      bool `gorm:"-"` // it was here already when it was handed in
}

// Teller tells people of what was said. It is called within the transaction, after the message or comment was written.
type Teller interface {
	// Wrote tells of a client's message those who are associated with its case.
	Wrote(ctx context.Context, m *Message) error
	// Called tells people that somebody has mentioned them in a comment.
	Called(ctx context.Context, c *Comment, people []string) error
}

// Messages is the room.
type Messages struct {
	db     *store.DB
	cases  *cases.Cases
	staff  *staff.Staff
	teller Teller
}

// New opens the room.
func New(db *store.DB, files *cases.Cases, people *staff.Staff) *Messages {
	return &Messages{db: db, cases: files, staff: people}
}

// Tells names who tells people. Only who wires the house calls it, before anything is served.
func (m *Messages) Tells(t Teller) { m.teller = t }

// skewMost is how far ahead of ours another system's clock may be. What it says was sent then was sent now.
const skewMost = 5 * time.Minute

// Received is a message, as the system that it came through gives it.
type Received struct {
	CaseID     string
	Body       string
	ExternalID string    // "": it has none, and may come twice
	SentAt     time.Time // zero: now
}

// Receive writes down what a client has said, and makes it unread for everybody who is associated with the case. A message
// with an external id that is here already is returned as it is (Again): it came twice; one with other words under it is
// *fault.Differs. It needs messages.send and the case, and returns *fault.Invalid on "body" or "sent_at" (before 2000, or more
// than skewMost ahead), or fault.ErrNotFound.
func (m *Messages) Receive(ctx context.Context, actor access.Actor, r Received) (*Message, error) {
	n := Message{CaseID: r.CaseID, Direction: In, Body: r.Body, SentAt: r.SentAt}
	if r.ExternalID != "" {
		n.ExternalID = &r.ExternalID
	}
	return m.write(ctx, actor, n)
}

// Send writes to the client of a case. Whoever answers has read what was said before. It needs messages.send and the case,
// which must be open, and returns *fault.Invalid on "body", *fault.Refused, or fault.ErrNotFound.
func (m *Messages) Send(ctx context.Context, actor access.Actor, caseID, body string) (*Message, error) {
	return m.SendOnce(ctx, actor, caseID, "", body)
}

// SendOnce is Send for a form that may be sent twice (B-15): id, a UUIDv7 that the form was made with, is the message's. Sent
// again it is returned as it is.
func (m *Messages) SendOnce(ctx context.Context, actor access.Actor, caseID, id, body string) (*Message, error) {
	return m.write(ctx, actor, Message{ID: formID(id), CaseID: caseID, Direction: Out, Body: body, AuthorID: &actor.ID})
}

// Sent writes down what the actor has said to the client of a case through another system. It is Send besides: one with an external
// id that is here already is returned as Receive does.
func (m *Messages) Sent(ctx context.Context, actor access.Actor, r Received) (*Message, error) {
	n := Message{CaseID: r.CaseID, Direction: Out, Body: r.Body, SentAt: r.SentAt, AuthorID: &actor.ID}
	if r.ExternalID != "" {
		n.ExternalID = &r.ExternalID
	}
	return m.write(ctx, actor, n)
}

// formID is an id that a form may have been made with, or "".
func formID(id string) string {
	if u, err := uuid.Parse(id); err != nil || u.Version() != 7 || u.String() != id {
		return ""
	}
	return id
}

func (m *Messages) write(ctx context.Context, actor access.Actor, n Message) (*Message, error) {
	if err := actor.Must(access.MessagesSend); err != nil {
		return nil, err
	}
	bad := &fault.Invalid{}
	n.Body = text(bad, "body", n.Body)
	if !n.SentAt.IsZero() && (n.SentAt.UTC().Year() < 2000 || n.SentAt.After(m.db.Now().Add(skewMost))) {
		bad.Add("sent_at", "messages.no-time")
	}
	if err := bad.Err(); err != nil {
		return nil, err
	}
	err := m.db.Tx(ctx, func(ctx context.Context) error {
		k, err := m.cases.Hold(ctx, actor, n.CaseID)
		if err != nil {
			return err
		}
		if n.ExternalID != nil {
			var before Message
			known, err := store.Found(m.db.In(ctx).Where("external_id = ?", *n.ExternalID).Take(&before).Error)
			switch {
			case err != nil:
				return fmt.Errorf("message that came before: %w", err)
			case known && (before.CaseID != n.CaseID || before.Direction != n.Direction):
				return fault.Refuse("messages.elsewhere")
			case known && before.Body != n.Body:
				return &fault.Differs{Message: fault.M("messages.differs")}
			case known:
				n, n.Again = before, true
				return nil
			}
		}
		if n.Direction == Out && n.ID != "" {
			var before Message
			switch known, err := store.Found(m.db.In(ctx).Where("id = ?", n.ID).Take(&before).Error); {
			case err != nil:
				return fmt.Errorf("message that was sent before: %w", err)
			case known && before.CaseID == n.CaseID && before.AuthorID != nil && *before.AuthorID == actor.ID:
				n = before
				return nil
			case known: // no form was made with it
				n.ID = ""
			}
		}
		if n.Direction == Out && k.Status != cases.Open {
			return fault.Refuse("messages.case-closed")
		}
		return m.add(ctx, actor, k, &n)
	})
	if err != nil {
		return nil, err
	}
	return &n, nil
}

// add writes a message of a case that the transaction holds.
func (m *Messages) add(ctx context.Context, actor access.Actor, k *cases.Held, n *Message) error {
	now := m.db.Now()
	n.ID, n.CreatedAt, n.Number, n.Inbound = cmp.Or(n.ID, store.NewID()), now, k.Messages+1, k.Inbound
	if n.Direction == In {
		n.Inbound++
	}
	if n.SentAt.IsZero() || n.SentAt.After(now) { // of two clocks ours is the one that all messages share
		n.SentAt = now
	}
	n.SentAt = n.SentAt.UTC().Truncate(time.Microsecond)
	_, err := m.db.Exec(ctx, `INSERT INTO messages (id, case_id, number, inbound, direction, author_id, body, external_id, sent_at, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, n.ID, n.CaseID, n.Number, n.Inbound, n.Direction, n.AuthorID, n.Body, n.ExternalID, n.SentAt, now)
	if store.Violated(err, "messages_external", "messages.external_id") { // another case's came at the same moment
		return fault.Refuse("messages.elsewhere")
	}
	if err != nil {
		return fmt.Errorf("write message: %w", err)
	}
	_, err = m.db.Exec(ctx, `UPDATE cases SET messages = $1, inbound = $2, last_message_at = $3 WHERE id = $4`, n.Number, n.Inbound, now, k.ID)
	if err != nil {
		return fmt.Errorf("count message: %w", err)
	}
	if err := m.db.Changed(ctx, "case/"+k.ID); err != nil {
		return err
	}
	if n.Direction == Out {
		if _, err := m.read(ctx, k, actor.ID, k.Inbound); err != nil {
			return err
		}
		return audit.Record(ctx, m.db, actor.Actor, audit.Entry{Action: "message.send", Kind: "case", ID: k.ID})
	}
	if err := m.unread(ctx, k.ID); err != nil {
		return err
	}
	if err := audit.Record(ctx, m.db, actor.Actor, audit.Entry{Action: "message.receive", Kind: "case", ID: k.ID}); err != nil {
		return err
	}
	if m.teller == nil {
		return nil
	}
	return m.teller.Wrote(ctx, n)
}

// unread counts one more message of a client for everybody who is associated with the case.
func (m *Messages) unread(ctx context.Context, caseID string) error {
	var people []string
	err := m.db.In(ctx).Raw(`UPDATE associations SET unread = unread + 1 WHERE case_id = ? RETURNING user_id`, caseID).Scan(&people).Error
	if err != nil {
		return fmt.Errorf("count unread: %w", err)
	}
	for _, id := range people {
		if err := m.db.Changed(ctx, "unread/"+id); err != nil {
			return err
		}
	}
	return nil
}

// text is what somebody has written, without the space around it.
func text(bad *fault.Invalid, field, s string) string {
	s = strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
	switch n := utf8.RuneCountInString(s); {
	case n == 0:
		bad.Add(field, "messages.empty")
	case n > BodyMax:
		bad.Add(field, "messages.too-long", "Max", BodyMax, "Count", n)
	case strings.ContainsRune(s, 0) || !utf8.ValidString(s):
		bad.Add(field, "messages.unfit")
	}
	return s
}
