package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/views"
)

// usersEditView is one form with everything that an administrator changes of a colleague.
type usersEditView struct {
	views.Page
	Base    string
	Name    string
	Heading string
	Email   string
	Errors  *views.Errors
	Fields  []fieldView
	Proof   proofView // once a change of a number that signs in has asked for it
}

func (w *Web) usersEdit(r *request) error {
	o, err := w.theirs(r)
	if err != nil {
		return err
	}
	return w.renderUsersEdit(r, fiber.StatusOK, o, nil, problems{})
}

// usersUpdate saves all of it at once, or nothing. What another has stored since the form was filled in is shown beside
// what was typed (B-16).
func (w *Web) usersUpdate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	change := f.change()
	change.Theme = nil // how pages look to them is theirs alone
	u, proven, err := w.Signin.SaveTheirs(r.ctx, r.cur, r.Params("id"), change, f.proof(), r.from)
	w.proven(r, proven)
	if err == nil {
		return r.goTo("/users/" + u.ID + "?notice=edited")
	}
	p, ok := w.meProblems(r, err)
	if !ok {
		return err
	}
	o, err := w.theirs(r)
	if err != nil {
		return err
	}
	return w.renderUsersEdit(r, p.status, o, f, p)
}

func (w *Web) renderUsersEdit(r *request, status int, o whoseFields, f form, p problems) error {
	name := o.user.Name()
	v := usersEditView{Page: w.page(r, "users.edit", "users"), Base: o.base, Name: name, Email: o.user.Email, Errors: p.summary}
	v.Heading = r.locale(w).T(message("users.edit-title", "Name", name))
	v.Title = v.Heading
	var err error
	if v.Fields, err = w.fieldEdits(r, o, f, p); err != nil {
		return err
	}
	if p.ofProof() {
		if v.Proof, err = w.proofView(r, p, "cell.proof-hint-other", false); err != nil {
			return err
		}
	}
	return w.render(r, status, "users/edit", v)
}
