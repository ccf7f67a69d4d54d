package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/views"
)

// meShowView is My Profile: personal details as rows, and what only administrators change.
type meShowView struct {
	views.Page
	Shell   *shellView
	Saved   noticeView
	Rail    railView
	Rows    []rowView
	Account accountView
}

func (w *Web) meShow(r *request) error {
	return w.render(r, fiber.StatusOK, "me/show", w.meShowView(r, w.savedBefore(r)))
}

func (w *Web) meShowView(r *request, saved *views.Notice) *meShowView {
	l, page := r.locale(w), w.page(r, "me.title", "me")
	v := &meShowView{
		Page: page, Shell: w.shell(r, page), Saved: noticeView{saved, r.fragment()}, Rail: w.rail(r, page, "me"),
		Account: w.accountView(r, l, page),
	}
	own := w.own(r)
	fields := own.all()
	v.Rows = make([]rowView, 0, len(fields))
	for _, f := range fields {
		v.Rows = append(v.Rows, w.fieldRow(r, f, own))
	}
	return v
}

// meEditView is one form with everything that people change of their own.
type meEditView struct {
	views.Page
	Rail        railView
	Errors      *views.Errors
	Fields      []fieldView
	Preferences preferencesView
	Password    passwordView
	Proof       proofView // once a change of a number that signs in has asked for it
}

func (w *Web) meEdit(r *request) error {
	return w.renderEdit(r, fiber.StatusOK, nil, problems{})
}

// renderEdit answers with the form: in its page, or alone for a swap.
func (w *Web) renderEdit(r *request, status int, f form, p problems) error {
	v, err := w.meEditView(r, f, p)
	if err != nil {
		return err
	}
	if !r.fragment() {
		return w.render(r, status, "me/edit", v)
	}
	if err := w.render(r, status, "me/_form", v); err != nil {
		return err
	}
	if f != nil { // it was sent, with its token
		r.compress()
	}
	return nil
}

// meEditView shows the form as it was typed, with what is wrong with it; f is nil for a fresh one.
func (w *Web) meEditView(r *request, f form, p problems) (*meEditView, error) {
	l, page := r.locale(w), w.page(r, "me.edit-all.title", "me")
	v := &meEditView{
		Page: page, Rail: w.rail(r, page, "me"), Errors: p.summary,
		Preferences: w.preferencesView(r, l, f, p), Password: w.passwordView(r, f, p),
	}
	v.Password.Among = true
	var err error
	if v.Fields, err = w.fieldEdits(r, w.own(r), f, p); err != nil || !p.ofProof() {
		return v, err
	}
	v.Proof, err = w.proofView(r, p, "cell.proof-hint", false)
	return v, err
}

// meUpdate saves all of one's own at once, or nothing (S0-24).
func (w *Web) meUpdate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	saved, err := w.Signin.SaveProven(r.ctx, r.cur, f.profile(), f.password(), f.proof(), r.from)
	w.proven(r, saved.Proven)
	if err != nil {
		p, ok := w.meProblems(r, err)
		if !ok {
			return err
		}
		return w.renderEdit(r, p.status, f, p)
	}
	notice := w.hold(r, saved, "profile", "/me")
	if !r.fragment() {
		return r.goTo("/me?saved=" + notice.code)
	}
	r.Set("HX-Push-Url", "/me")
	if err := w.render(r, fiber.StatusOK, "me/show", w.meShowView(r, notice.say)); err != nil {
		return err
	}
	r.compress() // it was sent, with its token
	return nil
}

// labels are the names of the fields of these pages, in their order: what the summary above a form calls them (S0-26).
var labels = [...]fieldLabel{
	{"first_name", "me.first-name"}, {"last_name", "me.last-name"}, {"display_name", "me.display-name"}, {"title", "me.job-title"}, {"department", "users.department"}, {"cell", "me.cell"},
	{"cell_hidden", "me.cell"}, {"office", "me.office"}, {"address", "me.address"}, {"bio", "me.bio"}, {"client_email", "card.email"}, {"client_bio", "me.client-bio"}, {"language", "me.language"},
	{"zone", "me.zone"}, {"theme", "me.theme"}, {"current", "password.current"}, {"new", "password.new"}, {"confirm", "password.repeat"},
	{"code", "factor.code"}, {"password", "session.password"}, {"pin", "pin.label"}, {"recovery", "factor.recovery"}, {"passkey", "passkey.label"},
}

// meProblems is problems with the summary in the order of the form, each line beginning with its field's name.
func (w *Web) meProblems(r *request, err error) (problems, bool) {
	p, ok := w.problems(r, err)
	if !ok {
		return p, false
	}
	p.labelled(r.locale(w), labels[:])
	return p, true
}

// profile is the part of a form that changes one's own profile.
func (f form) profile() staff.ProfileChange {
	return staff.ProfileChange{
		FirstName: f.edit("first_name"), LastName: f.edit("last_name"), DisplayName: f.edit("display_name"),
		Cell: f.edit("cell"), CellHidden: f.edit("cell_hidden"), Office: f.edit("office"), Address: f.edit("address"),
		Bio: f.edit("bio"), ClientBio: f.edit("client_bio"), Language: f.edit("language"), Zone: f.edit("zone"), Theme: f.edit("theme"),
	}
}

// hold makes what was saved true for the rest of this request: the person as they are now and, after a change of
// password, the session's new secret in the browser. It returns what to say; next is the page to load again when what
// was changed shows only there (S0-17, S0-19, C-16).
func (w *Web) hold(r *request, s signin.Saved, what, next string) savedNotice {
	l, was := r.locale(w), r.cur.User
	r.cur.User = *s.User
	if s.Token != "" {
		w.setSession(r, s.Token, r.cur.Session.ExpiresAt)
		now := w.Now()
		r.cur.PasswordChangedAt, r.cur.MustChange, r.cur.Session.ProvenAt = &now, false, now
		if what == "profile" {
			what = "all"
		}
	}
	n := savedNotice{code: what, say: &views.Notice{Text: l.T(message(savedKey(what)))}}
	if s.User.Language != was.Language || s.User.Zone != was.Zone || s.User.Theme != was.Theme {
		n.say.Text += " " + l.T(message("me.saved.reload"))
		n.say.Link, n.say.LinkText = next, l.T(message("me.reload"))
	}
	return n
}

// savedNotice is a confirmation: as it is said now, and as the address of the next page carries it when a plain form
// was sent. Only the code travels; what is not a code says nothing.
type savedNotice struct {
	code string
	say  *views.Notice
}

// savedBefore is the confirmation of what the page before this one saved.
func (w *Web) savedBefore(r *request) *views.Notice {
	key := savedKey(r.Query("saved"))
	if key == "" {
		return nil
	}
	n := &views.Notice{Text: r.locale(w).T(message(key))}
	if r.Query("saved") == "pin" {
		if w.Signin.NeedsCurrent(r.cur) {
			return nil // ten minutes have passed
		}
		n.Link, n.LinkText = "/me/security", r.locale(w).T(message("pin.after-link"))
	}
	return n
}

func savedKey(code string) string {
	switch code {
	case "profile":
		return "me.saved"
	case "password":
		return "me.saved.password"
	case "all":
		return "me.saved.all"
	case "picture":
		return "me.picture.saved"
	case "picture-removed":
		return "me.picture.removed"
	case "pin":
		return "pin.after"
	case "cell":
		return "cell.saved"
	case "verification":
		return "me.verified.sent"
	case "session":
		return "session.ended"
	case "sessions":
		return "session.ended-others"
	}
	return ""
}
