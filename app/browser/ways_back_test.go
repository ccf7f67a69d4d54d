package browser

import (
	"testing"

	"chancery/app/apptest"
	"chancery/app/apptest/chrome"
	"chancery/app/post"
)

// secretPath takes the latest mail of a kind to somebody up, as the reconciler does, and returns the path of its link.
func secretPath(t *testing.T, app *apptest.App, kind post.Kind, who string) string {
	t.Helper()
	m, err := app.Post.Latest(t.Context(), app.Person(who).ID, kind)
	if err != nil {
		t.Fatal(kind, err)
	}
	if ours, err := app.Post.Begin(t.Context(), m, minute); !ours || err != nil {
		t.Fatal(ours, err)
	}
	e, err := app.Signin.Enclose(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	return "/" + e.Path[0] + "/" + e.Path[1]
}

// S2-32: from the door, by keyboard, to a new password, on a phone as at a desk.
func TestAForgottenPasswordIsChosenAnewByKeyboard(t *testing.T) {
	app := practice(t)
	p := visitor(t, app, chrome.Phone()).Visit("/sign-in").Fill("#password", "x").Press(chrome.Tab).Press(chrome.Tab).Focused("a[href='/forgot']").Press(chrome.Enter).At("/forgot").Focused("#email")
	p.Press(chrome.Enter).Sees("#email-error", "Enter your e-mail address")
	p.Fill("#email", apptest.Email("consultant")).Press(chrome.Enter).Sees("h1", "Look at your e-mail")
	p.Visit(secretPath(t, app, post.PasswordForgot, "consultant")).Sees("h1", "Choose a new password")
	p.Fill("#new", newPassword).Fill("#confirm", newPassword).Press(chrome.Enter).At("/me").Sees(".alert-success", "password is changed")
}

// B-6: the thief is out, and the owner back in.
func TestItWasNotMeThrowsTheThiefOut(t *testing.T) {
	app := practice(t)
	thief := signedIn(t, app, "consultant").Visit("/me/edit")
	p := visitor(t, app).Visit(secretPath(t, app, post.NewDevice, "consultant")).Sees("h1", "It was not you?")
	p.Click("#disown .btn-error").Sees("h1", "Everybody is locked out")
	thief.Click("a[href='/me/security']").At("/sign-in")
	enter(thief, "consultant", apptest.Password).Sees("#refused", "not right")
	p.Visit(secretPath(t, app, post.PasswordRecover, "consultant")).Fill("#new", newPassword).Fill("#confirm", newPassword).Press(chrome.Enter).At("/me")
	p.Visit("/me/security").Sees("#sign-ins", "It was not me")
}

// S2-29: signing out takes every tab to the door; what was typed in another comes back to the same person.
func TestSigningOutTakesTheOtherTabsAlong(t *testing.T) {
	app := practice(t)
	p := signedIn(t, app, "consultant")
	other := p.Tab().Visit("/me/edit").Fill("#bio", "Typed in the other tab")
	p.Click(".top .me").Load(func() { p.Click("#me [type=submit]") }).At("/sign-in")
	other.At("/sign-in").Until(`!document.body.innerText.includes("Okafor")`)
	enter(other, "consultant", apptest.Password).At("/me/edit").Until(`document.querySelector("#bio").value === "Typed in the other tab"`)
}

// The pages of this on every screen.
func TestTheWaysBackAreSoundOnEveryScreen(t *testing.T) {
	app := practice(t)
	for lang, screens := range map[string][]string{"fr": {"1280-light", "1280-dark", "390-light", "390-dark"}, "es": {"390-dark"}, "en": {"1280-light"}} {
		write(t, app, `UPDATE users SET language = ?, status = 'ACTIVE' WHERE email <> 'inactive@firm.example' AND email <> 'invited@firm.example'`, lang)
		write(t, app, `UPDATE users SET language = ? WHERE email = 'invited@firm.example'`, lang)
		app.Clock.Add(2 * 60 * minute)
		p := signedIn(t, app, "paralegal")
		seen := func(p *chrome.Page, name string) {
			for _, d := range screens {
				p.Become(devices[d]...)
				look(t, p, "ways-back-"+name+"-"+lang+"-"+d, lang)
			}
			p.Become()
		}
		seen(p.Visit("/me/security"), "security")
		guest := visitor(t, app).Visit("/sign-in")
		guest.Load(func() { guest.Click("[name=language][value=" + lang + "]") }).At("/sign-in")
		seen(guest.Visit("/forgot"), "forgot")
		seen(guest.Visit("/forgot?sent=1"), "forgot-sent")
		path := secretPath(t, app, post.NewDevice, "paralegal")
		seen(guest.Visit(path), "disown")
		guest.Click("#disown .btn-error").Until(`!document.querySelector("#disown")`)
		seen(guest, "disown-done")
		seen(guest.Visit(path), "disown-used")
		seen(guest.Visit(secretPath(t, app, post.PasswordRecover, "paralegal")), "reset")
		write(t, app, `UPDATE credentials SET password_hash = (SELECT c.password_hash FROM credentials c JOIN users u ON u.id = c.user_id WHERE u.email = 'super@firm.example'), disowned_at = NULL WHERE user_id = ?`, app.Person("paralegal").ID)
		token, _, err := app.Signin.IssueWelcome(t.Context(), app.Person("invited").ID)
		if err != nil {
			t.Fatal(err)
		}
		seen(guest.Visit("/welcome/"+token), "welcome")
		write(t, app, `UPDATE links SET expires_at = created_at WHERE purpose = 'welcome'`)
		seen(guest.Visit("/welcome/"+token), "welcome-expired")
		guest.Click("#ask button").Until(`!document.querySelector("#ask")`)
		seen(guest, "welcome-asked")
	}
}
