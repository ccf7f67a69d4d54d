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

// The work of a case from its beginning to its end: each page of it by links and plain forms.
func TestWithoutScriptACaseIsWorkedOn(t *testing.T) {
	app := practice(t)
	p := signedIn(t, app, "super", chrome.NoScript()).Visit("/cases").Click("#cases .empty a").At("/cases/new").Fill("#client", "Demir, Yusuf").Fill("#title", "Study permit").Choose("#owner", app.Person("consultant").ID)
	p.Click("#case-form .btn-primary").Until(`/^\/cases\/[0-9a-f]/.test(location.pathname) || document.querySelector("#client-choices:not([hidden])")`).Ready()
	if chrome.Value[string](p, `location.pathname`) == "/cases" { // which client is meant
		p.Click("#client-choices [value=new]").Click("#case-form .btn-primary")
	}
	p.Sees("h1", "Demir, Yusuf: Study permit").Until(`/^\/cases\/[0-9a-f-]{36}$/.test(location.pathname)`)
	at := chrome.Value[string](p, `location.pathname`)
	p.Click("#details a[href$='title/edit']").At(at+"/fields/title/edit").Fill("#title", "Work permit").Click("#title-form .btn-primary").Sees("h1", "Work permit").At(at)
	p.Click("main aside a[href$='members/new']").Sees("dialog", "").Choose("#member", app.Person("super").ID).Click("dialog .btn-primary").At(at).Sees("main aside", "Elena Marlow")
	p.Load(func() { p.Click("#case-bell button") }).Sees("#case-bell [aria-pressed]", "")

	id := at[len("/cases/"):]
	says(t, app, id, "Is my permit ready?")
	p.Visit("/").Click("#talks a.name").At(at+"/messages").Sees("#thread", "Is my permit ready?").Load(func() { p.Click("#reading button") }).Until(`document.querySelector("#unread").hidden`)
	p.Fill("#body", "Soon.").Load(func() { p.Click("#reply .btn-primary") }).Sees("#thread", "Soon.")
	p.Click(".tabnav a[href$='comments']").At(at+"/comments").Fill("#body", "@Jon Okafor, over to you").Load(func() { p.Click("#comment .btn-primary") }).Sees("#comments .called", "@Jon Okafor")
	p.Click("#comments a[href$='/edit']").Sees("h2", "").Fill("textarea", "@Jon Okafor: yours").Click("main form .btn-primary").At(at+"/comments").Sees("#comments", "yours")

	p.Click(".tabnav a[href$='appointments']").At(at+"/appointments").Click("a[href$='deadlines/new']").Sees("dialog", "").Fill("dialog input[name=title]", "Answer").Eval(`document.querySelector("dialog input[type=date]").value = "2027-02-01"`)
	p.Click("dialog .btn-primary").At(at+"/appointments").Sees("#deadlines", "Answer").Load(func() { p.Click("#deadlines form button") }).Sees("#deadlines", "Done on")
	p.Click("a[href^='/appointments/new']").At("/appointments/new").Fill("#title", "Call").Click("#appointment-form .btn-primary").Sees("h1", "Call").Click(".actions a[href$='cancellation/new']").Sees("dialog", "").Click("dialog .btn-error").Sees(".alert-success", "cancelled").Sees(".page-head .status", "Cancelled")
	p.Visit("/calendar").Click(".tabnav a[href*=week]").Until(`location.search.includes("week")`).Choose("[name=person]", "all").Load(func() { p.Click(".filters button") }).Until(`location.search.includes("person=all")`)

	p.Visit(at+"/billing").Click("a[href$='invoices/new']").Sees("dialog", "").Fill("dialog [name=number]", "INV-1").Fill("dialog [name=amount]", "100").Click("dialog .btn-primary").At(at+"/billing").Sees("article", "INV-1")
	p.Click("a[href$='payments/new']").Sees("dialog", "").Choose("dialog [name=method]", "card").Click("dialog .btn-primary").At(at+"/billing").Sees("article .status", "Paid").Click("a[href$='reversal/new']").Sees("dialog", "").Click("dialog .btn-error").At(at+"/billing").Sees("article .status", "Open")
	p.Visit(at+"/scores").Click("a[href$='scores/new']").Sees("dialog", "").Choose("dialog [name=score]", "9").Click("dialog .btn-primary").At(at+"/scores").Sees(".scores", "9")
	p.Fill("#q", "demir").Press(chrome.Enter).At("/search").Click("#found a[href='" + at + "']").At(at)
	p.Click(".actions a[href$='closure/new']").Sees("dialog", "").Click("dialog .btn-primary, dialog .btn-error").At(at).Sees(".page-head .status", "Closed").Click(".tabnav a[href$='history']").At(at+"/history").Sees(".log", "Elena Marlow")

	jon := signedIn(t, app, "consultant", chrome.NoScript()).Click(".top [popovertarget=bell]").Click("#bell a[href='/bulletins']").At("/bulletins").Sees(".bulletins .new", "Elena Marlow")
	jon.Load(func() { jon.Click(".page-head form button") }).Gone(".bulletins .new")
	jon.Visit("/me/client-card").Fill("#client-email", "team@firm.example").Fill("#office", "+1 416 555 0118").Fill("#client-bio", "Families.").Click("#card-form .btn-primary").Sees(".alert-success", "saved").Sees("#card-bio", "Families.").Sees("#card-missing", "picture")
}
