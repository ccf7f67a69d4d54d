package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/signin"
	"chancery/views"
)

// usersSessionsIndexView is where a person is signed in, what they tried, and what stands in their way (S1-22, S1-35).
type usersSessionsIndexView struct {
	views.Page
	Head    userHead
	Whys    []userWhy // every cause; none when nothing stands in the way
	Free    bool      // nothing keeps them out
	Rows    []userSessionRow
	MayEnd  bool // they are the reader's to end
	SignIns userSignInsView
}

type userSessionRow struct {
	sessionRow
	EndURL string // "" where it is not the reader's to end
}

// usersSessionsIndex shows an administrator a person's sessions and tries.
func (w *Web) usersSessionsIndex(r *request) error {
	head, c, err := w.userHeadOf(r, r.Params("id"), "sessions")
	if err != nil {
		return err
	}
	v := usersSessionsIndexView{Page: w.page(r, "users.sessions-page", "users"), Head: head}
	v.Title, v.Notice, v.MayEnd = c.Name(), w.usersNotice(r, c), head.over.may(access.OverAccount)
	v.Whys, v.Free = w.userWhys(r, c, head.over, head.why), head.why.Blocked() == nil
	sessions, err := w.Signin.Sessions(r.ctx, r.actor(), c.ID)
	if err != nil {
		return err
	}
	l := r.locale(w)
	for i := range sessions {
		s := &sessions[i]
		row := userSessionRow{sessionRow: sessionRowOf(l, s, s.ID == r.cur.Session.ID)}
		if v.MayEnd {
			row.EndURL = "/users/" + c.ID + "/sessions/" + s.ID + "/delete"
		}
		v.Rows = append(v.Rows, row)
	}
	if v.SignIns, err = w.userSignIns(r, c.ID, ""); err != nil {
		return err
	}
	return w.render(r, fiber.StatusOK, "users/sessions/index", v)
}

func sessionRowOf(l views.Locale, s *signin.Session, this bool) sessionRow {
	return sessionRow{
		ID: s.ID, Icon: deviceIcon(s.UserAgent), Device: deviceName(l, s.UserAgent), Network: s.Network, Method: methodName(l, s.Method),
		Since: l.Time(s.CreatedAt), Seen: l.Time(s.LastSeenAt), This: this,
	}
}

// usersSessionsConfirm asks before a person is signed out everywhere.
func (w *Web) usersSessionsConfirm(r *request) error {
	if !w.Signin.Fresh(r.cur) {
		return w.toPlainProof(r, "/users/"+r.Params("id")+"/sessions/delete")
	}
	return w.usersConfirm(r, "users/sessions/delete", "users.sessions-title", "users.sessions-question")
}

// usersSessionsDelete signs a person out on every device (S1-22); each is out at its next request. An administrator who
// does it to themselves is sent to the door by that same rule.
func (w *Web) usersSessionsDelete(r *request) error {
	_, err := w.Signin.SignOutEverywhere(r.ctx, r.actor(), r.Params("id"))
	if wantsProof(err) {
		return w.toPlainProof(r, "/users/"+r.Params("id")+"/sessions/delete")
	}
	if err != nil {
		return err
	}
	return r.goTo("/users/" + r.Params("id") + "?notice=sessions")
}

// usersSessionConfirm asks before one device is signed out. A session that is not this person's is not there (ASVS 8.2.2).
func (w *Web) usersSessionConfirm(r *request) error {
	c, err := w.Staff.Card(r.ctx, r.actor(), r.Params("id"))
	if err != nil {
		return err
	}
	sessions, err := w.Signin.Sessions(r.ctx, r.actor(), c.ID)
	if err != nil {
		return err
	}
	for _, s := range sessions {
		if s.ID == r.Params("session") && !w.Signin.Fresh(r.cur) {
			return w.toPlainProof(r, "/users/"+c.ID+"/sessions/"+s.ID+"/delete")
		}
		if s.ID == r.Params("session") {
			return w.renderAsk(r, c, ask{title: "users.session-title", question: "users.session-question", text: "users.session-text",
				button: "session.end", path: "/sessions/" + s.ID, danger: true, pairs: []any{"Device", deviceName(r.locale(w), s.UserAgent)}})
		}
	}
	return fault.ErrNotFound
}

// usersSessionDelete signs one device of a person out.
func (w *Web) usersSessionDelete(r *request) error {
	err := w.Signin.EndSessionOf(r.ctx, r.actor(), r.Params("id"), r.Params("session"))
	if wantsProof(err) {
		return w.toPlainProof(r, "/users/"+r.Params("id")+"/sessions/"+r.Params("session")+"/delete")
	}
	if err != nil {
		return err
	}
	return w.back(r, "/sessions", "session")
}
