package web

import (
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"chancery/app/staff"
	"chancery/views"
)

// A form that was opened from a list leads back to that list, as it was: with its search, its filters, its order and the
// part that was shown. The list's links carry its address, the form carries it on, and what was done is said there.

// cameFrom is where a page leads that was opened from a list, or "" when it was not. Only a page about people is one to come
// back to.
func (r *request) cameFrom(f form) string {
	path := f.get("back")
	if f == nil {
		path = r.Query("back")
	}
	if rest, ok := strings.CutPrefix(path, "/users"); ok && local(path) && (rest == "" || strings.ContainsAny(rest[:1], "?/")) {
		return path
	}
	return ""
}

// withBack is a link from a list, with the list's address.
func withBack(path, back string) string {
	if back == "" {
		return path
	}
	return asking(path, "back", back)
}

// asking is an address with one thing more in its query.
func asking(path, name, value string) string {
	mark := "?"
	if strings.Contains(path, "?") {
		mark = "&"
	}
	return path + mark + name + "=" + url.QueryEscape(value)
}

// told is an address to come back to, with what was done to whom. Names stand in no address.
func told(back, done, userID string) string {
	u, err := url.Parse(back)
	if err != nil {
		return back
	}
	q := u.Query()
	q.Set("notice", done+"."+userID)
	u.RawQuery = q.Encode()
	return u.String()
}

// usersRowView is a row after something was done in a dialog above it, and what was done.
type usersRowView struct {
	Row    userRow
	Notice *views.Notice
}

// rowChanged leads back to the list from a sheet that was opened there. With script the list never went away: what comes
// is the row as it is now.
func (w *Web) rowChanged(r *request, back, done, userID string) error {
	if !r.fragment() {
		return r.goTo(told(back, done, userID))
	}
	row, err := w.Staff.RowOf(r.ctx, r.actor(), userID)
	if err != nil {
		return err
	}
	l := r.locale(w)
	cells, err := w.userCells(r, l, back)
	if err != nil {
		return err
	}
	if err := w.invitationsIn(r.ctx, r.actor(), []staff.Row{*row}, &cells); err != nil {
		return err
	}
	v := usersRowView{cells.row(row, r.cur.Org.DormantSince(w.Now())), w.rowDone(r, done, row)}
	v.Row.Focus, v.Row.Select = true, len(w.bulkActions(r, l)) > 0
	return w.render(r, fiber.StatusOK, "users/rows/_changed", v)
}

// rowNotice says what was done in a row, on the list that one came back to.
func (w *Web) rowNotice(r *request) *views.Notice {
	done, id, _ := strings.Cut(r.Query("notice"), ".")
	if id == "" {
		return nil
	}
	row, err := w.Staff.RowOf(r.ctx, r.actor(), id)
	if err != nil {
		return nil // a notice is no reason to show no list
	}
	return w.rowDone(r, done, row)
}

// rowDone is what was done in a row, in a sentence.
func (w *Web) rowDone(r *request, done string, row *staff.Row) *views.Notice {
	l := r.locale(w)
	switch done {
	case "role":
		return &views.Notice{Text: l.T(message("people.done-role", "Name", row.Name(), "Role", roleName(l, row.RoleID, row.RoleName)))}
	case "department":
		if row.Department == "" {
			return &views.Notice{Text: l.T(message("people.done-no-department", "Name", row.Name()))}
		}
		return &views.Notice{Text: l.T(message("people.done-department", "Name", row.Name(), "Department", row.Department))}
	case "activation":
		return &views.Notice{Text: l.T(message("departure.back-done", "Name", row.Name()))}
	case "deactivation":
		n := &views.Notice{Text: l.T(message("people.done-deactivation", "Name", row.Name())), Link: "/users/" + row.ID + "/deactivation", LinkText: l.T(message("people.receipt"))}
		if row.Status != staff.Inactive {
			n.Text, n.LinkText = l.T(message("people.done-departure", "Name", row.Name())), l.T(message("people.plan"))
		}
		return n
	}
	return nil
}
