package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/views"
)

// meAbsencesIndexView is when one is away oneself, and for whom one stands in (B-5).
type meAbsencesIndexView struct {
	views.Page
	Shell    *shellView
	Saved    noticeView
	Rail     railView
	Absences absencesView
}

func (w *Web) meAbsencesIndex(r *request) error {
	page := w.page(r, "absence.title", "me")
	all, err := w.absencesView(r, r.ownAbsences(), true)
	if err != nil {
		return err
	}
	v := meAbsencesIndexView{Page: page, Shell: w.shell(r, page), Saved: noticeView{w.absenceSaid(r), r.fragment()}, Rail: w.rail(r, page, "absences"), Absences: all}
	return w.render(r, fiber.StatusOK, "me/absences/index", v)
}

func (w *Web) meAbsencesNew(r *request) error {
	return w.absenceForm(r, r.ownAbsences(), nil, problems{status: fiber.StatusOK})
}

func (w *Web) meAbsencesCreate(r *request) error { return w.saveAbsence(r, r.ownAbsences()) }

func (w *Web) meAbsenceEdit(r *request) error {
	return w.absenceForm(r, r.ownAbsences(), nil, problems{status: fiber.StatusOK})
}

func (w *Web) meAbsenceUpdate(r *request) error { return w.saveAbsence(r, r.ownAbsences()) }

// meAbsenceConfirm asks before an absence ends.
func (w *Web) meAbsenceConfirm(r *request) error {
	return w.askAbsenceEnd(r, r.ownAbsences(), problems{status: fiber.StatusOK})
}

func (w *Web) meAbsenceDelete(r *request) error { return w.endAbsence(r, r.ownAbsences()) }
