package web

import (
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"chancery/app/fault"
	"chancery/app/signin"
	"chancery/views"
)

// cookiePIN holds the secret of the browser in which a PIN counts, and the ending of the number, to be shown: the browser's
// own, since the person has typed it there. The number itself is not kept.
const cookiePIN = "chancery-pin"

// signInPhoneNewView asks for the cell number to which a PIN goes (S3-13).
type signInPhoneNewView struct {
	views.Page
	Next    string
	Kept    *keptForm
	Cell    inputField
	Refused string
}

// signInPhoneNew shows the form. Where no texts are sent there is none.
func (w *Web) signInPhoneNew(r *request) error {
	if !w.Signin.Texts() {
		return errNoRoute
	}
	next := localOr(r.Query("next"), "")
	if r.cur != nil {
		return r.goTo(localOr(next, "/"))
	}
	return w.renderSignInPhone(r, fiber.StatusOK, signInPhoneNewView{Next: next})
}

// signInPhoneCreate sends a PIN, and goes on to where it is typed. The answer is one and the same for every number, in its
// words and its time (ASVS 6.3.8). A browser that has asked before may ask again without the number.
func (w *Web) signInPhoneCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	next, kept := localOr(f.get("next"), ""), keptFrom(f)
	if r.cur != nil {
		return r.goTo(localOr(next, "/"))
	}
	cell, again := f.get("cell"), f.get("again") != ""
	if _, asked := f["cell"]; !asked && !again { // from the door, with what was typed before
		return w.renderSignInPhone(r, fiber.StatusOK, signInPhoneNewView{Next: next, Kept: kept})
	}
	rest := time.NewTimer(forgotTakes)
	defer rest.Stop()
	var asked signin.Asked
	ending := signin.Ending(strings.Map(digitsOnly, cell))
	if again {
		var browser string
		browser, ending = w.pinBrowser(r)
		asked, err = w.Signin.AskPINAgain(r.ctx, browser, r.from)
	} else {
		asked, err = w.Signin.AskPIN(r.ctx, cell, r.from)
	}
	select {
	case <-rest.C:
	case <-r.ctx.Done():
	}
	if err != nil {
		return w.signInPhoneRefused(r, f, err)
	}
	w.keepPIN(r, asked.Browser+"."+ending, asked.Keep)
	if kept != nil { // a redirect would lose it
		return w.renderSignInPIN(r, fiber.StatusOK, signInPINNewView{Next: next, Kept: kept, Ending: ending, Again: again})
	}
	return r.goTo(pinPath(next, again))
}

// signInPhoneRefused shows the form again with what was typed; where the number was not typed here, the PIN's page.
func (w *Web) signInPhoneRefused(r *request, f form, err error) error {
	var many *fault.TooMany
	tooOften := errors.As(err, &many)
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	next, kept := localOr(f.get("next"), ""), keptFrom(f)
	if _, ending := w.pinBrowser(r); f.get("again") != "" && tooOften {
		return w.renderSignInPIN(r, p.status, signInPINNewView{Next: next, Kept: kept, Ending: ending, Refused: p.summary.Refused})
	}
	v := signInPhoneNewView{Next: next, Kept: kept, Cell: inputField{clipped(f.get("cell"), 60), p.field("cell")}, Refused: p.summary.Refused}
	return w.renderSignInPhone(r, p.status, v)
}

func (w *Web) renderSignInPhone(r *request, status int, v signInPhoneNewView) error {
	v.Page = w.page(r, "pin.title", "")
	org, err := w.Staff.Organization(r.ctx)
	if err != nil {
		return err
	}
	v.Org = w.know(org)
	return w.render(r, status, "sign-in/phone/new", v)
}

// pinBrowser is what cookiePIN holds.
func (w *Web) pinBrowser(r *request) (browser, ending string) {
	browser, ending, _ = strings.Cut(r.Cookies(w.cookieName(cookiePIN)), ".")
	if len(browser) != 43 {
		return "", ""
	}
	if ending = strings.Map(digitsOnly, ending); len(ending) != 4 {
		ending = ""
	}
	return browser, ending
}

// keepPIN gives the browser its secret; an empty one takes it away.
func (w *Web) keepPIN(r *request, value string, until time.Time) {
	c := &fiber.Cookie{Name: w.cookieName(cookiePIN), Value: value, Path: "/", HTTPOnly: true, Secure: w.secure, SameSite: "Lax", Expires: until}
	if value == "" {
		c.Expires = time.Unix(1, 0)
	}
	r.Cookie(c)
}

func digitsOnly(c rune) rune {
	if c >= '0' && c <= '9' {
		return c
	}
	return -1
}

// phonePath and pinPath are the pages with where to go afterwards.
func phonePath(next string) string { return withQuery("/sign-in/phone", next, false) }

func pinPath(next string, again bool) string { return withQuery("/sign-in/pin", next, again) }

func withQuery(path, next string, again bool) string {
	q := url.Values{}
	if next != "" {
		q.Set("next", next)
	}
	if again {
		q.Set("again", "1")
	}
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	return path
}
