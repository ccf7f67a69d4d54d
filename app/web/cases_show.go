package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/views"
)

// casesShowView is a case.
type casesShowView struct {
	views.Page
	Head caseHead
	Rows []rowView  // its fields, for who may change them
	Kept []keptLine // the same to read
}

// keptLine is a field that is only read.
type keptLine struct{ Label, Value string }

// casesShow is a case that the reader sees; another is a page that there is not (ASVS 8.2.2).
func (w *Web) casesShow(r *request) error {
	v, _, err := w.casesShowView(r)
	if err != nil {
		return err
	}
	return w.render(r, fiber.StatusOK, "cases/show", v)
}

func (w *Web) casesShowView(r *request) (*casesShowView, *cases.Shown, error) {
	v := &casesShowView{Page: w.page(r, "cases.show-title", "cases")}
	var s *cases.Shown
	var err error
	if v.Head, s, err = w.caseHeadOf(r, r.Params("id"), ""); err != nil {
		return nil, nil, err
	}
	v.Title, v.Notice = s.Number+" · "+s.Client.Name, w.caseNotice(r)
	for i := range caseFields {
		f := &caseFields[i]
		row := w.caseRow(r, f, s)
		if r.cur.Rights.Can(access.CasesEdit) {
			v.Rows = append(v.Rows, row)
		} else {
			v.Kept = append(v.Kept, keptLine{row.Label, row.Value})
		}
	}
	return v, s, nil
}

// caseNotice is the confirmation of what was just done, named by the address one was sent on to.
func (w *Web) caseNotice(r *request) *views.Notice {
	return w.said(r, "cases.done-", "created", "edited", "owner", "closed", "reopened", "member", "member-off", "bell-on", "bell-off")
}
