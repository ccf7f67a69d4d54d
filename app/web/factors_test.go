package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"chancery/app/apptest"
	"chancery/app/post"
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

// withApp sets an authenticator app up on the pages, and returns its secret and the recovery codes.
func withApp(t *testing.T, app *apptest.App, c *apptest.Client) (secret string, codes []string) {
	t.Helper()
	p := c.Visit("/me/factors").Submit("#app-form").At("/me/factors/app").Has("svg.qr path", 1)
	secret = p.Attr("#secret", "value")
	if uri := p.Attr("a[href^='otpauth:']", "href"); !strings.HasPrefix(uri, "otpauth://totp/Marlow%20Reyes:") || !strings.Contains(uri, "secret="+strings.ReplaceAll(secret, " ", "")) {
		t.Errorf("the square says %q", uri)
	}
	p.Submit("#confirm-form", "code", "000000").Expect(422).In("#code-error", "not right")
	p = p.Submit("#confirm-form", "code", appCode(t, app, secret)).Expect(200).In("[role=status]", "Your app is in use")
	codes = strings.Fields(p.Doc.Find("#codes").Text())
	if len(codes) != 10 {
		t.Fatalf("recovery codes: %q", codes)
	}
	app.Clock.Add(time.Minute)
	return secret, codes
}

// atStep signs in by password up to the second step.
func atStep(app *apptest.App, who, next string) *apptest.Page {
	return app.Visitor().Visit("/sign-in?next="+url.QueryEscape(next)).Submit("form[action='/sign-in']", "email", apptest.Email(who), "password", apptest.Password)
}

// ASVS 6.3.3, 6.5.1: at the door the code is asked for after the password; the way goes on to where one was going.
func TestTheDoorAsksForASecondStep(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		secret, codes := withApp(t, app, app.SignIn("consultant"))
		p := atStep(app, "consultant", "/me/preferences").At("/sign-in/step").In("main", "Jon Okafor").Has("#code-form", 1).Has("#recovery-form", 1)
		if len(p.Header.Values("Set-Cookie")) > 0 && strings.Contains(strings.Join(p.Header.Values("Set-Cookie"), ";"), "chancery-session=") {
			t.Error("a session after one step")
		}
		p.Submit("#code-form").Expect(422).In("#code-error", "Enter the code")
		p.Submit("#code-form", "code", "000000").Expect(422).In("#code-error", "not right")
		p.Submit("#code-form", "code", appCode(t, app, secret)).At("/me/preferences")
		p = atStep(app, "consultant", "/me")
		p.Submit("#recovery-form", "recovery", "xxxxx-xxxxx").Expect(422).In("#recovery-error", "not right")
		p.Submit("#recovery-form", "recovery", strings.ToUpper(codes[0])).At("/me")
		p = atStep(app, "consultant", "/me")
		for range 4 {
			p.Submit("#code-form", "code", "000000").Expect(422)
		}
		p.Submit("#code-form", "code", "000000").At("/sign-in").In("main", "Sign in again")
		app.Visitor().Visit("/sign-in/step").At("/sign-in")
	})
}

// B-15: what was typed before a session ended goes through both steps.
func TestWhatWasTypedSurvivesTheSecondStep(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c := app.SignIn("consultant")
		secret, _ := withApp(t, app, c)
		edit := c.Visit("/me/edit")
		write(t, app, `UPDATE sessions SET ended_at = ? WHERE user_id = ?`, app.Clock.Now(), app.Person("consultant").ID)
		p := edit.Submit("#profile-form", "bio", "Typed before").Expect(401)
		p = p.Submit("form[action='/sign-in']", "email", apptest.Email("consultant"), "password", apptest.Password).Expect(200)
		p = p.Submit("#code-form", "code", "000000").Expect(422)
		p = p.Submit("#code-form", "code", appCode(t, app, secret)).Expect(200).In("#kept", "Save")
		p.Submit("#kept").At("/me")
		if u, err := app.Staff.Get(t.Context(), app.Person("consultant").ID); err != nil || u.Bio != "Typed before" {
			t.Errorf("%q, %v", u.Bio, err)
		}
	})
}

// ASVS 6.4.3: a recovery link leads to the second step, in the person's language.
func TestALinkLeadsToTheSecondStep(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		secret, _ := withAppIn(t, app, "paralegal")
		app.SignIn("admin").Visit("/users/" + app.Person("paralegal").ID + "/password-reset/new").Submit("#reset-form")
		path, _ := secretOf(t, app, post.PasswordReset, "paralegal")
		p := app.Visitor().Visit(path).Submit("#reset", "new", apptest.NewPassword, "confirm", apptest.NewPassword).At("/sign-in/step").In("h1", "Deuxième étape")
		p.Submit("#code-form", "code", "000000").Expect(422).In("#code-error", "Ce code")
		p.Submit("#code-form", "code", appCode(t, app, secret)).At("/me")
	})
}

