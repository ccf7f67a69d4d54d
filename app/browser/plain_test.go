package browser

import (
	"testing"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/apptest/chrome"
)

// Architecture §2: everything works by plain forms and links. Here no script runs at all; the test only looks.

func TestWithoutScriptAProfileIsEdited(t *testing.T) {
	app := practice(t)
	p := signedIn(t, app, "consultant", chrome.NoScript())

	// A row's link leads to a page with that row open; so does a refusal.
	p.Click("a[href='/me/fields/cell/edit']").At("/me/fields/cell/edit").Fill("#cell", "12").Click("#cell-form .btn-primary").Sees("#cell-error", "").Until(`document.querySelector("#cell").value === "12"`)
	p.Fill("#cell", "+1 416 555 0142").Click("#cell-form .btn-primary").At("/me").Sees(".alert-success", "saved").Sees("#cell-shown", "+1 416-555-0142")

	// Everything in one form.
	p.Click("#main a[href='/me/edit']").At("/me/edit").Fill("#first-name", "").Fill("#bio", "Family class").Click("#profile-form .btn-primary")
	p.Sees("#errors", "").Until(`document.querySelector("#bio").value === "Family class"`).Click("#errors a[href='#first-name']").Until(`location.hash === "#first-name"`)
	p.Fill("#first-name", "Jonathan").Choose("#zone", "Europe/Lisbon").Click("#profile-form .btn-primary").At("/me").Sees(".alert-success", "").Sees(".photo b", "Jonathan Okafor")

	// The drawer is the browser's own.
	p.Click(".top .me").Sees("#me:popover-open", "").Click("#me a[href='/me/preferences']").At("/me/preferences").Choose("#language", "es").Click("#preferences-form .btn-primary").Sees("h1", "Preferencias").Sees(".alert-success", "")
	p.Gone("[data-peek]").Visit("/me/security").Sees("h1", "").Gone("[data-peek]")
}

func TestWithoutScriptAPictureComesAndGoes(t *testing.T) {
	p := signedIn(t, practice(t), "consultant", chrome.NoScript())
	p.Pick("#picture-file", "moving.gif", []byte("GIF89a")).Load(func() { p.Click("#picture button") }).Sees("#picture-error", "JPG, PNG")
	p.Pick("#picture-file", "large.jpg", make([]byte, 6<<20)).Load(func() { p.Click("#picture button") }).Sees("#picture-error", "5 MB")
	p.Pick("#picture-file", "jon.png", picture(900, 600)).Click("#picture button").Sees(".alert-success, #picture .saved", "Photo saved").Until(`document.querySelector(".photo .ava img").naturalWidth === 256`)
	p.Click("#picture a[href='/me/picture/delete']").At("/me/picture/delete").Click("dialog a[data-close]").At("/me")
	p.Click("#picture a[href='/me/picture/delete']").At("/me/picture/delete").Click("dialog .btn-error").At("/me").Until(`!document.querySelector(".ava img")`).Sees("#main", "Photo removed")
}

func TestWithoutScriptDevicesAreSignedOutAndThePasswordChanges(t *testing.T) {
	app := practice(t)
	app.SignIn("consultant")
	p := signedIn(t, app, "consultant", chrome.NoScript()).Visit("/me/security").Click("#sessions li a").Sees("dialog", "")
	p.Click("dialog .btn-error").At("/me/security").Sees(".alert-success", "signed out").Until(`document.querySelectorAll("#sessions li").length === 1`)
	p.Fill("#current", apptest.Password).Fill("#new", newPassword).Fill("#confirm", newPassword).Click("#password-form .btn-primary").At("/me/security").Sees(".alert-success", "password is changed")
	p.Click(".top .me").Click("#me [type=submit]").At("/sign-in")
	enter(p, "consultant", newPassword).At("/")
}

// B-15: the sign-in page carries what was typed on, and asks before it is saved.
func TestWithoutScriptAnEndedSessionKeepsWhatWasTyped(t *testing.T) {
	app := practice(t)
	p := signedIn(t, app, "consultant", chrome.NoScript()).Visit("/me/edit").Fill("#bio", "Typed before the end").Fill("#new", newPassword)
	write(t, app, `UPDATE sessions SET ended_at = ? WHERE user_id = ?`, app.Clock.Now(), app.Person("consultant").ID)
	p.Load(func() { p.Click("#profile-form .btn-primary") }).Sees(".alert-info", "")
	p.Load(func() { enter(p, "consultant", "wrong") }).Sees("#refused", "") // a slip at the door loses nothing
	p.Load(func() { enter(p, "consultant", apptest.Password) }).Sees("h1", "").Sees(".alert-warning", "").Click("#kept .btn-primary")
	p.At("/me").Sees(".alert-success", "saved").Sees("#bio-shown", "Typed before the end")
	p.Click(".top .me").Click("#me [type=submit]").At("/sign-in")
	enter(p, "consultant", apptest.Password).At("/") // no password was carried on
}

// B-15: so does a page that was open since before its reader signed in again in another tab.
func TestWithoutScriptAPageFromBeforeSigningInAgainKeepsWhatWasTyped(t *testing.T) {
	app := practice(t)
	p := signedIn(t, app, "consultant", chrome.NoScript()).Visit("/me/edit").Fill("#bio", "Typed in the old tab")
	inAnotherTab(p, "consultant")
	p.Expect("403").Load(func() { p.Click("#profile-form .btn-primary") }).Sees("h1", "signed in again").Sees("main", "before you signed in again").Click("#kept .btn-primary")
	p.At("/me").Sees(".alert-success", "saved").Sees("#bio-shown", "Typed in the old tab")
}

func TestWithoutScriptAColleagueIsCreated(t *testing.T) {
	app := practice(t)
	outbox := working(t, app)
	p := signedIn(t, app, "admin", chrome.NoScript()).Visit("/users").Fill("#people-q", "mbeki").Click(".filters button").Until(`location.search.startsWith("?q=mbeki") && document.querySelectorAll("#people tbody tr").length === 1`)
	p.Click(".page-head .btn-primary").At("/users/new").Fill("#first-name", "Wilhelmina").Fill("#last-name", "Brandt").Fill("#email", apptest.Email("consultant")).Choose("#role", access.RoleParalegal)
	p.Load(func() { p.Click("#user-form .btn-primary") }).Sees("#errors", "").Sees("#email-error", "").Until(`document.querySelector("#last-name").value === "Brandt" && document.querySelector("#role").value === "paralegal"`)
	p.Fill("#email", apptest.Email("wilhelmina")).Load(func() { p.Click("#user-form .btn-primary") }).Sees(".alert-success", "Wilhelmina Brandt")
	const ask, menu = "#user-menu a[href$='/sessions/delete']", ".page-head [popovertarget=user-menu]"
	p.Visit("/users/"+app.Person("other").ID).Click(menu).Click(ask).Sees("dialog", "Lucía").Click("dialog a[data-close]").Sees("h1", "Lucía")
	p.Click(menu).Click(ask).Sees("dialog", "Lucía").Click("dialog .btn-error").Sees(".alert-success", "Lucía")

	guest := visitor(t, app, chrome.NoScript()).Visit(welcomeLink(t, outbox, "wilhelmina"))
	guest.Fill("#new", "short").Fill("#confirm", "short").Load(func() { guest.Click("#welcome .btn-primary") }).Sees("#errors", "")
	guest.Fill("#new", newPassword).Fill("#confirm", newPassword).Click("#welcome .btn-primary").At("/me")
}
