package web

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/views"
)

var stagesAt = namePlace{"/stages", "stages."}

// stagesIndexView is the list of the stages that cases go through, in their order.
type stagesIndexView struct {
	views.Page
	Rows []stageRow
}

// stageRow is a stage, with the ways to move it; the first and the last have one.
type stageRow struct {
	nameRow
	Earlier, Later bool
	Place          string // "2 of 5"
}

// stagesIndex lists the stages there are.
func (w *Web) stagesIndex(r *request) error {
	rows, err := w.Cases.StageRows(r.ctx, r.actor())
	if err != nil {
		return err
	}
	v := stagesIndexView{Page: w.page(r, "stages.title", "stages")}
	v.Notice = w.said(r, "stages.", "created", "renamed", "moved", "deleted")
	for i := range rows {
		v.Rows = append(v.Rows, stageRow{w.stageRow(r, &rows[i]), i > 0, i < len(rows)-1, r.locale(w).T(message("stages.place", "Place", i+1, "Count", len(rows)))})
	}
	return w.render(r, fiber.StatusOK, "stages/index", v)
}

func (w *Web) stageRow(r *request, s *cases.StageRow) nameRow {
	row := nameRow{ID: s.ID, Name: s.Name, URL: "/stages/" + s.ID, Cases: r.locale(w).T(message("stages.cases", "Count", int(s.Cases))), Used: s.Cases > 0}
	if s.Cases > 0 && r.cur.Rights.Can(access.CasesView) {
		row.PeopleURL = casesAt + "?status=" + anyStatus + "&stage=" + url.QueryEscape(s.Name)
	}
	return row
}

func (w *Web) stagesNew(r *request) error { return w.nameForm(r, stagesAt, "", "", 0, problems{}) }

func (w *Web) stagesCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	if _, err = w.Cases.CreateStage(r.ctx, r.actor(), f.get("name")); err == nil {
		return r.goTo("/stages?notice=created")
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	return w.nameForm(r, stagesAt, "", f.get("name"), 0, p)
}

func (w *Web) stagesEdit(r *request) error {
	s, err := w.Cases.StageRow(r.ctx, r.actor(), r.Params("id"))
	if err != nil {
		return err
	}
	return w.nameForm(r, stagesAt, s.ID, s.Name, s.Generation, problems{})
}

// stagesUpdate renames a stage, also for the cases in it, or moves it: earlier or later by one.
func (w *Web) stagesUpdate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	id, generation := r.Params("id"), formGeneration(f)
	if move := f.get("move"); move != "" {
		if err := w.Cases.MoveStage(r.ctx, r.actor(), id, move == "earlier"); err != nil {
			return err
		}
		return r.goTo("/stages?notice=moved")
	}
	err = w.Cases.RenameStage(r.ctx, r.actor(), id, f.get("name"), generation)
	if err == nil {
		return r.goTo("/stages?notice=renamed")
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	if p.status == fiber.StatusConflict {
		s, err := w.Cases.StageRow(r.ctx, r.actor(), id)
		if err != nil {
			return err
		}
		generation = s.Generation
	}
	return w.nameForm(r, stagesAt, id, f.get("name"), generation, p)
}

// stagesDeleteView asks before a stage goes, or says that cases are in it.
type stagesDeleteView struct {
	views.Page
	Alone    bool
	Stage    nameRow
	Question string
	InUse    string
}

func (w *Web) stagesConfirm(r *request) error { return w.stagesDeleteForm(r, fiber.StatusOK) }

func (w *Web) stagesDeleteForm(r *request, status int) error {
	s, err := w.Cases.StageRow(r.ctx, r.actor(), r.Params("id"))
	if err != nil {
		return err
	}
	l := r.locale(w)
	v := stagesDeleteView{Page: w.page(r, "stages.delete-title", "stages"), Alone: !r.fragment(), Stage: w.stageRow(r, s), Question: l.T(message("stages.delete-question", "Name", s.Name))}
	if s.Cases > 0 {
		v.InUse = l.T(message("stages.in-use", "Name", s.Name, "Count", int(s.Cases)))
	}
	return w.render(r, status, "stages/delete", v)
}

func (w *Web) stagesDelete(r *request) error {
	err := w.Cases.DeleteStage(r.ctx, r.actor(), r.Params("id"))
	if err == nil {
		return r.goTo("/stages?notice=deleted")
	}
	if p, ok := w.problems(r, err); ok {
		return w.stagesDeleteForm(r, p.status)
	}
	return err
}
