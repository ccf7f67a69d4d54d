package web

import (
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/staff"
	"chancery/views"
)

// usersPerPage is how many people one page of the list shows.
const usersPerPage = 25

// usersIndexView is the list of the practice's people, or of those that a search found.
type usersIndexView struct {
	views.Page
	Query     string
	Rows      []userRow
	Range     string // "1 to 25 of 38"
	Caption   string
	Previous  string // URLs of the pages beside this one, or ""
	Next      string
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
	v := usersIndexView{Page: w.page(r, "users.title", "users"), Query: q.Search, MayCreate: r.cur.Rights.Can(access.UsersCreate)}
	l := r.locale(w)
	for i := range rows {
		v.Rows = append(v.Rows, userRowOf(l, &rows[i], w.Now()))
	}
	v.Range, v.Previous, v.Next = pages(l, "/users", q, len(rows), total)
	v.Caption = l.T(message("users.caption", "Range", v.Range))
	return w.render(r, fiber.StatusOK, "users/index", v)
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

// listQuery is which people the address asks for.
func listQuery(r *request) staff.Query {
	page, _ := strconv.Atoi(r.Query("page"))
	return staff.Query{Search: clipped(strings.TrimSpace(words(r.Query("q"))), 100), Page: min(max(page, 1), 100_000), Size: usersPerPage}
}

// lastPage is the number of a list's last page; a list of nobody has one too.
func lastPage(total int64) int { return max(int((total+usersPerPage-1)/usersPerPage), 1) }

// pages says which part of a list a page of n people shows, and where the pages beside it are, or "".
func pages(l views.Locale, path string, q staff.Query, n int, total int64) (shown, previous, next string) {
	first := (q.Page - 1) * q.Size
	if q.Page > 1 {
		previous = listPath(path, q.Search, q.Page-1)
	}
	if int64(first+n) < total {
		next = listPath(path, q.Search, q.Page+1)
	}
	return l.T(message("users.range", "From", min(first+1, int(total)), "To", first+n, "Total", int(total))), previous, next
}

// listPath is a page of a list as an address, so that it can be kept and sent to others.
func listPath(path, query string, page int) string {
	v := url.Values{}
	if query != "" {
		v.Set("q", query)
	}
	if page > 1 {
		v.Set("page", strconv.Itoa(page))
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// words is a search as it was typed, without what is no text.
func words(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == utf8.RuneError {
			return -1
		}
		return c
	}, s)
}
