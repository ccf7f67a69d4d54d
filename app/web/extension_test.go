package web_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/store"
)

// extensionAsks is what an extension with a token is answered, with the JSON read into what it is given.
func extensionAsks(t *testing.T, app *apptest.App, token, method, path, body string, into any, headers ...string) int {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), method, app.URL+path, strings.NewReader(body))
	must(t, err)
	if token != "" {
		q.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		q.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(q)
	must(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	must(t, err)
	if len(res.Cookies()) > 0 || res.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%s %s sets a cookie or lets other origins read", method, path)
	}
	if into != nil {
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, text)
		}
	}
	return res.StatusCode
}

type inbox struct {
	Protocol, Oldest int
	Person, Practice string
	Unread           int64
	Talks            []struct {
		Case, Number, Title, Client, Text, By string
		Unread                                int64
		Mine                                  bool
	}
}

type thread struct {
	Unread, Inbound int64
	MayReply        bool   `json:"may_reply"`
	WhyNot          string `json:"why_not"`
	Lines           []struct {
		ID, By, Text string
		In, New      bool
	}
}

// S3-15: a person makes a code on their page, an extension redeems it, shows what is unread and what was said last, and answers; a
// double click, or an answer that was lost, is one message (B-15).
func TestAnExtensionIsPairedReadsAndAnswers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		k := desk(t, app, "MR-1", "consultant", false)
		writes(t, app, k, "Where is my permit?")
		writes(t, app, k, "Please?")
		c := app.SignIn("consultant")
		page := c.Visit("/me/extension").In("h1", "Browser extension").In("#paired", "No browser is paired").In("#pair", app.URL)
		page = page.Submit("#pair").Expect(200).In("#code", "It works until")
		code, wait := page.Attr("#pairing-code", "value"), page.Attr("#code", "hx-get")
		if c.Visit("/me/extension").Has("#pairing-code", 0); code == "" {
			t.Fatal("no code")
		}
		var made struct{ Token string }
		if got := extensionAsks(t, app, "", "POST", "/extension/pairings", fmt.Sprintf(`{"code":%q}`, code), &made, "User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Chrome/141.0.0.0"); got != 201 {
			t.Fatal(got)
		}
		var no struct{ Error, Message string }
		if got := extensionAsks(t, app, "", "POST", "/extension/pairings", fmt.Sprintf(`{"code":%q}`, code), &no, "Accept-Language", "fr"); got != 422 || !strings.HasPrefix(no.Message, "Ce code ne fonctionne pas") {
			t.Errorf("used twice: %d %+v", got, no)
		}
		c.Visit("/me/extension").In("#paired", "Chrome · Linux").Has("#paired li", 1)
		if wait == "" || !strings.Contains(wait, "had=0") {
			t.Fatalf("it waits by %q", wait)
		}
		asks := map[string]string{"HX-Request": "true", "X-By-Itself": "1"}
		c.Do("GET", strings.Replace(wait, "had=0", "had=1", 1), "", "", asks).Expect(204)
		if to := c.Do("GET", wait, "", "", asks).Expect(204).Header.Get("HX-Redirect"); to != "/me/extension?notice=paired" {
			t.Errorf("paired: led to %q", to)
		}
		c.Visit("/me/extension?notice=paired").In(".alert-success", "is paired").Has("#pairing-code", 0)
		c.Visit("/me/security").In("#sessions", "Browser extension")

		var in inbox
		if got := extensionAsks(t, app, made.Token, "GET", "/extension/inbox", "", &in); got != 200 || in.Unread != 2 || in.Protocol != 1 || in.Person != app.Person("consultant").Name() || len(in.Talks) != 1 || in.Talks[0].Text != "Please?" || in.Talks[0].Unread != 2 || in.Talks[0].Case != k {
			t.Fatalf("%d %+v", got, in)
		}
		var th thread
		path := "/extension/cases/" + k + "/messages"
		if got := extensionAsks(t, app, made.Token, "GET", path, "", &th); got != 200 || len(th.Lines) != 2 || !th.Lines[0].In || !th.Lines[0].New || !th.MayReply || th.Unread != 2 {
			t.Fatalf("%d %+v", got, th)
		}
		if extensionAsks(t, app, made.Token, "GET", "/extension/inbox", "", &in); in.Unread != 2 {
			t.Error("looking has read them")
		}
		if got := extensionAsks(t, app, made.Token, "POST", path+"/reading", `{"upto":1}`, nil); got != 204 {
			t.Error(got)
		}
		if extensionAsks(t, app, made.Token, "GET", "/extension/inbox", "", &in); in.Unread != 1 {
			t.Errorf("%d unread after one was read", in.Unread)
		}
		reply := fmt.Sprintf(`{"id":%q,"body":"It is on its way."}`, store.NewID())
		for range 2 {
			if got := extensionAsks(t, app, made.Token, "POST", path, reply, &th); got != 201 || len(th.Lines) != 3 || th.Lines[2].Text != "It is on its way." || th.Lines[2].By != "You" || th.Unread != 0 {
				t.Errorf("%d %+v", got, th)
			}
		}
		c.Visit("/cases/"+k+"/messages").In(".thread", "It is on its way.")
		for body, want := range map[string]string{`{"id":"x","body":" "}`: "Write", `{"id":"x","body":"` + strings.Repeat("a", 10_001) + `"}`: "10,000"} {
			if got := extensionAsks(t, app, made.Token, "POST", path, body, &no); got != 422 || !strings.Contains(no.Message, want) {
				t.Errorf("%d %s", got, no.Message)
			}
		}
		must(t, app.Cases.Close(t.Context(), access.System("test"), k, 0))
		if extensionAsks(t, app, made.Token, "GET", path, "", &th); th.MayReply || th.WhyNot == "" {
			t.Errorf("a closed case takes a reply: %+v", th)
		}
		if got := extensionAsks(t, app, made.Token, "POST", path, fmt.Sprintf(`{"id":%q,"body":"Hello"}`, store.NewID()), &no); got != 422 || no.Message == "" {
			t.Errorf("a closed case takes a reply: %d", got)
		}

		// Its person ends it where their sessions are; an extension can end itself.
		c.Visit("/me/extension").Follow("#paired a").Submit("#session-form").At("/me/security").In("[role=status]", "")
		if got := extensionAsks(t, app, made.Token, "GET", "/extension/inbox", "", &no); got != 401 || no.Error != "unpaired" {
			t.Errorf("%d %+v", got, no)
		}
		token := app.Pair("consultant")
		if got := extensionAsks(t, app, token, "DELETE", "/extension/pairing", "", nil); got != 204 {
			t.Error(got)
		}
		if got := extensionAsks(t, app, token, "GET", "/extension/inbox", "", nil); got != 401 {
			t.Error(got)
		}
	})
}

