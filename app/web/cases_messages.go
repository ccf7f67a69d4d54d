package web

import (
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"chancery/app/access"
	"chancery/app/messages"
	"chancery/app/staff"
	"chancery/views"
)

// threadPart is how many messages a part of a conversation has.
const threadPart = 30

// casesMessagesIndexView is the conversation with the client of a case, or a part of it from before.
type casesMessagesIndexView struct {
	views.Page
	Head    caseHead
	Lines   []messageLine
	Earlier string // address of the part before; "" for none
	Newest  string // of the last part, from one before it; "" on that itself
	None    string
	Reading string // where it is told that what is shown was seen; "" from a part before
	Inbound int64
	Unread  bool
	Reply   *replyForm // nil for who may not write, or not now
	Closed  string     // why not
}

// messageLine is one message: cases/messages/_line.
type messageLine struct {
	Number, Inbound int64
	Client          bool
	Divider         bool // what is new begins with it
	New             bool
	Name, URL       string // URL of a colleague
	Left            bool   // who does not work here any more
	Avatar          views.Avatar
	At              views.Time
	Body            string
}

// replyForm is the answer to a client: cases/messages/_reply.
type replyForm struct {
	URL, CSRF, ID string
	Label, Signed string
	Body          string
	Error         views.FieldError
	Refused       string
	Max           int
	Focus         bool
}

// casesMessagesIndex shows a conversation, the newest part of it or one before a message. As a fragment it is that part
// alone. Looking moves no mark: what was seen the page tells by itself (casesMessagesReadingCreate).
func (w *Web) casesMessagesIndex(r *request) error {
	return w.conversation(r, fiber.StatusOK, nil, problems{})
}

func (w *Web) conversation(r *request, status int, f form, p problems) error {
	id := r.Params("id")
	before, _ := strconv.ParseInt(r.Query("before"), 10, 64)
	if f != nil {
		before = 0
	}
	l, v := r.locale(w), casesMessagesIndexView{}
	t, err := w.Messages.Thread(r.ctx, r.actor(), id, max(before, 0), threadPart)
	if err != nil {
		return err
	}
	v.Lines, v.Inbound = messageLines(l, t), t.Inbound
	here := "/cases/" + t.CaseID + "/messages"
	if t.Earlier {
		v.Earlier = here + "?before=" + itoa(t.Lines[0].Number)
	}
	if r.fragment() {
		v.Page = views.Page{Lang: r.lang}
		if err := w.render(r, status, "cases/messages/_earlier", v); err != nil {
			return err
		}
		r.compress() // it has no token
		return nil
	}
	v.Page = w.page(r, "messages.tab-title", "cases")
	if v.Head, _, err = w.caseHeadOf(r, id, "messages"); err != nil {
		return err
	}
	v.Title = v.Head.Number + " · " + t.Client
	v.None = l.T(message("messages.none-hint", "Client", t.Client))
	if before > 0 {
		v.Newest = here
	} else {
		last := int64(0)
		if len(t.Lines) > 0 {
			last = t.Lines[len(t.Lines)-1].Number
		}
		v.Nav.Events = "/events?case=" + t.CaseID + "&after=" + itoa(last)
		v.Reading, v.Unread = here+"/reading", t.Mark < t.Inbound
		switch {
		case !r.cur.Rights.Can(access.MessagesSend):
		case t.Open:
			form := w.replyForm(r, l, t)
			v.Reply = &form
		default:
			v.Closed = l.T(message("messages.case-closed"))
		}
	}
	if v.Reply != nil && f != nil {
		v.Reply.refused(f, p)
	}
	if r.Query("notice") == "sent" {
		v.Notice = &views.Notice{Text: l.T(message("messages.sent"))}
	}
	return w.render(r, status, "cases/messages/index", v)
}

