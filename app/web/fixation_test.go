package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"chancery/app/apptest"
	"chancery/app/post"
)

// ASVS 7.2.4, 7.4.1: a secret that a browser held before somebody proved who they are opens nothing afterwards, whoever put it there:
// after each way in, after a second step, a further proof and a new password, the browser holds a new one, and the one before is dead.
func TestNoSecretOfBeforeLivesAfterAProof(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		planted := strings.Repeat("p", 43)
		dead := func(after, cookie, token string) {
			t.Helper()
			thief := app.Visitor()
			thief.Headers["Cookie"] = cookie + "=" + token
			path := "/me"
			if cookie == "chancery-step" {
				path = "/sign-in/step"
			}
			if p := thief.Visit(path); !strings.HasPrefix(p.Path, "/sign-in") || strings.HasPrefix(p.Path, "/sign-in/step") {
				t.Errorf("the %s of before goes on after %s: at %s", cookie, after, p.Path)
			}
		}
		renewed := func(after string, c *apptest.Client, before string) string {
			t.Helper()
			now := c.Cookie("chancery-session")
			if now == before || len(now) != 43 {
				t.Errorf("after %s the browser holds %q", after, now)
			}
			if before != "" {
				dead(after, "chancery-session", before)
			}
			c.Visit("/me").At("/me")
			return now
		}
		plant := func() *apptest.Client {
			c := app.Visitor()
			c.Plant("chancery-session", planted)
			return c
		}

		c := plant()
		c.Visit("/sign-in").Submit("form[action='/sign-in']", "email", apptest.Email("consultant"), "password", apptest.Password).At("/")
		renewed("signing in by password", c, planted)

		c = plant()
		token, _, err := app.Signin.IssueWelcome(t.Context(), app.Person("invited").ID)
		must(t, err)
		c.Visit("/welcome/"+token).Submit("#welcome", "new", apptest.NewPassword, "confirm", apptest.NewPassword).At("/me")
		renewed("an invitation", c, planted)

		c = plant()
		c.Visit("/forgot").Submit("form[action='/forgot']", "email", apptest.Email("paralegal"))
		path, _ := secretOf(t, app, post.PasswordForgot, "paralegal")
		c.Visit(path).Submit("#reset", "new", apptest.NewPassword, "confirm", apptest.NewPassword).At("/me")
		renewed("a recovery link", c, planted)

		app.Phone("admin")
		c = plant()
		c.Visit("/sign-in/phone").Submit("#phone", "cell", apptest.Cell).Submit("#pin-form", "pin", app.PIN("admin")).At("/me")
		renewed("a PIN", c, planted)

		// A second step: neither a session nor a step of before, and the step opens no page.
		c = app.SignIn("accountant")
		secret, codes := withApp(t, app, c)
		before := c.Cookie("chancery-session")
		app.Clock.Add(11 * time.Minute)
		p := c.Visit("/me/proof/new").Submit("#proof-form", "code", appCode(t, app, secret)).At("/me/security")
		before = renewed("a further proof", c, before)
		app.Clock.Add(time.Minute)
		p.Submit("#password-form", "current", apptest.Password, "new", apptest.NewPassword, "confirm", apptest.NewPassword).In("[role=status]", "password")
		renewed("a new password", c, before)

		c = plant()
		c.Plant("chancery-step", planted)
		c.Visit("/sign-in").Submit("form[action='/sign-in']", "email", apptest.Email("accountant"), "password", apptest.NewPassword).At("/sign-in/step")
		step := c.Cookie("chancery-step")
		if step == planted || c.Cookie("chancery-session") != planted {
			t.Errorf("at the second step the browser holds %q and %q", step, c.Cookie("chancery-session"))
		}
		dead("the first step", "chancery-session", planted)
		dead("the first step", "chancery-session", step)
		dead("the first step", "chancery-step", planted)
		c.Visit("/sign-in/step").Submit("#recovery-form", "recovery", codes[0]).At("/")
		renewed("the second step", c, planted)
		dead("the second step", "chancery-session", step)
		dead("the second step", "chancery-step", step)
		if c.Cookie("chancery-step") != "" {
			t.Error("the browser keeps the step")
		}
	})
}

// ASVS 6.6.2: nor does the browser's half of a PIN: who has planted theirs in another's browser does not share the PIN that is asked
// for there, not even when it is asked for again.
func TestAPINsBrowserIsNeverOneThatWasPlanted(t *testing.T) {
	app := apptest.One(t)
	app.Phone("consultant")
	thief := app.Visitor()
	thief.Visit("/sign-in/phone").Submit("#phone", "cell", "+14165550199").At("/sign-in/pin")
	planted := thief.Cookie("chancery-pin")
	victim := app.Visitor()
	victim.Plant("chancery-pin", planted)
	p := victim.Visit("/sign-in/phone").Submit("#phone", "cell", apptest.Cell).At("/sign-in/pin")
	for range 2 {
		if victim.Cookie("chancery-pin") == planted {
			t.Fatal("the browser's secret is the thief's")
		}
		pin := app.PIN("consultant")
		stolen := thief.Visit("/sign-in/pin").Submit("#pin-form", "pin", pin).Expect(422)
		if stolen.Path != "/sign-in/pin" || thief.Cookie("chancery-session") != "" {
			t.Errorf("the thief is at %s", stolen.Path)
		}
		app.Clock.Add(31 * time.Second)
		p = p.Submit("#again").At("/sign-in/pin")
	}
	p.Submit("#pin-form", "pin", app.PIN("consultant")).At("/me")
}

// ASVS 7.4.1: what a browser held before it was signed out opens nothing, and its request token sends nothing.
func TestNothingOfASessionOutlivesSigningOut(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c := app.SignIn("admin")
		page := c.Visit("/me")
		token, csrf := c.Cookie("chancery-session"), pageToken(page)
		page.Submit("form[action='/sign-out']").At("/sign-in")
		thief := app.Visitor()
		thief.Headers["Cookie"] = "chancery-session=" + token
		thief.Visit("/me").At("/sign-in")
		door := c.Visit("/sign-in")
		if p := c.Do("POST", "/sign-in", "application/x-www-form-urlencoded", url.Values{"email": {apptest.Email("admin")}, "password": {apptest.Password}}.Encode(), map[string]string{"X-CSRF-Token": csrf}); p.Status != 403 {
			t.Errorf("a session's request token is good at the door: %d at %s", p.Status, p.Path)
		}
		door.Submit("form[action='/sign-in']", "email", apptest.Email("admin"), "password", apptest.Password).At("/")
		if pageToken(c.Visit("/me")) == csrf {
			t.Error("the request token is that of the session before")
		}
	})
}