// ASVS 8.2.2, S1-24: an extension shows its person's own cases, also to who sees all, and a private one to those alone who are on it; what
// they are not on is not there, for no verb. Who may not send cannot.
func TestAnExtensionSeesWhatItsPersonIsOn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		mine, theirs, secret := desk(t, app, "MR-1", "consultant", true), desk(t, app, "MR-2", "other", false), desk(t, app, "MR-3", "other", true)
		for _, k := range []string{mine, theirs, secret} {
			writes(t, app, k, "Hello from "+k)
		}
		before := one(t, app, `SELECT count(*) FROM messages`)
		for _, who := range []string{"consultant", "super", "admin"} {
			token := app.Pair(who)
			var in inbox
			extensionAsks(t, app, token, "GET", "/extension/inbox", "", &in)
			want := 0
			if who == "consultant" {
				want = 1
			}
			if len(in.Talks) != want || int(in.Unread) != want {
				t.Errorf("%s: %+v", who, in)
			}
			for _, k := range []string{theirs, secret, "0192aaaa-0000-7000-8000-000000000000", "nonsense"} {
				path := "/extension/cases/" + k + "/messages"
				for _, try := range [][3]string{{"GET", path, ""}, {"POST", path, `{"id":"` + store.NewID() + `","body":"Hello"}`}, {"POST", path + "/reading", `{"upto":1}`}} {
					var no struct{ Error, Message string }
					if got := extensionAsks(t, app, token, try[0], try[1], try[2], &no); got != 404 || no.Message != "" {
						t.Errorf("%s: %s %s is %d %+v", who, try[0], try[1], got, no)
					}
				}
			}
		}
		token := app.Pair("consultant")
		run(t, app, `DELETE FROM role_permissions WHERE role_id = 'consultant' AND permission = 'messages.send'`)
		var th thread
		path := "/extension/cases/" + mine + "/messages"
		if extensionAsks(t, app, token, "GET", path, "", &th); th.MayReply || !strings.Contains(th.WhyNot, "does not include writing") {
			t.Errorf("%+v", th)
		}
		if got := extensionAsks(t, app, token, "POST", path, `{"id":"","body":"Hello"}`, nil); got != 403 {
			t.Error(got)
		}
		if after := one(t, app, `SELECT count(*) FROM messages`); after != before {
			t.Errorf("%s messages, %s before", after, before)
		}
		run(t, app, `DELETE FROM role_permissions WHERE role_id = 'consultant' AND permission = 'messages.view'`)
		if got := extensionAsks(t, app, token, "GET", path, "", nil); got != 403 {
			t.Error(got)
		}
	})
}

