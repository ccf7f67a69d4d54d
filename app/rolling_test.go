package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"chancery/app/access"
	"chancery/app/apptest/pgtest"
	"chancery/app/apptest/proctest"
	"chancery/app/staff"
	"chancery/app/store/storetest"
)

// B-24: replicas behind a real proxy are restarted one after the other, as an upgrade does, and nobody notices: no request is lost,
// neither reads nor writes, and whoever was signed in still is.
func TestARollingRestartLosesNoRequest(t *testing.T) {
	t.Parallel()
	for _, replicas := range []int{2, 3} {
		t.Run(fmt.Sprint(replicas), func(t *testing.T) {
			t.Parallel()
			p := newPractice(t, storetest.Postgres(t))
			f := newFleet(t, p, replicas)
			jon := f.signIn(p.colleague())

			stop, done := make(chan struct{}), sync.WaitGroup{}
			var answered, written atomic.Int64
			for worker := range 4 {
				client := *jon
				client.Transport = &http.Transport{} // connections of its own, kept as long as they are not closed
				done.Go(func() {
					for n := 0; ; n++ {
						select {
						case <-stop:
							return
						default:
						}
						if worker == 0 {
							f.write(&client, fmt.Sprintf("Bio %d", n))
							written.Add(1)
							continue
						}
						f.read(&client, "/me")
						answered.Add(1)
					}
				})
			}
			reached := func(what string, than int64, n *atomic.Int64) {
				until(t, what, func() bool { return n.Load() >= than || t.Failed() })
			}
			reached("the load is on", 20, &answered)
			for i := range f.replicas {
				f.restart(i)
				reached("it goes on after a restart", answered.Load()+20, &answered)
				reached("writing goes on after a restart", written.Load()+3, &written)
			}
			close(stop)
			done.Wait()
			t.Logf("%d pages and %d changes answered over %d restarts", answered.Load(), written.Load(), replicas)
		})
	}
}

// B-24: the database is started anew under two replicas: they work again by themselves, and whoever was signed in still is.
func TestReplicasOutliveARestartOfTheDatabase(t *testing.T) {
	t.Parallel()
	cluster, err := pgtest.Start(pgtest.Options{Durable: true}) // what was committed is there after it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cluster.Stop() })
	p := newPractice(t, cluster.URL())
	f := newFleet(t, p, 2)
	jon := f.signIn(p.colleague())
	f.read(jon, "/me")

	if err := cluster.Restart(); err != nil {
		t.Fatal(err)
	}
	for _, c := range f.replicas {
		c.until("the replica is ready again", func() bool { status, _ := c.get("/readyz"); return status == http.StatusOK })
	}
	f.through()
	for range 2 * len(f.replicas) { // the proxy asks them in turn
		f.read(jon, "/me")
	}
	until(t, "the test itself has the database again", func() bool { return p.h.db.Ready(t.Context()) == nil })
	p.delivered(f.replicas[0], p.invite("Mireille"))
	for i, c := range f.replicas {
		if !c.running() {
			t.Errorf("replica %d has ended", i)
		}
	}
}

// colleague is somebody who can sign in: address and password.
func (p *practice) colleague() (email, password string) {
	p.t.Helper()
	email, password = "jon@firm.example", "Lantern-Orchard-27!"
	_, err := p.h.signin.Bootstrap(p.t.Context(), access.System("test"), staff.NewUser{FirstName: "Jon", LastName: "Okafor", Email: email,
		RoleID: access.RoleConsultant, Language: "en", Zone: "UTC"}, password, false)
	if err != nil {
		p.t.Fatal(err)
	}
	return email, password
}

// fleet is replicas behind a proxy.
type fleet struct {
	t        *testing.T
	settings settings
	address  string
	replicas []*child
	pages    []string
	ops      []string
}

// drain is a little longer than the proxy below needs to notice.
const drain = "3s"

