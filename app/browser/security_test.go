package browser

import (
	"testing"

	"chancery/app/apptest"
	"chancery/app/apptest/chrome"
)

const newPassword = "Harbour-Window-31!"

// S2-17…S2-24, C-2, C-8: the list ticks itself off while one types; the other device is out, this one stays.
func TestANewPasswordEndsTheOtherDevices(t *testing.T) {
	app := practice(t)
	p, other := signedIn(t, app, "consultant").Visit("/me/security"), signedIn(t, app, "consultant")
	p.Fill("#current", apptest.Password).Fill("#new", "harbour").Until(`document.querySelectorAll("#policy [data-met]").length === 1`)
	p.Fill("#new", newPassword).Until(`document.querySelectorAll("#policy [data-rule][data-met]").length === 5 && !document.querySelector("#policy [data-same][data-met]")`)
	p.Fill("#confirm", newPassword).Until(`document.querySelector("#policy [data-same][data-met]")`)
	p.Click("[data-peek=new]").Until(`document.querySelector("#new").type === "text"`)
	p.Click("#password-form .btn-primary").Sees(".alert-success", "password is changed").Until(`document.activeElement.closest("div")?.querySelector(".alert-success") && document.querySelector("#new").value === ""`)
	p.Reload().Sees("h1", "Security").Until(`document.querySelectorAll("#sessions li").length === 1`)

	other.At("/sign-in") // its stream has told it that the session has ended
	enter(other, "consultant", apptest.Password).Sees("#refused", "")
	enter(other, "consultant", newPassword).At("/me")
}

// C-3: the checklist says of a guessable password what the form would say in the end.
func TestTheChecklistKnowsCommonPasswordsAndNames(t *testing.T) {
	app := practice(t)
	const guess = `#policy [data-asks]`
	p := signedIn(t, app, "consultant").Visit("/me/security").Sees(guess, "Hard to guess")
	p.Fill("#new", "Qwerty123!").Sees(guess, "among the first that attackers try").Gone(guess + "[data-met]").Until(`document.querySelectorAll("#policy [data-rule][data-met]").length === 5`)
	p.Fill("#new", "Okafor-Kettle-9!").Sees(guess, "Okafor").Gone(guess + "[data-met]")
	p.Fill("#new", newPassword).Sees(guess+"[data-met]", "Hard to guess")
	p.Fill("#new", "Qwerty123!").Sees(guess, "among the first").Fill("#new", "").Sees(guess, "Hard to guess").Gone(guess + "[data-met]")

	admin := signedIn(t, app, "admin").Visit("/users/new").Fill("[name=first_name]", "Xiomara").Click("[name=first][value=typed]")
	admin.Fill("#first-password", "Xiomara-Kettle-9!").Sees("#password-rules [data-asks]", "Xiomara").Fill("#first-password", newPassword).Sees("#password-rules [data-asks][data-met]", "Hard to guess")

	token, _, err := app.Signin.IssueWelcome(t.Context(), app.Person("invited").ID)
	if err != nil {
		t.Fatal(err)
	}
	owen := visitor(t, app).Visit("/welcome/" + token)
	owen.Fill("#new", "MacGillivray-9!").Sees("#new-rules [data-asks]", "MacGillivray").Fill("#new", newPassword).Sees("#new-rules [data-asks][data-met]", "Hard to guess")
}

// S2-20…S2-22: each mistake by its field, and nothing typed comes back.
func TestAWrongPasswordChangeIsSaidByField(t *testing.T) {
	p := signedIn(t, practice(t), "consultant").Visit("/me/security").Fill("#current", "wrong").Fill("#new", newPassword).Fill("#confirm", newPassword+"x").Press(chrome.Enter)
	p.Focused("#errors").Until(`[...document.querySelectorAll("#password-form [type=password]")].every((f) => f.value === "")`)
	p.Click("#errors a").Until(`document.activeElement.matches("#password-form input[aria-invalid]")`)
}

// S2-28, C-7: another device is signed out from the list.
func TestADeviceIsSignedOutFromTheList(t *testing.T) {
	app := practice(t)
	p, other := signedIn(t, app, "consultant"), signedIn(t, app, "consultant")
	p.Visit("/me/security").Until(`document.querySelectorAll("#sessions li").length === 2`)
	p.Click("#sessions li a").Until(`document.querySelector("dialog:modal")`).Press(chrome.Escape).Gone("dialog").Focused("#sessions li a")
	p.Press(chrome.Enter).Until(`document.querySelector("dialog:modal")`).Click("dialog .btn-error").Gone("dialog").Sees("#sessions .alert-success", "signed out").Until(`document.querySelectorAll("#sessions li").length === 1`)
	other.Visit("/me/security").At("/sign-in")
}

// S2-29, ASVS 14.3.2: after signing out, the back button shows nothing of the person.
func TestAfterSigningOutBackShowsNothing(t *testing.T) {
	p := signedIn(t, practice(t), "consultant").Visit("/me/security").Visit("/me")
	p.Click(".top .me").Load(func() { p.Click("#me [type=submit]") }).At("/sign-in").Sees(".alert-success", "")
	for range 2 {
		p.Load(func() { p.Eval(`history.back()`) }).At("/sign-in").Until(`!document.body.innerText.includes("Okafor")`)
	}
}

// S2-31, C-13: ten failures lock the password route, and the page says until when.
func TestTenFailuresLockTheDoorForAWhile(t *testing.T) {
	app := practice(t)
	p := visitor(t, app).Visit("/sign-in")
	for range 10 {
		p.Load(func() { enter(p, "consultant", "wrong") }).Sees("#refused", "")
	}
	p.Load(func() { enter(p, "consultant", apptest.Password) }).Sees("#refused", "15 minutes").Focused("#password").Until(`document.querySelector("#email").value === "consultant@firm.example"`)
	app.Clock.Add(16 * minute)
	enter(p, "consultant", apptest.Password).At("/")
}
