package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"chancery/app/apptest"
)

// S3-13: a person signs in by a PIN sent to their phone, without script, from the door.
func TestSigningInByPIN(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		app.Phone("consultant")
		c := app.Visitor()
		p := c.Visit("/sign-in").Follow("a[href^='/sign-in/phone']").Expect(200).Submit("#phone", "cell", "+1 (416) 555-0142").At("/sign-in/pin")
		p.In("main", "0142").Has("#pin[autocomplete='one-time-code'][inputmode='numeric']", 1)
		if strings.Contains(p.Body, "416") {
			t.Error("the page shows the whole number")
		}
		p = p.Submit("#pin-form", "pin", " 12 34 5").Expect(422).In("#pin-error", "6 digits")
		pin := app.PIN("consultant")
		p = p.Submit("#pin-form", "pin", otherPIN(pin)).Expect(422).In("#pin-error", "4 tries")
		if p.Attr("#pin", "value") != "" {
			t.Error("the PIN that was typed stands there still")
		}
		p = p.Submit("#pin-form", "pin", pin[:3]+" "+pin[3:]).At("/me").In(".alert-success", "without the old one")
		p = p.Follow(".alert-success a").At("/me/security").Has("#current", 0)
		p.Submit("#password-form", "new", apptest.NewPassword, "confirm", apptest.NewPassword).In(".alert-success", "password")
		if c.Cookie("chancery-pin") != "" {
			t.Error("the browser keeps the PIN's secret")
		}
		app.Visitor().Visit("/sign-in").Submit("form[action='/sign-in']", "email", apptest.Email("consultant"), "password", apptest.NewPassword).At("/")
	})
}

func otherPIN(pin string) string {
	if pin == "000000" {
		return "000001"
	}
	return "000000"
}

// ASVS 6.3.8, B-22: for a number that nobody has every page says the same, word by word and status by status.
func TestANumberThatNobodyHasIsAnsweredAlike(t *testing.T) {
	var said [2][]string
	for i, number := range []string{apptest.Cell, "+14165550143"} {
		app := apptest.One(t)
		app.Phone("consultant")
		c := app.Visitor()
		note := func(p *apptest.Page) *apptest.Page {
			said[i] = append(said[i], strings.ReplaceAll(p.Path+" "+http.StatusText(p.Status)+" "+p.Text("main"), number[len(number)-4:], "…"))
			return p
		}
		p := note(c.Visit("/sign-in/phone").Submit("#phone", "cell", number))
		for range 5 {
			p = note(p.Submit("#pin-form", "pin", "000000"))
			if p.Doc.Find("#pin-form").Length() == 0 {
				break
			}
		}
		note(c.Visit("/sign-in/phone").Submit("#phone", "cell", number))
		app.Clock.Add(31 * time.Second)
		for range 5 {
			app.Clock.Add(31 * time.Second)
			note(c.Visit("/sign-in/phone").Submit("#phone", "cell", number))
		}
	}
	if len(said[0]) < 10 || strings.Join(said[0], "\n") != strings.Join(said[1], "\n") {
		t.Errorf("somebody's:\n%s\nnobody's:\n%s", strings.Join(said[0], "\n"), strings.Join(said[1], "\n"))
	}
}

// The PIN that is over says so, and leads to another; asking again needs no number.
func TestAPINThatIsOverLeadsToAnother(t *testing.T) {
	app := apptest.One(t)
	app.Phone("consultant")
	c := app.Visitor()
	p := c.Visit("/sign-in/phone?next=/me/security").Submit("#phone", "cell", apptest.Cell)
	first := app.PIN("consultant")
	p.Submit("#again").Expect(429).In("#refused", "half a minute")
	app.Clock.Add(31 * time.Second)
	p = p.Submit("#again").At("/sign-in/pin").In("[role=status]", "another PIN").In("main", "0142")
	p.Submit("#pin-form", "pin", first).Expect(422) // the one before
	p.Submit("#pin-form", "pin", app.PIN("consultant")).At("/me/security")

	app.Clock.Add(31 * time.Second)
	c = app.Visitor()
	p = c.Visit("/sign-in/phone").Submit("#phone", "cell", apptest.Cell)
	pin := app.PIN("consultant")
	app.Clock.Add(10 * time.Minute)
	p = p.Submit("#pin-form", "pin", pin).Expect(422).In("#refused", "expired").Has("#pin-form", 0)
	p.Follow("a.btn-primary").At("/sign-in/phone").Has("#phone", 1)
}

