package web

import (
	"context"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/views"
)

// userRow is one person of the list.
type userRow struct {
	ID         string
	Name       string
	URL        string
	Email      string
	Mailbox    string // the address up to its @, before which it may be broken
	Host       string
	Title      string
	Role       userCell
	Department userCell
	Status     status
	StatusURL  string // of the sheet that changes it; "" for those who may not
	Focus      bool   // it was changed a moment ago, and the keyboard stays in the row
	Dormant    bool
	LastSignIn *views.Time
	Avatar     views.Avatar
	Select     bool
	Selected   bool // when one comes back from the page that asks, without script
}

// userCell is a cell of the list whose value can be changed in its place: users/rows/_cell. It is what the pages of that
// value answer with, too: URL as a fragment is the cell as it is read, URL/edit the form in its place, and a PATCH of URL
// the cell again, Done. Without script URL/edit is a page.
type userCell struct {
	Text string // "" for none
	None string // what is said then
	URL  string // "" for those who may not change it
	Hint string // what the link does, for those who do not see in which column it stands
	Done bool   // it was changed a moment ago
	// EditURL is the page with the form, which leads back to the list.
	EditURL string
	Focus   bool // it takes the place of a form that had the focus
}

// status is a person's state in words, and its name for the stylesheet.
type status struct{ Name, Text string }

// userCells makes rows for one reader.
type userCells struct {
	l       views.Locale
	now     time.Time
	mayEdit bool
	mayEnd  bool
	mayGive func(userID string, over overs) bool
	overs   func(*staff.Row) overs
	none    string
	// what the links of the cells do: in which row they stand, the row's head says
	role, department string
	back             string // the list's address
	lives            map[string]signin.Life
}

// invitationsIn reads what the invitations of those have come to who have not come in yet (B-13).
func (w *Web) invitationsIn(ctx context.Context, actor access.Actor, rows []staff.Row, c *userCells) (err error) {
	var ids []string
	for i := range rows {
		if rows[i].Status == staff.Pending {
			ids = append(ids, rows[i].ID)
		}
	}
	if len(ids) > 0 {
		c.lives, err = w.Signin.Lives(ctx, actor, ids)
	}
	return err
}

// userCells makes rows of a list that has that address.
func (w *Web) userCells(r *request, l views.Locale, back string) (userCells, error) {
	book, err := w.Signin.Book(r.ctx)
	if err != nil {
		return userCells{}, err
	}
	overs := func(row *staff.Row) overs { return r.overs(book, row.ID, row.RoleID, row.ProfileIDs) }
	return userCells{
		l: l, now: w.Now(), mayEdit: r.cur.Rights.Can(access.UsersEdit), mayEnd: r.cur.Rights.Can(access.UsersDeactivate), mayGive: r.mayGiveRole,
		overs: overs, none: l.T(message("users.no-department")),
		role: l.T(message("people.change-role")), department: l.T(message("people.change-department")), back: back,
	}, nil
}

func (c userCells) row(row *staff.Row, dormantSince time.Time) userRow {
	l := c.l
	u := userRow{
		ID: row.ID, Name: row.Name(), URL: "/users/" + row.ID, Email: row.Email, Title: row.Title,
		Role: userCell{Text: roleName(l, row.RoleID, row.RoleName)}, Department: userCell{Text: row.Department, None: c.none},
		Status: statusOf(l, row.Status, row.LockedUntil, c.now), Dormant: row.Dormant(dormantSince),
		Avatar: avatarFor(row.ID, row.FirstName, row.LastName, row.PictureID, 64),
	}
	if at := strings.LastIndexByte(row.Email, '@'); at > 0 {
		u.Mailbox, u.Host = row.Email[:at], row.Email[at:]
	}
	if u.Status.Name == "invited" {
		u.Status = invitedStatus(l, c.lives[row.ID])
	}
	over := c.overs(row)
	if c.mayEdit && over.may(access.OverRecord) {
		u.Department.URL, u.Department.Hint = u.URL+"/department", c.department
		u.Department.EditURL = withBack(u.Department.URL+"/edit", c.back)
	}
	if c.mayGive(row.ID, over) {
		u.Role.URL, u.Role.Hint = u.URL+"/role", c.role
		u.Role.EditURL = withBack(u.Role.URL+"/edit", c.back)
	}
	if c.mayEnd && over.may(access.OverAccount) {
		u.StatusURL = u.URL + "/deactivation/new"
		if row.Status == staff.Inactive {
			u.StatusURL = u.URL + "/activation/new"
		}
		u.StatusURL = withBack(u.StatusURL, c.back)
	}
	if row.LastSignInAt != nil {
		at := l.Time(*row.LastSignInAt)
		u.LastSignIn = &at
	}
	return u
}

// invitedStatus says how far somebody is who has not come in yet (B-13).
func invitedStatus(l views.Locale, life signin.Life) status {
	switch life {
	case signin.LifeExpired:
		return status{"failed", l.T(message("people.invitation-expired"))}
	case signin.LifeBounced:
		return status{"failed", l.T(message("people.invitation-bounced"))}
	case signin.LifeCancelled:
		return status{"inactive", l.T(message("people.invitation-cancelled"))}
	case signin.LifeNone:
		return status{"inactive", l.T(message("people.invitation-none"))}
	case signin.LifeUnsure:
		return status{"invited", l.T(message("people.invitation-unsure"))}
	}
	return status{"invited", l.T(message("users.status-invited"))}
}

// statusOf says a status; locked is derived from a time (C-13), and an inactive person's lock is of no interest.
func statusOf(l views.Locale, stored staff.Status, lockedUntil *time.Time, now time.Time) status {
	switch {
	case stored == staff.Inactive:
		return status{"inactive", l.T(message("users.status-inactive"))}
	case lockedUntil != nil && now.Before(*lockedUntil):
		return status{"locked", l.T(message("users.status-locked"))}
	case stored == staff.Pending:
		return status{"invited", l.T(message("users.status-invited"))}
	default:
		return status{"active", l.T(message("users.status-active"))}
	}
}
