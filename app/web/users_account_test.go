package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/post"
	"chancery/app/staff"
)

// secretOf sends the latest mail of a kind to a cast member, as the reconciler does, and returns the path of its link and
// its password.
func secretOf(t *testing.T, app *apptest.App, kind post.Kind, who string) (path, password string) {
	t.Helper()
	m, err := app.Post.Latest(t.Context(), app.Person(who).ID, kind)
	if err != nil {
		t.Fatal(kind, err)
	}
	if ours, err := app.Post.Begin(t.Context(), m, time.Minute); err != nil || !ours {
		t.Fatal(ours, err)
	}
	e, err := app.Signin.Enclose(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	return "/" + strings.Join(e.Path, "/"), e.Password
}

func write(t *testing.T, app *apptest.App, sql string, args ...any) {
	t.Helper()
	if err := app.DB.In(t.Context()).Exec(sql, args...).Error; err != nil {
		t.Fatal(err)
	}
}

// S1-20, C-14, ASVS 6.4.6: the link is the default; the person chooses, and comes in.
func TestAPasswordIsResetByALink(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon := "/users/" + app.Person("consultant").ID
		p := app.SignIn("admin").Visit(jon).Follow("a[href$='/password-reset/new']").In("dialog h2", "Reset the password of Jon Okafor")
		p.Has("input[name=way][value=link][checked]", 1).Has("input[name=way]", 3).Has("#password", 0)
		p.Submit("#reset-form").In("[role=status]", "A recovery link is on its way to Jon Okafor")
		path, _ := secretOf(t, app, post.PasswordReset, "consultant")
		guest := app.Visitor()
		p = guest.Visit(path).In("h1", "Choose a new password")
		p.Submit("#reset", "new", "short", "confirm", "other").Expect(422).Has("#new-error", 1).Has("#confirm-error", 1)
		p.Submit("#reset", "new", "Harbour-Violin-58?", "confirm", "Harbour-Violin-58?").At("/me").In("main", "Your password is changed.")
		app.Visitor().Visit(path).Expect(410).In("h1", "This link no longer works")
		app.Visitor().Visit("/reset/" + strings.Repeat("x", 43)).Expect(404)
	})
}

// S1-19, S1-21, C-14: the other two ways, and the switches that hide them.
func TestATemporaryPasswordIsMailedOrHandedOver(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon, jonIn := "/users/"+app.Person("consultant").ID, app.SignIn("consultant")
		c := app.SignIn("admin")
		enter := func(password string) *apptest.Page {
			return app.Visitor().Visit("/sign-in").Submit("form[action='/sign-in']", "email", apptest.Email("consultant"), "password", password)
		}
		form := c.Visit(jon + "/password-reset/new")
		p := form.Submit("#reset-form", "way", "typed", "temporary_password", "okafor").Expect(422).Has("#temporary-password[aria-invalid=true]", 1)
		p.Has("input[name=way][value=typed][checked]", 1)
		form.SubmitFragment("#reset-form", "way", "typed", "temporary_password", "okafor").Expect(422).Has("dialog[data-autoshow]", 1).Has("html > body > header", 0)
		jonIn.Visit("/me").At("/me")
		form.Submit("#reset-form", "way", "typed", "temporary_password", "Harbour-Copper-88!").In("[role=status]", "Hand it over")
		jonIn.Visit("/me").At("/sign-in")
		enter("Harbour-Copper-88!").At("/me/password/edit")
		enter("Harbour-Copper-88!").Expect(422).In("#refused", "works once")
		c.Visit(jon).In(".alert-warning", "The temporary password was used, or has expired").Has(".alert-warning a[href$='/password-reset/new']", 1)

		form.Submit("#reset-form", "way", "mailed").In("[role=status]", "A temporary password is on its way").In(".alert-warning", "There is no password")
		_, password := secretOf(t, app, post.PasswordTemporary, "consultant")
		enter(password).At("/me/password/edit")

		write(t, app, `UPDATE organization SET allow_mailed_password = false, allow_typed_password = false`)
		c.Visit(jon+"/password-reset/new").Has("input[name=way]", 1).Has("#temporary-password", 0)
		form.Submit("#reset-form", "way", "mailed").Expect(422).Has("#way-error", 1)
	})
}

