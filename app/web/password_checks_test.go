package web_test

import (
	"net/url"
	"strings"
	"testing"

	"chancery/app/apptest"
)

// C-3, ASVS 6.2.4, 6.2.11: what the checklist hears while one types is what the form says in the end.
func TestTheChecklistAndTheVerdictAreOneOpinion(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		passwords := map[string]string{ // what is in the text of the refusal
			"Qwerty123!":         "among the first that attackers try",
			"2026-Password!":     "among the first that attackers try",
			"P@ssw0rd2026":       "among the first that attackers try",
			"Marlow-Kettle-3!":   "“Marlow”",
			"MacGill1vray-77!":   "“MacGillivray”",
			"0w3n-is-Here!":      "“Owen”",
			"Harbour-Copper-88!": "",
		}
		token := func(p *apptest.Page) map[string]string {
			return map[string]string{"X-CSRF-Token": pageToken(p), "HX-Request": "true"}
		}
		said := func(c *apptest.Client, headers map[string]string, fields url.Values, want string) {
			t.Helper()
			p := c.Do("POST", "/password-checks", "application/x-www-form-urlencoded", fields.Encode(), headers).Expect(200)
			if want == "" && p.Body != "" || !strings.Contains(p.Body, want) || p.Header.Get("Content-Type") != "text/plain; charset=utf-8" || p.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %q, want %q", fields.Get("password"), p.Body, want)
			}
		}
		path := invite(t, app, "invited")
		for password, want := range passwords {
			owen := app.Visitor()
			p := owen.Visit(path)
			fields := url.Values{"password": {password}, "other": {"1"}}
			for _, name := range []string{"first_name", "last_name", "display_name", "email"} {
				fields.Set(name, p.Attr("#new-rules[data-guess]", "data-"+name))
			}
			said(owen, token(p), fields, want)
			if want != "" && password != "P@ssw0rd2026" {
				p.Submit("#welcome", "new", password, "confirm", password).Expect(422).In("#new-error", want)
			}
		}
		// An administrator types it for somebody else: not the administrator's names count, but those in the form.
		admin := app.SignIn("admin")
		p := admin.Visit("/users/new").Has("#password-rules[data-guess][data-other]", 1)
		said(admin, token(p), url.Values{"password": {"Xiomara-44-Kettle!"}, "other": {"1"}, "first_name": {"Xiomara"}}, "“Xiomara”")
		said(admin, token(p), url.Values{"password": {"Mbeki-44-Kettle!"}, "other": {"1"}, "first_name": {"Xiomara"}}, "")
		p = admin.Visit("/me/security").Has("#policy[data-guess]:not([data-other])", 1)
		said(admin, token(p), url.Values{"password": {"Mbeki-44-Kettle!"}}, "“Mbeki”")
		if strings.Contains(app.Log.String(), "Kettle") {
			t.Error("the log knows a password")
		}
	})
}

// S2-18: a refused password's form says which lines of the list it did not meet; an empty one says nothing of them.
func TestTheListSaysWhatARefusedPasswordDidNotMeet(t *testing.T) {
	app := apptest.One(t)
	c := app.SignIn("consultant")
	refused := c.Visit("/me/security").Submit("#password-form", "current", apptest.Password, "new", "Qwerty123", "confirm", "Qwerty12").Expect(422)
	refused.Has("#policy [data-refused]", 2).In("#policy [data-rule][data-refused]", "@ $ ! % * ? &").Has("#policy[data-guess-refused]", 1).Has("#policy [data-same][data-refused]", 1)
	refused.Submit("#password-form", "current", "wrong", "new", "Harbour-Copper-88!", "confirm", "Harbour-Copper-88!").Expect(422).Has("#policy [data-refused]", 0).Has("#policy[data-guess-refused]", 0)
	c.Visit("/me/edit").Submit("#profile-form", "first_name", "").Expect(422).Has("#policy [data-refused]", 0)

	token, _, err := app.Signin.IssueWelcome(t.Context(), app.Person("invited").ID)
	if err != nil {
		t.Fatal(err)
	}
	app.Visitor().Visit("/welcome/"+token).Submit("#welcome", "new", "MacGillivray-9", "confirm", "MacGillivray-9").Expect(422).Has("#new-rules [data-refused]", 1).Has("#new-rules[data-guess-refused]", 1)
}
