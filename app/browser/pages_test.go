package browser

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/apptest/chrome"
	"chancery/app/web"
)

// This file is long because it is a list: every page and state that a reader can get to see, and the way there. A new
// page gets its line here.

// page is one of them.
type page struct {
	name string
	open func(*scene)
}

// scene is what a page is opened in.
type scene struct {
	*chrome.Page
	t   *testing.T
	app *apptest.App
}

// TestEveryPageIsSoundOnEveryScreen visits each page that there is and looks at it on a desktop and on a phone, in the
// light and in the dark. French has the longest texts; Spanish and English are seen once.
func TestEveryPageIsSoundOnEveryScreen(t *testing.T) {
	everyLanguage(t, func(t *testing.T, lang string, devices []string) {
		app := practice(t, apptest.Demo(web.DemoSignIn{Email: apptest.Email("super"), Role: "super-admin"}, web.DemoSignIn{Email: apptest.Email("paralegal"), Role: "paralegal"}))
		furnish(t, app, lang)
		for _, part := range []struct {
			who   string
			pages []page
		}{
			{"", doorPages}, {"consultant", ownPages}, {"super", peoplePages}, {"accountant", forcedPages}, {"consultant", errorPages}, {"other", factorPages},
		} {
			tour(t, app, lang, devices, part.who, part.pages)
		}
	})
}

// everyLanguage runs fn for each language, with the screens on which pages are looked at in it.
func everyLanguage(t *testing.T, fn func(t *testing.T, lang string, devices []string)) {
	for _, c := range []struct {
		lang    string
		devices []string
	}{
		{"fr", []string{"1280-light", "1280-dark", "390-light", "390-dark"}},
		{"es", []string{"390-dark"}},
		{"en", []string{"1280-light"}},
	} {
		t.Run(c.lang, func(t *testing.T) {
			t.Parallel()
			fn(t, c.lang, c.devices)
		})
	}
}

// tour opens each page, signed in as somebody ("": nobody), and looks at it on each screen.
func tour(t *testing.T, app *apptest.App, lang string, screens []string, who string, pages []page) {
	p := visitor(t, app)
	s := &scene{p, t, app}
	s.speak(lang)
	if who != "" {
		enter(p.Visit("/sign-in"), who, apptest.Password).Until(`location.pathname !== "/sign-in"`)
	}
	for _, page := range pages {
		p.Become()
		page.open(s)
		for _, d := range screens {
			p.Become(devices[d]...)
			look(t, p, page.name+"-"+lang+"-"+d, lang)
		}
	}
}

var devices = map[string][]chrome.Option{
	"1280-light": nil, "1280-dark": {chrome.Dark()}, "390-light": {chrome.Phone()}, "390-dark": {chrome.Phone(), chrome.Dark()},
}

// furnish gives everyone the language, and the people texts that are as long as they may reasonably be.
func furnish(t *testing.T, app *apptest.App, lang string) {
	t.Helper()
	write(t, app, `UPDATE users SET language = ?`, lang)
	write(t, app, `UPDATE users SET first_name = 'Maximiliana', last_name = 'Fernández-Wolfeschlegelsteinhausen', display_name = '', cell = '+14165550118',
		office = '+14165550100;ext=12', address = '18 King Street East, Suite 1200' || char(10) || 'Toronto ON M5C 1C4', title = 'Regulated Canadian Immigration Consultant',
		bio = 'Spousal and family class applications, humanitarian and compassionate grounds.' || char(10) || 'Speaks Spanish, French and some Portuguese.' WHERE id = ?`, app.Person("other").ID)
	write(t, app, `UPDATE users SET title = 'Regulated Canadian Immigration Consultant', cell = '+14165550118' WHERE id = ?`, app.Person("consultant").ID)
	write(t, app, `UPDATE credentials SET locked_until = ? WHERE user_id = ?`, app.Clock.Now().Add(10*time.Minute), app.Person("paralegal").ID)
	write(t, app, `UPDATE credentials SET must_change = true WHERE user_id = ?`, app.Person("accountant").ID)
	for range 12 { // a history, and other devices
		app.SignIn("consultant")
	}
	app.Visitor().Visit("/sign-in").Submit("form[action='/sign-in']", "email", apptest.Email("consultant"), "password", "wrong")
}