// ASVS 7.5.1, S1-32: with a fresh proof, not for oneself, and not for who may more.
func TestAResetAsksWhoIsAsking(t *testing.T) {
	app := apptest.One(t)
	c := app.SignIn("admin")
	own, super := "/users/"+app.Person("admin").ID, "/users/"+app.Person("super").ID
	c.Visit(own).Has("a[href$='/password-reset/new']", 0).Has("a[href$='/email/edit']", 0)
	c.Visit(own+"/password-reset/new").In("dialog", "Change your password under My Profile").Has("dialog form", 0)
	c.Visit(own+"/email/edit").In("dialog", "Nobody changes their own sign-in e-mail").Has("#email-form", 0)
	c.Visit(super+"/password-reset/new").Expect(403).In("main", "Only another Super Admin")
	c.Visit(super+"/email/edit").Expect(403).In("main", "Only another Super Admin")
	app.Clock.Add(11 * time.Minute)
	form := c.Visit("/users/"+app.Person("consultant").ID+"/password-reset/new").Has("#password", 1)
	form.Submit("#reset-form").Expect(422).In("#password-error", "confirm that it is you")
	form.Submit("#reset-form", "password", "not it").Expect(422).Has("#password-error", 1)
	form.Submit("#reset-form", "password", apptest.Password).Expect(200).In("[role=status]", "A recovery link")
	c.Visit("/me").At("/me") // the session has a new secret, and goes on
}

// B-8: the head says why in one sentence, with the way to what helps.
func TestALockedAccountSaysWhyAndIsUnlocked(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon := "/users/" + app.Person("consultant").ID
		try := func(password string) *apptest.Page {
			return app.Visitor().Visit("/sign-in").Submit("form[action='/sign-in']", "email", apptest.Email("consultant"), "password", password)
		}
		for range 10 {
			try("wrong").Expect(422)
		}
		app.Clock.Add(time.Second)
		c := app.SignIn("admin")
		p := c.Visit(jon).In(".alert-warning", "Signing in by password is locked until").In(".alert-warning", "10 wrong passwords, the last one from 127.0.0.1.").Has(".status[data-status=locked]", 1)
		c.Visit(jon+"/sessions").In("main", "Wrong password").Has(".status[data-status=failed]", 10)
		p.Follow(".alert-warning a").In("dialog h2", "Unlock Jon Okafor?").Submit("dialog form").In("[role=status]", "Jon Okafor is unlocked.").Has(".alert-warning", 0)
		try(apptest.Password).At("/")
		c.Visit(jon).Has("a[href$='/lock/delete']", 0)
		c.Visit("/users/"+app.Person("inactive").ID).In(".alert-warning", "deactivated").Has("a[href$='/password-reset/new']", 0)
		app.SignIn("consultant").Visit("/users/"+app.Person("inactive").ID).Has(".alert-warning", 0)
	})
}

// S1-22, S1-35: sessions and tries of a person, one ended alone, and what the pages cost.
func TestSessionsOfAPersonAreSeenAndEnded(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon := "/users/" + app.Person("consultant").ID
		phone, desk := app.SignIn("consultant"), app.SignIn("consultant")
		for range 11 {
			app.Visitor().Visit("/sign-in").Submit("form[action='/sign-in']", "email", apptest.Email("consultant"), "password", "wrong")
			app.Clock.Add(2 * time.Minute)
		}
		c := app.SignIn("admin")
		c.Visit(jon)
		p := c.Visit(jon).Follow(".tabnav a[href$='/sessions']").Has("#sessions li", 2).Has("#sign-ins tr", 10).In("main", "Nothing stands in the way of signing in.")
		if n := p.Header.Get("X-Statements"); n != "8" { // session, card, why, cases, absence, pause, sessions, tries
			t.Errorf("the page costs %s statements", n)
		}
		c.Visit(p.Attr("a#older", "href")).Has("#sign-ins tr", 3).In(".tabnav [aria-current=page]", "Sessions")
		c.Fragment("GET", p.Attr("a#older", "href"), jon+"/sessions", nil).Has("hx-partial", 1)
		ended := p.Follow("#sessions li:nth-child(2) a").In("dialog h2", "Sign out Jon Okafor on").Submit("dialog form").In("[role=status]", "was signed out").Has("#sessions li", 1)
		ended.At(jon + "/sessions")
		out := 0
		for _, device := range []*apptest.Client{phone, desk} {
			if device.Visit("/me").Path != "/me" {
				out++
			}
		}
		if out != 1 {
			t.Errorf("%d devices are out", out)
		}
		other := "/users/" + app.Person("other").ID + strings.TrimPrefix(p.Attr("#sessions li a", "href"), jon)
		c.Visit(other).Expect(404) // ASVS 8.2.2
		app.SignIn("paralegal").Visit(jon + "/sessions").Expect(403)
		ended.Follow("#sessions header a").Submit("dialog form")
		c.Visit(jon+"/sessions").Has("#sessions li", 0).In("#sessions", "Signed in nowhere")
	})
}

