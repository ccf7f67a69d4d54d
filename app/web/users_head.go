package web

import (
	"chancery/app/access"
	"chancery/app/staff"
	"chancery/views"
)

// userHead stands above every page of a person: who they are, how their account stands, the pages there are of them and
// what can be done. It is built in one place, so that a page of a person cannot lack an entry. For colleagues who do not
// look after accounts it is the name alone.
type userHead struct {
	User        userCard
	Status      *status     // nil for those without users.view
	LockedUntil *views.Time // end of a lock that holds
	LastSignIn  *views.Time
	Own         bool
	Tabs        []userTab
	Actions     []userAction
}

// userTab is one of a person's pages.
type userTab struct {
	Text    string
	URL     string
	Current bool
}

// userAction is one thing that can be done to an account: it opens the page, or the dialog, that asks first.
type userAction struct {
	Text, URL, Icon string
	Danger          bool
}

// tabOfUser is a row of the table of a person's pages: the last part of its address ("" for the Overview), and who may.
type tabOfUser struct {
	name, text string
	need       access.Permission
}

// userTabs are a person's pages in the order in which they stand.
func userTabs() []tabOfUser {
	return []tabOfUser{
		{"", "users.tab-overview", access.UsersView},
	}
}

// actionOfUser is a row of the table of what can be done to an account.
type actionOfUser struct {
	path, text, icon string
	danger           bool
	need             access.Permission
	offered          func(own bool, c *staff.Card) bool // nil: always
}

// userActions are what can be done to an account, in the order in which they stand; dangerous ones last.
func userActions() []actionOfUser {
	invited := func(c *staff.Card) bool { return c.Account != nil && c.Account.Status == staff.Pending }
	return []actionOfUser{
		{"/picture/delete", "users.picture-remove", "image-off", false, access.UsersEdit, func(_ bool, c *staff.Card) bool { return c.PictureID != nil }},
		{"/sessions/delete", "users.sessions-end", "log-out", false, access.UsersEdit, func(_ bool, c *staff.Card) bool { return !invited(c) }},
	}
}

// userHeadOf reads a person and makes the head of one of their pages, named as in userTabs.
func (w *Web) userHeadOf(r *request, id, tab string) (userHead, *staff.Card, error) {
	c, err := w.Staff.Card(r.ctx, r.actor(), id)
	if err != nil {
		return userHead{}, nil, err
	}
	return w.userHeadFor(r, c, tab), c, nil
}

func (w *Web) userHeadFor(r *request, c *staff.Card, tab string) userHead {
	l := r.locale(w)
	h := userHead{User: w.userCardOf(r, c), Own: c.ID == r.cur.User.ID}
	if a := c.Account; a != nil {
		s := statusOf(l, a.Status, a.LockedUntil, w.Now())
		h.Status = &s
		if s.Name == "locked" {
			at := l.Time(*a.LockedUntil)
			h.LockedUntil = &at
		}
		if a.LastSignInAt != nil {
			at := l.Time(*a.LastSignInAt)
			h.LastSignIn = &at
		}
	}
	for _, t := range userTabs() {
		if r.cur.Rights.Can(t.need) {
			url := h.User.URL
			if t.name != "" {
				url += "/" + t.name
			}
			h.Tabs = append(h.Tabs, userTab{l.T(message(t.text)), url, t.name == tab})
		}
	}
	if len(h.Tabs) == 1 {
		h.Tabs = nil // one page needs no way between pages
	}
	for _, a := range userActions() {
		if r.cur.Rights.Can(a.need) && (a.offered == nil || a.offered(h.Own, c)) {
			h.Actions = append(h.Actions, userAction{l.T(message(a.text)), h.User.URL + a.path, a.icon, a.danger})
		}
	}
	return h
}
