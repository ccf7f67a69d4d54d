package browser

import (
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"chancery/app/apptest"
	"chancery/app/apptest/chrome"
)

// appCode is what an authenticator app shows now.
func appCode(t *testing.T, app *apptest.App, secret string) string {
	t.Helper()
	code, err := totp.GenerateCode(strings.ReplaceAll(secret, " ", ""), app.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// value is what stands in a field.
func value(p *chrome.Page, selector string) string {
	return chrome.Value[string](p, `document.querySelector(`+chrome.Quote(selector)+`).value`)
}

// signOut signs out by the drawer.
func signOut(p *chrome.Page) *chrome.Page {
	return p.Visit("/me").Click(".top .me").Load(func() { p.Click("#me [type=submit]") })
}

// ASVS 6.3.3: an app is set up, with and without script; its code is asked for at the door; a recovery code opens once.
func TestAnAuthenticatorAppByHandAndWithoutScript(t *testing.T) {
	for name, opts := range map[string][]chrome.Option{"script": nil, "no script": {chrome.NoScript()}} {
		t.Run(name, func(t *testing.T) {
			app := practice(t)
			p := signedIn(t, app, "consultant", opts...).Visit("/me/factors")
			p.Load(func() { p.Click("#app-form button") }).At("/me/factors/app").Sees("svg.qr", "")
			secret := value(p, "#secret")
			p.Fill("#code", "000000").Press(chrome.Enter).Sees("#code-error", "not right")
			p.Fill("#code", appCode(t, app, secret)).Press(chrome.Enter).Sees(".alert-success", "Your app is in use").Sees("#codes", "")
			codes := strings.Fields(value(p, "#codes"))
			if len(codes) != 10 {
				t.Fatalf("%q", codes)
			}
			app.Clock.Add(time.Minute)
			out := visitor(t, app, opts...)
			enter(out.Visit("/sign-in?next=/me/preferences"), "consultant", apptest.Password).At("/sign-in/step").Focused("#code")
			out.Fill("#code", appCode(t, app, secret)).Press(chrome.Enter).At("/me/preferences")
			other := visitor(t, app, opts...)
			enter(other.Visit("/sign-in"), "consultant", apptest.Password).At("/sign-in/step").Click("details summary").Fill("#recovery", codes[2]).Press(chrome.Enter).At("/")
		})
	}
}

// The recovery codes are copied and kept as a file; without script the buttons that need it are not there.
func TestRecoveryCodesAreKept(t *testing.T) {
	app := practice(t)
	p := signedIn(t, app, "consultant").Visit("/me/factors")
	p.Load(func() { p.Click("#app-form button") })
	p.Fill("#code", appCode(t, app, value(p, "#secret"))).Press(chrome.Enter).Sees("#codes", "")
	p.Eval(`navigator.clipboard.writeText = async (text) => { window.copied = text }`)
	p.Click("[data-copy]").Until(`window.copied === document.querySelector("#codes").value`).Sees("[data-copy]", "Copied")
	p.Eval(`HTMLAnchorElement.prototype.click = function () { window.kept = this.download + " " + this.protocol }`)
	p.Click("[data-download]").Until(`window.kept === "chancery-recovery-codes.txt blob:"`)
	p.Eval(`window.print = () => { window.printed = true }`)
	p.Click("[data-print]").Until(`window.printed`)
	p.Visit("/me/factors").Sees("#codes-left", "10 recovery codes")
}

// A passkey is added, signs in alone by the button and by the browser's own offer, and is a proof; who does not show that
// it is them does not come in.
func TestAPasskeyFromTheFirstToTheLast(t *testing.T) {
	app := practice(t, apptest.Localhost())
	p := signedIn(t, app, "consultant")
	keys := p.Passkeys(false)
	p.Visit("/me/factors").Click("#passkey-new").At("/me/factors/passkey/new").Fill("#name", "My laptop")
	p.Click("#passkey").Sees(".alert-success", "Your passkey is in use").Sees("#codes", "")
	p.Visit("/me/factors").Sees("#passkeys", "My laptop")

	p.Visit("/me/factors/passkey/new").Click("#passkey").Sees("[data-passkey-failed]", "No passkey was created") // it is on this device already

	app.Clock.Add(11 * time.Minute) // a proof by it
	p.Visit("/me/recovery-codes/new").At("/me/proof/new").Click("#passkey").At("/me/recovery-codes/new")

	keys.Present(false)
	signOut(p).At("/sign-in").Sees("#passkey-form button", "Use a passkey")
	keys.Present(true)
	keys.Verified(false)
	p.Click("#passkey-form button").Sees("[data-passkey-failed]", "not used")
	keys.Verified(true)
	p.Click("#passkey-form button").At("/").Sees(".top .me", "Jon Okafor")

	signOut(p).At("/") // beside the name: the browser offers it, and its owner says yes at once
}

// A security key that asks for nobody is the second step after the password, and no first one.
func TestAPlainSecurityKeyIsASecondStep(t *testing.T) {
	app := practice(t, apptest.Localhost())
	p := signedIn(t, app, "consultant")
	p.Passkeys(true)
	p.Visit("/me/factors/passkey/new").Click("#passkey").Sees("#codes", "")
	signOut(p).At("/sign-in")
	enter(p.Visit("/sign-in?next=/me/preferences"), "consultant", apptest.Password).At("/sign-in/step").Click("#passkey").At("/me/preferences")
}

// Without script, and at an address without a name, nobody is offered what cannot work.
func TestPasskeysAreOfferedWhereTheyWork(t *testing.T) {
	named := practice(t, apptest.Localhost())
	visitor(t, named, chrome.NoScript()).Visit("/sign-in").Sees("noscript .fine", "need script").Gone("#passkey-form:not([hidden])")
	signedIn(t, named, "consultant", chrome.NoScript()).Visit("/me/factors/passkey/new").Sees(".alert-warning", "need script").Gone("#passkey-form:not([hidden])")
	visitor(t, practice(t)).Visit("/sign-in").Sees("h1", "Sign in").Gone("#passkey-form")
}
