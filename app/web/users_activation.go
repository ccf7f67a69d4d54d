package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/app/staff"
	"chancery/views"
)

// usersActivationNew asks before a person is brought back.
func (w *Web) usersActivationNew(r *request) error {
	return w.renderActivation(r, nil, problems{status: fiber.StatusOK})
}

func (w *Web) renderActivation(r *request, f form, p problems) error {
	c, err := w.Staff.Card(r.ctx, r.actor(), r.Params("id"))
	if err != nil {
		return err
	}
	v := usersConfirmView{Page: w.page(r, "departure.back-title", "users"), User: w.userCardOf(r, c), Alone: !r.fragment(), Errors: p.summary, Back: r.cameFrom(f)}
	v.Question = r.locale(w).T(message("departure.back-question", "Name", c.Name()))
	return w.render(r, p.status, "users/activation/new", v)
}

// usersActivationCreate brings an account back with its history, not its sessions (S1-33).
func (w *Web) usersActivationCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	id := r.Params("id")
	if err := w.Staff.Reactivate(r.ctx, r.actor(), id); err != nil {
		if p, ok := w.problems(r, err); ok && r.fragment() {
			return w.renderActivation(r, f, p)
		}
		return err
	}
	if back := r.cameFrom(f); back != "" {
		return w.rowChanged(r, back, "activation", id)
	}
	return r.goTo("/users/" + id + "?notice=back")
}

// leavingOf tells that someone is about to leave, to those who look after accounts.
func leavingOf(r *request, l views.Locale, c *staff.Card) *userLeaving {
	if c.Account == nil || c.Account.Leaving == "" || c.Account.LeavesAt == nil || c.Account.Status == staff.Inactive {
		return nil
	}
	v := &userLeaving{URL: "/users/" + c.ID + "/deactivation", Blocked: c.Account.Leaving == staff.Blocked}
	if v.Text = l.T(message("departure.leaving", "Day", lastDay(r, l, *c.Account.LeavesAt))); v.Blocked {
		v.Text = l.T(message("departure.leaving-blocked"))
	}
	return v
}

// tabCount is the number beside a tab, or "". A page is shown without it rather than not at all.
func (w *Web) tabCount(r *request, l views.Locale, t tabOfUser, id string) string {
	if t.name != "cases" {
		return ""
	}
	n, err := w.Cases.CountOpen(r.ctx, r.actor(), id)
	if err != nil {
		w.Log.Warn("a tab is shown without its number", "id", r.from.RequestID, "tab", t.name, "error", err.Error())
		return ""
	}
	return l.Number(int(n))
}
