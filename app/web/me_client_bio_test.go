package web_test

import (
	"net/url"
	"strings"
	"testing"

	"chancery/app/apptest"
)

// C-10: what a person tells clients of themselves is a text of its own, which begins as a copy of the bio if they like,
// and which nobody else sees yet.
func TestWhatClientsAreToldIsATextOfItsOwn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon, id := app.SignIn("consultant"), app.Person("consultant").ID
		jon.Visit("/me/fields/client-bio/edit").Has("a[href$='?copy=bio']", 0) // there is nothing to copy yet
		jon.Visit("/me/fields/bio/edit").Submit("#bio-form", "bio", "Families.\nWork permits.").Expect(200)
		for _, script := range []bool{false, true} {
			p := jon.Visit("/me/fields/client-bio/edit").In("#client-bio-hint", "on your client card").Has("#client-bio[data-max='1000']", 1)
			to := p.Attr("a[href$='?copy=bio']", "hx-get")
			if script {
				p = jon.Fragment("GET", to, "/me", nil)
			} else {
				p = p.Follow("a[href$='?copy=bio']")
			}
			p.Expect(200).In("#client-bio", "Families. Work permits.").Has("a[href$='?copy=bio']", 0)
			was := "Families.\nWork permits."
			if !script {
				was = ""
			}
			if got := p.Attr("[name=was_client_bio]", "value"); got != was {
				t.Errorf("the form was filled in from %q, not %q", got, was)
			}
			send := p.Submit
			if script {
				send = p.SubmitFragment
			}
			send("#client-bio-form").Expect(200)
			jon.Visit("/me").In("#client-bio-shown", "Work permits.")
		}
		jon.Visit("/me/edit").Submit("#profile-form", "client_bio", "I speak for families.").Expect(200).In("#client-bio-shown", "I speak for families.").In("#bio-shown", "Work permits.")
		long := jon.Visit("/me/edit").Submit("#profile-form", "client_bio", strings.Repeat("é", 1001)).Expect(422)
		long.In("#client-bio-error", "1").In("#errors", "About me, for clients: ")

		for _, who := range []string{"other", "admin", "super"} {
			for _, path := range []string{"/users/" + id, "/colleagues"} {
				if strings.Contains(app.SignIn(who).Visit(path).Body, "I speak for families") {
					t.Errorf("%s sees it at %s", who, path)
				}
			}
		}
		grace := app.SignIn("admin")
		edit := grace.Visit("/users/"+id+"/edit").Expect(200).Has("#client-bio", 0)
		grace.Visit("/users/" + id + "/fields/client-bio/edit").Expect(404)
		forged := url.Values{"_csrf": {pageToken(edit)}, "_method": {"PATCH"}, "client_bio": {"Forged"}}
		grace.Do("POST", "/users/"+id, "application/x-www-form-urlencoded", forged.Encode(), nil)
		jon.Visit("/me").In("#client-bio-shown", "I speak for families.")
	})
}