var doorPages = []page{
	{"sign-in", func(s *scene) { s.Visit("/sign-in") }},
	{"sign-in-empty", func(s *scene) {
		s.Visit("/sign-in").Click("form[action='/sign-in'] .btn-primary").Sees("#email-error", "").Sees("#password-error", "").Focused("#email")
	}},
	{"sign-in-refused", func(s *scene) { enter(s.Visit("/sign-in"), "nobody", "wrong").Sees("#refused", "") }},
	{"sign-in-locked", func(s *scene) {
		enter(s.Visit("/sign-in?next=/me/security"), "paralegal", apptest.Password).Sees("#refused", "")
	}},
	{"sign-in-after-sign-out", func(s *scene) { s.Visit("/sign-in?notice=signed-out").Sees(".alert-success", "") }},
	{"sign-in-phone", func(s *scene) {
		s.Visit("/sign-in").Click("a[href='/sign-in/phone']").At("/sign-in/phone").Focused("#cell")
	}},
	{"sign-in-phone-refused", func(s *scene) {
		s.Visit("/sign-in/phone").Fill("#cell", "12").Press(chrome.Enter).Sees("#cell-error", "")
	}},
	{"sign-in-pin", func(s *scene) { s.askPIN(apptest.Cell).Focused("#pin") }},
	{"sign-in-pin-wrong", func(s *scene) { s.Fill("#pin", "000000").Press(chrome.Enter).Sees("#pin-error", "").Focused("#pin") }},
	{"sign-in-pin-too-soon", func(s *scene) { s.Click("#again .btn").Sees("#refused", "") }},
	{"sign-in-pin-over", func(s *scene) {
		for range 4 {
			s.Load(func() { s.Fill("#pin", "000000").Press(chrome.Enter) })
		}
		s.Sees("#refused", "").Gone("#pin")
	}},
	{"welcome", func(s *scene) { s.Visit(s.welcome()).Sees("#new", "") }},
	{"welcome-refused", func(s *scene) {
		s.Visit(s.welcome()).Fill("#new", "short").Fill("#confirm", "other").Press(chrome.Enter).Focused("#errors")
	}},
	{"welcome-expired", func(s *scene) {
		path := s.welcome()
		write(s.t, s.app, `UPDATE links SET expires_at = ?`, s.app.Clock.Now().Add(-time.Hour))
		s.Visit(path).Sees("h1", "")
	}},
	{"not-found-outside", func(s *scene) { s.Visit("/nothing/here").Sees(".door h1", "") }},
	{"sign-in-again", func(s *scene) { // a plain form whose session has ended, and the question after it
		enter(s.Visit("/sign-in"), "admin", apptest.Password).At("/").Visit("/me/edit").Fill("#bio", "Family class")
		write(s.t, s.app, `UPDATE sessions SET ended_at = ? WHERE user_id = ?`, s.app.Clock.Now(), s.app.Person("admin").ID)
		s.send("#profile-form")
		s.Sees(".alert-info", "")
	}},
	{"sign-in-kept", func(s *scene) { enter(s.Page, "admin", apptest.Password).Sees("#kept button", "") }},
}