// B-13: an invitation is sent again, handed over, taken back.
func TestAnInvitationIsLookedAfter(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		owen, c := "/users/"+app.Person("invited").ID, app.SignIn("admin")
		p := c.Visit(owen).Has("a[href$='/password-reset/new']", 0).Follow("#user-menu a[href$='/invitation']").In("dialog", "No invitation was sent.")
		p.Submit("#invitation-form").In("[role=status]", "The invitation of Owen MacGillivray was sent again.").In(".alert-info", "on its way")
		mailed, _ := secretOf(t, app, post.Welcome, "invited")

		shown := p.Submit("#invitation-link-form").Expect(200).In("dialog", "It is shown only now").Has("button[data-copy=link]", 1)
		link, err := url.Parse(shown.Attr("#link", "value"))
		if err != nil || !strings.HasPrefix(link.Path, "/welcome/") {
			t.Fatal(link, err)
		}
		p.SubmitFragment("#invitation-link-form").Has("dialog #link", 1).Has("body > header", 0)
		app.Visitor().Visit(link.Path).Expect(200).In("h1", "Owen")
		if strings.Contains(app.Log.String(), link.Path) {
			t.Error("the link stands in the log")
		}
		write(t, app, `UPDATE mails SET state = 'delivered'`)
		cancel := c.Visit(owen + "/invitation").Follow("dialog footer a[href$='/invitation/delete']").Submit("dialog form")
		cancel.In("[role=status]", "was cancelled").In(".alert-warning", "The invitation was cancelled.")
		for _, path := range []string{mailed, link.Path} {
			app.Visitor().Visit(path).Expect(410)
		}
		for range 4 {
			c.Visit(owen + "/invitation").Submit("#invitation-form").Expect(200)
		}
		c.Visit(owen+"/invitation").Submit("#invitation-form").Expect(429).In("#errors", "5 are allowed")
		c.Visit("/users/"+app.Person("consultant").ID+"/invitation").In("dialog", "has come in already").Has("dialog form", 0)
	})
}

// C-4, B-12, S1-29: first the advice, then the form; it counts when the person confirms, and can be taken back until then.
func TestASignInAddressIsChanged(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon, c, jonIn := "/users/"+app.Person("consultant").ID, app.SignIn("admin"), app.SignIn("consultant")
		form := c.Visit(jon).Follow("#user-menu a[href$='/email/edit']").In("dialog .alert-warning", "deactivate this account").Has("dialog .alert-warning a[href$='/deactivation/new']", 1)
		form.Submit("#email-form", "email", apptest.Email("other")).Expect(422).In("#email-error", "belongs to").Has("#email[value='"+apptest.Email("other")+"']", 1)
		asked := form.Submit("#email-form", "email", "jon@elsewhere.example").Expect(200).In("[role=status]", "A link is on its way")
		asked.In(".alert-info", "jon@elsewhere.example is to become the sign-in e-mail")
		c.Visit(jon+"/email/edit").In("dialog .alert-info", "jon@elsewhere.example waits to be confirmed").Follow("a[href$='/email-change/delete']").
			Submit("dialog form").In("[role=status]", "was taken back").Has(".alert-info", 0)
		form.Submit("#email-form", "email", "jon@elsewhere.example").Expect(200)
		path, _ := secretOf(t, app, post.EmailVerify, "consultant")
		guest := app.Visitor().Visit(path).Expect(200).In("main", "jon@elsewhere.example")
		jonIn.Visit("/me").At("/me")
		guest.Submit("#verify").Expect(200).In("h1", "Thank you").In("main", "Sign in with it from now on")
		jonIn.Visit("/me").At("/sign-in")
		app.Visitor().Visit(path).Expect(410)
		app.Visitor().Visit("/sign-in").Submit("form[action='/sign-in']", "email", "jon@elsewhere.example", "password", apptest.Password).At("/")
		c.Visit(jon).In(".page-head", "jon@elsewhere.example")
	})
}

