package web

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/views"
)

// usersEmailEditView is the form of another sign-in name (C-4, B-12), with what is better than that in front of it (S1-29).
type usersEmailEditView struct {
	views.Page
	User       userCard
	Title      string
	Refused    string // why it cannot be done at all
	Errors     *views.Errors
	Email      inputField
	Proof      proofView
	Verified   *views.Time // since when the address counts as theirs
	MayProve   bool        // a mail to prove the address can be sent
	Waiting    string      // a change that waits to be confirmed
	Deactivate string      // where the account is ended instead; "" for those who may not
	Invite     bool        // they have not come in yet
	Alone      bool
}

// usersEmailEdit shows the form, and a change that waits.
func (w *Web) usersEmailEdit(r *request) error {
	return w.renderEmail(r, fiber.StatusOK, form{}, problems{})
}

// usersEmailUpdate asks for another sign-in name. It counts once the person has confirmed it.
func (w *Web) usersEmailUpdate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	token, err := w.Signin.ChangeEmail(r.ctx, r.cur, r.Params("id"), f.get("email"), f.proof(), r.from)
	w.proven(r, token)
	if err == nil {
		return w.back(r, "", "email")
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	p.inOrder(append([]string{"email"}, proofFields...)...)
	return w.renderEmail(r, p.status, f, p)
}

func (w *Web) renderEmail(r *request, status int, f form, p problems) error {
	u, err := w.userOf(r)
	if err != nil {
		return err
	}
	l := r.locale(w)
	v := usersEmailEditView{
		Page: w.page(r, "email.edit-title", "users"), User: w.userCardOfUser(r, u), Title: l.T(message("email.edit-question", "Name", u.Name())),
		Errors: p.summary, Email: inputField{f.get("email"), p.field("email")}, Alone: !r.fragment(),
		MayProve: u.EmailVerifiedAt == nil && u.Status == staff.Active, Invite: u.Status == staff.Pending,
	}
	if v.Proof, err = w.proofView(r, p, "users.proof-hint", false); err != nil {
		return err
	}
	if u.EmailVerifiedAt != nil {
		at := l.Day(*u.EmailVerifiedAt)
		v.Verified = &at
	}
	if r.cur.Rights.Can(access.UsersDeactivate) {
		v.Deactivate = v.User.URL + "/deactivation/new"
	}
	var refused *fault.Refused
	if err := w.Signin.MayChangeEmail(r.ctx, r.actor(), u); errors.As(err, &refused) {
		v.Refused, v.Errors = l.T(refused.Message), nil
	} else if err != nil {
		return err
	}
	// Those who may change an address may see what waits, whatever else they may.
	waiting, err := w.Signin.EmailChange(r.ctx, r.actor(), u.ID)
	if err != nil {
		return err
	}
	if waiting != nil {
		v.Waiting = l.T(message("email.waiting", "Address", waiting.Address, "At", waiting.CreatedAt, "Until", waiting.ExpiresAt))
	}
	return w.render(r, status, "users/email/edit", v)
}

// usersEmailChangeConfirm asks before a change is taken back.
func (w *Web) usersEmailChangeConfirm(r *request) error {
	return w.usersAsk(r, ask{title: "email.edit-title", question: "email.cancel-question", text: "email.cancel-text", button: "email.cancel-button", path: "/email-change"})
}

// usersEmailChangeDelete takes a change back that waits.
func (w *Web) usersEmailChangeDelete(r *request) error {
	if err := w.Signin.CancelEmailChange(r.ctx, r.actor(), r.Params("id")); err != nil {
		return err
	}
	return w.back(r, "", "email-cancelled")
}

// usersEmailVerificationCreate sends a link that proves the address somebody has.
func (w *Web) usersEmailVerificationCreate(r *request) error {
	if err := w.Signin.SendVerification(r.ctx, r.actor(), r.Params("id")); err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		return w.renderEmail(r, p.status, form{}, p)
	}
	return w.back(r, "", "verification")
}
