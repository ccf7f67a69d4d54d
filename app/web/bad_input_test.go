package web_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"chancery/app/apptest"
)

var requestID = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// complains checks an error answer: a page or an alert that says what to do and quotes an id, which the log has too,
// and nothing of the program's inside.
func complains(t *testing.T, app *apptest.App, p *apptest.Page, status int, fragment bool) {
	t.Helper()
	if p.Status != status {
		t.Errorf("%s: %d, want %d\n%.600s", p.Path, p.Status, status, p.Body)
		return
	}
	id := p.Header.Get("X-Request-ID")
	if !requestID.MatchString(id) || p.Text("code") != id || !strings.Contains(app.Log.String(), id) {
		t.Errorf("%s: %d quotes %q, answers %q", p.Path, p.Status, p.Text("code"), id)
	}
	if p.Text("h1, h2") == "" || len(p.Text("p")) < 40 {
		t.Errorf("%s: %d says nothing: %s", p.Path, p.Status, p.Text("main"))
	}
	if whole := strings.Contains(p.Body, "<html"); whole == fragment {
		t.Errorf("%s: %d, whole page %t", p.Path, p.Status, whole)
	}
	for _, inside := range []string{"goroutine", ".go:", "runtime", "SQL", "sqlite", "fiber", "panic"} {
		if strings.Contains(p.Body, inside) {
			t.Errorf("%s: %d shows %q", p.Path, p.Status, inside)
		}
	}
}

// ASVS 16.5.1: bad input gets the right answer, as a page and as a fragment.
func TestBadInputIsAnsweredForPeople(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c := app.SignIn("admin")
		tok := pageToken(c.Visit("/me"))
		const form = "application/x-www-form-urlencoded"
		for name, try := range map[string]struct {
			method, path, kind, body string
			status                   int
		}{
			"no such page":          {"GET", "/nowhere", "", "", 404},
			"no such page to write": {"POST", "/nowhere", form, "", 404},
			"no such user":          {"GET", "/users/nobody", "", "", 404},
			"an id of zero bytes":   {"GET", "/users/%00", "", "", 404},
			"a very long id":        {"GET", "/users/" + strings.Repeat("x", 5000), "", "", 404},
			"no such picture":       {"GET", "/pictures/nobody/64", "", "", 404},
			"no such size":          {"GET", "/pictures/nobody/63", "", "", 404},
			"no such size, words":   {"GET", "/pictures/nobody/big", "", "", 404},
			"picture of nobody":     {"DELETE", "/users/nobody/picture", "", "", 404},
			"sessions of nobody":    {"DELETE", "/users/nobody/sessions", "", "", 404},
			"no such link":          {"GET", "/welcome/" + strings.Repeat("A", 43), "", "", 404},
			"no such asset":         {"GET", "/static/nothing.css", "", "", 404},
			"a dot-dot asset":       {"GET", "/static/%2e%2e/%2e%2e/go.mod", "", "", 404},
			"JSON":                  {"POST", "/users", "application/json", `{"email":"a"}`, 415},
			"text":                  {"POST", "/users", "text/plain", "email=a", 415},
			"a kind that is none":   {"POST", "/users", ";;", "email=a", 415},
			"bytes without a kind":  {"POST", "/users", "", "email=a", 415},
			"UTF-16":                {"POST", "/users", form + "; charset=utf-16", "first_name=a", 415},
			"Latin-1":               {"PATCH", "/me", form + "; charset=ISO-8859-1", "bio=a", 415},
			"a broken escape":       {"PATCH", "/me", form, "bio=%zzhello%", 400},
			"half an escape":        {"PATCH", "/me", form, "bio=hello%2", 400},
			"a name broken so":      {"PATCH", "/me", form, "bio=a&%=b", 400},
			"no such method here":   {"DELETE", "/me", form, "", 405},
			"nor by a field":        {"POST", "/users/nobody/sessions", form, "_method=PUT", 405},
			"no UTF-8":              {"POST", "/users", form, "first_name=%ff", 400},
			"a zero byte":           {"POST", "/users", form, "first_name=a%00b", 400},
			"too many fields":       {"POST", "/users", form, strings.Repeat("a=1&", 300), 400},
			"multipart of nothing":  {"POST", "/users", "multipart/form-data; boundary=x", "--y\r\n", 400},
			"multipart, no bound":   {"POST", "/users", "multipart/form-data", "x", 400},
		} {
			t.Run(name, func(t *testing.T) {
				for _, fragment := range []bool{false, true} {
					headers := map[string]string{"X-CSRF-Token": tok}
					if fragment {
						headers["HX-Request"] = "true"
					}
					complains(t, app, c.Do(try.method, try.path, try.kind, try.body, headers), try.status, fragment)
				}
			})
		}
		if strings.Contains(app.Log.String(), "request failed") {
			t.Error("bad input counts as a failure of ours")
		}
	})
}

