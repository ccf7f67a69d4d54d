package web

import (
	"strings"

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
	Dormant     bool // nobody has used the account for long (B-18)
	Own         bool
	Why         []userWhy    // why they cannot sign in, in one sentence, and a change of address that waits
	Leaving     *userLeaving // a departure that is not over
	Paused      *mailPause   // their address is refused for good
	Tabs        []userTab
	Actions     []userAction
	Beyond      string // why there is less to do than the reader may do to others
	why         signin.Why
	over        overs
}

// mailPause says that a mail server refuses somebody's address for good, so that mails to it wait (B-23).
type mailPause struct {
	Text, Answer string
	Since        views.Time
	URL          string // where it is said that the address is right; "" for those who may not
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
	own        access.Permission // what does for one's own page; "" when need does
}

// userTabs are a person's pages in the order in which they stand.
func userTabs() []tabOfUser {
	return []tabOfUser{
		{"", "users.tab-overview", access.UsersView, access.CasesView},
		{"access", "users.tab-access", access.UsersView, ""},
		{"client-card", "card.title", access.UsersView, ""},
		{"absences", "absence.title", access.UsersView, ""},
		{"cases", "cases.tab", access.CasesViewAll, access.CasesView},
		{"sessions", "users.tab-sessions", access.UsersSignOut, ""},
		{"mails", "users.tab-mails", access.UsersEdit, ""},
		{"history", "audit.tab", access.AuditView, ""},
	}
}

// actionOfUser is a row of the table of what can be done to an account.
type actionOfUser struct {
	path, text, icon string
	danger           bool
	need             access.Permission
	over             access.Over
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
	const record, account = access.OverRecord, access.OverAccount
	return []actionOfUser{
		{"/invitation", "users.invitation", "mail-plus", false, access.UsersCreate, account, invited},
		{"/password-reset/new", "users.password-reset", "key-round", false, access.UsersReset, account, func(own bool, c *staff.Card) bool { return !own && is(staff.Active)(own, c) }},
		{"/factors/delete", "factor.reset-action", "shield-off", false, access.UsersReset, account, func(own bool, c *staff.Card) bool { return !own && is(staff.Active)(own, c) }},
		{"/lock/delete", "users.unlock", "lock-open", false, access.UsersUnlock, account, func(_ bool, c *staff.Card) bool { return c.Account != nil && c.Account.LockedUntil != nil }},
		{"/email/edit", "users.email-change", "at-sign", false, access.UsersEmail, account, another},
		{"/picture/delete", "users.picture-remove", "image-off", false, access.UsersEdit, record, func(_ bool, c *staff.Card) bool { return c.PictureID != nil }},
		{"/sessions/delete", "users.sessions-end", "log-out", false, access.UsersSignOut, account, is(staff.Active)},
		{"/deactivation/new", "departure.action-look", "info", false, access.UsersDeactivate, account, is(staff.Inactive)},
		{"/activation/new", "departure.action-back", "user-check", false, access.UsersDeactivate, account, is(staff.Inactive)},
		{"/deactivation/new", "departure.action", "user-x", true, access.UsersDeactivate, account, another},
	}
}

// userHeadOf reads a person and makes the head of one of their pages, named as in userTabs.
func (w *Web) userHeadOf(r *request, id, tab string) (userHead, *staff.Card, error) {
	c, err := w.Staff.Card(r.ctx, r.actor(), id)
	if err != nil {
		return userHead{}, nil, err
	}
	h, err := w.userHeadFor(r, c, tab)
	if err != nil {
		return h, nil, err
	}
	err = w.headWhy(r, c, &h)
	return h, c, err
}

// overs is what a reader's verbs may be over of one person (access.Over), and why not of the rest.
type overs struct{ record, account error }

func (o overs) may(over access.Over) bool {
	switch over {
	case access.OverRecord:
		return o.record == nil
	case access.OverAccount:
		return o.account == nil
	}
	return true
}

// overs asks of a person whose role and profiles are known, as the guard of the routes does.
func (r *request) overs(book *access.Book, userID, roleID, profileIDs string) overs {
	theirs := book.Rights(roleID, strings.Fields(profileIDs))
	return overs{r.actor().MustOver(access.OverRecord, userID, theirs), r.actor().MustOver(access.OverAccount, userID, theirs)}
}

// oversOf is overs of the person of a card.
func (w *Web) oversOf(r *request, c *staff.Card) (overs, error) {
	if c.Account == nil { // then the card does not say
		o := overs{w.Signin.MayOver(r.ctx, r.actor(), access.OverRecord, c.ID), w.Signin.MayOver(r.ctx, r.actor(), access.OverAccount, c.ID)}
		return o, nil
	}
	book, err := w.Signin.Book(r.ctx)
	if err != nil {
		return overs{}, err
	}
	return r.overs(book, c.ID, c.Account.RoleID, c.Account.ProfileIDs), nil
}

// headWhy adds to the head why a person cannot sign in (B-8), for those who look after accounts.
func (w *Web) headWhy(r *request, c *staff.Card, h *userHead) (err error) {
	if c.Account == nil {
		return nil
	}
	if h.why, err = w.Signin.Why(r.ctx, r.actor(), c.ID); err != nil {
		return err
	}
	h.Why = w.headWhys(r, c, h.over, h.why)
	return w.headPause(r, c, h)
}

// headPause adds to the head that mails to the person wait for their address to be put right, for those who could.
func (w *Web) headPause(r *request, c *staff.Card, h *userHead) error {
	if !r.cur.Rights.Can(access.UsersEdit) {
		return nil
	}
	paused, err := w.Post.PauseOf(r.ctx, c.Email)
	if err != nil || paused == nil {
		return err
	}
	l := r.locale(w)
	h.Paused = &mailPause{Text: l.T(message("mails.paused", "Address", c.Email)), Answer: paused.Answer, Since: l.Time(paused.Since)}
	if h.over.may(access.OverAccount) {
		h.Paused.URL = "/users/" + c.ID + "/mails/pause"
	}
	return nil
}

func (w *Web) userHeadFor(r *request, c *staff.Card, tab string) (h userHead, err error) {
	l := r.locale(w)
	h = userHead{User: w.userCardOf(r, c), Own: c.ID == r.cur.User.ID}
	if h.over, err = w.oversOf(r, c); err != nil {
		return h, err
	}
	h.Leaving = leavingOf(r, l, c)
	away, err := w.awayTexts(r, []string{c.ID}, w.Now())
	if err != nil {
		return h, err
	}
	h.User.Away = away[c.ID]
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
		h.Dormant = a.Dormant(r.cur.Org.DormantSince(w.Now()))
	}
	for _, t := range userTabs() {
		if r.cur.Rights.Can(t.need) || h.Own && t.own != "" && r.cur.Rights.Can(t.own) {
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
		switch {
		case !r.cur.Rights.Can(a.need) || a.offered != nil && !a.offered(h.Own, c):
		case h.over.may(a.over):
			h.Actions = append(h.Actions, userAction{l.T(message(a.text)), h.User.URL + a.path, a.icon, a.danger})
		case h.Beyond == "":
			h.Beyond = w.detail(r, h.over.account)
		}
	}
	return h, nil
}
