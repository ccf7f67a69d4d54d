package web_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"chancery/app/apptest"
	"chancery/app/web"
)

func TestSigningInLeadsToWhereOneWasGoing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c := app.Visitor()
		p := c.Visit("/users?q=osei").At("/sign-in")
		if p.Attr("#email", "autocomplete") != "username webauthn" || p.Attr("#password", "autocomplete") != "current-password" {
			t.Error("a password manager is not told what the fields are (ASVS 6.2.7)")
		}
		p.Has("#email[autofocus]", 1).Has("button[data-peek=password][hidden]", 1)
		p = p.Submit("form[action='/sign-in']", "email", "  ADMIN@firm.example ", "password", apptest.Password)
		if p.Path != "/users?q=osei" {
			t.Errorf("at %s", p.Path)
		}
		c.Visit("/sign-in").At("/")
		c.Visit("/sign-in?next=/users").At("/users")
		c.Visit("/").At("/")
	})
}

// ASVS 6.3.8: an address nobody has, a wrong password, and an account that may not come in get the same page.
func TestUnknownAndWrongLookTheSame(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		said := map[string]bool{}
		for _, email := range []string{"nobody@firm.example", apptest.Email("super"), apptest.Email("inactive"), apptest.Email("invited"), "no address"} {
			p := app.Visitor().Visit("/sign-in").Submit("form[action='/sign-in']", "email", email, "password", "Wrong-Password-1!").Expect(422)
			if got := p.Attr("#email", "value"); got != email {
				t.Errorf("the form forgot %q: %q", email, got)
			}
			if p.Attr("#password", "value") != "" {
				t.Error("the password comes back")
			}
			said[p.Text("main")] = true
			if got := p.Text("#refused"); strings.TrimSpace(got) != "The e-mail or the password is not right." {
				t.Errorf("the alert says %q", got)
			}
			p.In("#pauses.hint", "After 10 failed tries").In("#pauses", "pauses for 15 minutes")
		}
		if len(said) != 1 {
			t.Errorf("%d different pages: %v", len(said), said)
		}
	})
}

// C-6: what was left out is said beneath its field, in place of the browser's own bubbles; it is no try.
func TestAnEmptyFieldAtTheDoorIsSaidByField(t *testing.T) {
	app := apptest.One(t)
	for _, c := range []struct {
		email, password string
		missing         []string
	}{
		{"", "", []string{"email", "password"}}, {"  ", "Wrong-Password-1!", []string{"email"}}, {apptest.Email("super"), "", []string{"password"}},
	} {
		p := app.Visitor().Visit("/sign-in?next=/users").Has("form[action='/sign-in'][novalidate]", 1)
		p = p.Submit("form[action='/sign-in']", "email", c.email, "password", c.password).Expect(422)
		p.Has("#refused", 0).Has("[aria-invalid]", len(c.missing)).Has("#"+c.missing[0]+"[autofocus]", 1).Has("form[action='/sign-in'] input[name=next][value='/users']", 1)
		for _, id := range c.missing {
			p.In("#"+id+"-error", "Enter your").Has("#"+id+"[aria-describedby='"+id+"-error']", 1)
		}
		if p.Attr("#email", "value") != strings.TrimSpace(c.email) || p.Attr("#password", "value") != "" {
			t.Errorf("%+v comes back as %q", c, p.Attr("#email", "value"))
		}
	}
	var tries int64
	if err := app.DB.In(t.Context()).Table("signin_attempts").Count(&tries).Error; err != nil || tries != 0 {
		t.Errorf("%d tries were counted, %v", tries, err)
	}
}

// S2-31: ten failures lock the password route; who knows the password is told for how long, others see no difference.
func TestTenFailuresPauseThePassword(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		p := app.Visitor().Visit("/sign-in")
		form := func(password string) *apptest.Page {
			return p.Submit("form[action='/sign-in']", "email", apptest.Email("super"), "password", password)
		}
		for range 10 {
			form("Wrong-Password-1!").Expect(422).In("#refused", "not right")
		}
		app.Clock.Add(150 * time.Second)
		form(apptest.Password).Expect(422).In("#refused", "Try again in 13 minutes.").Has("#pauses", 0)
		form("Wrong-Password-1!").Expect(422).In("#refused", "not right")
		app.Clock.Add(12*time.Minute + 20*time.Second)
		form(apptest.Password).Expect(422).In("#refused", "Try again in 1 minute.")
		app.Clock.Add(time.Minute)
		form(apptest.Password).Expect(200).At("/")
	})
}

func TestAnInactivePersonIsToldSoOnlyWithTheirPassword(t *testing.T) {
	app := apptest.One(t)
	p := app.Visitor().Visit("/sign-in").Submit("form[action='/sign-in']", "email", apptest.Email("inactive"), "password", apptest.Password)
	p.Expect(422).In("#refused", "no longer active")
}

