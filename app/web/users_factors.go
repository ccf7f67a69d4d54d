package web

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"chancery/app/fault"
	"chancery/views"
)

// usersFactorsDeleteView asks before somebody's second factors are taken away, who has lost them.
type usersFactorsDeleteView struct {
	views.Page
	User     userCard
	Question string
	Refused  string // why it cannot be done at all
	Rows     []factorRow
	Codes    string
	Errors   *views.Errors
	Proof    proofView
	Alone    bool
}

func (w *Web) usersFactorsConfirm(r *request) error {
	return w.renderFactorsDelete(r, fiber.StatusOK, problems{})
}

// usersFactorsDelete takes them away.
func (w *Web) usersFactorsDelete(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	token, err := w.Signin.ResetFactors(r.ctx, r.cur, r.Params("id"), f.proof(), r.from)
	w.proven(r, token)
	if err == nil {
		return w.back(r, "", "factors")
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	p.inOrder(proofFields...)
	return w.renderFactorsDelete(r, p.status, p)
}

func (w *Web) renderFactorsDelete(r *request, status int, p problems) error {
	u, err := w.userOf(r)
	if err != nil {
		return err
	}
	factors, err := w.Signin.Factors(r.ctx, r.actor(), u.ID)
	if err != nil {
		return err
	}
	l := r.locale(w)
	v := usersFactorsDeleteView{
		Page: w.page(r, "factor.reset-title", "users"), User: w.userCardOfUser(r, u), Question: l.T(message("factor.reset-question", "Name", u.Name())),
		Codes: l.T(message("factor.codes-left", "Count", factors.Codes)), Errors: p.summary, Alone: !r.fragment(),
	}
	for i := range factors.List {
		v.Rows = append(v.Rows, factorRowOf(l, &factors.List[i]))
	}
	var refused *fault.Refused
	switch err := w.Signin.MayReset(r.ctx, r.actor(), u); {
	case errors.As(err, &refused):
		v.Refused, v.Errors = l.T(refused.Message), nil
	case err != nil:
		return err
	case len(v.Rows) == 0:
		v.Refused, v.Errors = l.T(message("factor.reset-none")), nil
	}
	if v.Proof, err = w.proofView(r, p, "users.proof-hint", false); err != nil {
		return err
	}
	return w.render(r, status, "users/factors/delete", v)
}
