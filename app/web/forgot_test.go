package web_test

import (
	"testing"
	"time"

	"chancery/app/apptest"
	"chancery/app/post"
)

// S2-32: from the door to a new password, without script.
func TestWhoHasForgottenTheirPasswordChoosesANewOne(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		other := app.SignIn("consultant")
		c := app.Visitor()
		p := c.Visit("/sign-in").Follow("a[href='/forgot']").Expect(200).In("h1", "Forgotten your password?")
		p.Submit("#forgot", "email", " ").Expect(422).In("#email-error", "Enter your e-mail address").Has("#email[aria-invalid]", 1)
		p.Submit("#forgot", "email", apptest.Email("consultant")).Expect(200).At("/forgot").In("h1", "Look at your e-mail").In("main", "If there is an account")
		path, _ := secretOf(t, app, post.PasswordForgot, "consultant")
		p = c.Visit(path).In("h1", "Choose a new password").Has("input[name=end_others][type=checkbox][checked]", 1)
		p = p.Submit("#reset", "new", "short", "confirm", "short", "end_others", "false").Expect(422).Has("input[name=end_others][type=checkbox][checked]", 0)
		p.Submit("#reset", "new", "Harbour-Violin-58?", "confirm", "Harbour-Violin-58?", "end_others", "false").At("/me").In("main", "Your password is changed.")
		other.Visit("/me").At("/me") // the box was empty
		c.Visit("/forgot").At("/me/security")
		app.Visitor().Visit(path).Expect(410).In("main", "Forgot your password?")
		c.Visit("/me/security").In("#sign-ins", "Link for a new password asked for")
	})
}

// ASVS 6.3.8: the answer is the same for every address, in words, status and time.
func TestTheAnswerDoesNotTellWhoWorksHere(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		said := map[string]bool{}
		for _, address := range []string{apptest.Email("consultant"), apptest.Email("invited"), apptest.Email("inactive"), "nobody@firm.example"} {
			c := app.Visitor()
			form := c.Visit("/forgot")
			began := time.Now()
			p := form.Submit("#forgot", "email", address).Expect(200)
			took := time.Since(began)
			if took < 200*time.Millisecond || took > 2*time.Second {
				t.Errorf("%s: answered after %s", address, took)
			}
			said[p.Path+p.Text("main")] = true
		}
		if len(said) != 1 {
			t.Errorf("it says %v", said)
		}
	})
}
