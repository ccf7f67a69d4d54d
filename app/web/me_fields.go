package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/app/signin"
)

// own are the reader's own fields.
func (w *Web) own(r *request) whoseFields {
	return whoseFields{user: &r.cur.User, base: "/me", own: true, owner: r.cur.Owner}
}

// meFieldShow is a field's row; asked for as a page, the whole profile.
func (w *Web) meFieldShow(r *request) error {
	field, err := w.own(r).named(r)
	if err != nil {
		return err
	}
	row := w.fieldRow(r, field, w.own(r))
	row.Focus = true
	return w.renderRow(r, fiber.StatusOK, row)
}

// meFieldEdit is a field's row as a form; asked for as a page, the whole profile with that row open.
func (w *Web) meFieldEdit(r *request) error {
	field, err := w.own(r).named(r)
	if err != nil {
		return err
	}
	row, err := w.openRow(r, field, w.own(r), nil, problems{})
	if err != nil {
		return err
	}
	return w.renderRow(r, fiber.StatusOK, row)
}

func (w *Web) meFieldUpdate(r *request) error {
	field, err := w.own(r).named(r)
	if err != nil {
		return err
	}
	f, err := r.parse()
	if err != nil {
		return err
	}
	saved, err := w.saveField(r, field, f)
	if err != nil {
		p, ok := w.meProblems(r, err)
		if !ok {
			return err
		}
		row, err := w.openRow(r, field, w.own(r), f, p)
		if err != nil {
			return err
		}
		return w.renderRow(r, p.status, row)
	}
	w.hold(r, saved, "profile", "/me")
	if !r.fragment() {
		return r.goTo("/me?saved=profile")
	}
	row := w.fieldRow(r, field, w.own(r))
	row.Saved, row.Focus, row.Shell = true, true, w.persona(r)
	return w.render(r, fiber.StatusOK, "me/fields/_row", row)
}

// saveField saves one field. A number that signs in wants a proof beside it.
func (w *Web) saveField(r *request, field *personField, f form) (signin.Saved, error) {
	change := f.only(field.keys()...).profile()
	if field.key != "cell" {
		return w.Signin.Save(r.ctx, r.cur, change, noPassword, r.from)
	}
	saved, err := w.Signin.SaveProven(r.ctx, r.cur, change, noPassword, f.proof(), r.from)
	w.proven(r, saved.Proven)
	return saved, err
}

// renderRow answers with one row or, where a page is asked for, with the profile around it.
func (w *Web) renderRow(r *request, status int, row rowView) error {
	if r.fragment() {
		return w.render(r, status, "me/fields/_row", row)
	}
	v := w.meShowView(r, nil)
	for i := range v.Rows {
		if v.Rows[i].Name == row.Name && row.Edit != nil {
			v.Rows[i] = row
		}
	}
	return w.render(r, status, "me/show", v)
}
