package web_test

import (
	"strings"
	"testing"
	"time"

	"chancery/app/apptest"
)

// S0-33, ASVS 6.1.3, 7.5.1, 13.3.1: an administrator makes a token with scopes and a last day against a fresh proof, sees its secret once, sees in the
// list how it stands, and ends it; then the API refuses it.
func TestTokensAreMadeAndEnded(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c := app.SignIn("admin")
		c.Visit("/tokens").In(".empty", "No tokens yet")
		bad := c.Visit("/tokens/new").Submit("#token-form", "name", " ", "days", "900").Expect(422)
		bad.In("#name-error", "at most 80").In("#days-error", "between 1 and 366").In("#scopes-error", "Choose what the token may do")
		made := c.Visit("/tokens/new").Submit("#token-form", "name", "Client app", "days", "30", "scopes", "cases.view").Expect(200)
		secret := made.Attr("#secret", "value")
		if !strings.HasPrefix(secret, "chancery_") {
			t.Fatal(secret)
		}
		list := c.Visit("/tokens").In("tbody th", "Client app").In("tbody .status", "Active").In("tbody", "See the cases one is added to").In("tbody", "Never")
		if strings.Contains(list.Text("main"), secret) {
			t.Error("the secret is shown again")
		}
		ask := func() int { return askAPI(t, app, secret) }
		if got := ask(); got != 200 {
			t.Errorf("the API answers %d", got)
		}
		c.Visit("/tokens").Follow("tbody a[href$=delete]").In("#dialog-title", "Revoke “Client app”?").Submit("#token-delete").At("/tokens").In("[role=status]", "The token was revoked.").In("tbody .status", "Revoked")
		if got := ask(); got != 401 {
			t.Errorf("the API answers %d to a token that was revoked", got)
		}
		c.Visit("/tokens/nonsense/delete").Expect(404)
		app.SignIn("consultant").Visit("/tokens").Expect(403)

		// A proof that is a while old is asked for anew.
		app.Clock.Add(20 * time.Minute)
		c.Visit("/tokens/new").At("/me/proof/new")
	})
}

// The page about the API is made of its document.
func TestThePageAboutTheAPI(t *testing.T) {
	app := apptest.One(t)
	p := app.SignIn("consultant").Visit("/api").In("h1", "API").In("#create-message summary", "POST /api/v1/cases/{id}/messages").In("#create-message", "messages.send").In("#create-message", "external_id")
	p.In("#changed", "If-Match")
	if p.Text("main .actions") != "" {
		t.Error("who may make no tokens is led to them")
	}
	app.SignIn("admin").Visit("/api").In("main .actions", "API tokens")
	app.Visitor().Visit("/api").At("/sign-in")
}
