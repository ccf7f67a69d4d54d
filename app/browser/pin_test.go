package browser

import (
	"testing"
	"time"

	"chancery/app/apptest/chrome"
)

// askPIN asks for a PIN at the door.
func (s *scene) askPIN(number string) *chrome.Page {
	s.app.Clock.Add(time.Minute) // the page before may have asked just now
	return s.Visit("/sign-in/phone").Fill("#cell", number).Press(chrome.Enter).At("/sign-in/pin")
}

// number gives the consultant one, verified or not.
func (s *scene) number(verified bool) {
	s.app.Phone("consultant")
	if !verified {
		write(s.t, s.app, `UPDATE users SET cell_verified_at = NULL WHERE id = ?`, s.app.Person("consultant").ID)
	}
}

// S3-13, S3-14: from the door to a new password by keyboard, with a PIN from the phone.
func TestAPINFromThePhoneLeadsToANewPassword(t *testing.T) {
	for name, opts := range map[string][]chrome.Option{"with script": nil, "without": {chrome.NoScript()}} {
		t.Run(name, func(t *testing.T) {
			app := practice(t)
			app.Phone("consultant")
			p := visitor(t, app, opts...).Visit("/sign-in").Click("a[href='/sign-in/phone']").At("/sign-in/phone")
			p.Fill("#cell", "+1 416 555 0142").Press(chrome.Enter).At("/sign-in/pin").Sees("#main", "0142")
			p.Fill("#pin", "000000").Press(chrome.Enter).Sees("#pin-error", "4 tries")
			p.Fill("#pin", app.PIN("consultant")).Press(chrome.Enter).At("/me").Sees(".alert-success", "without the old one")
			p.Click(".alert-success a").At("/me/security").Gone("#current")
			p.Fill("#new", newPassword).Fill("#confirm", newPassword).Press(chrome.Enter).Sees(".alert-success", "password is changed")
		})
	}
}

// S3-13: a number is verified in My Profile.
func TestANumberIsVerifiedInMyProfile(t *testing.T) {
	for name, opts := range map[string][]chrome.Option{"with script": nil, "without": {chrome.NoScript()}} {
		t.Run(name, func(t *testing.T) {
			app := practice(t)
			p := signedIn(t, app, "consultant", opts...).Visit("/me/fields/cell/edit").Fill("#cell", "+1 416 555 0142").Press(chrome.Enter).Sees("#personal", "Not verified yet")
			p.Click("a[href='/me/cell-verification/new']").At("/me/cell-verification/new").Click("#cell-form .btn-primary").At("/me/cell-verification/edit")
			p.Fill("#pin", app.PIN("consultant")).Press(chrome.Enter).At("/me").Sees(".alert-success", "verified").Sees("#personal", "signs you in by PIN")
		})
	}
}
