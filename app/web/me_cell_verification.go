package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"chancery/app/fault"
	"chancery/views"
)

// meCellVerificationNewView asks whether to send a PIN to the person's own number, with a proof where the last is not fresh.
type meCellVerificationNewView struct {
	views.Page
	Rail   railView
	Lead   string
	Errors *views.Errors
	Proof  proofView
}

// meCellVerificationEditView asks for that PIN.
type meCellVerificationEditView struct {
	views.Page
	Rail   railView
	Lead   string
	Errors *views.Errors
	PIN    views.FieldError
}

// meCellVerificationNew shows the question. Who has nothing to verify is back at My Profile.
func (w *Web) meCellVerificationNew(r *request) error {
	switch u := &r.cur.User; {
	case !w.Signin.Texts():
		return errNoRoute
	case u.Cell == "" || u.CellVerifiedAt != nil:
		return r.goTo("/me")
	}
	return w.renderCellNew(r, fiber.StatusOK, problems{})
}

// meCellVerificationCreate sends the PIN, and goes on to where it is typed.
func (w *Web) meCellVerificationCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	token, err := w.Signin.AskCellPIN(r.ctx, r.cur, f.proof(), r.from)
	w.proven(r, token)
	if err == nil {
		return r.goTo("/me/cell-verification/edit")
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	return w.renderCellNew(r, p.status, p)
}

// meCellVerificationEdit shows where the PIN is typed, to a session that has asked for one.
func (w *Web) meCellVerificationEdit(r *request) error {
	asked, err := w.Signin.CellAsked(r.ctx, r.cur)
	if err != nil {
		return err
	}
	if !asked {
		return r.goTo("/me/cell-verification/new")
	}
	return w.renderCellEdit(r, fiber.StatusOK, problems{})
}

// meCellVerificationUpdate takes the number as verified (S3-13).
func (w *Web) meCellVerificationUpdate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	typed := strings.Map(digitsOnly, clipped(f.get("pin"), 32))
	if len(typed) != 6 { // no try
		err = fault.Field1("pin", "pin.missing")
	} else {
		err = w.Signin.VerifyCell(r.ctx, r.cur, typed, r.from)
	}
	if err == nil {
		return r.goTo("/me?saved=cell")
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	if asked, err := w.Signin.CellAsked(r.ctx, r.cur); err != nil {
		return err
	} else if !asked { // this PIN is over: another is to be asked for
		return w.renderCellNew(r, p.status, p)
	}
	return w.renderCellEdit(r, p.status, p)
}

func (w *Web) renderCellNew(r *request, status int, p problems) error {
	if p.summary != nil {
		p.inOrder(proofFields...)
	}
	proof, err := w.proofView(r, p, "", false)
	if err != nil {
		return err
	}
	l, page := r.locale(w), w.page(r, "cell.title", "me")
	return w.render(r, status, "me/cell-verification/new", meCellVerificationNewView{
		Page: page, Rail: w.rail(r, page, "me"), Errors: p.summary, Proof: proof,
		Lead: l.T(message("cell.lead", "Number", phoneText(l, r.cur.User.Cell))),
	})
}

func (w *Web) renderCellEdit(r *request, status int, p problems) error {
	l, page := r.locale(w), w.page(r, "cell.title", "me")
	return w.render(r, status, "me/cell-verification/edit", meCellVerificationEditView{
		Page: page, Rail: w.rail(r, page, "me"), Errors: p.summary, PIN: p.field("pin"),
		Lead: l.T(message("cell.enter-lead", "Number", phoneText(l, r.cur.User.Cell))),
	})
}
