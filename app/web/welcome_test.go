package web_test

import (
	"strings"
	"testing"
	"time"

	"chancery/app/apptest"
	"chancery/app/staff"
)

// invite is a one-time link to a cast member who has not been here yet.
func invite(t *testing.T, app *apptest.App, who string) string {
	t.Helper()
	token, _, err := app.Signin.IssueWelcome(t.Context(), app.Person(who).ID)
	if err != nil {
		t.Fatal(err)
	}
	return "/welcome/" + token
}

// S1-10, ASVS 6.4.1: the invited person sets their own password by the link, once, and is in.
func TestAnInvitedPersonSetsTheirPassword(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c, path := app.Visitor(), invite(t, app, "invited")
		for range 3 { // mail scanners follow links: looking uses nothing up
			app.Visitor().Visit(path).Expect(200)
		}
		p := c.Visit(path).In("h1", "Welcome, Owen MacGillivray").In("main", "Marlow Reyes").In("main", "English").In("main", "St. John’s, Canada")
		if p.Attr("#email", "value") != apptest.Email("invited") || p.Attr("#new", "autocomplete") != "new-password" {
			t.Error("a password manager cannot tell what to keep")
		}
		p.Has("#new-rules [data-rule]", 5).Has("#new-rules [data-same=confirm]", 1)
		p = p.Submit("#welcome", "new", "short", "confirm", "other").Expect(422)
		p.In("#errors", "2 fields need your attention").In("#new-error", "8").Has("#new[aria-invalid]", 1).Has("#confirm[aria-invalid]", 1)
		if strings.Contains(p.Body, `value="short"`) {
			t.Error("the password comes back")
		}
		p = p.Submit("#welcome", "new", "Harbour-Copper-88!", "confirm", "Harbour-Copper-88!").At("/me")
		p.In("main", "MacGillivray")
		app.Visitor().Visit(path).Expect(410).In("h1", "no longer works").In("main", "already been used").Has("a[href='/sign-in']", 1)
		app.Visitor().Visit("/sign-in").Submit("form[action='/sign-in']", "email", apptest.Email("invited"), "password", "Harbour-Copper-88!").At("/")
	})
}

// S0-16: the page speaks the invited person's language, whatever the browser's.
func TestTheWelcomePageSpeaksTheInvitedPersonsLanguage(t *testing.T) {
	app := apptest.One(t)
	if err := app.DB.In(t.Context()).Exec(`UPDATE users SET language = 'fr', zone = 'America/Montreal' WHERE id = ?`, app.Person("invited").ID).Error; err != nil {
		t.Fatal(err)
	}
	c := app.Visitor()
	c.Headers["Accept-Language"] = "es"
	p := c.Visit(invite(t, app, "invited")).In("h1", "Bienvenue").In("main", "Français").In("#new-rules", "Au moins 8 caractères")
	if p.Attr("html", "lang") != "fr" {
		t.Error(p.Attr("html", "lang"))
	}
	p.Submit("#welcome", "new", "court").Expect(422).In("#errors", "Rien n’est encore enregistré")
	write(t, app, `UPDATE links SET used_at = ?`, app.Clock.Now())
	for _, gone := range []*apptest.Page{c.Visit(p.Path), p.Submit("#welcome", "new", "Harbour-Copper-88!", "confirm", "Harbour-Copper-88!")} {
		if gone.Expect(410); gone.Attr("html", "lang") != "fr" {
			t.Error("what follows a page in French is in", gone.Attr("html", "lang"))
		}
	}
}

// B-13, S1-12: who was deactivated before ever signing in is not told that a week has passed, nor what became of them.
func TestALinkOfWhoWasDeactivatedSaysToAsk(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		path := invite(t, app, "invited")
		if err := app.Staff.SeedStatus(t.Context(), app.Person("invited").ID, staff.Inactive, nil); err != nil {
			t.Fatal(err)
		}
		p := app.Visitor().Visit(path).Expect(410).In("h1", "no longer works").In("main", "Ask your administrator")
		if text := p.Text("main"); strings.Contains(text, "expired") || strings.Contains(text, "days") || strings.Contains(text, "deactivated") {
			t.Error(text)
		}
	})
}

// B-13: an expired link says so, and what to do; one that never was is a page that is not there.
func TestALinkThatNoLongerWorksSaysWhatToDo(t *testing.T) {
	app := apptest.One(t)
	path := invite(t, app, "invited")
	page := app.Visitor().Visit(path).Expect(200)
	app.Clock.Add(7*24*time.Hour + time.Second)
	app.Visitor().Visit(path).Expect(410).In("main", "has expired").In("main", "Your administrator can send you a new one")
	page.Submit("#welcome", "new", "Harbour-Copper-88!", "confirm", "Harbour-Copper-88!").Expect(410).In("main", "has expired")
	for _, unknown := range []string{"/welcome/x", "/welcome/" + strings.Repeat("A", 43), path + "A"} {
		app.Visitor().Visit(unknown).Expect(404)
	}
	if strings.Contains(app.Log.String(), strings.TrimPrefix(path, "/welcome/")) {
		t.Error("the log holds the secret of a link")
	}
}

// V-5, B-13: from an expired invitation one asks for a new one, which reaches those who may invite.
func TestAnExpiredInvitationAsksForANewOne(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		path := invite(t, app, "invited")
		app.Clock.Add(20 * 24 * time.Hour)
		guest := app.Visitor()
		p := guest.Visit(path).Expect(410).In("main", "has expired").Has("#ask button", 1)
		for range 2 {
			p.Submit("#ask").Expect(200).In("h1", "Your administrator was asked")
		}
		m, err := app.Post.Latest(t.Context(), app.Person("admin").ID, "invitation-asked")
		if err != nil || m.Recipient != apptest.Email("admin") {
			t.Fatal(m, err)
		}
		app.SignIn("admin").Visit("/users/" + app.Person("invited").ID + "/invitation").Submit("form[action$='/invitation']")
		fresh, _ := secretOf(t, app, "welcome", "invited")
		guest.Visit(path).Expect(410).Has("#ask", 0)
		guest.Visit(fresh).Expect(200)
	})
}

// S2-36: the account says whether the address is proved, since when, and sends a link.
func TestAPersonProvesTheirOwnAddress(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		write(t, app, `UPDATE users SET email_verified_at = NULL`)
		jon := app.SignIn("consultant")
		p := jon.Visit("/me").In("#verified", "Not verified")
		p.Submit("#prove").At("/me").In(".alert-success", "A link to confirm your address is on its way")
		path, _ := secretOf(t, app, "email-verify", "consultant")
		for range 4 {
			jon.Visit("/me").Submit("#prove").At("/me")
		}
		jon.Visit("/me").Submit("#prove").Expect(429).In("#verified .error", "5")
		app.Visitor().Visit(path).Submit("#verify").Expect(200)
		jon.Visit("/me").In("#verified", "Verified").Has("#verified time", 1).Has("#prove", 0)
	})
}
