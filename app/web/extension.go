package web

import (
	"encoding/json"
	"errors"
	"mime"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/messages"
)

// What a paired browser extension asks for (S3-15): JSON, by a token in the header Authorization and never by a cookie, so that
// no site can use a browser that is signed in; and no origin is given leave to read answers (no CORS): the extension reads
// them by the permission for this one host that its person gave it at pairing.

// extensionProtocol is which words the server speaks with the extension, and extensionOldest the oldest that it still
// understands. An extension tells by these whether it is too old, or the server is.
const (
	extensionProtocol = 1
	extensionOldest   = 1
)

// extensionTalks is how many cases the inbox of an extension has, and extensionLines how many messages of one it shows.
const (
	extensionTalks = 20
	extensionLines = 8
)

// fromExtension tells whether a route is an extension's.
func fromExtension(route string) bool { return strings.HasPrefix(route, "/extension/") }

// errUnpaired refuses a request without a token that counts.
var errUnpaired = errors.New("not paired")

// admitExtension finds for whom an extension asks.
func (w *Web) admitExtension(r *request) (err error) {
	scheme, token, _ := strings.Cut(r.Get(fiber.HeaderAuthorization), " ")
	if strings.EqualFold(scheme, "Bearer") {
		if r.paired, err = w.Signin.ByPairing(r.ctx, strings.TrimSpace(token), r.from); err != nil {
			return err
		}
	}
	if r.paired == nil {
		return errUnpaired
	}
	return nil
}

// extensionError is an answer to an extension that was refused. The message is there where a rule has one, in the
// language that was asked in; for the rest the extension has words of its own.
type extensionError struct {
	Error   string `json:"error"`
	Message string `json:"message"`
	ID      string `json:"id"` // to quote
}

// extensionRefused is fiberError for an extension.
func (w *Web) extensionRefused(r *request, err error) error {
	status, kind := classify(err)
	switch {
	case errors.Is(err, errUnpaired):
		status, kind = fiber.StatusUnauthorized, "unpaired"
		r.Set(fiber.HeaderWWWAuthenticate, `Bearer realm="Chancery"`)
	case status == fiber.StatusInternalServerError:
		w.Log.Error("request failed", "id", r.from.RequestID, "route", r.route, "error", plain(err))
	}
	v := extensionError{Error: kind, Message: w.detail(r, err), ID: r.from.RequestID}
	r.comeBack(err)
	return r.Status(status).JSON(v)
}

// sent reads a JSON body.
func (r *request) sent(into any) error {
	kind, _, err := mime.ParseMediaType(r.Get(fiber.HeaderContentType))
	if err != nil || kind != fiber.MIMEApplicationJSON {
		return errMedia
	}
	if err := json.Unmarshal(r.Body(), into); err != nil {
		return errMalformed
	}
	return nil
}

// extensionPairing is what an extension is told when it was paired.
type extensionPairing struct {
	Token    string `json:"token"`
	Protocol int    `json:"protocol"`
	Oldest   int    `json:"oldest"`
}

// extensionPairingsCreate redeems a one-time code.
func (w *Web) extensionPairingsCreate(r *request) error {
	var in struct {
		Code string `json:"code"`
	}
	if err := r.sent(&in); err != nil {
		return err
	}
	token, err := w.Signin.Pair(r.ctx, clipped(in.Code, 64), r.from)
	if err != nil {
		return err
	}
	return r.Status(fiber.StatusCreated).JSON(extensionPairing{token, extensionProtocol, extensionOldest})
}

// extensionPairingDelete ends the pairing that asks.
func (w *Web) extensionPairingDelete(r *request) error {
	if err := w.Signin.Unpair(r.ctx, r.paired); err != nil {
		return err
	}
	return r.SendStatus(fiber.StatusNoContent)
}

// extensionInbox is what the badge and the popup show.
type extensionInbox struct {
	Protocol int             `json:"protocol"`
	Oldest   int             `json:"oldest"`
	Person   string          `json:"person"`
	Practice string          `json:"practice"`
	Unread   int64           `json:"unread"`
	Max      int             `json:"max"` // characters of a message
	Talks    []extensionTalk `json:"talks"`
}

// extensionTalk is a case with what was said last.
type extensionTalk struct {
	Case   string    `json:"case"`
	Number string    `json:"number"`
	Title  string    `json:"title"`
	Client string    `json:"client"`
	Unread int64     `json:"unread"`
	At     time.Time `json:"at"`
	Mine   bool      `json:"mine"`
	By     string    `json:"by"` // of the practice; "" for the client
	Text   string    `json:"text"`
}