// A hundred failures from one network pause that network, with 429 and a time.
func TestANetworkThatTriesTooOftenIsPaused(t *testing.T) {
	app := apptest.One(t)
	c := app.Visitor()
	p := c.Visit("/sign-in")
	now := app.Clock.Now()
	for i := range 100 {
		row := map[string]any{"id": "a" + string(rune('a'+i/26)) + string(rune('a'+i%26)), "subject": "s", "network": "127.0.0.1", "user_agent": "", "method": "password", "outcome": "failure", "at": now}
		if err := app.DB.In(t.Context()).Table("signin_attempts").Create(row).Error; err != nil {
			t.Fatal(err)
		}
	}
	p = p.Submit("form[action='/sign-in']", "email", apptest.Email("super"), "password", apptest.Password).Expect(429)
	if p.In("#refused", "your network").Header.Get("Retry-After") != "900" {
		t.Errorf("Retry-After %q", p.Header.Get("Retry-After"))
	}
}

// S2-29: signing out ends the session here and on the server, and works with a session that has ended already.
func TestSigningOutAlwaysWorks(t *testing.T) {
	app := apptest.One(t)
	c := app.SignIn("super")
	old := c.Cookie("chancery-session")
	page := c.Visit("/me")
	page.Submit("form[action='/sign-out']").At("/sign-in").In("[role=status]", "You are signed out.")
	if c.Cookie("chancery-session") != "" {
		t.Error("the browser keeps the cookie")
	}
	thief := app.Visitor()
	thief.Headers["Cookie"] = "chancery-session=" + old
	thief.Visit("/me").At("/sign-in")
	page.Submit("form[action='/sign-out']").At("/sign-in").In("[role=status]", "You are signed out.")
}

// S0-16: the door speaks the browser's language, until another one is picked there.
func TestTheDoorSpeaksTheLanguageOneChose(t *testing.T) {
	app := apptest.One(t)
	c := app.Visitor()
	c.Headers["Accept-Language"] = "fr-CA,fr;q=0.9"
	p := c.Visit("/sign-in?next=/users").In("h1", "Connexion")
	p.Has("button[name=language][value=fr][aria-current]", 1)
	p = c.Do("POST", "/language", "application/x-www-form-urlencoded", url.Values{"_csrf": {p.Attr("form[action='/language'] input[name=_csrf]", "value")}, "language": {"es"}, "next": {"/users"}}.Encode(), nil)
	if p.In("h1", "Iniciar sesión").Path != "/sign-in?next=%2Fusers" {
		t.Errorf("came back to %s", p.Path)
	}
	if lang := c.Visit("/nowhere").Expect(404).Attr("html", "lang"); lang != "es" {
		t.Errorf("an error page in %s", lang)
	}
	// Who signs in is spoken to in their own language.
	if lang := p.Submit("form[action='/sign-in']", "email", apptest.Email("admin"), "password", apptest.Password).Attr("html", "lang"); lang != "en" {
		t.Errorf("signed in, in %s", lang)
	}
	c = app.Visitor()
	p = c.Visit("/sign-in")
	c.Do("POST", "/language", "application/x-www-form-urlencoded", "_csrf="+p.Attr("form[action='/language'] input[name=_csrf]", "value")+"&language=tlh&next=//evil.example", nil).At("/sign-in").In("h1", "Sign in")
}

func TestTheDoorOfADemoPracticeNamesItsAccounts(t *testing.T) {
	app := apptest.One(t, apptest.Demo(web.DemoSignIn{Email: "admin@demo.example", Role: "administrator"}))
	p := app.Visitor().Visit("/sign-in?next=/users").In("section", "Administrator")
	p = p.Follow("section a")
	if p.Attr("#email", "value") != "admin@demo.example" || p.Attr("input[name=next]", "value") != "/users" {
		t.Error("the link does not fill in the address, or forgets the way")
	}
	p.Has("#password[autofocus]", 1)
	apptest.One(t).Visitor().Visit("/sign-in").Has("section", 0)
}

// Two tabs at the door: the second form was shown before the person signed in by the first.
func TestASecondTabAtTheDoorGoesOn(t *testing.T) {
	app := apptest.One(t)
	c := app.Visitor()
	second := c.Visit("/sign-in?next=/users")
	c.Visit("/sign-in").Submit("form[action='/sign-in']", "email", apptest.Email("admin"), "password", apptest.Password).At("/")
	second.Submit("form[action='/sign-in']", "email", apptest.Email("admin"), "password", apptest.Password).At("/users")
}

// answer is what came back over the wire.
type answer struct {
	status  int
	header  http.Header
	cookies []*http.Cookie
	body    string
}

// bare sends a request without cookies and without following redirects.
func bare(t *testing.T, method, url, form string, headers map[string]string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	if form != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for k, v := range headers {
		req.Header.Set(k, v)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.Header.Get("Content-Type") == "text/event-stream" { // has no end
		return answer{res.StatusCode, res.Header, res.Cookies(), ""}
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, res.Cookies(), string(body)}
}
