package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/views"
)

// usersAbsencesIndexView is when somebody is away, for those who look after accounts (B-5).
type usersAbsencesIndexView struct {
	views.Page
	Head     userHead
	Absences absencesView
}

func (w *Web) usersAbsencesIndex(r *request) error {
	head, c, err := w.userHeadOf(r, r.Params("id"), "absences")
	if err != nil {
		return err
	}
	page := w.page(r, "absence.title", "users")
	page.Title, page.Notice = r.locale(w).T(message("absence.title-of", "Name", c.Name())), w.absenceSaid(r)
	all, err := w.absencesView(r, r.theirAbsences(), mayEditAbsences(r, head) && !c.Left)
	if err != nil {
		return err
	}
	return w.render(r, fiber.StatusOK, "users/absences/index", usersAbsencesIndexView{page, head, all})
}

func (w *Web) usersAbsencesNew(r *request) error {
	return w.absenceForm(r, r.theirAbsences(), nil, problems{status: fiber.StatusOK})
}

func (w *Web) usersAbsencesCreate(r *request) error { return w.saveAbsence(r, r.theirAbsences()) }

func (w *Web) usersAbsenceEdit(r *request) error {
	return w.absenceForm(r, r.theirAbsences(), nil, problems{status: fiber.StatusOK})
}

func (w *Web) usersAbsenceUpdate(r *request) error { return w.saveAbsence(r, r.theirAbsences()) }

// usersAbsenceConfirm asks before somebody's absence ends.
func (w *Web) usersAbsenceConfirm(r *request) error {
	return w.askAbsenceEnd(r, r.theirAbsences(), problems{status: fiber.StatusOK})
}

func (w *Web) usersAbsenceDelete(r *request) error { return w.endAbsence(r, r.theirAbsences()) }