// S2-36: since when an address is proved shows, and a link to prove it is sent again, within a limit.
func TestAnAddressIsProvedAgain(t *testing.T) {
	app := apptest.One(t)
	jon, c := "/users/"+app.Person("consultant").ID, app.SignIn("admin")
	write(t, app, `UPDATE users SET email_verified_at = NULL WHERE id = ?`, app.Person("consultant").ID)
	form := c.Visit(jon+"/sessions").Follow("li a[href$='/email/edit']").In("dialog header", "Not verified yet.")
	form.Submit("#verification-form").In("[role=status]", "A link to confirm the address is on its way")
	path, _ := secretOf(t, app, post.EmailVerify, "consultant")
	app.Visitor().Visit(path).Submit("#verify").In("main", "is confirmed")
	c.Visit(jon+"/email/edit").In("dialog header", "Verified since").Has("#verification-form", 0)
	form.Submit("#verification-form").Expect(422).In("#errors", "verified already")
}

// S1-36, B-23: each mail with its state and the server's answer in words, never what stands in it; and once more where
// that makes sense.
func TestMailsToAPersonAreListed(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon, c := "/users/"+app.Person("consultant").ID, app.SignIn("admin")
		c.Visit(jon+"/mails").In("main", "Nothing was sent to this person yet")
		c.Visit(jon + "/password-reset/new").Submit("#reset-form")
		secret, _ := secretOf(t, app, post.PasswordReset, "consultant")
		if _, err := app.Signin.SignOutEverywhere(t.Context(), app.Actor("admin"), app.Person("consultant").ID); err != nil {
			t.Fatal(err)
		}
		write(t, app, `UPDATE mails SET state = 'failed', answer = '550 no such box', conditions = ? WHERE kind = 'sessions-ended'`,
			`[{"type":"Delivered","status":"False","reason":"Refused","message":"","since":"2026-11-21T14:00:00Z"}]`)
		p := c.Visit(jon).Follow(".tabnav a[href$='/mails']").Has("#mails li", 2).In("#mails", "Recovery link").In("#mails", "Being sent")
		p.In("#mails", "Signed out everywhere").In("#mails", "Given up").In("#mails", "550 no such box").Has("#mails form", 1)
		if strings.Contains(p.Body, strings.TrimPrefix(secret, "/reset/")) {
			t.Error("a link is shown")
		}
		p.Submit("#mails form").In("[role=status]", "is sent again").Has("#mails li", 3).In("#mails", "Waiting")
		if n := c.Visit(jon + "/mails").Header.Get("X-Statements"); n != "7" { // session, card, why, cases, absence, pause, mails
			t.Errorf("the page costs %s statements", n)
		}
		app.SignIn("paralegal").Visit(jon + "/mails").Expect(403)
	})
}

// S1-6, S1-12: what the pages of links say to who is inactive by then.
func TestLinksOfTheInactiveAreClosed(t *testing.T) {
	app := apptest.One(t)
	jon := app.Person("consultant")
	token, _, err := app.Signin.IssueRecovery(t.Context(), access.System("operator"), jon)
	if err != nil {
		t.Fatal(err)
	}
	form := app.Visitor().Visit("/reset/" + token).Expect(200)
	if err := app.Staff.SeedStatus(t.Context(), jon.ID, staff.Inactive, nil); err != nil {
		t.Fatal(err)
	}
	form.Submit("#reset", "new", "Harbour-Violin-58?", "confirm", "Harbour-Violin-58?").Expect(410)
}