var ownPages = []page{
	{"me", func(s *scene) { s.Visit("/me") }},
	{"me-saved", func(s *scene) { s.Visit("/me?saved=all").Sees(".alert-success", "") }},
	{"me-drawer", func(s *scene) { s.Visit("/me").Click(".top .me").Sees("#me:popover-open", "") }},
	{"me-row-first-name", opened("first-name")},
	{"me-row-last-name", opened("last-name")},
	{"me-row-display-name", opened("display-name")},
	{"me-row-cell", opened("cell")},
	{"me-row-office", opened("office")},
	{"me-row-address", opened("address")},
	{"me-row-bio", opened("bio")},
	{"me-cell-verified", func(s *scene) { // with the password that changing it asks for
		s.number(true)
		write(s.t, s.app, `UPDATE sessions SET proven_at = ? WHERE user_id = ?`, s.app.Clock.Now().Add(-time.Hour), s.app.Person("consultant").ID)
		s.Visit("/me/fields/cell/edit").Sees("#cell-form #password", "")
		write(s.t, s.app, `UPDATE sessions SET proven_at = ? WHERE user_id = ?`, s.app.Clock.Now(), s.app.Person("consultant").ID)
	}},
	{"me-cell-unverified", func(s *scene) { s.number(false); s.Visit("/me").Sees("a[href='/me/cell-verification/new']", "") }},
	{"me-cell-verification", func(s *scene) { s.Visit("/me/cell-verification/new").Sees("#cell-form", "") }},
	{"me-cell-verification-pin", func(s *scene) {
		s.app.Clock.Add(time.Minute) // the door has asked for this number
		s.Click("#cell-form .btn-primary").At("/me/cell-verification/edit").Focused("#pin")
	}},
	{"me-cell-verification-wrong", func(s *scene) { s.Fill("#pin", "12").Press(chrome.Enter).Sees("#pin-error", "") }},
	{"me-row-page", func(s *scene) { s.Visit("/me/fields/cell/edit").Sees("#cell", "") }},
	{"me-row-refused", func(s *scene) {
		opened("cell")(s)
		s.Fill("#cell", "12").Press(chrome.Enter).Sees("#cell-error", "")
	}},
	{"me-row-conflict", func(s *scene) {
		opened("bio")(s)
		write(s.t, s.app, `UPDATE users SET bio = 'Written in another tab meanwhile' WHERE id = ?`, s.app.Person("consultant").ID)
		s.Fill("#bio", "Mine").Click("#bio-form .btn-primary").Sees("#bio-stored", "another tab")
	}},
	{"me-row-saved", func(s *scene) {
		opened("office")(s)
		s.Fill("#office", "+1 416 555 0100 ext. 12").Press(chrome.Enter).Sees(".just-saved .saved", "")
	}},
	{"me-edit", func(s *scene) { s.Visit("/me/edit") }},
	{"me-edit-refused", func(s *scene) {
		s.Visit("/me/edit").Fill("#first-name", "").Fill("#cell", "12").Fill("#bio", strings.Repeat("word ", 210)).Fill("#new", "short").Press(chrome.Enter).Focused("#errors")
	}},
	{"me-edit-conflict", func(s *scene) {
		s.Visit("/me/edit")
		write(s.t, s.app, `UPDATE users SET first_name = 'Jonathan', zone = 'Europe/Lisbon', theme = '' WHERE id = ?`, s.app.Person("consultant").ID)
		s.Fill("#first-name", "Johannes").Click("#profile-form .btn-primary").Focused("#errors")
	}},
	{"me-preferences", func(s *scene) { s.Visit("/me/preferences") }},
	{"me-preferences-zones", func(s *scene) { s.Visit("/me/preferences").Click("#zone").Sees("[role=option]", "") }},
	{"me-preferences-none", func(s *scene) { s.Visit("/me/preferences").Fill("#zone", "zzzz").Sees(".combobox .none", "") }},
	{"me-preferences-saved", func(s *scene) {
		s.Visit("/me/preferences").Click("input[name=theme][value=light]").Click("#preferences-form .btn-primary").Sees(".alert-success a", "")
		write(s.t, s.app, `UPDATE users SET theme = '' WHERE id = ?`, s.app.Person("consultant").ID)
	}},
	{"me-security", func(s *scene) { s.Visit("/me/security") }},
	{"me-security-refused", func(s *scene) {
		s.Visit("/me/security").Fill("#current", "wrong").Fill("#new", "aB3").Fill("#confirm", "aB4").Press(chrome.Enter).Focused("#errors")
	}},
	{"me-security-older", func(s *scene) {
		s.Visit("/me/security").Click("a#older").Until(`document.querySelectorAll("#sign-ins tr").length > 10`)
	}},
	{"me-sign-ins", func(s *scene) { s.Visit("/me/sign-ins") }},
	{"me-session-question", func(s *scene) {
		s.Visit("/me/security").Click("#sessions li a").Until(`document.querySelector("dialog:modal")`)
	}},
	{"me-session-page", func(s *scene) { s.Visit("/me/sessions/others/delete").Until(`document.querySelector("dialog:modal")`) }},
	{"me-session-password", func(s *scene) {
		write(s.t, s.app, `UPDATE sessions SET proven_at = ? WHERE user_id = ?`, s.app.Clock.Now().Add(-time.Hour), s.app.Person("consultant").ID)
		s.Visit("/me/security").Click("#sessions header a").Until(`document.querySelector("dialog:modal #password")`)
		s.Click("dialog .btn-error").Sees("#password-error", "")
	}},
	{"me-session-ended", func(s *scene) {
		s.Fill("#password", apptest.Password).Press(chrome.Enter).Sees("#sessions .alert-success", "")
	}},
	{"me-picture-crop", func(s *scene) {
		s.Visit("/me").Pick("#picture-file", "jon.png", picture(900, 600)).Until(cropping)
	}},
	{"me-picture", func(s *scene) { s.Become().Press(chrome.Enter).Sees("#picture .saved", "") }},
	{"me-picture-refused", func(s *scene) {
		s.Visit("/me").Pick("#picture-file", "moving.gif", []byte("GIF89a")).Sees("#picture-error", "")
	}},
	{"me-picture-question", func(s *scene) {
		s.Visit("/me").Click("#picture a").Until(`document.querySelector("dialog:modal")`)
	}},
	{"me-picture-page", func(s *scene) { s.Visit("/me/picture/delete").Until(`document.querySelector("dialog:modal")`) }},
	{"user-own", func(s *scene) { s.Visit("/users/" + s.app.Person("consultant").ID) }},
	{"colleagues", func(s *scene) { s.Visit("/colleagues") }},
	{"colleagues-found", func(s *scene) { s.Visit("/colleagues?q=lucia") }},
	{"colleagues-no-match", func(s *scene) {
		s.Visit("/colleagues?q="+strings.Repeat("nobody", 10)).Sees("#people .empty", "")
	}},
	{"user-as-colleague", func(s *scene) { s.Visit("/users/" + s.app.Person("other").ID) }},
}

