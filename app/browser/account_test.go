package browser

import (
	"context"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/apptest/chrome"
	"chancery/app/post"
)

// S1-20, S1-35: someone cannot sign in; an administrator reads why, resets the password by the menu, and the person comes in
// by the link of the mail.
func TestAnAdministratorHelpsSomeoneBackIn(t *testing.T) {
	app := practice(t)
	outbox := working(t, app)
	jon := "/users/" + app.Person("consultant").ID
	write(t, app, `UPDATE credentials SET failures = 10, locked_until = ? WHERE user_id = ?`, app.Clock.Now().Add(10*time.Minute), app.Person("consultant").ID)
	p := signedIn(t, app, "admin").Visit(jon).Sees(".alert-warning", "locked")
	p.Click(".alert-warning a").Until(`document.querySelector("dialog:modal")`).Load(func() { p.Click("dialog .btn-primary") }).Sees(".alert-success", "unlocked").Gone(".alert-warning")

	p.Click(".page-head [popovertarget]").Click("#user-menu a[href$='/password-reset/new']").Until(`document.querySelector("dialog:modal #reset-form")`)
	p.Click("dialog input[value=typed]").Fill("#temporary-password", "okafor").Click("dialog .btn-primary").Sees("#temporary-password-error", "").Focused("#errors") // the dialog stays
	p.Click("dialog input[value=link]").Load(func() { p.Click("dialog .btn-primary") }).Sees(".alert-success", "recovery link")

	guest := visitor(t, app, chrome.Phone()).Visit(mailedLink(t, outbox, "consultant", `/reset/[\w-]+`)).Sees("h1", "Choose a new password")
	guest.Fill("#new", newPassword).Fill("#confirm", newPassword).Click("#reset .btn-primary").At("/me").Sees("h1", "My Profile")
	p.Click(".tabnav a[href$='/sessions']").Sees("#sessions li", "").Click("#sessions li a").Until(`document.querySelector("dialog:modal")`)
	p.Load(func() { p.Click("dialog .btn-error") }).Sees(".alert-success", "signed out")
	guest.Visit("/me").At("/sign-in")
	p.Click(".tabnav a[href$='/mails']").Sees("#mails", "Recovery link").Sees("#mails", "Delivered")
}

// C-4, B-12: an address is changed by the menu, confirmed on another device, and the old one no longer opens anything.
func TestASignInAddressIsChangedAndConfirmed(t *testing.T) {
	app := practice(t)
	jon := "/users/" + app.Person("consultant").ID
	p := signedIn(t, app, "admin").Visit(jon).Click(".page-head [popovertarget]").Click("#user-menu a[href$='/email/edit']").Until(`document.querySelector("dialog:modal #email-form")`)
	p.Fill("#email", "no address").Press(chrome.Enter).Sees("#email-error", "").Focused("#errors")
	p.Fill("#email", "jon@elsewhere.example").Load(func() { p.Press(chrome.Enter) }).Sees(".alert-info", "jon@elsewhere.example")
	guest := visitor(t, app, chrome.NoScript()).Visit(enclosed(t, app, post.EmailVerify, "consultant")).Sees("main", "jon@elsewhere.example")
	guest.Load(func() { guest.Click("#verify button") }).Sees("h1", "Thank you")
	p.Reload().Sees(".page-head", "jon@elsewhere.example").Gone(".alert-info")
}