// ASVS 3.5.x, 8.3.1: no session and no API token opens what is an extension's, an extension opens nothing else, and no form of another site is taken.
func TestNoSessionOpensWhatIsAnExtensions(t *testing.T) {
	app := apptest.One(t)
	k := desk(t, app, "MR-1", "consultant", false)
	session := "chancery-session=" + app.SignIn("consultant").Cookie("chancery-session")
	token := app.Pair("consultant")
	var api string
	i := slices.IndexFunc(apptest.Credentials(), func(c apptest.Credential) bool { return c.Name == "API token" })
	api = apptest.Credentials()[i].Give(app).Bearer
	n := 0
	for route, who := range needs {
		if who != "paired" {
			continue
		}
		n++
		method, path, _ := strings.Cut(route, " ")
		path = strings.ReplaceAll(path, ":id", k)
		for name, headers := range map[string][]string{"nothing": nil, "a session": {"Cookie", session}, "an API token": {"Authorization", "Bearer " + api}, "half a token": {"Authorization", "Bearer " + token[:30]}, "no bearer": {"Authorization", token}} {
			var no struct{ Error string }
			if got := extensionAsks(t, app, "", method, path, `{"upto":1}`, &no, headers...); got != 401 || no.Error != "unpaired" {
				t.Errorf("%s with %s: %d", route, name, got)
			}
		}
	}
	if n != 5 {
		t.Errorf("%d routes", n)
	}
	for _, path := range []string{"/me", "/cases", "/api/v1/cases"} {
		p := app.Visitor().Do("GET", path, "", "", map[string]string{"Authorization": "Bearer " + token})
		if p.Status == 200 && !strings.HasPrefix(p.Path, "/sign-in") {
			t.Errorf("%s opens to an extension: %d at %s", path, p.Status, p.Path)
		}
	}
	for _, kind := range []string{"application/x-www-form-urlencoded", "text/plain", ""} {
		if got := extensionAsks(t, app, token, "POST", "/extension/cases/"+k+"/messages", `{"body":"Hello"}`, nil, "Content-Type", kind); got != 415 {
			t.Errorf("%q is taken: %d", kind, got)
		}
	}
	if got := extensionAsks(t, app, token, "POST", "/extension/cases/"+k+"/messages", `{"body":`, nil); got != 400 {
		t.Error(got)
	}
	if strings.Contains(app.Log.String(), token) || strings.Contains(app.Log.String(), k) {
		t.Error("the log tells of a token or a case")
	}
}

// ASVS 7.5.1: a code is made against a fresh proof, and not by who may read no messages.
func TestAPairingCodeWantsAFreshProof(t *testing.T) {
	app := apptest.One(t)
	c := app.SignIn("consultant")
	app.Clock.Add(20 * time.Minute)
	c.Visit("/me/extension").Submit("#pair").At("/me/proof/new").Submit("#proof-form", "password", apptest.Password).At("/me/extension")
	c.Visit("/me/extension").Submit("#pair").Expect(200).Has("#pairing-code", 1)
	c.Visit("/me/security").Follow("main a[href='/me/extension']").At("/me/extension")
	app.SignIn("accountant").Visit("/me/extension").Expect(403)
	app.SignIn("accountant").Visit("/me/security").Has("main a[href='/me/extension']", 0)
}

// The page says which version it has, as the extension does, and how to bring it up to date; while a code works it waits, and is led away
// from it after. What only an answer to a form shows leads, asked for by its address, to where the form is.
func TestThePageOfTheExtensionSaysItsVersionAndWaits(t *testing.T) {
	app := apptest.One(t)
	c := app.SignIn("consultant")
	var manifest struct{ Version string }
	text, err := os.ReadFile("../../static/extension/manifest.json")
	must(t, err)
	must(t, json.Unmarshal(text, &manifest))
	page := c.Visit("/me/extension").In("#update", "version "+manifest.Version+".").In("#update", "Reload").Has("#code", 0)
	wait := page.Submit("#pair").Has("h2:contains('Pair it')", 0).Attr("#code", "hx-get")
	asks := map[string]string{"HX-Request": "true", "X-By-Itself": "1"}
	if p := c.Do("GET", wait, "", "", asks).Expect(204); p.Header.Get("HX-Redirect") != "" {
		t.Error("it is led away while the code works")
	}
	app.Clock.Add(10 * time.Minute)
	if to := c.Do("GET", wait, "", "", asks).Expect(204).Header.Get("HX-Redirect"); to != "/me/extension" {
		t.Errorf("the code has ended: led to %q", to)
	}
	c.Visit("/me/extension/pairings").At("/me/extension").Expect(200)
	for _, of := range []string{"feed", "consents", "caldav"} {
		c.Visit("/me/calendars/" + of).At("/me/calendars").Expect(200)
	}
	c.Visit("/me/calendars").Follow("main a[href='/me/extension']").At("/me/extension")
	app.SignIn("accountant").Visit("/me/calendars").Has("main a[href='/me/extension']", 0)
}