var peoplePages = []page{
	{"users", func(s *scene) { s.Visit("/users") }},
	{"users-menu", func(s *scene) {
		s.Visit("/users").Become(chrome.Phone()).Click(".top [popovertarget=side]").Sees("#side:popover-open", "")
	}},
	{"users-found", func(s *scene) { s.Visit("/users?q=mar") }},
	{"users-no-match", func(s *scene) { s.Visit("/users?q="+strings.Repeat("nobody", 10)).Sees("#people .empty", "") }},
	{"users-many", func(s *scene) {
		for i := range 30 {
			write(s.t, s.app, `INSERT INTO users (id, email, first_name, last_name, sort_name, search, language, zone, status, role_id, created_at, updated_at)
				SELECT 'many-' || ?, ? || email, first_name, last_name, 'zzz' || ?, search, language, zone, status, role_id, created_at, updated_at FROM users WHERE id = ?`, i, i, i, s.app.Person("other").ID)
		}
		s.Visit("/users?page=2").Sees(".pager", "")
	}},
	{"users-new", func(s *scene) { s.Visit("/users/new") }},
	{"users-new-typed", func(s *scene) {
		s.Visit("/users/new").Choose("#role", access.RoleSuperAdmin).Click("[name=first][data-reveals]").Fill("#first-password", "aB3").Sees("#password-rules", "")
	}},
	{"users-new-refused", func(s *scene) {
		s.Visit("/users/new").Click("[name=first][data-reveals]").Fill("#first-password", "short").Fill("#email", "not an address")
		s.Eval(`document.querySelector("#user-form").noValidate = true`)
		s.Click("#user-form .btn-primary").Focused("#errors")
	}},
	{"user-created", func(s *scene) {
		s.Visit("/users/new").Fill("#first-name", "Wilhelmina").Fill("#last-name", "Ó Súilleabháin").Fill("#email", s.app.Clock.Now().Format("n150405")+"@firm.example")
		s.Choose("#role", access.RoleParalegal).Click("#user-form .btn-primary").Sees(".alert-success", "Wilhelmina")
	}},
	{"user-as-administrator", func(s *scene) { s.Visit("/users/" + s.app.Person("other").ID) }},
	{"user-locked", func(s *scene) { s.Visit("/users/" + s.app.Person("paralegal").ID) }},
	{"user-inactive", func(s *scene) { s.Visit("/users/" + s.app.Person("inactive").ID) }},
	{"user-invited", func(s *scene) { s.Visit("/users/" + s.app.Person("invited").ID) }},
	{"user-sessions-question", func(s *scene) {
		s.Visit("/users/" + s.app.Person("other").ID).Click(".page-head [popovertarget=user-menu]").Click("#user-menu a[href$='/sessions/delete']").Until(`document.querySelector("dialog:modal")`)
	}},
	{"user-sessions-page", func(s *scene) {
		s.Visit("/users/" + s.app.Person("super").ID + "/sessions/delete").Until(`document.querySelector("dialog:modal")`)
	}},
	{"user-picture-page", func(s *scene) {
		s.Visit("/users/" + s.app.Person("consultant").ID + "/picture/delete").Until(`document.querySelector("dialog:modal")`)
	}},
}

