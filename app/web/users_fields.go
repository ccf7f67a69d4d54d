package web

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/staff"
)

// theirs are the fields of the address's person, for who may change them.
func (w *Web) theirs(r *request) (whoseFields, error) {
	u, err := w.Staff.Editable(r.ctx, r.actor(), r.Params("id"))
	if err != nil {
		return whoseFields{}, err
	}
	owner, err := w.Staff.Owner(r.ctx, "user", u.ID)
	return whoseFields{user: u, base: "/users/" + u.ID, owner: owner}, err
}

// usersFieldShow is a field's row; asked for as a page, the whole Overview.
func (w *Web) usersFieldShow(r *request) error {
	o, field, err := w.theirField(r)
	if err != nil {
		return err
	}
	row := w.fieldRow(r, field, o)
	row.Focus = true
	return w.renderTheirRow(r, fiber.StatusOK, row)
}

// usersFieldEdit is a field's row as a form; asked for as a page, the Overview with that row open.
func (w *Web) usersFieldEdit(r *request) error {
	o, field, err := w.theirField(r)
	if err != nil {
		return err
	}
	row, err := w.openRow(r, field, o, nil, problems{})
	if err != nil {
		return err
	}
	return w.renderTheirRow(r, fiber.StatusOK, row)
}

func (w *Web) usersFieldUpdate(r *request) error {
	o, field, err := w.theirField(r)
	if err != nil {
		return err
	}
	f, err := r.parse()
	if err != nil {
		return err
	}
	u, proven, err := w.Signin.SaveTheirs(r.ctx, r.cur, o.user.ID, f.only(field.keys()...).change(), f.proof(), r.from)
	w.proven(r, proven)
	if err != nil {
		p, ok := w.meProblems(r, err)
		if !ok {
			return err
		}
		row, err := w.openRow(r, field, o, f, p)
		if err != nil {
			return err
		}
		return w.renderTheirRow(r, p.status, row)
	}
	if !r.fragment() {
		return r.goTo(o.base + "?notice=edited")
	}
	was := o.user.Name()
	o.user = u
	row := w.fieldRow(r, field, o)
	row.Saved, row.Focus = true, true
	if u.Name() != was {
		row.Renamed = u.Name()
	}
	return w.render(r, fiber.StatusOK, "users/fields/_row", row)
}

func (w *Web) theirField(r *request) (whoseFields, *personField, error) {
	o, err := w.theirs(r)
	if err != nil {
		return o, nil, err
	}
	field, err := o.named(r)
	return o, field, err
}

// renderTheirRow answers with one row or, where a page is asked for, with the Overview around it.
func (w *Web) renderTheirRow(r *request, status int, row rowView) error {
	if r.fragment() {
		return w.render(r, status, "users/fields/_row", row)
	}
	v, err := w.usersShowView(r)
	if err != nil {
		return err
	}
	for i := range v.Rows {
		if v.Rows[i].Name == row.Name && row.Edit != nil {
			v.Rows[i] = row
		}
	}
	return w.render(r, status, "users/show", v)
}

// usersRows are the rows of a person's fields for who may change them, and none for others.
func (w *Web) usersRows(r *request) ([]rowView, error) {
	if !r.cur.Rights.Can(access.UsersEdit) {
		return nil, nil
	}
	o, err := w.theirs(r)
	var beyond *fault.Forbidden
	if errors.As(err, &beyond) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var rows []rowView
	for _, f := range o.all() {
		rows = append(rows, w.fieldRow(r, f, o))
	}
	return rows, nil
}

// change is the part of a form that changes a colleague's fields.
func (f form) change() staff.Change {
	c := staff.Change{ProfileChange: f.profile(), Title: f.edit("title"), Department: f.edit("department")}
	c.ClientBio = nil // theirs alone
	return c
}