// ASVS 6.6.2: the PIN's page is of the browser that asked; another one is led to ask.
func TestThePINsPageIsOfTheBrowserThatAsked(t *testing.T) {
	app := apptest.One(t)
	app.Phone("consultant")
	app.Visitor().Visit("/sign-in/phone").Submit("#phone", "cell", apptest.Cell).At("/sign-in/pin")
	app.Visitor().Visit("/sign-in/pin").At("/sign-in/phone")
	app.SignIn("consultant").Visit("/sign-in/pin").At("/")
	app.SignIn("consultant").Visit("/sign-in/phone").At("/")
}

// What is no number is said to be none beneath its field, and what was typed stays (S0-26).
func TestANumberThatIsNoneIsSaidAtItsField(t *testing.T) {
	app := apptest.One(t)
	for typed, says := range map[string]string{"": "Enter your cell number", "416 555 0142": "country", "+1 416": "number"} {
		p := app.Visitor().Visit("/sign-in/phone").Submit("#phone", "cell", typed).Expect(422).In("#cell-error", says)
		if p.Attr("#cell", "value") != typed || p.Attr("#cell", "aria-invalid") != "true" {
			t.Errorf("%q comes back as %q", typed, p.Attr("#cell", "value"))
		}
	}
}

// Where no texts are sent there is no such way in, and nothing of it is shown.
func TestWithoutTextsThereIsNoSuchWayIn(t *testing.T) {
	app := apptest.One(t, apptest.NoTexts())
	app.Phone("consultant")
	app.Visitor().Visit("/sign-in").Has("a[href^='/sign-in/phone']", 0)
	app.Visitor().Visit("/sign-in/phone").Expect(404)
	c := app.SignIn("consultant")
	c.Visit("/me").Has("a[href^='/me/cell-verification']", 0)
	c.Visit("/me/cell-verification/new").Expect(404)
}

// ASVS 3.3.1, 3.3.2, 3.3.4: the cookie of a PIN is for this host, over https, not for script, and holds no number.
func TestThePINsCookieIsBound(t *testing.T) {
	app := apptest.One(t, apptest.At("https://chancery.firm.example"))
	res := bare(t, "GET", app.URL+"/sign-in/phone", "", nil)
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(res.body))
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"_csrf": {doc.Find("#phone input[name=_csrf]").AttrOr("value", "")}, "cell": {apptest.Cell}}
	res = bare(t, "POST", app.URL+"/sign-in/phone", form.Encode(), map[string]string{"Cookie": res.cookies[0].Name + "=" + res.cookies[0].Value})
	i := slices.IndexFunc(res.cookies, func(c *http.Cookie) bool { return c.Name == "__Host-chancery-pin" })
	if i < 0 {
		t.Fatalf("%d: no cookie in %v", res.status, res.cookies)
	}
	if c := res.cookies[i]; !c.HttpOnly || !c.Secure || c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteLaxMode || strings.Contains(c.Value, "416555") {
		t.Errorf("%+v", c)
	}
}

// B-15: what was typed in a session that ended is carried through signing in by PIN, without script.
func TestWhatWasTypedIsKeptThroughAPIN(t *testing.T) {
	app := apptest.One(t)
	app.Phone("consultant")
	c := app.SignIn("consultant")
	form := c.Visit("/me/fields/office/edit")
	if err := app.DB.In(t.Context()).Exec(`UPDATE sessions SET ended_at = created_at`).Error; err != nil {
		t.Fatal(err)
	}
	p := form.Submit("#office-form", "office", "+1 416 555 0177")
	p = p.SubmitTo("form[action='/sign-in']", "/sign-in/phone").Has("#phone", 1)
	p = p.Submit("#phone", "cell", apptest.Cell).Has("#pin-form", 1)
	p = p.Submit("#pin-form", "pin", app.PIN("consultant")).Has("#kept", 1)
	p.Submit("#kept").In("main", "416-555-0177")
}
