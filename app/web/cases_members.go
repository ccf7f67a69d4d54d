package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/app/fault"
)

// casesMembersNew asks who is to work on the case, too.
func (w *Web) casesMembersNew(r *request) error {
	return w.casesMembersForm(r, "", problems{status: fiber.StatusOK})
}

func (w *Web) casesMembersForm(r *request, chosen string, p problems) error {
	v, s, err := w.caseDialog(r, "cases.member-title", p)
	if err != nil {
		return err
	}
	people, err := w.Cases.Joiners(r.ctx, r.actor(), s.ID)
	if err != nil {
		return err
	}
	l := r.locale(w)
	for i := range people {
		v.Choices = append(v.Choices, choice{people[i].ID, people[i].Name(), people[i].ID == chosen})
	}
	if err := w.markAway(r, v.Choices, w.Now()); err != nil {
		return err
	}
	v.Action, v.Field, v.Label, v.Choose = v.Case.URL+"/members", "member", l.T(message("cases.member")), l.T(message("cases.choose"))
	v.Choice, v.Text, v.Nobody, v.Button = inputField{chosen, p.field("member")}, l.T(message("cases.member-text")), l.T(message("cases.nobody-joins")), l.T(message("cases.member-add"))
	return w.renderCaseDialog(r, p.status, "cases/members/new", v)
}

func (w *Web) casesMembersCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	id, who := r.Params("id"), f.get("member")
	if err := w.Cases.AddMember(r.ctx, r.actor(), id, who); err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		return w.casesMembersForm(r, who, p)
	}
	return r.goTo(casesAt + "/" + id + "?notice=member")
}

// casesMembersConfirm asks before somebody is taken off the case.
func (w *Web) casesMembersConfirm(r *request) error {
	v, s, err := w.caseDialog(r, "cases.member-off-title", problems{})
	if err != nil {
		return err
	}
	l := r.locale(w)
	for i := range s.Members {
		if m := &s.Members[i]; m.ID == r.Params("member") {
			v.Question = l.T(message("cases.member-off-question", "Name", m.Name()))
			v.Action, v.Method, v.Text, v.Button = v.Case.URL+"/members/"+m.ID, "DELETE", l.T(message("cases.member-off-text")), l.T(message("cases.member-off"))
			return w.renderCaseDialog(r, fiber.StatusOK, "cases/members/delete", v)
		}
	}
	return fault.ErrNotFound
}

func (w *Web) casesMembersDelete(r *request) error {
	id := r.Params("id")
	if err := w.Cases.RemoveMember(r.ctx, r.actor(), id, r.Params("member")); err != nil {
		return err
	}
	return w.backToCase(r, id, "member-off", "")
}
