package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/views"
)

// usersAskView asks before something is done to an account: as a dialog with script, as a page of its own without.
type usersAskView struct {
	views.Page
	User     userCard
	Question string
	Text     string // what follows from it
	Button   string
	Action   string // where the form is sent, as DELETE
	Danger   bool
	Alone    bool // a page of its own, with no other heading
}

// ask is the question about a person: keys of the title, the question, its consequence and the button, and the end of
// the address that the form is sent to.
type ask struct {
	title, question, text, button, path string
	danger                              bool
	pairs                               []any // for the question, beside Name
}

func (w *Web) renderAsk(r *request, c *staff.Card, a ask) error {
	l := r.locale(w)
	v := usersAskView{
		Page: w.page(r, a.title, "users"), User: w.userCardOf(r, c), Text: l.T(message(a.text)), Button: l.T(message(a.button)),
		Question: l.T(message(a.question, append([]any{"Name", c.Name()}, a.pairs...)...)), Danger: a.danger, Alone: !r.fragment(),
	}
	v.Action = v.User.URL + a.path
	return w.render(r, fiber.StatusOK, "users/ask", v)
}

// usersAsk reads the person and asks.
func (w *Web) usersAsk(r *request, a ask) error {
	c, err := w.Staff.Card(r.ctx, r.actor(), r.Params("id"))
	if err != nil {
		return err
	}
	return w.renderAsk(r, c, a)
}

// roleProof asks for a proof where somebody of a role, or of none yet, is to become a Super Admin.
func (w *Web) roleProof(r *request, has, next string, p problems) (proofView, error) {
	asks, err := w.Signin.AsksProof(r.ctx, r.cur, has, next)
	if err != nil || !asks {
		return proofView{}, err
	}
	return w.proofView(r, p, "users.proof-hint", false)
}

// userOf is a person's row with what pages of their account need, or fault.ErrNotFound.
func (w *Web) userOf(r *request) (*staff.User, error) {
	id := r.Params("id")
	if id == "" {
		return nil, fault.ErrNotFound
	}
	return w.Staff.Get(r.ctx, id)
}

// back is a person's page with the notice of what was just done.
func (w *Web) back(r *request, page, notice string) error {
	return r.goTo("/users/" + r.Params("id") + page + "?notice=" + notice)
}

// accountNotice is the confirmation of what was just done to an account.
func (w *Web) accountNotice(r *request, c *staff.Card) *views.Notice {
	l := r.locale(w)
	say := func(key string) *views.Notice { return &views.Notice{Text: l.T(message(key, "Name", c.Name()))} }
	switch r.Query("notice") {
	case "reset-link":
		return say("reset.done-link")
	case "reset-mailed":
		return say("reset.done-mailed")
	case "reset-typed":
		return say("reset.done-typed")
	case "mails-resumed":
		return say("mails.resumed")
	case "factors":
		return say("factor.reset-done")
	case "unlocked":
		return say("users.unlocked")
	case "session":
		return say("users.session-ended")
	case "invitation":
		return say("invitation.done-sent")
	case "invitation-cancelled":
		return say("invitation.done-cancelled")
	case "email":
		return say("email.done-asked")
	case "email-cancelled":
		return say("email.done-cancelled")
	case "verification":
		return say("email.done-verification")
	case "mail":
		return say("mails.done")
	}
	return nil
}