// accountPages are the pages of an account, and its dialogs.
var accountPages = []page{
	{"account-locked", func(s *scene) { s.Visit("/users/"+s.app.Person("paralegal").ID).Sees(".alert-warning", "") }},
	{"account-menu", func(s *scene) {
		s.Visit("/users/"+s.app.Person("paralegal").ID).Click(".page-head [popovertarget]").Sees("#user-menu:popover-open", "")
	}},
	{"account-sessions", func(s *scene) { s.Visit("/users/"+s.app.Person("consultant").ID+"/sessions").Sees("#sessions li", "") }},
	{"account-sign-ins", func(s *scene) { s.Visit("/users/" + s.app.Person("consultant").ID + "/sign-ins") }},
	{"account-session-question", func(s *scene) {
		s.Visit("/users/" + s.app.Person("consultant").ID + "/sessions").Click("#sessions li a").Until(`document.querySelector("dialog:modal")`)
	}},
	{"account-reset", func(s *scene) {
		s.Visit("/users/" + s.app.Person("consultant").ID + "/password-reset/new").Until(`document.querySelector("dialog:modal")`)
	}},
	{"account-reset-refused", func(s *scene) {
		write(s.t, s.app, `UPDATE sessions SET proven_at = ?`, s.app.Clock.Now().Add(-time.Hour))
		s.Visit("/users/"+s.app.Person("consultant").ID+"/password-reset/new").Click("dialog input[value=typed]").Fill("#temporary-password", "okafor").Click("dialog .btn-primary").Sees("#temporary-password-error", "")
	}},
	{"account-email-refused", func(s *scene) {
		s.Visit("/users/"+s.app.Person("consultant").ID+"/email/edit").Fill("#email", apptest.Email("other")).Press(chrome.Enter).Sees("#email-error", "")
		write(s.t, s.app, `UPDATE sessions SET proven_at = ?`, s.app.Clock.Now())
	}},
	{"account-email", func(s *scene) {
		s.Visit("/users/"+s.app.Person("consultant").ID+"/email/edit").Fill("#email", "maximiliana@elsewhere.example")
		s.Load(func() { s.Press(chrome.Enter) })
		s.Sees(".alert-success", "").Sees(".alert-info", "")
	}},
	{"account-email-waiting", func(s *scene) {
		s.Visit("/users/" + s.app.Person("consultant").ID + "/email/edit").Until(`document.querySelector("dialog:modal")`)
	}},
	{"account-invitation", func(s *scene) {
		s.Visit("/users/" + s.app.Person("invited").ID + "/invitation").Until(`document.querySelector("dialog:modal")`)
	}},
	{"account-invitation-link", func(s *scene) { s.Click("#invitation-link-form .btn").Sees("#link", "") }},
	{"account-mails", func(s *scene) {
		write(s.t, s.app, `UPDATE mails SET state = 'failed', answer = '550 5.1.1 no such mailbox here', conditions = ? WHERE kind = 'email-changing'`,
			`[{"type":"Delivered","status":"False","reason":"Refused","message":"","since":"2026-11-21T14:00:00Z"}]`)
		s.Visit("/users/"+s.app.Person("consultant").ID+"/mails").Sees("#mails form", "")
	}},
	{"account-mails-none", func(s *scene) { s.Visit("/users/"+s.app.Person("inactive").ID+"/mails").Sees(".empty", "") }},
}

// linkPages are what people see who open a link.
var linkPages = []page{
	{"reset", func(s *scene) { s.Visit(s.recovery()).Sees("#new", "") }},
	{"reset-refused", func(s *scene) {
		s.Visit(s.recovery()).Fill("#new", "short").Fill("#confirm", "other").Press(chrome.Enter).Focused("#errors")
	}},
	{"reset-expired", func(s *scene) {
		path := s.recovery()
		write(s.t, s.app, `UPDATE users SET epoch = epoch + 1 WHERE id = ?`, s.app.Person("other").ID)
		s.Visit(path).Sees("h1", "")
	}},
	{"verify", func(s *scene) {
		write(s.t, s.app, `UPDATE users SET email_verified_at = NULL WHERE id = ?`, s.app.Person("other").ID)
		if err := s.app.Signin.SendVerification(context.Background(), access.System("test"), s.app.Person("other").ID); err != nil {
			s.t.Fatal(err)
		}
		s.Visit(enclosed(s.t, s.app, post.EmailVerify, "other")).Sees("#verify", "")
	}},
	{"verify-done", func(s *scene) { s.Click("#verify button").Sees("main a.btn-primary", "") }},
}

// TestAccountPagesAreSoundOnEveryScreen looks at each of them as TestEveryPageIsSoundOnEveryScreen does at the others.
func TestAccountPagesAreSoundOnEveryScreen(t *testing.T) {
	app := practice(t)
	furnish(t, app, "fr")
	for _, part := range []struct {
		who   string
		pages []page
	}{{"super", accountPages}, {"", linkPages}} {
		p := visitor(t, app)
		s := &scene{p, t, app}
		s.speak("fr")
		if part.who != "" {
			enter(p.Visit("/sign-in"), part.who, apptest.Password).Until(`location.pathname !== "/sign-in"`)
		}
		for _, page := range part.pages {
			p.Become()
			page.open(s)
			for _, d := range []string{"1280-light", "1280-dark", "390-light", "390-dark"} {
				p.Become(devices[d]...)
				look(t, p, page.name+"-fr-"+d, "fr")
			}
		}
	}
}

// recovery is the path of a fresh recovery link.
func (s *scene) recovery() string {
	s.t.Helper()
	token, _, err := s.app.Signin.IssueRecovery(context.Background(), access.System("operator"), s.app.Person("other"))
	if err != nil {
		s.t.Fatal(err)
	}
	return "/reset/" + token
}

// enclosed sends the latest mail of a kind, as the reconciler does, and returns the path of its link.
func enclosed(t *testing.T, app *apptest.App, kind post.Kind, who string) string {
	t.Helper()
	ctx := context.Background()
	m, err := app.Post.Latest(ctx, app.Person(who).ID, kind)
	if err != nil {
		t.Fatal(err)
	}
	if ours, err := app.Post.Begin(ctx, m, minute); err != nil || !ours {
		t.Fatal(ours, err)
	}
	e, err := app.Signin.Enclose(ctx, m)
	if err != nil {
		t.Fatal(err)
	}
	return "/" + e.Path[0] + "/" + e.Path[1]
}