// withAppIn is withApp for somebody who reads another language.
func withAppIn(t *testing.T, app *apptest.App, who string) (secret string, codes []string) {
	t.Helper()
	write(t, app, `UPDATE users SET language = 'en' WHERE id = ?`, app.Person(who).ID)
	secret, codes = withApp(t, app, app.SignIn(who))
	write(t, app, `UPDATE users SET language = ? WHERE id = ?`, app.Person(who).Language, app.Person(who).ID)
	return secret, codes
}

// ASVS 7.5.1: changing factors asks for a proof, and back; who has a factor proves by it.
func TestFactorsAskForAFreshProof(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c := app.SignIn("consultant")
		app.Clock.Add(11 * time.Minute)
		p := c.Visit("/me/factors").Submit("#app-form").At("/me/proof/new").Has("#password", 1).Has("#code", 0)
		p.Submit("#proof-form").Expect(422).In("#password-error", "Type your password")
		p.Submit("#proof-form", "password", "wrong").Expect(422).Has("#password[aria-invalid]", 1)
		p.Submit("#proof-form", "password", apptest.Password).At("/me/factors")
		secret, codes := withApp(t, app, c)
		id := strings.Split(c.Visit("/me/factors").Attr("#app a[href$='/delete']", "href"), "/")[3]
		app.Clock.Add(11 * time.Minute)
		p = c.Visit("/me/factors/"+id+"/delete").At("/me/proof/new").Has("#password", 0).Has("#code", 1).Has("#recovery", 1)
		p.Submit("#proof-form", "code", "000000").Expect(422).In("#code-error", "not right")
		p = p.Submit("#proof-form", "code", appCode(t, app, secret)).At("/me/factors/"+id+"/delete").In("dialog", "It is your last one")
		c.Visit("/me/factors/"+id+"/edit").Submit("#factor-form", "name", "Work phone").At("/me/factors").In("#app", "Work phone")
		again := c.Visit("/me/recovery-codes/new").Submit("#codes-form").Expect(200)
		if anew := again.Doc.Find("#codes").Text(); strings.Contains(anew, codes[0]) || len(strings.Fields(anew)) != 10 {
			t.Errorf("%q", anew)
		}
		if strings.Contains(app.Log.String(), codes[0]) || strings.Contains(app.Log.String(), strings.ReplaceAll(secret, " ", "")) {
			t.Error("the log knows a secret")
		}
		p.Submit("#factor-form").At("/me/factors").Has("#app", 0).Has("#codes-new", 0)
		atStep(app, "consultant", "/me").At("/me")
	})
}

// ASVS 7.5.1: to sign somebody else out asks for a fresh proof, too.
func TestEndingTheSessionsOfOthersAsksForAFreshProof(t *testing.T) {
	app := apptest.One(t)
	app.SignIn("consultant")
	c, jon := app.SignIn("admin"), "/users/"+app.Person("consultant").ID
	ask := c.Visit(jon + "/sessions/delete").At(jon + "/sessions/delete")
	one := c.Visit(jon+"/sessions").Attr("#sessions li a", "href")
	oneAsk := c.Visit(one).At(one)
	app.Clock.Add(11 * time.Minute)
	for _, p := range []*apptest.Page{c.Visit(jon + "/sessions/delete"), c.Visit(one), ask.Submit("#confirm form"), oneAsk.Submit("#confirm form")} {
		p.At("/me/proof/new").Has("#password", 1)
	}
	c.Visit(jon+"/sessions/delete").Submit("#proof-form", "password", apptest.Password).At(jon+"/sessions/delete").Submit("#confirm form").At(jon).In("[role=status]", "signed out")
}

