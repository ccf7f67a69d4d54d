package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/staff"
	"chancery/views"
)

// usersShowView is a person's card (S0-1, S0-33), and the account for those who look after it.
type usersShowView struct {
	views.Page
	Head      userHead
	Account   *userAccount // nil for those without users.view
	Calendars *userCalendars
	Rows      []rowView // of fields, for those who may change them
	Edit      string    // address of the form with all of them
}

// userCard is what any colleague sees.
type userCard struct {
	Name       string
	URL        string
	Email      string
	Title      string
	Department string
	Cell       phone
	Office     phone
	Bio        string
	Avatar     views.Avatar
	Standing   *status // of whoever is not at work here, for colleagues; those who look after accounts see all of it
	Away       string  // until when, and who stands in (away.go); "" for who is here
	Own        bool    // the reader's own card
}

// phone is a number for people and for tel:.
type phone struct{ Text, Extension, Dial string }

// userAccount is what the head does not say of an account.
type userAccount struct {
	Role     string
	Profiles []string
	// why they are not changed here, or ""
	RoleFixed, ProfilesFixed string

	Language string
	Zone     string
	Verified *views.Time
	Created  views.Time
}

// usersShow shows one person to any colleague.
func (w *Web) usersShow(r *request) error {
	v, err := w.usersShowView(r)
	if err != nil {
		return err
	}
	return w.render(r, fiber.StatusOK, "users/show", v)
}

func (w *Web) usersShowView(r *request) (*usersShowView, error) {
	c, err := w.Staff.Card(r.ctx, r.actor(), r.Params("id"))
	if err != nil {
		return nil, err
	}
	list := "colleagues" // the one that the reader came from, or could have
	if r.cur.Rights.Can(access.UsersView) {
		list = "users"
	}
	v := &usersShowView{Page: w.page(r, "users.show-title", list)}
	if v.Head, err = w.userHeadFor(r, c, ""); err != nil {
		return nil, err
	}
	if err := w.headWhy(r, c, &v.Head); err != nil {
		return nil, err
	}
	v.Title, v.Notice = c.Name(), w.usersNotice(r, c)
	if c.Account != nil {
		v.Account = w.userAccountOf(r, c)
	}
	if v.Calendars, err = w.userCalendars(r, c.ID, c.Name(), v.Head.over); err != nil {
		return nil, err
	}
	if v.Rows, err = w.usersRows(r); err != nil {
		return nil, err
	}
	if v.Rows != nil {
		v.Edit = v.Head.User.URL + "/edit"
	}
	return v, nil
}

func (w *Web) userCardOf(r *request, c *staff.Card) userCard {
	return userCard{
		Standing: standing(r.locale(w), c),
		Name:     c.Name(), URL: "/users/" + c.ID, Email: c.Email, Title: c.Title, Department: c.Department, Cell: phoneOf(c.Cell), Office: phoneOf(c.Office), Bio: c.Bio,
		Avatar: avatarFor(c.ID, c.FirstName, c.LastName, c.PictureID, 256), Own: c.ID == r.cur.User.ID,
	}
}

func (w *Web) userAccountOf(r *request, c *staff.Card) *userAccount {
	l, a := r.locale(w), c.Account
	v := &userAccount{
		Role: roleName(l, a.RoleID, a.RoleName), RoleFixed: lockedBy(l, a.Owner, "role"), ProfilesFixed: lockedBy(l, a.Owner, "profiles"),
		Language: languageName(a.Language), Zone: w.zoneLabel(r, a.Zone), Created: l.Day(a.CreatedAt),
	}
	for _, name := range a.Profiles {
		v.Profiles = append(v.Profiles, profileName(l, name))
	}
	if a.EmailVerifiedAt != nil {
		at := l.Day(*a.EmailVerifiedAt)
		v.Verified = &at
	}
	return v
}

// usersNotice is the confirmation of what was just done, named by the address one was sent on to.
func (w *Web) usersNotice(r *request, c *staff.Card) *views.Notice {
	l := r.locale(w)
	switch r.Query("notice") {
	case "created":
		return &views.Notice{Text: l.T(message("users.created", "Name", c.Name(), "Email", c.Email)), Link: "/users/new", LinkText: l.T(message("users.create-another"))}
	case "department":
		return &views.Notice{Text: l.T(message("departments.set"))}
	case "edited":
		return &views.Notice{Text: l.T(message("users.edited", "Name", c.Name()))}
	case "back":
		return &views.Notice{Text: l.T(message("departure.back-done", "Name", c.Name()))}
	case "picture":
		return &views.Notice{Text: l.T(message("users.picture-removed"))}
	case "calendars":
		return &views.Notice{Text: l.T(message("calendars.users-done", "Name", c.Name()))}
	case "sessions":
		return &views.Notice{Text: l.T(message("users.sessions-ended", "Name", c.Name()))}
	}
	return w.accountNotice(r, c)
}

// standing is how colleagues are told that nobody answers (S1-13); nil when somebody does.
func standing(l views.Locale, c *staff.Card) *status {
	switch {
	case c.Account != nil:
	case c.Left:
		return &status{"inactive", l.T(message("users.no-longer-here"))}
	case c.Invited:
		return &status{"invited", l.T(message("users.not-yet-here"))}
	}
	return nil
}

func phoneOf(stored string) phone {
	if stored == "" {
		return phone{}
	}
	text, extension := staff.PhoneParts(stored)
	return phone{Text: text, Extension: extension, Dial: stored}
}
