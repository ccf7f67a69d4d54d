package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/views"
)

// noPassword leaves the password as it is (S0-22).
var noPassword = signin.PasswordChange{}

// passwordView is the fields of a change of password.
type passwordView struct {
	Email                 string // for the browser's password manager
	NeedsCurrent          bool   // C-2
	Long                  bool   // policy "length" (C-3)
	Rules                 passwordRules
	Current, New, Confirm views.FieldError
	EndOthers             bool // C-8
	Among                 bool // the fields stand among others, where most people change no password
}

func (w *Web) passwordView(r *request, f form, p problems) passwordView {
	v := passwordView{
		Email: r.cur.User.Email, NeedsCurrent: w.Signin.NeedsCurrent(r.cur), Long: r.cur.Org.PasswordPolicy == "length",
		Rules:     newPasswordRules(r.locale(w), r.cur.Org.PasswordPolicy, "policy", "confirm"),
		Current:   views.FieldError{ID: "current", Text: p.fields["current"]},
		New:       views.FieldError{ID: "new", Text: p.fields["new"]},
		Confirm:   views.FieldError{ID: "confirm", Text: p.fields["confirm"]},
		EndOthers: f == nil || f.password().EndOthers,
	}
	if p.summary != nil {
		v.Rules.judge(w, f.get("new"), f.get("confirm"), &r.cur.Org, &r.cur.User)
	}
	return v
}

// passwordSectionView is the part of Security that is about the password.
type passwordSectionView struct {
	CSRF      string
	Saved     noticeView
	ChangedAt views.Time
	Errors    *views.Errors
	Fields    passwordView
	Sessions  *sessionsView // after a swap that ended some; nil leaves the list as it is
}

func (w *Web) passwordSection(r *request, saved *views.Notice, f form, p problems) passwordSectionView {
	return passwordSectionView{
		CSRF: w.token(r), Saved: noticeView{saved, r.fragment()}, ChangedAt: moment(r.locale(w), r.cur.PasswordChangedAt), Errors: p.summary,
		Fields: w.passwordView(r, f, p),
	}
}

// password is the part of a form that changes the password. The box is preceded by a hidden "false"; the last one counts.
func (f form) password() signin.PasswordChange {
	end := f["end_others"]
	return signin.PasswordChange{
		Current: f.get("current"), New: f.get("new"), Confirm: f.get("confirm"), EndOthers: len(end) > 0 && end[len(end)-1] == "true",
	}
}

// savePassword changes the password alone. Where that is all a form is for, leaving it empty is an oversight.
func (w *Web) savePassword(r *request, f form) (signin.Saved, error) {
	p := f.password()
	p.Meant = true
	return w.Signin.Save(r.ctx, r.cur, staff.ProfileChange{}, p, r.from)
}

// mePasswordUpdate is the form on the page Security. A swap gets its section back, and the list of devices with it when
// the others were signed out.
func (w *Web) mePasswordUpdate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	saved, err := w.savePassword(r, f)
	if err != nil {
		p, ok := w.meProblems(r, err)
		switch {
		case !ok:
			return err
		case r.fragment():
			return w.render(r, p.status, "me/password/_section", w.passwordSection(r, nil, f, p))
		default:
			return w.renderSecurity(r, p.status, nil, f, p)
		}
	}
	notice := w.hold(r, saved, "password", "/me/security")
	if !r.fragment() {
		return r.goTo("/me/security?saved=password")
	}
	v := w.passwordSection(r, notice.say, nil, problems{})
	if f.password().EndOthers {
		sessions, err := w.sessionsView(r)
		if err != nil {
			return err
		}
		v.Sessions = &sessions
	}
	return w.render(r, fiber.StatusOK, "me/password/_section", v)
}

// mePasswordEditView is the change that must come before anything else (S1-6).
type mePasswordEditView struct {
	views.Page
	Errors   *views.Errors
	Password passwordView
}

func (w *Web) mePasswordEdit(r *request) error {
	if !r.cur.MustChange {
		return r.goTo("/me/security")
	}
	return w.renderPasswordEdit(r, fiber.StatusOK, nil, problems{})
}

func (w *Web) mePasswordReplace(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	saved, err := w.savePassword(r, f)
	if err != nil {
		p, ok := w.meProblems(r, err)
		if !ok {
			return err
		}
		return w.renderPasswordEdit(r, p.status, f, p)
	}
	w.hold(r, saved, "password", "/me")
	return r.goTo("/me?saved=password")
}

func (w *Web) renderPasswordEdit(r *request, status int, f form, p problems) error {
	page := w.page(r, "password.forced.title", "")
	return w.render(r, status, "me/password/edit", mePasswordEditView{Page: page, Errors: p.summary, Password: w.passwordView(r, f, p)})
}