func newFleet(t *testing.T, p *practice, n int) *fleet {
	t.Helper()
	f := &fleet{t: t, settings: p.settings(), address: freePort(t), replicas: make([]*child, n)}
	f.settings["DRAIN"] = drain
	f.settings["REPLICAS"] = "1" // pictures lie in a directory here, and none is asked for
	var servers strings.Builder
	for i := range n {
		f.pages, f.ops = append(f.pages, freePort(t)), append(f.ops, freePort(t))
		_, opsPort, _ := strings.Cut(f.ops[i], ":")
		fmt.Fprintf(&servers, "  server r%d %s check port %s inter 200ms fall 2 rise 2\n", i, f.pages[i], opsPort)
		f.begin(i)
	}
	conf := filepath.Join(t.TempDir(), "haproxy.cfg")
	if err := os.WriteFile(conf, []byte(`defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  timeout check 10s
  retries 0
frontend pages
  bind `+f.address+`
  default_backend replicas
backend replicas
  balance roundrobin
  option httpchk GET /readyz
  http-check expect status 200
`+servers.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	haproxy, err := exec.LookPath("haproxy")
	if err != nil {
		haproxy = "/usr/sbin/haproxy"
	}
	said := &proctest.Output{}
	cmd := exec.Command(haproxy, "-db", "-f", conf)
	cmd.Stdout, cmd.Stderr = said, said
	proxy, err := proctest.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		proxy.Kill()
		if t.Failed() {
			t.Logf("the proxy said:\n%s", said)
		}
	})
	f.through()
	return f
}

// begin starts a replica at its addresses.
func (f *fleet) begin(i int) {
	f.t.Helper()
	s := settings{"LISTEN": f.pages[i], "OPS_LISTEN": f.ops[i], "URL": "http://" + f.address}
	for k, v := range f.settings {
		s[k] = v
	}
	c := begin(f.t, s)
	c.url, c.ops = "http://"+f.pages[i], "http://"+f.ops[i]
	c.until("the replica is ready", func() bool { status, _ := c.get("/readyz"); return status == http.StatusOK })
	f.replicas[i] = c
}

// restart ends a replica as an orchestrator does, starts the next in its place, and waits until the proxy has taken it in.
func (f *fleet) restart(i int) {
	f.t.Helper()
	if code := f.replicas[i].term(); code != 0 {
		f.t.Errorf("replica %d ended with %d", i, code)
	}
	f.begin(i)
	c := f.replicas[i]
	c.until("the proxy sends it requests", func() bool { return strings.Contains(c.log.String(), "route=/me") })
}

// through waits until the proxy answers with a page.
func (f *fleet) through() {
	f.t.Helper()
	until(f.t, "the proxy answers", func() bool {
		response, err := http.Get("http://" + f.address + "/sign-in")
		if err != nil {
			return false
		}
		_ = response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
}

var csrfField = regexp.MustCompile(`name="_csrf" value="([^"]+)"`)

// signIn is a browser of somebody who has signed in.
func (f *fleet) signIn(email, password string) *http.Client {
	f.t.Helper()
	return signIn(f.t, "http://"+f.address, email, password)
}

func signIn(t *testing.T, at, email, password string) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	page, err := client.Get(at + "/sign-in")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(page.Body)
	_ = page.Body.Close()
	token := csrfField.FindSubmatch(text)
	if err != nil || token == nil {
		t.Fatalf("the door has no token: %v", err)
	}
	response, err := client.PostForm(at+"/sign-in", url.Values{"_csrf": {string(token[1])}, "email": {email}, "password": {password}})
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK || response.Request.URL.Path == "/sign-in" {
		t.Fatalf("signing in led to %d %s", response.StatusCode, response.Request.URL.Path)
	}
	return client
}

// read asks for a page that must come.
func (f *fleet) read(client *http.Client, path string) string {
	response, err := client.Get("http://" + f.address + path)
	if err != nil {
		f.t.Errorf("a page was lost: %v", err)
		return ""
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || response.Request.URL.Path != path {
		f.t.Errorf("%s: %d %s, %v", path, response.StatusCode, response.Request.URL.Path, err)
	}
	return string(b)
}

// write changes something, without the proxy's leave to try again.
func (f *fleet) write(client *http.Client, bio string) {
	token := csrfField.FindStringSubmatch(f.read(client, "/me/fields/bio/edit"))
	if token == nil {
		f.t.Error("the page to edit has no token")
		return
	}
	response, err := client.PostForm("http://"+f.address+"/me/fields/bio", url.Values{"_csrf": {token[1]}, "_method": {"PATCH"}, "bio": {bio}})
	if err != nil {
		f.t.Errorf("a change was lost: %v", err)
		return
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		f.t.Errorf("a change was answered with %d", response.StatusCode)
	}
}
