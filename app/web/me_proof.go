package web

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"chancery/app/fault"
	"chancery/app/signin"
	"chancery/views"
)

// proofView asks for a fresh proof where the last is a while old (ASVS 7.5.1): me/proof/_fields shows each way that the person
// has.
type proofView struct {
	Ask      bool
	Email    string // for the browser's password manager
	Hint     string
	Ending   string // of the number that a PIN goes to
	Several  bool   // there is more than one way
	Asks     proofAsks
	Options  string // what the browser is to ask a passkey; "" where there is none
	Password views.FieldError
	Code     views.FieldError
	Recovery views.FieldError
	Passkey  views.FieldError
	PIN      views.FieldError
	Sent     string // where a PIN was just sent to, in a sentence
}

// proofAsks are the fields that are shown. Text offers to send a PIN, which is then typed into PIN.
type proofAsks struct{ Password, Code, Recovery, Text, PIN bool }

// proofFields are the names of a proof's fields in a form, in their order, with what the summary above the form calls them.
var proofFields = []string{"passkey", "code", "password", "pin", "recovery"}

var proofLabels = []fieldLabel{
	{"passkey", "passkey.label"}, {"code", "factor.code"}, {"password", "session.password"}, {"pin", "pin.label"}, {"recovery", "factor.recovery"},
}

// proofView is the part of a form that asks for a proof; factors for changing those. It is the same in each form: its fields
// have the same names everywhere, and what else was typed comes back with them.
func (w *Web) proofView(r *request, p problems, hint string, factors bool) (proofView, error) {
	proven, err := w.Signin.ProvenFor(r.ctx, r.cur, factors)
	if err != nil || proven {
		return proofView{}, err
	}
	ways, err := w.Signin.ProofWays(r.ctx, r.cur, factors)
	if err != nil {
		return proofView{}, err
	}
	l := r.locale(w)
	v := proofView{
		Ask: true, Email: r.cur.User.Email, Asks: proofAsks{ways.Password, ways.App, ways.Recovery, ways.PIN, ways.Texted}, Options: string(ways.Passkey),
		Password: p.field("password"), Code: p.field("code"), Recovery: p.field("recovery"), Passkey: p.field("passkey"), PIN: p.field("pin"),
	}
	if hint != "" {
		v.Hint = l.T(message(hint))
	}
	if ways.PIN {
		v.Ending = ways.Ending
	}
	if p.texted {
		v.Sent = l.T(message("pin.proof-sent", "Ending", ways.Ending))
	}
	v.Several = len(slices.DeleteFunc([]bool{ways.Password, ways.App, ways.Recovery, ways.Passkey != nil, ways.PIN}, func(has bool) bool { return !has })) > 1
	return v, nil
}

// proof is what a form gives of it.
func (f form) proof() signin.Proof {
	return signin.Proof{Password: f.get("password"), Code: f.get("code"), Recovery: f.get("recovery"), Passkey: f.get("passkey"),
		PIN: strings.Map(digitsOnly, clipped(f.get("pin"), 32)), Text: f.get("text_pin") != ""}
}

// ofProof tells whether it is the proof alone that a form lacks.
func (p problems) ofProof() bool {
	for name := range p.fields {
		if !slices.Contains(proofFields, name) {
			return false
		}
	}
	return p.texted || len(p.fields) > 0 && len(p.current) == 0
}

// proven puts the session's new secret into the browser, when a proof was just given.
func (w *Web) proven(r *request, token string) {
	if token != "" {
		w.setSession(r, token, r.cur.Session.ExpiresAt)
	}
}

// meProofNewView asks for a proof before a page that wants one.
type meProofNewView struct {
	views.Page
	Errors *views.Errors
	Proof  proofView
	Next   string
	For    string
}

// forFactors marks a proof that is good for changing factors.
const forFactors = "factors"

// meProofNew asks for the proof that the page at next wants. Who has just given one goes there.
func (w *Web) meProofNew(r *request) error {
	return w.renderProof(r, fiber.StatusOK, localOr(r.Query("next"), "/me/security"), r.Query("for"), problems{})
}

// meProofCreate takes a proof, and goes on.
func (w *Web) meProofCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	next, what := localOr(f.get("next"), "/me/security"), f.get("for")
	token, err := w.Signin.Prove(r.ctx, r.cur, f.proof(), what == forFactors, r.from)
	w.proven(r, token)
	if err == nil {
		return r.goTo(next)
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	p.inOrder(proofFields...)
	return w.renderProof(r, p.status, next, what, p)
}

func (w *Web) renderProof(r *request, status int, next, what string, p problems) error {
	proof, err := w.proofView(r, p, "", what == forFactors)
	if err != nil {
		return err
	}
	if !proof.Ask {
		return r.goTo(next)
	}
	return w.render(r, status, "me/proof/new", meProofNewView{Page: w.page(r, "factor.proof-title", "me"), Errors: p.summary, Proof: proof, Next: next, For: what})
}

// toProof leads to the proof that changing factors wants, and back to the page at next.
func (w *Web) toProof(r *request, next string) error {
	return r.goTo("/me/proof/new?for=" + forFactors + "&next=" + url.QueryEscape(next))
}

// toPlainProof leads to the proof that anything else wants.
func (w *Web) toPlainProof(r *request, next string) error {
	return r.goTo("/me/proof/new?next=" + url.QueryEscape(next))
}

// wantsProof tells whether a verb wants a proof first.
func wantsProof(err error) bool { return errors.Is(err, fault.ErrProve) }

// gone tells whether something is not there.
func gone(err error) bool { return errors.Is(err, fault.ErrNotFound) }
