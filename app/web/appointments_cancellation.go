package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/views"
)

// appointmentDialogView asks before an appointment is cancelled.
type appointmentDialogView struct {
	views.Page
	Alone      bool
	Title      string
	When       string
	Action     string
	Back       string
	Generation int64
	Errors     *views.Errors
}

// appointmentsCancellationNew asks before an appointment is cancelled.
func (w *Web) appointmentsCancellationNew(r *request) error {
	return w.appointmentCancelForm(r, problems{status: fiber.StatusOK})
}

func (w *Web) appointmentCancelForm(r *request, p problems) error {
	e, _, err := w.Agenda.Get(r.ctx, r.actor(), r.Params("id"))
	if err != nil {
		return err
	}
	l, at := r.locale(w), appointmentsAt+"/"+e.ID
	v := appointmentDialogView{
		Page: w.page(r, "calendar.cancel-title", "calendar"), Alone: !r.fragment(), Title: e.Title, When: spanOf(l, r.zone, e).Text, Action: at + "/cancellation", Back: at, Generation: e.Generation, Errors: p.summary,
	}
	if !v.Alone {
		v.Page.CSRF = ""
	}
	if err := w.render(r, p.status, "appointments/cancellation/new", v); err != nil {
		return err
	}
	if !v.Alone {
		r.compress()
	}
	return nil
}

// appointmentsCancellationCreate says that an appointment does not take place.
func (w *Web) appointmentsCancellationCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	if _, err := w.Agenda.Cancel(r.ctx, r.actor(), r.Params("id"), formGeneration(f)); err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		if p.status == fiber.StatusConflict {
			p.summary.Refused = r.locale(w).T(message("calendar.changed-meanwhile"))
		}
		return w.appointmentCancelForm(r, p)
	}
	return r.goTo(appointmentsAt + "/" + r.Params("id") + "?notice=cancelled")
}

// appointmentsCancellationDelete plans it again, as it was.
func (w *Web) appointmentsCancellationDelete(r *request) error {
	id := r.Params("id")
	if _, err := w.Agenda.Restore(r.ctx, r.actor(), id, 0); err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		return w.appointmentShow(r, p)
	}
	return r.goTo(appointmentsAt + "/" + id + "?notice=restored")
}
