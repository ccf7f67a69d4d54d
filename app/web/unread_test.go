package web_test

import (
	"bufio"
	"net"
	"net/http"
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
