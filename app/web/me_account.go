package web

import (
	"time"

	"chancery/app/access"
	"chancery/app/signin"
	"chancery/views"
)

// accountView is what a person reads of their account and cannot change (S0-12, S2-10…S2-16, C-11).
type accountView struct {
	Lead        string // who sets all this, and whom to ask
	Email       string
	Verified    views.Time // empty when it is not
	Prove       string     // the request token of the form that asks for a link to prove it; "" once it is proved
	Unsent      string     // why no link to prove it was sent
	Status      string     // data-status
	StatusText  string
	Until       views.Time // end of a lock
	Title       string
	TitleNote   string
	Role        string
	Profiles    []string
	Super       bool
	Granted     string // how many
	Permissions []grantedRow
	Department  string
	Org         views.Org
	Created     views.Time
	LastSignIn  *views.Time
}

func (w *Web) accountView(r *request, l views.Locale, page views.Page) accountView {
	c := r.cur
	v := accountView{
		Prove: page.CSRF, Email: c.User.Email, Title: c.User.Title, Role: page.Me.Role, Super: c.Rights.Super(),
		Department: c.Department, Org: page.Org, Created: l.Day(c.User.CreatedAt), LastSignIn: page.Me.LastSignIn,
	}
	for _, name := range c.Profiles {
		v.Profiles = append(v.Profiles, profileName(l, name))
	}
	if c.User.EmailVerifiedAt != nil {
		v.Verified, v.Prove = l.Day(*c.User.EmailVerifiedAt), ""
	}
	v.TitleNote, v.Lead = l.T(message("me.job-title.note")), l.T(message("me.account.lead"))
	if c.Org.Contact != "" {
		v.Lead = l.T(message("me.account.ask", "Contact", c.Org.Contact))
		v.TitleNote = l.T(message("me.job-title.ask", "Contact", c.Org.Contact))
	}
	v.Status, v.StatusText, v.Until = w.status(l, c)
	v.Permissions = ownRights(l, c.Sources())
	v.Granted = l.Number(len(v.Permissions))
	return v
}

// status is the account's state in the words of every other page; that it is locked follows from a time (C-13).
func (w *Web) status(l views.Locale, c *signin.Current) (mark, text string, until views.Time) {
	s := statusOf(l, c.User.Status, c.LockedUntil, w.Now())
	if s.Name == "locked" {
		until = l.Time(*c.LockedUntil)
	}
	return s.Name, s.Text, until
}

// ownRights are the rights that a person has (S2-13). Where the role itself grants one, that goes without saying; of the
// others it is said what does.
func ownRights(l views.Locale, sources []access.Source) []grantedRow {
	rows := make([]grantedRow, len(sources))
	for i, s := range sources {
		rows[i].Text = l.T(message(s.Permission.Key()))
		if o := s.From[0]; o.Kind != access.FromRole || o.Parent { // the role itself comes first
			rows[i].From = originsText(l, s.From)
		}
	}
	return rows
}

// moment is an instant that may be missing.
func moment(l views.Locale, t *time.Time) views.Time {
	if t == nil {
		return views.Time{}
	}
	return l.Day(*t)
}
