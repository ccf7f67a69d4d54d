package web_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"chancery/app/apptest"
)

// ASVS 16.2.5: a request that cannot even be read is answered, and nothing of it stands in the log: it may hold a
// session, a one-time link or a password.
func TestARequestThatCannotBeReadLeavesNothingInTheLog(t *testing.T) {
	app := apptest.One(t)
	for _, raw := range []string{
		"POST /sign-in HTTP/1.1\r\nHost: x\r\nCookie: chancery-session=SECRET\r\nContent-Length: abc\r\n\r\nemail=SECRET&password=SECRET",
		"POST /welcome/SECRET HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\nnew=SECRET",
		"GET /welcome/SECRET HTTP/1.1\r\nSECRET\r\n\r\n",
		"GET /me HTTP/1.1\r\nHost: x\r\nCookie: chancery-session=" + strings.Repeat("SECRET", 4000) + "\r\n\r\n",
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(app.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write([]byte(raw)); err != nil {
			t.Fatal(err)
		}
		_ = conn.(*net.TCPConn).CloseWrite() // the server may have closed it already, with its answer on the way
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%.30q: no answer: %v", raw, err)
		}
		_ = res.Body.Close()
		_ = conn.Close()
		if res.StatusCode < 400 || res.Header.Get("X-Request-ID") == "" || !strings.Contains(app.Log.String(), res.Header.Get("X-Request-ID")) {
			t.Errorf("%.30q: status %d, id %q", raw, res.StatusCode, res.Header.Get("X-Request-ID"))
		}
	}
	if log := app.Log.String(); strings.Contains(log, "SECRET") {
		t.Errorf("the log quotes a request:\n%s", log)
	}
}

// A reader who is refused unread does not look signed out, and is told in their language.
func TestWhoIsRefusedUnreadIsStillSignedIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		large := url.Values{"q": {strings.Repeat("a", 100_000)}}.Encode()
		send := func(c *apptest.Client, headers map[string]string) *apptest.Page {
			return c.Do("POST", "/users", "application/x-www-form-urlencoded", large, headers).Expect(413)
		}
		lucia := app.SignIn("other")
		send(lucia, nil).In("h1", "Es demasiado grande").Has("main a[href='/']", 1).Has("a[href='/sign-in']", 0)
		send(lucia, map[string]string{"HX-Request": "true"}).In("h2", "Es demasiado grande").Has("a[href='/sign-in']", 0)
		send(app.Visitor(), nil).In("h1", "That is too large").Has("a[href='/sign-in']", 1).Has("a[href='/me']", 0)
		lucia.Visit("/me").Expect(200)
	})
}

// ASVS 4.3.1: who asks first whether to send too large a body is told no, and not to go on before.
func TestWhoAsksBeforeSendingTooMuchIsToldNoAtOnce(t *testing.T) {
	app := apptest.One(t)
	for path, length := range map[string]int{"/users": 65 * 1024, "/me/picture": 6 << 20} {
		status, head := raw(t, app, fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", path, length))
		if status != 413 || !requestID.MatchString(head.Get("X-Request-ID")) {
			t.Errorf("%s: %d, want 413", path, status)
		}
	}
	if status, _ := raw(t, app, "POST /sign-in HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 7\r\nConnection: close\r\n\r\nemail=a"); status != 100 {
		t.Errorf("a body that fits: %d, want to go on", status)
	}
}

// Headers that are too many to be read are answered with a page that says so, although more of them is on the way. Nobody
// can know who sent them: the way on suits all, and no cookie of theirs is replaced.
func TestTooManyHeadersAreAnsweredWithAPage(t *testing.T) {
	app := apptest.One(t)
	jon := app.SignIn("consultant")
	for name, headers := range map[string]map[string]string{
		"a little too many": {"X-Much": strings.Repeat("a", 17_000)},
		"far too many":      {"X-Much": strings.Repeat("a", 900_000)},
	} {
		p := jon.Do("GET", "/me", "", "", headers)
		complains(t, app, p, 431, false)
		p.In("h1", "too much to read").Has("main a[href='/']", 1).Has("a[href='/sign-in']", 0).Has("a[href='/me']", 0)
		if p.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: sets %q", name, p.Header.Get("Set-Cookie"))
		}
	}
	jon.Visit("/me").Expect(200).At("/me")
}

// Monitors and mail scanners ask by HEAD; it changes nothing and has no body.
func TestEveryPageAnswersHead(t *testing.T) {
	app := apptest.One(t)
	jon := app.SignIn("consultant")
	for _, path := range []string{"/sign-in", "/me", "/me/security"} {
		if p := jon.Do("HEAD", path, "", "", nil); p.Status != 200 || p.Body != "" {
			t.Errorf("%s: %d with %d bytes", path, p.Status, len(p.Body))
		}
	}
	app.Visitor().Do("HEAD", "/welcome/unknown", "", "", nil).Expect(404)
}
