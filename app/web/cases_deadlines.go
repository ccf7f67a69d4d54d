package web

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"chancery/app/agenda"
	"chancery/app/fault"
)

// casesDeadlinesNew asks what is due, and when.
func (w *Web) casesDeadlinesNew(r *request) error {
	return w.casesDeadlineForm(r, nil, form{}, problems{status: fiber.StatusOK})
}

func (w *Web) casesDeadlinesCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	if _, err := w.Agenda.SetDeadline(r.ctx, r.actor(), r.Params("id"), f.get("title"), f.get("due_on")); err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		return w.casesDeadlineForm(r, nil, f, p)
	}
	return w.toDates(r, "set")
}

func (w *Web) toDates(r *request, notice string) error {
	return r.goTo(casesAt + "/" + r.Params("id") + "/appointments?notice=" + notice)
}

// casesDeadlinesEdit is the form with which a deadline is moved, or called something else.
func (w *Web) casesDeadlinesEdit(r *request) error {
	d, err := w.Agenda.Deadline(r.ctx, r.actor(), r.Params("id"), r.Params("deadline"))
	if err != nil {
		return err
	}
	return w.casesDeadlineForm(r, d, form{"title": {d.Title}, "due_on": {d.DueOn}}, problems{status: fiber.StatusOK})
}

func (w *Web) casesDeadlinesUpdate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	d, err := w.Agenda.Deadline(r.ctx, r.actor(), r.Params("id"), r.Params("deadline"))
	if err != nil {
		return err
	}
	_, err = w.Agenda.MoveDeadline(r.ctx, r.actor(), d.ID, formGeneration(f), f.get("title"), f.get("due_on"))
	if conflict := (*fault.Conflict)(nil); errors.As(err, &conflict) {
		now := map[string]string{}
		for name, stored := range map[string]string{"title": d.Title, "due_on": d.DueOn} {
			if f.get(name) != stored {
				now[name] = stored
			}
		}
		err = &fault.Conflict{Current: now}
	}
	if err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		return w.casesDeadlineForm(r, d, f, p)
	}
	return w.toDates(r, "moved")
}

func (w *Web) casesDeadlineForm(r *request, d *agenda.Deadline, f form, p problems) error {
	v, _, err := w.caseForm(r, "calendar.deadline-new", "appointments", p)
	if err != nil {
		return err
	}
	l, name := r.locale(w), "cases/deadlines/new"
	v.Action, v.Text, v.Button = v.Case.URL+"/deadlines", l.T(message("calendar.deadline-text")), l.T(message("calendar.deadline-button"))
	if d != nil {
		name = "cases/deadlines/edit"
		v.Question, v.Action, v.Method, v.Stamp, v.Button = l.T(message("calendar.deadline-edit")), v.Action+"/"+d.ID, "PATCH", d.Generation, l.T(message("form.save"))
	}
	v.Fields = append(v.Fields, p.formField(l, f, "title", "calendar.deadline-title", "text", true), p.formField(l, f, "due_on", "calendar.deadline-day", "date", true))
	return w.renderCaseForm(r, p.status, name, v)
}

// casesCompletionCreate says that what was due is done.
func (w *Web) casesCompletionCreate(r *request) error { return w.finish(r, true, "done") }

// casesCompletionDelete says that it is not done after all.
func (w *Web) casesCompletionDelete(r *request) error { return w.finish(r, false, "open") }

func (w *Web) finish(r *request, done bool, notice string) error {
	d, err := w.Agenda.Deadline(r.ctx, r.actor(), r.Params("id"), r.Params("deadline"))
	if err != nil {
		return err
	}
	if _, err := w.Agenda.FinishDeadline(r.ctx, r.actor(), d.ID, done); err != nil {
		return err
	}
	return w.toDates(r, notice)
}