var forcedPages = []page{
	{"password-forced", func(s *scene) { s.At("/me/password/edit") }},
	{"password-forced-refused", func(s *scene) {
		s.Fill("#new", "short").Fill("#confirm", "other").Press(chrome.Enter).Focused("#errors")
	}},
}

// factorPages are one's own second factors, and at the end the step that they ask for.
var factorPages = []page{
	{"me-factors-none", func(s *scene) { s.Visit("/me/factors").Sees("#app-form", "") }},
	{"me-factors-app", func(s *scene) { s.Load(func() { s.Click("#app-form button") }).Sees("svg.qr", "") }},
	{"me-factors-app-refused", func(s *scene) {
		s.Fill("#code", "000000").Press(chrome.Enter).Sees("#code-error", "")
	}},
	{"me-recovery-codes", func(s *scene) {
		s.Visit("/me/factors/app").Fill("#code", appCode(s.t, s.app, value(s.Page, "#secret"))).Press(chrome.Enter).Sees("#codes", "")
	}},
	{"me-factors", func(s *scene) { s.Visit("/me/factors").Sees("#app", "") }},
	{"me-factor-rename", func(s *scene) {
		s.Visit("/me/factors").Click("#app a[href$='/edit']").Until(`document.querySelector("dialog:modal")`)
	}},
	{"me-factor-remove", func(s *scene) {
		s.Visit("/me/factors").Click("#app a[href$='/delete']").Until(`document.querySelector("dialog:modal")`)
	}},
	{"me-recovery-codes-question", func(s *scene) {
		s.Visit("/me/factors").Click("#codes-new").Until(`document.querySelector("dialog:modal")`)
	}},
	{"me-proof", func(s *scene) {
		s.app.Clock.Add(11 * time.Minute)
		s.Visit("/me/recovery-codes/new").At("/me/proof/new").Sees("#code", "")
	}},
	{"me-proof-refused", func(s *scene) { s.Click("#proof-form .btn-primary").Sees("#code-error", "") }},
	{"sign-in-step", func(s *scene) {
		visitorOf(s)
		enter(s.Page, "other", apptest.Password).At("/sign-in/step").Sees("#code", "")
	}},
	{"sign-in-step-refused", func(s *scene) {
		s.Click("details summary").Fill("#recovery", "x").Press(chrome.Enter).Sees("#recovery-error", "")
	}},
}

