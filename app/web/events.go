package web

import (
	"bytes"
	"context"
	"net"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/signin"
	"chancery/views"
)

// sight is what a page shows that its stream keeps up to date, in the language and zone of the page (C-16).
type sight struct {
	lang   string
	zone   *time.Location
	caseID string // which the page shows, or ""
	talk   bool   // it shows the conversation
	after  int64  // the number of the last message that it shows
}

// id is what the browser names when it begins again, so that it misses no message and is told none twice.
func (s *sight) id() string {
	if !s.talk {
		return ""
	}
	return itoa(s.after)
}

// counts are what a page was told of what is unread.
type counts struct {
	known             bool
	messages, notices int64
}

// eventsShow begins the stream of an open page: the counts of its shell; with ?case=ID, that something of the case has changed;
// and with &after=NUMBER besides, the messages of its conversation after that one. It says of a foreign case what every page says (ASVS 8.2.2). It is no use of the session: what is left
// open alone is idle.
func (w *Web) eventsShow(r *request) error {
	s := &stream{user: r.cur.User.ID, session: r.cur.Session.ID, chunked: r.Request().Header.IsHTTP11(), sees: sight{lang: r.lang, zone: r.zone}}
	if id := r.Query("case"); id != "" {
		s.sees.talk = r.Query("after") != ""
		if s.sees.talk && !r.cur.Rights.Can(access.MessagesView) {
			return &fault.Forbidden{Permission: string(access.MessagesView)}
		}
		if err := w.Cases.MustSee(r.ctx, r.actor(), id); err != nil {
			return err
		}
		s.sees.caseID = id
		s.sees.after, _ = strconv.ParseInt(r.Query("after"), 10, 64)
		if last, err := strconv.ParseInt(r.Get("Last-Event-ID"), 10, 64); err == nil {
			s.sees.after = max(s.sees.after, last)
		}
	}
	r.Response().Header.SetContentType("text/event-stream")
	if r.Method() == fiber.MethodHead {
		return r.SendStatus(fiber.StatusOK)
	}
	if w.live.full(s.user) {
		return &fault.TooMany{After: beatEvery}
	}
	head := &r.Response().Header
	head.Set("X-Accel-Buffering", "no") // to proxies: what is told now is to arrive now
	if s.chunked {
		head.SetContentLength(-1)
	} else {
		head.SetConnectionClose()
	}
	first := bytes.Clone(head.Header())
	c := r.Context()
	c.HijackSetNoResponse(true)
	c.Hijack(func(conn net.Conn) {
		if under, ok := conn.(interface{ UnsafeConn() net.Conn }); ok {
			conn = under.UnsafeConn()
		}
		s.conn = conn
		_ = conn.SetWriteDeadline(time.Now().Add(writeTime))
		if _, err := conn.Write(first); err != nil {
			_ = conn.Close()
			return
		}
		w.live.add(s)
	})
	return nil
}

// tellCounts writes what is unread, where the page has been told otherwise. It comes with what says that the session is
// there, and so costs nothing.
func (w *Web) tellCounts(out *bytes.Buffer, s *stream, cur *signin.Current) {
	now := counts{known: true, messages: unreadOf(cur), notices: cur.Bulletins}
	if now == s.told {
		return
	}
	s.told = now
	l := views.In(s.sees.lang, s.sees.zone, w.Now())
	w.part(out, s, "events/_counts", eventsCountsView{Unread: unreadCount(l, now.messages), Bulletins: bulletinCount(l, now.notices)})
}

// eventsCountsView is the counts of the shell.
type eventsCountsView struct{ Unread, Bulletins views.Count }

// tellMost is how many messages come at once.
const tellMost = 50

// tellCase asks whether the reader sees the case, and writes the messages that a conversation does not show yet. It returns
// fault.ErrNotFound as every page does.
func (w *Web) tellCase(ctx context.Context, out *bytes.Buffer, s *stream, actor access.Actor) error {
	if !s.sees.talk {
		return w.Cases.MustSee(ctx, actor, s.sees.caseID)
	}
	t, err := w.Messages.Since(ctx, actor, s.sees.caseID, s.sees.after, tellMost)
	if err != nil {
		return err
	}
	s.behind = len(t.Lines) == tellMost
	if len(t.Lines) == 0 {
		return nil
	}
	s.sees.after = t.Lines[len(t.Lines)-1].Number
	l := views.In(s.sees.lang, s.sees.zone, w.Now())
	w.part(out, s, "events/_messages", eventsMessagesView{Lines: messageLines(l, t)})
	return nil
}

// eventsMessagesView is messages that came while their conversation was open.
type eventsMessagesView struct {
	Lines []messageLine
}

// part writes a template into a stream. One that fails is left out: the next page shows what it would have said.
func (w *Web) part(out *bytes.Buffer, s *stream, name string, view any) {
	if err := w.Views.Render(out, s.sees.lang, name, false, view); err != nil {
		w.Log.Error("part of a stream failed", "name", name, "error", err.Error())
	}
}
