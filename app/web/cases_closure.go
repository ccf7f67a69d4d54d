package web

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/staff"
)

// casesClosureNew asks before a case is closed.
func (w *Web) casesClosureNew(r *request) error {
	return w.casesClosureForm(r, problems{status: fiber.StatusOK})
}

func (w *Web) casesClosureForm(r *request, p problems) error {
	v, s, err := w.caseDialog(r, "cases.close-title", p)
	if err != nil {
		return err
	}
	l := r.locale(w)
	v.Action, v.Stamp, v.Text, v.Button = v.Case.URL+"/closure", s.Generation, l.T(message("cases.close-text")), l.T(message("cases.close"))
	if v.Warnings, err = w.leftOpen(r, s.ID); err != nil {
		return err
	}
	return w.renderCaseDialog(r, p.status, "cases/closure/new", v)
}

// leftOpen is what stays as it is when a case is closed, as far as the reader may know of it.
func (w *Web) leftOpen(r *request, id string) (lines []string, err error) {
	l := r.locale(w)
	for _, left := range []struct {
		need access.Permission
		key  string
		of   func(context.Context, access.Actor, string) (int64, error)
	}{{access.AppointmentsView, "cases.close-appointments", w.Agenda.Planned}, {access.InvoicesView, "cases.close-invoices", w.Billing.Unpaid}} {
		if !r.cur.Rights.Can(left.need) {
			continue
		}
		n, err := left.of(r.ctx, r.actor(), id)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			lines = append(lines, l.T(message(left.key, "Count", int(n))))
		}
	}
	return lines, nil
}

func (w *Web) casesClosureCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	if err := w.Cases.Close(r.ctx, r.actor(), r.Params("id"), formGeneration(f)); err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		return w.casesClosureForm(r, p)
	}
	return r.goTo(casesAt + "/" + r.Params("id") + "?notice=closed")
}

// casesClosureConfirm asks before a case is taken up again, and by whom where its owner has left.
func (w *Web) casesClosureConfirm(r *request) error {
	return w.casesReopenForm(r, "", problems{status: fiber.StatusOK})
}

func (w *Web) casesReopenForm(r *request, chosen string, p problems) error {
	v, s, err := w.caseDialog(r, "cases.reopen-title", p)
	if err != nil {
		return err
	}
	l := r.locale(w)
	v.Action, v.Method, v.Stamp, v.Button = v.Case.URL+"/closure", "DELETE", s.Generation, l.T(message("cases.reopen"))
	if s.Owner != nil && s.Owner.Status == staff.Active && p.field("owner").Text == "" {
		v.Text = l.T(message("cases.reopen-text", "Name", s.Owner.Name()))
		return w.renderCaseDialog(r, p.status, "cases/closure/delete", v)
	}
	takers, err := w.Cases.Takers(r.ctx, r.actor(), pointed(s.OwnerID))
	if err != nil {
		return err
	}
	v.Text, v.Field, v.Label, v.Choose = l.T(message("cases.reopen-text-left")), "owner", l.T(message("cases.owner")), l.T(message("cases.choose"))
	v.Choice, v.Choices, v.Nobody = inputField{chosen, p.field("owner")}, takerChoices(l, takers, chosen), l.T(message("cases.nobody"))
	if err := w.markAway(r, v.Choices, w.Now()); err != nil {
		return err
	}
	return w.renderCaseDialog(r, p.status, "cases/closure/delete", v)
}

func (w *Web) casesClosureDelete(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	if _, err := w.Cases.Reopen(r.ctx, r.actor(), r.Params("id"), formGeneration(f), f.get("owner")); err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		return w.casesReopenForm(r, f.get("owner"), p)
	}
	return w.backToCase(r, r.Params("id"), "reopened", "moved&count=1&to="+f.get("owner"))
}
