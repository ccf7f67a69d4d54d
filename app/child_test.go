package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"chancery/app/apptest/proctest"
)

// The tests of whole processes: the real program is built once, started as a child, and ended by its own process id,
// by SIGTERM as an orchestrator does or by SIGKILL as a power cut does.

func TestMain(m *testing.M) {
	if night, ok := os.LookupEnv(nightVariable); ok { // a replica of night_test.go
		os.Exit(run(os.Args[1:], &outside{out: os.Stdout, err: os.Stderr, in: os.Stdin, getenv: os.Getenv, clock: parseNight(night)}))
	}
	dir, err := os.MkdirTemp("", "chancery-program-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	built.dir = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// built is the program, made by the first test that needs it.
var built struct {
	once sync.Once
	dir  string
	err  error
}

func program(t testing.TB) string {
	t.Helper()
	path := filepath.Join(built.dir, "chancery")
	built.once.Do(func() {
		build := exec.Command("go", "build", "-buildvcs=false", "-o", path, ".")
		build.Env = append(os.Environ(), "CGO_ENABLED=0") // as `make build` does, whatever the tests are built with
		if out, err := build.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("go build: %w: %s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return path
}

// patience bounds every wait in these tests: machines that run many tests at once are slow.
const patience = 3 * time.Minute

// child is a running program.
type child struct {
	*proctest.Process
	t        testing.TB
	dir      string // its own folder
	url, ops string // where its pages and its ops are
	out, log *proctest.Output
	began    time.Time
}

// settings are CHANCERY_ variables without that prefix.
type settings map[string]string

// quick makes takeovers short enough for a test.
func quick(database string, more settings) settings {
	s := settings{"DATABASE": database, "SECRET_KEY": strings.Repeat("k", 32), "LEASE_TTL": "2s", "MAIL_TIMEOUT": "2s"}
	for k, v := range more {
		s[k] = v
	}
	return s
}

// begin starts `chancery serve` with the settings, in a folder of its own, and does not wait for it.
func begin(t testing.TB, s settings, args ...string) *child {
	t.Helper()
	return beginAs(t, exec.Command(program(t), append([]string{"serve"}, args...)...), s)
}

// beginAs is begin for a command that is the program under another name, whose environment may hold more.
func beginAs(t testing.TB, cmd *exec.Cmd, s settings) *child {
	t.Helper()
	pages, ops := freePort(t), freePort(t)
	c := &child{t: t, dir: t.TempDir(), url: "http://" + pages, ops: "http://" + ops, out: &proctest.Output{}, log: &proctest.Output{}}
	cmd.Dir = c.dir
	cmd.Stdout, cmd.Stderr = c.out, c.log
	cmd.Env = append(cmd.Env, "HOME="+cmd.Dir, "PATH="+os.Getenv("PATH"), "CHANCERY_LISTEN="+pages, "CHANCERY_OPS_LISTEN="+ops, "CHANCERY_URL="+c.url)
	for name, value := range s {
		if name != "SSL_CERT_FILE" { // which is Go's, not ours
			name = "CHANCERY_" + name
		}
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	c.began = time.Now()
	var err error
	if c.Process, err = proctest.Start(cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Kill()
		if t.Failed() {
			t.Logf("the program said:\n%s%s", c.out, c.log)
		}
	})
	return c
}

// start is begin, and waits until pages are served.
func start(t testing.TB, s settings, args ...string) *child {
	t.Helper()
	c := begin(t, s, args...)
	c.until("pages are served", func() bool {
		response, err := http.Get(c.url + "/sign-in")
		if err != nil {
			return false
		}
		_ = response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
	return c
}

// term asks the program to end and gives its exit code.
func (c *child) term() int {
	c.t.Helper()
	if err := c.Signal(syscall.SIGTERM); err != nil {
		c.t.Fatal(err)
	}
	return c.wait()
}

func (c *child) wait() int {
	c.t.Helper()
	select {
	case <-c.Gone():
	case <-time.After(patience):
		c.t.Fatal("the program does not end")
	}
	return c.State().ExitCode()
}

func (c *child) running() bool {
	select {
	case <-c.Gone():
		return false
	default:
		return true
	}
}

// until waits for a condition while the program runs.
func (c *child) until(what string, ok func() bool) {
	c.t.Helper()
	until(c.t, what, func() bool {
		if ok() {
			return true
		}
		if !c.running() {
			c.t.Fatalf("the program ended (%s) before %s", c.State(), what)
		}
		return false
	})
}

// until waits for a condition.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("still not so: %s", what)
		}
		<-tick.C
	}
}

// get asks the program's ops address.
func (c *child) get(path string) (status int, body string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.ops+path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err.Error()
	}
	b, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		c.t.Fatal(err)
	}
	return response.StatusCode, string(b)
}

func freePort(t testing.TB) string {
	t.Helper()
	addr, err := proctest.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return addr
}