// ASVS 4.2.x: what no route answers says so, with or without a request token, and what there is instead.
func TestMethodsThatAPageDoesNotHave(t *testing.T) {
	app := apptest.One(t)
	jon := app.SignIn("consultant")
	for _, c := range []*apptest.Client{app.Visitor(), jon} {
		for _, try := range []struct {
			method, path, allow string
			status              int
		}{
			{"OPTIONS", "/me", "GET, HEAD, OPTIONS, PATCH", 204}, {"OPTIONS", "/me/sign-ins", "GET, HEAD, OPTIONS", 204}, {"OPTIONS", "/nowhere", "", 404},
			{"OPTIONS", "/static/app.css", "GET, HEAD, OPTIONS", 204}, {"TRACE", "/me", "GET, HEAD, OPTIONS, PATCH", 405}, {"TRACE", "/nowhere", "", 404},
			{"DELETE", "/me", "GET, HEAD, OPTIONS, PATCH", 405}, {"POST", "/nowhere", "", 404}, {"DELETE", "/nowhere", "", 404}, {"PUT", "/sign-out", "OPTIONS, POST", 405},
			{"FOO", "/me", "", 501}, {"PROPFIND", "/nowhere", "", 501}, {"get", "/me", "", 501},
		} {
			p := c.Do(try.method, try.path, "", "", nil)
			if p.Status != try.status || p.Header.Get("Allow") != try.allow || !requestID.MatchString(p.Header.Get("X-Request-ID")) {
				t.Errorf("%s %s: %d, allows %q, id %q", try.method, try.path, p.Status, p.Header.Get("Allow"), p.Header.Get("X-Request-ID"))
			}
			if try.status >= 400 {
				complains(t, app, p, try.status, false)
			}
		}
	}
	status, head := raw(t, app, "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n")
	if status != 404 || !requestID.MatchString(head.Get("X-Request-ID")) {
		t.Errorf("CONNECT: %d", status)
	}
	if strings.Contains(app.Log.String(), "PROPFIND") {
		t.Error("strangers write methods into the log")
	}
}

// ASVS 7.4.4: whoever is signed in can go on, and out, from a page about an error too.
func TestAnErrorLeavesTheShellStanding(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon := app.SignIn("consultant")
		tok := pageToken(jon.Visit("/me"))
		send := func(path, kind, body string) *apptest.Page {
			return jon.Do("POST", path, kind, body, map[string]string{"X-CSRF-Token": tok})
		}
		for _, p := range []*apptest.Page{
			jon.Visit("/users").Expect(403), jon.Visit("/nowhere").Expect(404), send("/language", "text/plain", "language=es").Expect(415),
			send("/language", "application/x-www-form-urlencoded", strings.Repeat("a", 100_000)).Expect(413),
		} {
			p.Has("form[action='/sign-out'] [name=_csrf]", 1).Has("aside.side a[href='/me']", 1).Has("form[role=search]", 1).Has("main h1", 1)
		}
		app.Visitor().Visit("/nowhere").Expect(404).Has("form[action='/sign-out']", 0).Has("body.door", 1)
		jon.Visit("/users").Submit("form[action='/sign-out']").At("/sign-in")
	})
}

// A forged request reads the same for a page and a fragment; so does a page that is not open to one.
func TestRefusalsLookAlike(t *testing.T) {
	app := apptest.One(t)
	c := app.SignIn("consultant")
	complains(t, app, c.Visit("/users"), 403, false)
	complains(t, app, c.Fragment("GET", "/users/new", "/me", nil), 403, true)
	complains(t, app, c.Fragment("POST", "/language", "/me", url.Values{}), 403, true)
	c.Visit("/users").Expect(403).Has("main a[href='/']", 1)
	app.Visitor().Visit("/nowhere").Expect(404).Has("a[href='/sign-in']", 1)
	notFound, forbidden := c.Visit("/nowhere"), c.Visit("/users")
	shape := func(p *apptest.Page) string {
		return fmt.Sprint(p.Doc.Find("main *").Length(), p.Doc.Find("main .panel").Length(), p.Doc.Find("main .btn").Length())
	}
	if shape(notFound) != shape(forbidden) {
		t.Error("404 and 403 are built differently")
	}
}

