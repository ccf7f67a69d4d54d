package web

import (
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"chancery/views"
)

// A form whose session has ended, without script (B-15): the door carries what was typed on in hidden fields, and who
// signs in is asked whether to save it. Nothing is kept on the server, and nothing is sent on without that question,
// since it may be someone else who signs in.

// keptForm is such a form.
type keptForm struct {
	Method string // POST, PATCH, PUT or DELETE
	Path   string
	Fields []keptField
	Secret bool // passwords were typed, which are never carried on
}

// keptField is a field as a hidden input: Name with the mark in front at the door, without it afterwards.
type keptField struct{ Name, Value string }

// keptMark sets the carried fields apart from the door's own.
const keptMark = "typed_"

// signInKeptView asks whether to save what was typed.
type signInKeptView struct {
	views.Page
	Question string
	Kept     *keptForm
	Next     string
}

// signInAgain answers an unsafe request of a page whose session has ended.
func (w *Web) signInAgain(r *request) error {
	if r.route == "/sign-out" {
		w.setSession(r, "", time.Time{})
		return r.goTo("/sign-in?notice=signed-out")
	}
	f, err := r.parse()
	if err != nil {
		return err
	}
	v, err := w.signInPage(r, localOr(pathOf(r.Get(fiber.HeaderReferer)), ""))
	if err != nil {
		return err
	}
	note := "signin.again-note-short"
	if v.Kept = w.keep(r, f); v.Kept != nil {
		note = "signin.again-note"
	}
	l := r.locale(w)
	switch {
	case r.guessed && v.Kept != nil:
		v.Note = l.T(message("signin.guessed-note")) + " " + l.T(message("signin.guessed-kept"))
	case r.guessed:
		v.Note = l.T(message("signin.guessed-note"))
	default:
		v.Note = l.T(message(note))
	}
	return w.render(r, fiber.StatusUnauthorized, "sign-in/new", v)
}

// keep takes what was typed out of a form, marked for the door; nil when there is nothing worth asking about.
func (w *Web) keep(r *request, f form) *keptForm {
	k := &keptForm{Method: r.Method(), Path: r.Path()}
	for _, name := range f.names() {
		switch {
		case name == "_csrf", name == "_method":
		case secretField(name):
			k.Secret = k.Secret || f.get(name) != ""
		default:
			for _, v := range f[name] {
				k.Fields = append(k.Fields, keptField{keptMark + name, v})
			}
		}
	}
	if len(k.Fields) == 0 || !local(k.Path) {
		return nil
	}
	return k
}

// keptFrom reads a kept form back from the door's. Its fields keep their mark.
func keptFrom(f form) *keptForm {
	k := &keptForm{Method: f.get("kept_method"), Path: f.get("kept_path"), Secret: f.get("kept_secret") != ""}
	if !local(k.Path) || !slices.Contains([]string{fiber.MethodPost, fiber.MethodPatch, fiber.MethodPut, fiber.MethodDelete}, k.Method) {
		return nil
	}
	for _, name := range f.names() {
		if strings.HasPrefix(name, keptMark) && !secretField(name[len(keptMark):]) {
			for _, v := range f[name] {
				k.Fields = append(k.Fields, keptField{name, v})
			}
		}
	}
	if len(k.Fields) == 0 {
		return nil
	}
	return k
}

// signInKept asks the person who has just signed in, by name, whether to save what was typed.
func (w *Web) signInKept(r *request, token string, kept *keptForm, next string) (err error) {
	if r.cur, err = w.Signin.Resume(r.ctx, token, r.from); err != nil {
		return err
	}
	if r.cur == nil { // deactivated in this very moment
		return errSignedOut
	}
	r.chooseLocale()
	return w.askToSave(r, fiber.StatusOK, "signin.kept-note", kept, next)
}

// stalePage answers an unsafe request of a page that was open since before its reader signed in again in another tab:
// its token is of the session before (B-15). A script is told by a header, and keeps what was typed by itself; a plain
// form is carried on as after the end of a session. It is false when there is nothing of the kind to say, and the
// refusal stays as it is.
//
// Only where the browser itself says that the form came from a page of ours: otherwise another site could put its own
// values before the reader, one click from being saved.
func (w *Web) stalePage(r *request) bool {
	if r.cur == nil || !w.sameOrigin(r) {
		return false
	}
	if r.fragment() {
		r.Set("X-Stale-Page", "1")
		return false
	}
	f, err := r.parse()
	if err != nil {
		return false
	}
	kept := w.keep(r, f)
	if kept == nil {
		return false
	}
	next := localOr(pathOf(r.Get(fiber.HeaderReferer)), "/me")
	return w.askToSave(r, fiber.StatusForbidden, "signin.stale-note", kept, next) == nil
}

// sameOrigin tells whether the browser says that a request came from a page of ours.
func (w *Web) sameOrigin(r *request) bool {
	if site := r.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	return r.Get(fiber.HeaderOrigin) == w.URL.Scheme+"://"+w.URL.Host
}

// askToSave shows the question. The fields lose their mark: the form is sent to where it was meant for.
func (w *Web) askToSave(r *request, status int, note string, kept *keptForm, next string) error {
	for i := range kept.Fields {
		kept.Fields[i].Name = strings.TrimPrefix(kept.Fields[i].Name, keptMark)
	}
	v := signInKeptView{Page: w.page(r, "signin.kept-title", ""), Kept: kept, Next: next}
	v.Question = r.locale(w).T(message(note, "Name", r.cur.User.Name()))
	return w.render(r, status, "sign-in/kept", v)
}

// secretField tells whether a field holds a password or what stands for one, by the names that the house gives them.
func secretField(name string) bool {
	return slices.Contains([]string{"current", "new", "confirm", "code", "recovery", "passkey", "pin"}, name) || strings.Contains(name, "password")
}

// names are a form's field names in an order that is the same every time.
func (f form) names() []string {
	names := make([]string, 0, len(f))
	for name := range f {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
