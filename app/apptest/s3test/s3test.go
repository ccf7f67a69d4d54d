// Package s3test starts a real S3 server for a test: versitygw on a directory of its own, on a free loopback port.
//
// It stands apart from apptest so that the tests of blob can use it: of ours only proctest may be imported here. The server is
// built from .ci/tools and found by CHANCERY_VERSITYGW (its full path), otherwise on the PATH. Without it a test is
// skipped on a laptop and fails where CI or CHANCERY_TEST_REQUIRE is set, so that no pipeline is green for want of it.
package s3test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"chancery/app/apptest/proctest"
)

// Credentials open the server. They convert to blob.Credentials.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string
}

const (
	bucket = "pictures"
	region = "us-east-1"
	// patience is how long a server may take to answer its first request; it takes about 100 ms.
	patience = 20 * time.Second
)

// Start gives the URL of an empty bucket, as blob.Open takes it, on a server that lives as long as the test.
func Start(t testing.TB) (url string, secrets Credentials) {
	s := New(t)
	return s.URL(), s.Credentials
}

// Server is one that a test wants to stop in the middle of things.
type Server struct {
	Credentials Credentials

	t       testing.TB
	program string
	dir     string
	addr    string
	process *proctest.Process
}

// New starts a server with an empty bucket; the test's end ends it.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{
		Credentials: Credentials{AccessKeyID: "s3test", SecretAccessKey: "not-a-secret"},
		t:           t,
		program:     find(t),
		dir:         t.TempDir(),
	}
	for _, folder := range []string{"objects/" + bucket, "meta"} {
		if err := os.MkdirAll(filepath.Join(s.dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(s.Kill)
	s.Restart()
	return s
}

// Addr is the server's host and port.
func (s *Server) Addr() string { return s.addr }

// URL is the bucket's, as blob.Open takes it.
func (s *Server) URL() string { return URL(s.addr) }

// URL is the bucket's URL when the server is reached through another address: a test's own relay.
func URL(addr string) string {
	return fmt.Sprintf("s3://%s?endpoint=http://%s&region=%s&path_style=true", bucket, addr, region)
}

// Kill ends the server as a power cut would, and waits until it is gone.
func (s *Server) Kill() {
	if s.process != nil {
		s.process.Kill()
		s.process = nil
	}
}

// Restart starts the server again on the objects it had, perhaps on another port.
func (s *Server) Restart() {
	s.t.Helper()
	s.Kill()
	if err := s.start(); err != nil {
		s.t.Fatalf("versitygw does not start: %v", err)
	}
}

func (s *Server) start() error {
	addr, err := proctest.FreeAddress()
	if err != nil {
		return err
	}
	s.addr = addr
	// Types and ETags stand in a side folder: not every file system a test meets has extended attributes.
	cmd := exec.Command(s.program, "--port", s.addr, "--region", region, "--keep-alive", "--quiet",
		"posix", "--sidecar", filepath.Join(s.dir, "meta"), filepath.Join(s.dir, "objects"))
	cmd.Env = []string{
		"HOME=" + s.dir,
		"ROOT_ACCESS_KEY_ID=" + s.Credentials.AccessKeyID,
		"ROOT_SECRET_ACCESS_KEY=" + s.Credentials.SecretAccessKey,
	}
	said := &proctest.Output{}
	cmd.Stdout, cmd.Stderr = said, said
	p, err := proctest.Start(cmd)
	if err != nil {
		return err
	}
	if err := answers(s.addr, p, said); err != nil {
		p.Kill()
		return err
	}
	s.process = p
	return nil
}

// answers waits until the server itself answers a request: not whoever else has the port.
func answers(addr string, p *proctest.Process, said *proctest.Output) error {
	client := &http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	late := time.After(patience)
	for {
		response, err := client.Get("http://" + addr + "/")
		if err == nil {
			_ = response.Body.Close()
			if strings.Contains(strings.ToLower(response.Header.Get("Server")), "versitygw") {
				return nil
			}
			err = fmt.Errorf("another server (%q) has %s", response.Header.Get("Server"), addr)
		}
		select {
		case <-p.Gone():
			return fmt.Errorf("it ended: %s", said)
		case <-late:
			return fmt.Errorf("no answer within %s: %w; it said: %s", patience, err, said)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// find gives the server's program, or ends the test.
func find(t testing.TB) string {
	t.Helper()
	name := os.Getenv("CHANCERY_VERSITYGW")
	if name == "" {
		name = "versitygw"
	}
	program, err := exec.LookPath(name)
	if err == nil {
		return program
	}
	why := "versitygw, the S3 server, is missing: build it from .ci/tools, and name it in CHANCERY_VERSITYGW or put it on the PATH"
	if os.Getenv("CI") == "true" || os.Getenv("CHANCERY_TEST_REQUIRE") == "1" {
		t.Fatal(why)
	}
	t.Skip(why)
	return ""
}
