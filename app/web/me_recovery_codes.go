package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"chancery/views"
)

// meRecoveryCodesShowView shows recovery codes, the only time.
type meRecoveryCodesShowView struct {
	views.Page
	Saved views.Notice
	Codes string // one a line
	Lines int
	File  string // as which they are kept
}

// meRecoveryCodesNewView asks before the old ones end.
type meRecoveryCodesNewView struct {
	views.Page
	Errors *views.Errors
	Alone  bool
}

func (w *Web) meRecoveryCodesNew(r *request) error {
	return w.renderCodesNew(r, fiber.StatusOK, problems{})
}

// meRecoveryCodesCreate makes new ones and shows them in its answer, since nowhere do they stand to be read again.
func (w *Web) meRecoveryCodesCreate(r *request) error {
	codes, err := w.Signin.RenewCodes(r.ctx, r.cur, r.from)
	if err == nil {
		return w.showCodes(r, codes, "factor.codes-done")
	}
	if wantsProof(err) {
		return w.toProof(r, "/me/recovery-codes/new")
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	return w.renderCodesNew(r, p.status, p)
}

func (w *Web) renderCodesNew(r *request, status int, p problems) error {
	proven, err := w.Signin.ProvenFor(r.ctx, r.cur, true)
	if err != nil {
		return err
	}
	if !proven {
		return w.toProof(r, "/me/recovery-codes/new")
	}
	return w.render(r, status, "me/recovery-codes/new", meRecoveryCodesNewView{Page: w.page(r, "factor.codes-title", "me"), Errors: p.summary, Alone: !r.fragment()})
}

// factorDone is what follows a new factor: its recovery codes where there were none before, else the list.
func (w *Web) factorDone(r *request, codes []string, notice string) error {
	if codes == nil {
		return r.goTo("/me/factors?notice=" + notice)
	}
	r.cur.MustEnrol, r.cur.EnrolBy = false, nil
	return w.showCodes(r, codes, "factor.done."+notice)
}

func (w *Web) showCodes(r *request, codes []string, said string) error {
	v := meRecoveryCodesShowView{
		Page: w.page(r, "factor.codes-title", "me"), Saved: views.Notice{Text: r.locale(w).T(message(said))}, Codes: strings.Join(codes, "\n"),
		Lines: len(codes), File: "chancery-recovery-codes.txt",
	}
	return w.render(r, fiber.StatusOK, "me/recovery-codes/show", v)
}
