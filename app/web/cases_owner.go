package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/app/cases"
	"chancery/app/fault"
	"chancery/views"
)

// caseDialogView asks something about one case: as a dialog with script, as a page of its own without. cases/_choose has
// a list of people to choose from, cases/_ask a question alone.
type caseDialogView struct {
	views.Page
	Alone    bool
	Case     caseHead
	Question string
	Text     string // what follows from it
	Warnings []string
	Errors   *views.Errors
	Action   string // where the form goes
	Method   string // "", PATCH or DELETE
	Stamp    int64  // the generation that it was asked of; 0 for none
	Field    string // name of the choice; "" for none
	Label    string
	Choose   string // what stands there when nobody is chosen
	Choice   inputField
	Choices  []choice
	Nobody   string // in the place of the choice when there is nobody
	Button   string
	Danger   bool
}

// caseDialog begins a dialog about the case of the address.
func (w *Web) caseDialog(r *request, titleKey string, p problems) (*caseDialogView, *cases.Shown, error) {
	head, s, err := w.caseHeadOf(r, r.Params("id"), "")
	if err != nil {
		return nil, nil, err
	}
	v := &caseDialogView{Page: w.page(r, titleKey, "cases"), Alone: !r.fragment(), Case: head, Errors: p.summary}
	v.Question = v.Title
	return v, s, nil
}

// renderCaseDialog answers with the dialog. What is sent small holds no token: with script that goes in a header.
func (w *Web) renderCaseDialog(r *request, status int, name string, v *caseDialogView) error {
	if !r.fragment() {
		return w.render(r, status, name, v)
	}
	v.Page.CSRF = ""
	if err := w.render(r, status, name, v); err != nil {
		return err
	}
	r.compress()
	return nil
}

// casesOwnerEdit asks who takes the case over.
func (w *Web) casesOwnerEdit(r *request) error {
	return w.casesOwnerForm(r, "", problems{status: fiber.StatusOK})
}

func (w *Web) casesOwnerForm(r *request, chosen string, p problems) error {
	v, s, err := w.caseDialog(r, "cases.reassign-title", p)
	if err != nil {
		return err
	}
	l := r.locale(w)
	if s.Status != cases.Open { // there is nothing to choose
		p, _ = w.problems(r, fault.Refuse("cases.is-closed"))
		v.Errors, v.Field = p.summary, "to"
		if s.Owner != nil {
			v.Text = l.T(message("cases.closed-stay", "Name", s.Owner.Name()))
		}
		return w.renderCaseDialog(r, p.status, "cases/owner/edit", v)
	}
	takers, err := w.Cases.Takers(r.ctx, r.actor(), pointed(s.OwnerID))
	if err != nil {
		return err
	}
	v.Action, v.Method, v.Field, v.Label = v.Case.URL+"/owner", "PATCH", "to", l.T(message("cases.reassign-to"))
	v.Choose, v.Choice, v.Choices = l.T(message("cases.choose")), inputField{chosen, p.field("to")}, takerChoices(l, takers, chosen)
	if err := w.markAway(r, v.Choices, w.Now()); err != nil {
		return err
	}
	v.Text, v.Nobody, v.Button = l.T(message("cases.reassign-text")), l.T(message("cases.nobody")), l.T(message("cases.reassign"))
	return w.renderCaseDialog(r, p.status, "cases/owner/edit", v)
}

// casesOwnerUpdate gives the case to a colleague (S1-17), who is told.
func (w *Web) casesOwnerUpdate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	id, to := r.Params("id"), f.get("to")
	if err := w.Cases.Give(r.ctx, r.actor(), id, to); err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		return w.casesOwnerForm(r, to, p)
	}
	return w.backToCase(r, id, "owner", "moved&count=1&to="+to)
}

// backToCase leads to the case or, for who gave it out of their sight, to the list of those that are left.
func (w *Web) backToCase(r *request, id, notice, away string) error {
	if w.Cases.MustSee(r.ctx, r.actor(), id) != nil {
		return r.goTo(casesAt + "?notice=" + away)
	}
	return r.goTo(casesAt + "/" + id + "?notice=" + notice)
}
