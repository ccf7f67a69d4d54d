package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"chancery/app/apptest"
)

// B-15: without script, a form whose session has ended is carried on by the door and saved after a question.
func TestWhatWasTypedSurvivesTheEndOfTheSession(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c := app.SignIn("admin")
		form := c.Visit("/users/new")
		app.Clock.Add(13 * time.Hour)
		p := form.Submit("#user-form", "first_name", "Gabriel", "last_name", `Tremblay "<i>"`, "email", "gabriel@firm.example", "role", "paralegal",
			"first", "typed", "first_password", "Harbour-Copper-88!").Expect(401)
		p.In("[role=status]", "What you typed is kept")
		if strings.Contains(p.Body, "Harbour-Copper") {
			t.Error("a password is carried on")
		}
		if got := p.Attr("input[name=typed_last_name]", "value"); got != `Tremblay "<i>"` {
			t.Errorf("carried on as %q", got)
		}
		p = p.Submit("form[action='/sign-in']", "email", apptest.Email("admin"), "password", "Wrong-Password-1!").Expect(422)
		p = p.Submit("form[action='/sign-in']", "email", apptest.Email("admin"), "password", apptest.Password).Expect(200)
		p.In("h1", "signed in again").In("main", "signed in as Grace Mbeki").In(".alert-warning", "Passwords are never kept")
		p = p.Submit("#kept").Expect(422).In("#first-password-error", "Type a password.")
		if p.Attr("#first-name", "value") != "Gabriel" || p.Attr("#last-name", "value") != `Tremblay "<i>"` {
			t.Errorf("what was typed is lost: %q", p.Attr("#first-name", "value"))
		}
		p.Submit("#user-form", "first_password", "Harbour-Copper-88!").Expect(200).In("h1", "Gabriel Tremblay")
	})
}

// A form that changes something comes back with its method.
func TestAKeptFormKeepsItsMethodAndAddress(t *testing.T) {
	app := apptest.One(t)
	c := app.SignIn("super")
	tok := pageToken(c.Visit("/me"))
	app.Clock.Add(13 * time.Hour)
	p := c.Do("POST", "/me", "application/x-www-form-urlencoded", url.Values{"_csrf": {tok}, "_method": {"PATCH"}, "bio": {"Work permits.\nFamilies."},
		"new": {"s3cret"}, "profiles": {"a", "b"}}.Encode(), map[string]string{"Referer": app.URL + "/me/edit"}).Expect(401)
	p.Has("input[name=typed_profiles]", 2).Has("input[name^=typed_new], input[name=typed__csrf], input[name=typed__method]", 0)
	p = p.Submit("form[action='/sign-in']", "email", apptest.Email("super"), "password", apptest.Password).Expect(200)
	if p.Attr("#kept", "action") != "/me" || p.Attr("#kept input[name=_method]", "value") != "PATCH" || p.Attr("#kept input[name=bio]", "value") != "Work permits.\nFamilies." {
		t.Error(p.Body)
	}
	if p.Attr("#kept input[name=_csrf]", "value") == tok || p.Attr("#kept a", "href") != "/me/edit" {
		t.Errorf("an old token, or no way back: %s", p.Attr("#kept a", "href"))
	}
}