// ASVS 6.3.3: the practice asks for a factor; after the days of grace nothing opens but setting one up.
func TestWhoMustHaveAFactorIsLedToIt(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		super := app.SignIn("super")
		p := super.Visit("/organization").Submit("#factors form", "second_factor", "administrators", "second_factor_days", "7")
		p.In("#factors [role=status]", "Saved")
		c := app.SignIn("admin")
		c.Visit("/me/factors").In(".alert-warning", "Set up an app or a passkey by").Has("#enrol", 0)
		c.Visit("/users").At("/users").In("#enrol", "Set up an app or a passkey by").Has("#enrol a[href='/me/factors']", 1)
		jon := app.SignIn("consultant")
		jon.Visit("/me/factors").Has(".alert-warning", 0)
		jon.Visit("/colleagues").Has("#enrol", 0)
		app.Clock.Add(8 * 24 * time.Hour)
		c = app.SignIn("admin")
		tok := pageToken(c.Visit("/me").At("/me/factors").In(".alert-warning", "to go on"))
		for _, route := range pageRoutes() {
			if needs[route] == "anyone" || strings.HasPrefix(needs[route], "during") {
				continue
			}
			if p := ask(c, tok, route, false); p.Path != "/me/factors" {
				t.Errorf("%s opens: %d at %s", route, p.Status, p.Path)
			}
			if p := ask(c, tok, route, true); p.Header.Get("HX-Redirect") != "/me/factors" {
				t.Errorf("%s opens as a fragment: %d", route, p.Status)
			}
		}
		withApp(t, app, c)
		c.Visit("/users").At("/users").Has("#enrol", 0)
		c.Visit("/me/factors").Has(".alert-warning", 0)
		id := strings.Split(c.Visit("/me/factors").Attr("#app a[href$='/delete']", "href"), "/")[3]
		c.Visit("/me/factors/"+id+"/delete").Submit("#factor-form").Expect(422).In("#errors", "this is your last one")
	})
}

// An administrator takes the factors of somebody away who has lost them; the person sets one up again, or signs in without.
func TestAnAdministratorResetsFactors(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c := app.SignIn("consultant")
		withApp(t, app, c)
		admin, jon := app.SignIn("admin"), "/users/"+app.Person("consultant").ID
		p := admin.Visit(jon).Follow("#user-menu a[href$='/factors/delete']").In("dialog", "Authenticator app").In("dialog", "10 recovery codes").Has("#password", 0)
		app.Clock.Add(11 * time.Minute)
		p = p.Submit("#factors-form").Expect(422).In("#password-error", "Type your password")
		p.Submit("#factors-form", "password", apptest.Password).At(jon).In("[role=status]", "were taken away")
		c.Visit("/me").At("/sign-in")
		app.SignIn("consultant")
		admin.Visit(jon+"/factors/delete").In("dialog", "no second factor").Has("#factors-form", 0)
		admin.Visit("/users/"+app.Person("super").ID+"/factors/delete").Has("#factors-form", 0)
		admin.Visit("/history").In(".log", "Second factors taken away")
	})
}

// ASVS 7.5.1: a PIN by text is a proof in every form that asks for one, without script too, and what else was typed comes back
// with it. Who has nothing else is sent one by the form's own button.
func TestAPINProvesInEveryForm(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		app.Phone("super")
		jon := "/users/" + app.Person("consultant").ID
		c := app.SignIn("super")
		app.Clock.Add(11 * time.Minute)
		p := c.Visit(jon+"/email/edit").Has("#password", 1).Has("button[name=text_pin]", 1).Has("#pin", 0)
		if p.Doc.Find("form button:not([type=button])").First().AttrOr("name", "") == "text_pin" {
			t.Error("Enter sends a PIN")
		}
		p = p.Submit("#email-form", "email", "jon@elsewhere.example", "text_pin", "yes").Expect(422).Has("#errors", 0).In("#pin-sent", "0142").Has("#pin[autofocus]", 1)
		if p.Attr("#email", "value") != "jon@elsewhere.example" {
			t.Error("what was typed is gone")
		}
		pin := app.PIN("super")
		p = p.Submit("#email-form", "pin", otherPIN(pin)).Expect(422).In("#pin-error", "not right")
		p.Submit("#email-form", "pin", pin[:3]+" "+pin[3:]).At(jon).In("[role=status]", "new address")

		app.Clock.Add(11 * time.Minute)
		write(t, app, `UPDATE credentials SET password_hash = '' WHERE user_id = ?`, app.Person("super").ID)
		form := c.Visit("/users/new").Has("#password", 0).Has("button[name=text_pin]", 1)
		form = form.Submit("#user-form", "first_name", "Ann", "last_name", "Bell", "email", "ann@firm.example", "role", "super-admin").Expect(422).Has("#pin", 1)
		form.Submit("#user-form", "pin", app.PIN("super")).Expect(200).In("h1", "Ann Bell")
		app.Clock.Add(11 * time.Minute)
		c.Visit(jon+"/sessions/delete").At("/me/proof/new").Submit("#proof-form").Expect(422).Submit("#proof-form", "pin", app.PIN("super")).At(jon + "/sessions/delete")
		app.Clock.Add(11 * time.Minute)
		p = c.Visit(jon+"/access").Submit("#access-form", "role", "super-admin").Has("#confirm-form button[name=text_pin]", 1)
		p = p.Submit("#confirm-form", "text_pin", "yes").Expect(422).Has("#confirm-form #pin", 1)
		p.Submit("#confirm-form", "pin", app.PIN("super")).At(jon+"/access").In("[role=status]", "")
	})
}
