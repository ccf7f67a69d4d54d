package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/app/fault"
	"chancery/app/signin"
	"chancery/views"
)

// meFactorsIndexView is how a person signs in besides their password: an authenticator app, passkeys, recovery codes.
type meFactorsIndexView struct {
	views.Page
	Rail     railView
	App      *factorRow
	Passkeys []factorRow
	CanKeys  bool // browsers have passkeys where this is reached
	Any      bool
	Codes    string // how many recovery codes are left
	Few      bool   // it is time for new ones
	EnrolBy  *views.Time
	Must     bool // nothing else opens before there is one
}

type factorRow struct {
	ID, Name    string
	Since, Used views.Time
}

// meFactorsIndex lists them.
func (w *Web) meFactorsIndex(r *request) error {
	f, err := w.Signin.Factors(r.ctx, r.actor(), r.cur.User.ID)
	if err != nil {
		return err
	}
	l := r.locale(w)
	page := w.page(r, "factor.title", "me")
	v := meFactorsIndexView{Page: page, Rail: w.rail(r, page, "security"), CanKeys: w.Signin.Passkeys(), Any: len(f.List) > 0, Must: r.cur.MustEnrol,
		Codes: l.T(message("factor.codes-left", "Count", f.Codes)), Few: f.Codes <= 3}
	v.Notice = w.said(r, "factor.done.", "app", "passkey", "renamed", "removed")
	if r.cur.EnrolBy != nil {
		at := l.Day(*r.cur.EnrolBy)
		v.EnrolBy = &at
	}
	if app := f.App(); app != nil {
		row := factorRowOf(l, app)
		v.App = &row
	}
	for _, key := range f.Passkeys() {
		v.Passkeys = append(v.Passkeys, factorRowOf(l, &key))
	}
	return w.render(r, fiber.StatusOK, "me/factors/index", v)
}

func factorRowOf(l views.Locale, f *signin.Factor) factorRow {
	row := factorRow{ID: f.ID, Name: f.Name, Since: l.Time(f.CreatedAt)}
	if f.LastUsedAt != nil {
		row.Used = l.Time(*f.LastUsedAt)
	}
	if row.Name == "" {
		row.Name = l.T(message("factor.app"))
	}
	return row
}

// meFactorView is the dialog about one factor: its name, or whether it is to go.
type meFactorView struct {
	views.Page
	Row      factorRow
	Name     inputField
	Errors   *views.Errors
	Question string
	Last     bool // the last one: without it the password is enough
	Alone    bool
}

// meFactorEdit asks for another name.
func (w *Web) meFactorEdit(r *request) error {
	v, err := w.meFactor(r, problems{})
	if err != nil {
		return err
	}
	return w.render(r, fiber.StatusOK, "me/factors/edit", v)
}

func (w *Web) meFactorUpdate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	err = w.Signin.RenameFactor(r.ctx, r.cur, r.Params("id"), f.get("name"), r.from)
	if err == nil {
		return r.goTo("/me/factors?notice=renamed")
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	v, err := w.meFactor(r, p)
	if err != nil {
		return err
	}
	v.Name.Value = f.get("name")
	return w.render(r, p.status, "me/factors/edit", v)
}

// meFactorConfirm asks before a factor is removed, once the person has proved who they are.
func (w *Web) meFactorConfirm(r *request) error {
	proven, err := w.Signin.ProvenFor(r.ctx, r.cur, true)
	if err != nil {
		return err
	}
	v, err := w.meFactor(r, problems{})
	if err != nil {
		return err
	}
	if !proven {
		return w.toProof(r, "/me/factors/"+r.Params("id")+"/delete")
	}
	return w.render(r, fiber.StatusOK, "me/factors/delete", v)
}

func (w *Web) meFactorDelete(r *request) error {
	err := w.Signin.RemoveFactor(r.ctx, r.cur, r.Params("id"), r.from)
	if err == nil {
		return r.goTo("/me/factors?notice=removed")
	}
	if wantsProof(err) {
		return w.toProof(r, "/me/factors/"+r.Params("id")+"/delete")
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	v, err := w.meFactor(r, p)
	if err != nil {
		return err
	}
	return w.render(r, p.status, "me/factors/delete", v)
}

// meFactor reads the factor that the address names. One that is not this person's is not there (ASVS 8.2.2).
func (w *Web) meFactor(r *request, p problems) (*meFactorView, error) {
	f, err := w.Signin.Factors(r.ctx, r.actor(), r.cur.User.ID)
	if err != nil {
		return nil, err
	}
	l := r.locale(w)
	for i := range f.List {
		if f.List[i].ID != r.Params("id") {
			continue
		}
		row := factorRowOf(l, &f.List[i])
		return &meFactorView{
			Page: w.page(r, "factor.title", "me"), Row: row, Name: inputField{row.Name, p.field("name")}, Errors: p.summary,
			Question: l.T(message("factor.remove-question", "Name", row.Name)), Last: len(f.List) == 1, Alone: !r.fragment(),
		}, nil
	}
	return nil, fault.ErrNotFound
}