// B-15: without script, a page that was open since before its reader signed in again is carried on like one whose
// session has ended; with script it is told apart by a header. Where the browser does not say that the form came from
// a page of ours, it is refused like any other forged one (ASVS 3.5.1).
func TestAPageFromBeforeSigningInAgainIsCarriedOn(t *testing.T) {
	app := apptest.One(t)
	c := app.SignIn("super")
	tok := pageToken(c.Visit("/me"))
	c.Visit("/me").Submit("form[action='/sign-out']").At("/sign-in").Submit("form[action='/sign-in']", "email", apptest.Email("super"), "password", apptest.Password).At("/")
	body := url.Values{"_csrf": {tok}, "_method": {"PATCH"}, "bio": {"Work permits."}, "new": {"s3cret"}}.Encode()
	send := func(headers map[string]string) *apptest.Page {
		headers["Referer"] = app.URL + "/me/edit"
		return c.Do("POST", "/me", "application/x-www-form-urlencoded", body, headers).Expect(403)
	}
	for _, foreign := range []map[string]string{{}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"}, {"Origin": "https://evil.example"}, {"Origin": "null"}} {
		p := send(foreign)
		if p.In("h1", "too old to be sent").Has("#kept", 0); strings.Contains(p.Body, "Work permits.") || p.Header.Get("X-Stale-Page") != "" {
			t.Errorf("%v is carried on", foreign)
		}
	}
	p := send(map[string]string{"HX-Request": "true", "Sec-Fetch-Site": "same-origin"})
	if p.Header.Get("X-Stale-Page") != "1" {
		t.Error("a script is not told")
	}
	for _, own := range []map[string]string{{"Sec-Fetch-Site": "same-origin"}, {"Origin": app.URL}} {
		p = send(own).In("h1", "signed in again").In("main", "before you signed in again").In(".alert-warning", "Passwords are never kept").Has("#kept [name=new]", 0)
	}
	if p.Attr("#kept a", "href") != "/me/edit" || p.Attr("#kept [name=_csrf]", "value") == tok {
		t.Errorf("an old token, or no way back: %s", p.Attr("#kept a", "href"))
	}
	p.Submit("#kept").Expect(200).At("/me").In("#bio-shown", "Work permits.")
}

// What the door carries is checked again: it came from a browser.
func TestTheDoorCarriesOnlyToAddressesOfOurs(t *testing.T) {
	app := apptest.One(t)
	for _, bad := range []url.Values{
		{"kept_method": {"POST"}, "kept_path": {"https://evil.example/"}, "typed_a": {"1"}},
		{"kept_method": {"GET"}, "kept_path": {"/users"}, "typed_a": {"1"}},
		{"kept_method": {"POST"}, "kept_path": {"/users"}},
		{"kept_method": {"POST"}, "kept_path": {"/users"}, "typed_password": {"x"}},
	} {
		c := app.Visitor()
		p := c.Visit("/sign-in")
		bad.Set("_csrf", p.Attr("form[action='/sign-in'] input[name=_csrf]", "value"))
		bad.Set("email", apptest.Email("super"))
		bad.Set("password", apptest.Password)
		if p = c.Do("POST", "/sign-in", "application/x-www-form-urlencoded", bad.Encode(), nil); p.Path != "/" {
			t.Errorf("%v: %d at %s", bad, p.Status, p.Path)
		}
	}
}

// A request whose session has ended and that typed nothing asks to be tried again.
func TestAnActionWithoutTypingAsksToTryAgain(t *testing.T) {
	app := apptest.One(t)
	c := app.SignIn("admin")
	p := c.Visit("/users/" + app.Person("consultant").ID + "/sessions/delete")
	app.Clock.Add(13 * time.Hour)
	p.Submit("dialog form").Expect(401).In("[role=status]", "try again").Has("input[name=kept_path]", 0)
}

// B-15, C-16: a part of a page whose session has ended is told so as a part, with an id to quote; the door says it, too, in
// the page's language, whatever the browser's is.
func TestAFragmentIsToldThatItsSessionEnded(t *testing.T) {
	app := apptest.One(t)
	c := app.SignIn("consultant")
	if err := app.DB.In(t.Context()).Exec(`UPDATE sessions SET ended_at = ?`, app.Clock.Now()).Error; err != nil {
		t.Fatal(err)
	}
	answer := c.Do("GET", "/me/fields/bio/edit", "", "", map[string]string{"HX-Request": "true", "HX-Current-URL": app.URL + "/me", "X-Page-Lang": "fr", "X-Page-Zone": "UTC"})
	answer.Expect(401).In("[role=alert] h2", "Votre session a pris fin").In("code", answer.Header.Get("X-Request-Id"))
	if kind := answer.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/html") || answer.Doc.Find("html > head > title").Length() != 0 {
		t.Errorf("%s: %.200s", kind, answer.Body)
	}
	door := answer.Header.Get("HX-Redirect")
	if door != "/sign-in?next=%2Fme&notice=ended" {
		t.Errorf("it leads to %s", door)
	}
	c.Headers = map[string]string{"Accept-Language": "es"}
	c.Visit(door).Expect(200).Has("html[lang=fr]", 1).In(".alert-info", "rien n’a été modifié")
	c.Visit("/sign-in?next=%2Fme&notice=kept").Expect(200).In(".alert-info", "Votre saisie est conservée")
}
