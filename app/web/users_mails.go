package web

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/post"
	"chancery/app/resource"
	"chancery/app/signin"
	"chancery/views"
)

// mailsShown is how many mails a page shows at a time.
const mailsShown = 20

// usersMailsIndexView is every mail to a person, with what became of it (S1-36, B-23). Never what stands in it: some hold
// links.
type usersMailsIndexView struct {
	views.Page
	Head   userHead
	Errors *views.Errors
	Rows   []mailRow
	Older  string // address of the older ones
	Action string // where a mail is sent again
}

type mailRow struct {
	ID, Kind, To, Answer string
	Status               string // for the stylesheet
	State                string
	At                   views.Time
	Again                bool
}

// usersMailsIndex lists the mails to a person, newest first.
func (w *Web) usersMailsIndex(r *request) error { return w.renderMails(r, fiber.StatusOK, problems{}) }

func (w *Web) renderMails(r *request, status int, p problems) error {
	head, c, err := w.userHeadOf(r, r.Params("id"), "mails")
	if err != nil {
		return err
	}
	list, more, err := w.Signin.Mails(r.ctx, r.actor(), c.ID, r.Query("before"), mailsShown)
	if err != nil {
		return err
	}
	v := usersMailsIndexView{Page: w.page(r, "users.mails-page", "users"), Head: head, Errors: p.summary, Action: head.User.URL + "/mails"}
	v.Title, v.Notice = c.Name(), w.usersNotice(r, c)
	for i := range list {
		v.Rows = append(v.Rows, w.mailRowOf(r, &list[i], head.over.may(access.OverAccount)))
	}
	if more {
		v.Older = head.User.URL + "/mails?before=" + list[len(list)-1].ID
	}
	return w.render(r, status, "users/mails/index", v)
}

func (w *Web) mailRowOf(r *request, m *post.Mail, may bool) mailRow {
	l := r.locale(w)
	row := mailRow{ID: m.ID, Kind: l.T(message("mails.kind." + string(m.Kind))), To: m.Recipient, At: l.Time(m.CreatedAt)}
	switch m.State {
	case post.Delivered:
		row.Status, row.State = "ok", l.T(message("mails.state-delivered"))
		if at := m.DeliveredAt; at != nil && at.Sub(m.CreatedAt) >= time.Minute { // the list is by when they were begun: quiet hours may lie between
			row.State = l.T(message("mails.state-delivered-at", "At", *at))
		}
	case post.Sending:
		row.Status, row.State = "running", l.T(message("mails.state-sending"))
	case post.Waiting:
		row.Status, row.State = "waiting", l.T(message("mails.state-waiting"))
		switch {
		case m.PausedAt != nil:
			row.Status, row.State = "failed", l.T(message("mails.state-paused"))
		case m.Tries > 0:
			row.Status, row.State = "retrying", l.T(message("mails.state-retrying", "At", m.NextTryAt))
		case m.NextTryAt.After(w.Now()):
			row.State = l.T(message("mails.state-later", "At", m.NextTryAt))
		}
	case post.Stopped:
		row.Status, row.State = "info", l.T(message("mails.state-stopped"))
	default:
		row.Status, row.State = "failed", l.T(message("mails.state-failed"))
	}
	row.Answer = mailAnswer(l, m)
	row.Again = may && signin.Resendable(m) && w.mayResend(r, m.Kind)
	return row
}

// mailAnswer says in words what became of a mail, and what the server said where it said something of its own.
func mailAnswer(l views.Locale, m *post.Mail) string {
	c, ok := m.Conditions.Get(post.Delivery)
	if !ok || m.State == post.Stopped {
		return ""
	}
	key := map[string]string{
		"Accepted": "mails.answer-accepted", "Refused": "mails.answer-refused", "Unreachable": "mails.answer-unreachable", "TooLate": "mails.answer-too-late",
		"Unconfirmed": "mails.answer-unconfirmed", "ReceiverInactive": "mails.answer-inactive", "AlreadySignedIn": "mails.answer-signed-in",
		"Withdrawn": "mails.answer-withdrawn", "Interrupted": "mails.answer-interrupted",
	}[c.Reason]
	if key == "" {
		key = "mails.answer-failed"
	}
	text := l.T(message(key))
	if c.Status == resource.Unknown && c.Reason != "Unconfirmed" {
		text += " " + l.T(message("mails.answer-unsure"))
	}
	if m.Answer != "" && c.Reason == "Refused" {
		text = l.T(message("mails.answer-said", "Text", text, "Answer", m.Answer))
	}
	return text
}

// mayResend tells whether this reader may have a mail of a kind sent again.
func (w *Web) mayResend(r *request, kind post.Kind) bool {
	switch kind {
	case post.Welcome:
		return r.cur.Rights.Can(access.UsersCreate)
	case post.EmailVerify:
		return r.cur.Rights.Can(access.UsersEmail)
	}
	return r.cur.Rights.Can(access.UsersEdit)
}

// usersMailsCreate sends a mail once more.
func (w *Web) usersMailsCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	if err := w.Signin.Resend(r.ctx, r.actor(), r.Params("id"), f.get("mail")); err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		return w.renderMails(r, p.status, p)
	}
	return w.back(r, "/mails", "mail")
}

// usersMailsPauseDelete says that a person's address is right after all: the mails that wait for it are tried.
func (w *Web) usersMailsPauseDelete(r *request) error {
	u, err := w.Staff.Get(r.ctx, r.Params("id"))
	if err != nil {
		return err
	}
	if err := w.Post.Resume(r.ctx, r.actor(), u.Email); err != nil {
		return err
	}
	return w.back(r, "/mails", "mails-resumed")
}