// Raw bytes that no browser sends are a page that is not there, on Postgres too.
func TestRawBytesInAnAddressAreNoPage(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c := app.SignIn("admin")
		for _, path := range []string{"/users/\xff\xfe", "/users?q=\xff", "/users/\xc3\x28/picture/delete", "/pictures/\xff/64"} {
			status, _ := raw(t, app, "GET "+path+" HTTP/1.1\r\nHost: x\r\nCookie: chancery-session="+c.Cookie("chancery-session")+"\r\nConnection: close\r\n\r\n")
			if status != 404 {
				t.Errorf("%q: %d", path, status)
			}
		}
		c.Visit("/users?q=%00%ff%1f").Expect(200)
		c.Visit("/users?page=-1&q=%25").Expect(200)
		c.Visit("/users?page=999999999999999999999").Expect(200)
	})
}

// ASVS 4.3.1, 5.2.1: a body that is too large is refused by its announced length, before any of it is sent.
func TestATooLargeBodyIsRefusedUnread(t *testing.T) {
	app := apptest.One(t)
	for path, length := range map[string]int{"/users": 65 * 1024, "/sign-in": 1 << 30, "/me/picture": 6 << 20, "/me/picture?": 1 << 40} {
		status, head := raw(t, app, fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n", path, length))
		id := head.Get("X-Request-ID")
		if status != 413 || !requestID.MatchString(id) || !strings.Contains(app.Log.String(), id) {
			t.Errorf("%s with %d bytes: %d, id %q", path, length, status, id)
		}
		if head.Get("Content-Security-Policy") == "" || head.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: the answer lacks the headers of every answer", path)
		}
	}
	for hx, whole := range map[string]bool{"": true, "HX-Request: true\r\n": false} {
		_, _, body := rawBody(t, app, "POST /users HTTP/1.1\r\nHost: x\r\n"+hx+"Content-Length: 99999999\r\n\r\n")
		if !strings.Contains(body, "That is too large") || strings.Contains(body, "<html") != whole {
			t.Errorf("%q: %s", hx, body)
		}
	}
	status, _ := raw(t, app, "POST /users HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n20000\r\n"+strings.Repeat("a", 0x20000)+"\r\n0\r\n\r\n")
	if status != 413 {
		t.Errorf("in pieces: %d", status)
	}
}

// raw speaks HTTP by hand.
func raw(t *testing.T, app *apptest.App, request string) (int, http.Header) {
	t.Helper()
	status, head, _ := rawBody(t, app, request)
	return status, head
}

func rawBody(t *testing.T, app *apptest.App, request string) (int, http.Header, string) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(app.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	go func() { _, _ = conn.Write([]byte(request)) }() // a refusal may come before all of it is taken
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(body)
}

// A failure of ours is 500 with an id to quote; what failed stands in the log and nowhere else.
func TestAFailureOfOursShowsNothingOfTheInside(t *testing.T) {
	app := apptest.One(t)
	c := app.SignIn("admin")
	if err := app.DB.In(t.Context()).Exec(`ALTER TABLE departments RENAME TO mislaid`).Error; err != nil {
		t.Fatal(err)
	}
	if err := app.DB.In(t.Context()).Exec(`DROP VIEW IF EXISTS departments`).Error; err != nil {
		t.Fatal(err)
	}
	for _, fragment := range []bool{false, true} {
		p := c.Visit("/users/new")
		if fragment {
			p = c.Fragment("GET", "/users/new", "/users", nil)
		}
		complains(t, app, p, 500, fragment)
	}
	if !strings.Contains(app.Log.String(), "request failed") {
		t.Error("the log does not know of it")
	}
}

// The headers of every answer (ASVS 3.4.1…3.4.8, 14.3.2).
func TestEveryAnswerHasItsHeaders(t *testing.T) {
	for base, https := range map[string]bool{"http://localhost": false, "https://chancery.firm.example": true} {
		app := apptest.One(t, apptest.At(base))
		for _, path := range []string{"/sign-in", "/nowhere", "/me", "/static/nothing"} {
			res := bare(t, "GET", app.URL+path, "", nil)
			h := res.header
			if got := h.Get("Strict-Transport-Security"); (got != "") != https {
				t.Errorf("%s%s: HSTS %q", base, path, got)
			}
			csp := h.Get("Content-Security-Policy")
			for _, bad := range []string{"unsafe-inline", "unsafe-eval", "*", "data:", "http:"} {
				if strings.Contains(csp, bad) || !strings.HasPrefix(csp, "default-src 'none'") {
					t.Errorf("%s: policy %q", path, csp)
				}
			}
			for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store",
				"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Vary": "HX-Request, Cookie, Accept-Language"} {
				if got := h.Get(name); got != want {
					t.Errorf("%s: %s is %q", path, name, got)
				}
			}
			if h.Get("Server") != "" || h.Get("X-Powered-By") != "" {
				t.Errorf("%s says what serves it", path)
			}
			if kind := h.Get("Content-Type"); res.status != 303 && kind != "text/html; charset=utf-8" {
				t.Errorf("%s: %q", path, kind)
			}
		}
	}
}