// casesMessagesCreate writes to the client. A form that comes twice is one message (B-15).
func (w *Web) casesMessagesCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	id := r.Params("id")
	n, err := w.Messages.SendOnce(r.ctx, r.actor(), id, f.get("id"), f.get("body"))
	if err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		return w.replyRefused(r, f, p)
	}
	if !r.fragment() {
		return r.goTo("/cases/" + n.CaseID + "/messages?notice=sent#m-" + itoa(n.Number))
	}
	// What came meanwhile stands before it; what the page has already, its script leaves out.
	t, err := w.Messages.Thread(r.ctx, r.actor(), id, n.Number+1, 10)
	if err != nil {
		return err
	}
	l := r.locale(w)
	v := casesMessagesSentView{Reply: w.replyForm(r, l, t), Lines: messageLines(l, t)}
	for i := range v.Lines {
		v.Lines[i].Divider = false
	}
	v.Reply.Focus = true
	return w.render(r, fiber.StatusOK, "cases/messages/_sent", v)
}

// casesMessagesSentView is what an open conversation gets for an answer that was sent.
type casesMessagesSentView struct {
	Reply replyForm
	Lines []messageLine
}

// replyRefused shows the form again with what was typed (B-15).
func (w *Web) replyRefused(r *request, f form, p problems) error {
	if !r.fragment() {
		return w.conversation(r, p.status, f, p)
	}
	t, err := w.Messages.Thread(r.ctx, r.actor(), r.Params("id"), 0, 1)
	if err != nil {
		return err
	}
	v := w.replyForm(r, r.locale(w), t)
	v.refused(f, p)
	return w.render(r, p.status, "cases/messages/_reply", v)
}

func (w *Web) replyForm(r *request, l views.Locale, t *messages.Thread) replyForm {
	return replyForm{
		URL: "/cases/" + t.CaseID + "/messages", CSRF: w.token(r), ID: newFormID(), Max: messages.BodyMax,
		Label: l.T(message("messages.reply-to", "Client", t.Client)), Signed: l.T(message("messages.signed", "Name", r.cur.User.Name())),
	}
}

// refused is the form as it was sent, with what is wrong.
func (v *replyForm) refused(f form, p problems) {
	v.Body, v.Error, v.Focus = strings.ReplaceAll(f.get("body"), "\r\n", "\n"), p.field("body"), true
	if id := f.get("id"); id != "" {
		v.ID = id
	}
	if p.summary != nil {
		v.Refused = p.summary.Refused
	}
}

// newFormID is the id of what a form becomes.
func newFormID() string { return uuid.Must(uuid.NewV7()).String() }

// casesMessagesReadingCreate notes how far the reader has read; less than before changes nothing. Pages send it by themselves
// while they are looked at, and without script a button does.
func (w *Web) casesMessagesReadingCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	upTo, _ := strconv.ParseInt(f.get("upto"), 10, 64) // nothing that can be read is nothing new
	if _, err := w.Messages.Read(r.ctx, r.actor(), r.Params("id"), upTo); err != nil {
		return err
	}
	if r.fragment() {
		return r.SendStatus(fiber.StatusNoContent)
	}
	return r.goTo("/cases/" + r.Params("id") + "/messages")
}

// messageLines are messages as they are shown. The first of the client's that is new is divided from those before.
func messageLines(l views.Locale, t *messages.Thread) (lines []messageLine) {
	divided := false
	for i := range t.Lines {
		n := &t.Lines[i]
		v := messageLine{Number: n.Number, Inbound: n.Inbound, New: n.New, At: l.Time(n.SentAt), Body: n.Body}
		if n.New && !divided {
			v.Divider, divided = i > 0 || t.Earlier, true
		}
		if a := n.Author; a != nil {
			v.Name, v.URL, v.Left, v.Avatar = a.Name(), "/users/"+a.ID, a.Left, avatarFor(a.ID, a.FirstName, a.LastName, a.PictureID, 64)
		} else {
			v.Client, v.Name, v.Avatar = true, t.Client, clientAvatar(t.ClientID, t.Client)
		}
		lines = append(lines, v)
	}
	return lines
}

// clientAvatar is a client's initials: "Demir, Yusuf" and "Yusuf Demir" are the same.
func clientAvatar(id, name string) views.Avatar {
	last, first, turned := strings.Cut(name, ",")
	if !turned {
		first, last = name, ""
		if i := strings.LastIndexByte(name, ' '); i > 0 {
			first, last = name[:i], name[i+1:]
		}
	}
	return views.Avatar{Initials: staff.Initials(strings.TrimSpace(first), strings.TrimSpace(last)), Hue: staff.Hue(id)}
}
