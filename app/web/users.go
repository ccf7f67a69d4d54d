package web

import (
	"time"

	"chancery/app/access"
	"chancery/app/staff"
	"chancery/views"
)

// usersIndexView is the list of the practice's people, or of those that a search found.
type usersIndexView struct {
	views.Page
	Search    peopleSearch
	Rows      []userRow
	Caption   string
	Pages     peoplePages
	MayCreate bool
}

// userRow is one person of the list.
type userRow struct {
	Name       string
	URL        string
	Email      string
	Title      string
	Role       string
	Department string
	Status     status
	LastSignIn *views.Time
	Avatar     views.Avatar
}

// status is a person's state in words, and its name for the stylesheet.
type status struct{ Name, Text string }

// usersIndex lists the people by name (S1-34 searches; S1-1 keeps others out).
func (w *Web) usersIndex(r *request) error {
	q := listQuery(r)
	rows, total, err := w.Staff.List(r.ctx, r.actor(), q)
	if err != nil {
		return err
	}
	if last := lastPage(total); q.Page > last {
		return r.goTo(listPath("/users", q.Search, last))
	}
	l := r.locale(w)
	v := usersIndexView{
		Page: w.page(r, "users.title", "users"), Search: peopleSearch{"/users", l.T(message("users.search-label")), q.Search},
		Pages: pages(l, "/users", q, len(rows), total), MayCreate: r.cur.Rights.Can(access.UsersCreate),
	}
	for i := range rows {
		v.Rows = append(v.Rows, userRowOf(l, &rows[i], w.Now()))
	}
	v.Caption = l.T(message("users.caption", "Range", v.Pages.Range))
	return w.renderPeople(r, "users", v)
}

func userRowOf(l views.Locale, row *staff.Row, now time.Time) userRow {
	u := userRow{
		Name: row.Name(), URL: "/users/" + row.ID, Email: row.Email, Title: row.Title, Role: roleName(l, row.RoleID, row.RoleName),
		Department: row.Department, Status: statusOf(l, row.Status, row.LockedUntil, now),
		Avatar: avatarFor(row.ID, row.FirstName, row.LastName, row.PictureID, 64),
	}
	if row.LastSignInAt != nil {
		at := l.Time(*row.LastSignInAt)
		u.LastSignIn = &at
	}
	return u
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
