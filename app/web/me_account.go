package web

import (
	"time"

	"chancery/app/access"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/views"
)

// accountView is what a person reads of their account and cannot change (S0-12, S2-10…S2-16, C-11).
type accountView struct {
	Email       string
	Verified    views.Time // empty when it is not
	Status      string     // data-status
	StatusText  string
	Until       views.Time // end of a lock
	Title       string
	TitleNote   string
	Role        string
	Profiles    []string
	Super       bool
	Granted     string // how many
	Permissions []string
	Department  string
	Org         views.Org
	Created     views.Time
	LastSignIn  *views.Time
}

func (w *Web) accountView(r *request, l views.Locale, page views.Page) accountView {
	c := r.cur
	v := accountView{
		Email: c.User.Email, Title: c.User.Title, Role: page.Me.Role, Super: c.Rights.Super(),
		Department: c.Department, Org: page.Org, Created: l.Day(c.User.CreatedAt), LastSignIn: page.Me.LastSignIn,
	}
	for _, name := range c.Profiles {
		v.Profiles = append(v.Profiles, profileName(l, name))
	}
	if c.User.EmailVerifiedAt != nil {
		v.Verified = l.Day(*c.User.EmailVerifiedAt)
	}
	v.TitleNote = l.T(message("me.job-title.note"))
	if c.Org.Contact != "" {
		v.TitleNote = l.T(message("me.job-title.ask", "Contact", c.Org.Contact))
	}
	v.Status, v.StatusText, v.Until = w.status(l, c)
	v.Permissions = permissions(l, c.Rights)
	v.Granted = l.Number(len(v.Permissions))
	return v
}

// status is the account's state as people read it; LOCKED follows from a time and stands nowhere (C-13).
func (w *Web) status(l views.Locale, c *signin.Current) (mark, text string, until views.Time) {
	switch {
	case c.LockedUntil != nil && w.Now().Before(*c.LockedUntil):
		return "locked", l.T(message("me.status.locked")), l.Time(*c.LockedUntil)
	case c.User.Status == staff.Pending:
		return "invited", l.T(message("me.status.pending")), views.Time{}
	case c.User.Status == staff.Inactive:
		return "inactive", l.T(message("me.status.inactive")), views.Time{}
	}
	return "active", l.T(message("me.status.active")), views.Time{}
}

func permissions(l views.Locale, rights access.Rights) []string {
	granted := rights.List()
	names := make([]string, len(granted))
	for i, p := range granted {
		names[i] = l.T(message(p.Key()))
	}
	return names
}

// moment is an instant that may be missing.
func moment(l views.Locale, t *time.Time) views.Time {
	if t == nil {
		return views.Time{}
	}
	return l.Day(*t)
}
