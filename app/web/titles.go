package web

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/staff"
	"chancery/views"
)

var titlesAt = namePlace{"/titles", "titles."}

// titlesIndex lists the job titles there are (C-11).
func (w *Web) titlesIndex(r *request) error {
	rows, err := w.Staff.TitleRows(r.ctx, r.actor())
	if err != nil {
		return err
	}
	v := namesIndexView{Page: w.page(r, "titles.title", "titles"), Rows: make([]nameRow, len(rows))}
	v.Notice = w.said(r, "titles.", "created", "renamed", "deleted")
	for i := range rows {
		v.Rows[i] = w.titleRow(r, &rows[i])
	}
	return w.render(r, fiber.StatusOK, "titles/index", v)
}

func (w *Web) titleRow(r *request, t *staff.TitleRow) nameRow {
	row := nameRow{ID: t.ID, Name: t.Name, URL: "/titles/" + t.ID, People: departmentPeople(r.locale(w), t.People), Used: t.People > 0}
	if t.People > 0 && r.cur.Rights.Can(access.UsersView) {
		row.PeopleURL = "/users?q=" + url.QueryEscape(t.Name)
	}
	return row
}

// titlesSelect is the list as a person's form offers it.
type titlesSelect struct {
	All   []choice
	Error views.FieldError
	Focus bool // it was changed by an answer, and takes the focus
}

func (w *Web) titlesSelect(r *request, chosen string) (titlesSelect, error) {
	titles, err := w.Staff.Titles(r.ctx)
	if err != nil {
		return titlesSelect{}, err
	}
	v := titlesSelect{All: make([]choice, len(titles))}
	for i, t := range titles {
		v.All[i] = choice{t.Name, t.Name, t.Name == chosen}
	}
	return v, nil
}

func (w *Web) titlesNew(r *request) error {
	return w.nameForm(r, titlesAt, "", "", 0, problems{})
}

func (w *Web) titlesCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	t, err := w.Staff.CreateTitle(r.ctx, r.actor(), f.get("name"))
	if err == nil && r.fragment() && f.get("for") == "person" {
		v, err := w.titlesSelect(r, t.Name)
		if err != nil {
			return err
		}
		v.Focus = true
		return w.render(r, fiber.StatusOK, "titles/_added", v)
	}
	if err == nil {
		return r.goTo("/titles?notice=created")
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	return w.nameForm(r, titlesAt, "", f.get("name"), 0, p)
}

func (w *Web) titlesEdit(r *request) error {
	t, err := w.Staff.TitleRow(r.ctx, r.actor(), r.Params("id"))
	if err != nil {
		return err
	}
	return w.nameForm(r, titlesAt, t.ID, t.Name, t.Generation, problems{})
}

// titlesUpdate renames a title, also for everyone who has it.
func (w *Web) titlesUpdate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	id, generation := r.Params("id"), formGeneration(f)
	err = w.Staff.RenameTitle(r.ctx, r.actor(), id, f.get("name"), generation)
	if err == nil {
		return r.goTo("/titles?notice=renamed")
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	if p.status == fiber.StatusConflict {
		t, err := w.Staff.TitleRow(r.ctx, r.actor(), id)
		if err != nil {
			return err
		}
		generation = t.Generation
	}
	return w.nameForm(r, titlesAt, id, f.get("name"), generation, p)
}

// titlesDeleteView asks before a title goes, or says that someone has it.
type titlesDeleteView struct {
	views.Page
	Alone    bool
	Title    nameRow
	Question string
	InUse    string
}

func (w *Web) titlesConfirm(r *request) error { return w.renderTitleDelete(r, fiber.StatusOK) }

func (w *Web) renderTitleDelete(r *request, status int) error {
	t, err := w.Staff.TitleRow(r.ctx, r.actor(), r.Params("id"))
	if err != nil {
		return err
	}
	l := r.locale(w)
	v := titlesDeleteView{
		Page: w.page(r, "titles.delete-title", "titles"), Alone: !r.fragment(), Title: w.titleRow(r, t),
		Question: l.T(message("titles.delete-question", "Name", t.Name)),
	}
	if t.People > 0 {
		v.InUse = l.T(message("titles.in-use", "Name", t.Name, "Count", t.People))
	}
	return w.render(r, status, "titles/delete", v)
}

func (w *Web) titlesDelete(r *request) error {
	err := w.Staff.DeleteTitle(r.ctx, r.actor(), r.Params("id"))
	if err == nil {
		return r.goTo("/titles?notice=deleted")
	}
	if p, ok := w.problems(r, err); ok {
		return w.renderTitleDelete(r, p.status)
	}
	return err
}
