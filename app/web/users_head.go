package web

import (
	"chancery/app/access"
	"chancery/app/signin"
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
	Why         []userWhy    // why they cannot sign in, in one sentence, and a change of address that waits
	Leaving     *userLeaving // a departure that is not over
	Tabs        []userTab
	Actions     []userAction
	why         signin.Why
}

// userTab is one of a person's pages, with a number beside its text, or "".
type userTab struct {
	Text    string
	URL     string
	Current bool
	Count   string
}

// userLeaving says that someone is about to leave, and where to read more.
type userLeaving struct {
	Text, URL string
	Blocked   bool
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
		{"access", "users.tab-access", access.UsersView},
		{"cases", "cases.tab", access.CasesViewAll},
		{"sessions", "users.tab-sessions", access.UsersSignOut},
		{"mails", "users.tab-mails", access.UsersEdit},
		{"history", "audit.tab", access.AuditView},
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
	is := func(status staff.Status) func(bool, *staff.Card) bool {
		return func(_ bool, c *staff.Card) bool { return c.Account != nil && c.Account.Status == status }
	}
	invited := is(staff.Pending)
	another := func(own bool, c *staff.Card) bool {
		return !own && c.Account != nil && c.Account.Status != staff.Inactive
	}
	return []actionOfUser{
		{"/invitation", "users.invitation", "mail-plus", false, access.UsersCreate, invited},
		{"/password-reset/new", "users.password-reset", "key-round", false, access.UsersReset, func(own bool, c *staff.Card) bool { return !own && is(staff.Active)(own, c) }},
		{"/factors/delete", "factor.reset-action", "shield-off", false, access.UsersReset, func(own bool, c *staff.Card) bool { return !own && is(staff.Active)(own, c) }},
		{"/lock/delete", "users.unlock", "lock-open", false, access.UsersUnlock, func(_ bool, c *staff.Card) bool { return c.Account != nil && c.Account.LockedUntil != nil }},
		{"/email/edit", "users.email-change", "at-sign", false, access.UsersEmail, another},
		{"/picture/delete", "users.picture-remove", "image-off", false, access.UsersEdit, func(_ bool, c *staff.Card) bool { return c.PictureID != nil }},
		{"/sessions/delete", "users.sessions-end", "log-out", false, access.UsersSignOut, is(staff.Active)},
		{"/deactivation/new", "departure.action-look", "info", false, access.UsersDeactivate, is(staff.Inactive)},
		{"/activation/new", "departure.action-back", "user-check", false, access.UsersDeactivate, is(staff.Inactive)},
		{"/deactivation/new", "departure.action", "user-x", true, access.UsersDeactivate, another},
	}
}

// userHeadOf reads a person and makes the head of one of their pages, named as in userTabs.
func (w *Web) userHeadOf(r *request, id, tab string) (userHead, *staff.Card, error) {
	c, err := w.Staff.Card(r.ctx, r.actor(), id)
	if err != nil {
		return userHead{}, nil, err
	}
	h := w.userHeadFor(r, c, tab)
	err = w.headWhy(r, c, &h)
	return h, c, err
}

// headWhy adds to the head why a person cannot sign in (B-8), for those who look after accounts.
func (w *Web) headWhy(r *request, c *staff.Card, h *userHead) (err error) {
	if c.Account == nil {
		return nil
	}
	if h.why, err = w.Signin.Why(r.ctx, r.actor(), c.ID); err != nil {
		return err
	}
	h.Why = w.headWhys(r, c, h.why)
	return nil
}

func (w *Web) userHeadFor(r *request, c *staff.Card, tab string) userHead {
	l := r.locale(w)
	h := userHead{User: w.userCardOf(r, c), Own: c.ID == r.cur.User.ID}
	h.Leaving = leavingOf(r, l, c)
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
			h.Tabs = append(h.Tabs, userTab{l.T(message(t.text)), url, t.name == tab, w.tabCount(r, l, t, c.ID)})
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