var errorPages = []page{
	{"error-404", func(s *scene) { s.Visit("/users/nobody").Sees("h1", "") }},
	{"error-403", func(s *scene) { s.Visit("/users/new").Sees("h1", "") }},
	{"error-forged", func(s *scene) {
		s.Visit("/me/edit").Eval(`document.querySelector("#profile-form [name=_csrf]").value = "x"`)
		s.send("#profile-form")
		s.Sees(".door h1", "")
	}},
	{"error-400", func(s *scene) {
		s.Visit("/me/edit").Eval(`document.querySelector("#bio").insertAdjacentHTML("afterend", '<input name="x" value="x">'.repeat(250))`)
		s.send("#profile-form")
		s.Sees(".fine + h1", "")
	}},
	{"error-413", func(s *scene) {
		s.Visit("/me/edit").Eval(`document.querySelector("#bio").value = "x".repeat(70000)`)
		s.send("#profile-form")
		s.Sees(".fine + h1", "")
	}},
	{"error-500", func(s *scene) {
		write(s.t, s.app, `ALTER TABLE signin_attempts RENAME TO away`)
		s.Visit("/me/sign-ins").Sees(".fine + h1", "")
		write(s.t, s.app, `ALTER TABLE away RENAME TO signin_attempts`)
	}},
	{"error-toast", func(s *scene) {
		write(s.t, s.app, `ALTER TABLE signin_attempts RENAME TO away`)
		s.Visit("/me").Eval(`document.querySelector("#personal .edit").setAttribute("hx-get", "/me/sign-ins")`)
		s.Click("#personal .edit").Sees("#toasts .alert-error code", "")
		write(s.t, s.app, `ALTER TABLE away RENAME TO signin_attempts`)
	}},
	{"error-429", func(s *scene) { // another person's network guesses; this one has to wait with it
		for i := range 110 {
			write(s.t, s.app, `INSERT INTO signin_attempts (id, subject, network, user_agent, method, outcome, reason, at) VALUES (?, 'x', '127.0.0.1', '', 'password', 'failure', 'wrong', ?)`, fmt.Sprint("a-", i), s.app.Clock.Now())
		}
		enter(visitorOf(s).Visit("/sign-in"), "consultant", apptest.Password).Sees("#refused", "")
		write(s.t, s.app, `DELETE FROM signin_attempts WHERE subject = 'x'`)
	}},
}

// visitorOf signs out, for a page of the door.
func visitorOf(s *scene) *chrome.Page {
	s.Visit("/me").Click(".top .me").Click("#me [type=submit]").At("/sign-in")
	return s.Page
}

// opened opens a field's row by its link.
func opened(field string) func(*scene) {
	return func(s *scene) {
		s.t.Helper()
		s.Visit("/me").Click("a[href='/me/fields/" + field + "/edit']").Focused("#" + field)
	}
}

// speak chooses the language of the door.
func (s *scene) speak(lang string) {
	s.Visit("/sign-in").Load(func() { s.Click("form[action='/language'] [value=" + lang + "]") })
}

// send sends a form as a browser without script does.
func (s *scene) send(form string) {
	s.t.Helper()
	s.Load(func() {
		s.Eval(`HTMLFormElement.prototype.submit.call(document.querySelector(` + chrome.Quote(form) + `))`)
	})
}

// welcome is the path of a fresh welcome link.
func (s *scene) welcome() string {
	s.t.Helper()
	token, _, err := s.app.Signin.IssueWelcome(context.Background(), s.app.Person("invited").ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return "/welcome/" + token
}