// extensionInboxShow lists the cases of whose extension it is, those with unread messages first.
func (w *Web) extensionInboxShow(r *request) error {
	who := r.paired.Actor
	u, err := w.Messages.Unread(r.ctx, who)
	if err != nil {
		return err
	}
	v := extensionInbox{Protocol: extensionProtocol, Oldest: extensionOldest, Person: r.paired.Name, Practice: r.paired.Org.Name, Unread: u.Messages, Max: messages.BodyMax, Talks: []extensionTalk{}}
	p, err := w.Cases.List(r.ctx, who, cases.Query{Filter: cases.Filter{Mine: true, Talked: true}, Sort: cases.SortInbox, Descending: true, Size: extensionTalks})
	if err != nil {
		return err
	}
	ids := make([]string, len(p.Rows))
	for i := range p.Rows {
		ids[i] = p.Rows[i].ID
	}
	last, err := w.Messages.Latest(r.ctx, who, ids)
	if err != nil {
		return err
	}
	l := r.locale(w)
	for _, id := range ids {
		if t := last[id]; t != nil {
			row := talkRowOf(l, t, who.ID)
			v.Talks = append(v.Talks, extensionTalk{Case: id, Number: t.Number, Title: t.Title, Client: t.Client, Unread: t.Unread, At: t.LastAt,
				Mine: t.AuthorID != nil && *t.AuthorID == who.ID, By: row.By, Text: row.Beginning})
		}
	}
	return r.JSON(v)
}

// extensionThread is the end of a conversation.
type extensionThread struct {
	Case     string          `json:"case"`
	Client   string          `json:"client"`
	Unread   int64           `json:"unread"`
	Inbound  int64           `json:"inbound"` // what was read when all of this was
	Earlier  bool            `json:"earlier"`
	MayReply bool            `json:"may_reply"`
	WhyNot   string          `json:"why_not"` // in words, where one may not
	Lines    []extensionLine `json:"lines"`
}

type extensionLine struct {
	ID   string    `json:"id"`
	In   bool      `json:"in"`
	By   string    `json:"by"`
	At   time.Time `json:"at"`
	Text string    `json:"text"`
	New  bool      `json:"new"`
}

// extensionMessagesIndex shows the end of a conversation. Looking moves no mark.
func (w *Web) extensionMessagesIndex(r *request) error {
	v, err := w.extensionThread(r)
	if err != nil {
		return err
	}
	return r.JSON(v)
}

func (w *Web) extensionThread(r *request) (*extensionThread, error) {
	l, who := r.locale(w), r.paired.Actor
	t, err := w.Messages.Thread(r.ctx, who, r.Params("id"), 0, extensionLines)
	if err != nil {
		return nil, err
	}
	v := &extensionThread{Case: t.CaseID, Client: t.Client, Unread: t.Inbound - t.Mark, Inbound: t.Inbound, Earlier: t.Earlier, Lines: []extensionLine{}}
	switch mayNot := who.Must(access.MessagesSend); {
	case mayNot != nil:
		v.WhyNot = l.T(message("extension.may-not-reply"))
	case !t.Open:
		v.WhyNot = l.T(message("messages.case-closed"))
	default:
		v.MayReply = true
	}
	for i := range t.Lines {
		n := &t.Lines[i]
		line := extensionLine{ID: n.ID, In: n.Direction == messages.In, By: t.Client, At: n.SentAt, Text: n.Body, New: n.New}
		if n.Author != nil {
			line.By = n.Author.Name()
		}
		if n.AuthorID != nil && *n.AuthorID == who.ID {
			line.By = l.T(message("messages.you"))
		}
		v.Lines = append(v.Lines, line)
	}
	return v, nil
}

// extensionMessagesCreate writes to the client. The extension makes the message's id, and sends the same one until it has
// heard an answer: so a double click or a lost answer is one message (B-15).
func (w *Web) extensionMessagesCreate(r *request) error {
	var in struct {
		ID   string `json:"id"`
		Body string `json:"body"`
	}
	if err := r.sent(&in); err != nil {
		return err
	}
	if _, err := w.Messages.SendOnce(r.ctx, r.paired.Actor, r.Params("id"), in.ID, in.Body); err != nil {
		return err
	}
	v, err := w.extensionThread(r)
	if err != nil {
		return err
	}
	return r.Status(fiber.StatusCreated).JSON(v)
}

// extensionReadingCreate notes that the person has seen a conversation up to a message.
func (w *Web) extensionReadingCreate(r *request) error {
	var in struct {
		UpTo int64 `json:"upto"`
	}
	if err := r.sent(&in); err != nil {
		return err
	}
	if _, err := w.Messages.Read(r.ctx, r.paired.Actor, r.Params("id"), in.UpTo); err != nil {
		return err
	}
	return r.SendStatus(fiber.StatusNoContent)
}
