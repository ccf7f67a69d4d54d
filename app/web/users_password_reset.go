package web

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"chancery/app/fault"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/views"
)

// usersPasswordResetNewView offers the ways to give somebody a new password (S1-19…S1-21, C-14).
type usersPasswordResetNewView struct {
	views.Page
	User        userCard
	Title       string
	Refused     string // why it cannot be done at all
	Errors      *views.Errors
	Ways        []resetChoice
	Way         views.FieldError
	Typed       views.FieldError
	MayType     bool
	SwitchedOff bool // not all ways are the practice's
	Rules       passwordRules
	End         bool
	Proof       proofView
	Alone       bool
}

// resetChoice is one of the ways. Where it signs every device out by itself, there is nothing to choose about that.
type resetChoice struct {
	firstChoice
	Ends bool
}

// usersPasswordResetNew shows the form, with the link as the default.
func (w *Web) usersPasswordResetNew(r *request) error {
	u, err := w.userOf(r)
	if err != nil {
		return err
	}
	return w.renderReset(r, fiber.StatusOK, u, form{"way": {string(signin.ByLink)}}, problems{})
}

func (w *Web) usersPasswordResetCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	u, err := w.userOf(r)
	if err != nil {
		return err
	}
	reset := signin.Reset{Way: signin.Way(f.get("way")), Typed: f.get("temporary_password"), EndSessions: f.get("end_sessions") == "true"}
	token, err := w.Signin.ResetPassword(r.ctx, r.cur, u.ID, reset, f.proof(), r.from)
	w.proven(r, token)
	if err == nil {
		return w.back(r, "", "reset-"+string(reset.Way))
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	p.inOrder(append([]string{"way", "temporary_password"}, proofFields...)...)
	return w.renderReset(r, p.status, u, f, p)
}

func (w *Web) renderReset(r *request, status int, u *staff.User, f form, p problems) error {
	l := r.locale(w)
	v := usersPasswordResetNewView{
		Page: w.page(r, "reset.new-title", "users"), User: w.userCardOfUser(r, u), Title: l.T(message("reset.new-question", "Name", u.Name())),
		Errors: p.summary, Way: p.field("way"), Typed: p.field("temporary_password"), MayType: r.cur.Org.AllowTypedPassword,
		SwitchedOff: !r.cur.Org.AllowMailedPassword || !r.cur.Org.AllowTypedPassword,
		Rules:       newPasswordRules(l, r.cur.Org.PasswordPolicy, "temporary-rules", ""), End: f.get("end_sessions") == "true",
		Alone: !r.fragment(),
	}
	proof, err := w.proofView(r, p, "users.proof-hint", false)
	if err != nil {
		return err
	}
	v.Proof = proof
	v.Rules.Whose = whose{Other: true, FirstName: u.FirstName, LastName: u.LastName, DisplayName: u.DisplayName, Email: u.Email}
	if p.summary != nil {
		v.Rules.judge(w, f.get("temporary_password"), "", &r.cur.Org, u)
	}
	var refused *fault.Refused
	if err := w.Signin.MayReset(r.ctx, r.actor(), u); errors.As(err, &refused) {
		v.Refused, v.Errors = l.T(refused.Message), nil
	} else if err != nil {
		return err
	}
	for _, c := range []struct {
		way        signin.Way
		text, hint string
		offered    bool
	}{
		{signin.ByLink, l.T(message("reset.by-link")), l.T(message("reset.by-link-hint", "Email", u.Email)), true},
		{signin.ByMail, l.T(message("reset.by-mail")), l.T(message("reset.by-mail-hint")), r.cur.Org.AllowMailedPassword},
		{signin.ByHand, l.T(message("reset.by-hand")), l.T(message("reset.by-hand-hint")), r.cur.Org.AllowTypedPassword},
	} {
		if c.offered {
			v.Ways = append(v.Ways, resetChoice{firstChoice{string(c.way), c.text, c.hint, c.way == signin.ByHand, string(c.way) == f.get("way")}, c.way != signin.ByLink})
		}
	}
	return w.render(r, status, "users/password-reset/new", v)
}

// userCardOfUser is the card of a row, for dialogs: no more than they name.
func (w *Web) userCardOfUser(r *request, u *staff.User) userCard {
	return userCard{Name: u.Name(), URL: "/users/" + u.ID, Email: u.Email, Own: u.ID == r.cur.User.ID}
}
