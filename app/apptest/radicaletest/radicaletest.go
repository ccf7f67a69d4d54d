// Package radicaletest starts a real CalDAV server for a test: Radicale on a folder of its own, on a free loopback port, by TLS.
//
// It is Debian's package radicale. Without it a test is skipped on a laptop and fails where CI or CHANCERY_TEST_REQUIRE is set, so that no
// pipeline is green for want of it.
package radicaletest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"chancery/app/apptest/proctest"
)

// patience is how long the server may take to answer its first request; it takes about a second.
const patience = 60 * time.Second

// Server is one that lives as long as the test.
type Server struct {
	Addr  string // host and port, the same after a restart
	Roots *x509.CertPool

	t       testing.TB
	program string
	dir     string
	people  map[string]string
	process *proctest.Process
	client  *http.Client
}

// Start starts a server on which these people have passwords; the test's end ends it.
func Start(t testing.TB, people map[string]string) *Server {
	t.Helper()
	s := &Server{t: t, program: find(t), dir: t.TempDir(), people: map[string]string{}}
	maps.Copy(s.people, people)
	s.certificate()
	s.client = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: s.Roots, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true,
	}}
	s.passwords()
	t.Cleanup(s.Kill)
	var err error
	if s.Addr, err = proctest.FreeAddress(); err != nil {
		t.Fatal(err)
	}
	if err := s.start(); err != nil {
		t.Fatalf("radicale does not start: %v", err)
	}
	return s
}

// URL is the server's, as a person types it.
func (s *Server) URL() string { return "https://" + s.Addr }

// Kill ends the server as a power cut would, and waits until it is gone.
func (s *Server) Kill() {
	if s.process != nil {
		s.process.Kill()
		s.process = nil
	}
}

// Restart starts it again where it was, with what it kept.
func (s *Server) Restart() {
	s.t.Helper()
	s.Kill()
	if err := s.start(); err != nil {
		s.t.Fatalf("radicale does not start again: %v", err)
	}
}

// Password gives somebody a password, or takes it away.
func (s *Server) Password(user, pass string) {
	if s.people[user] = pass; pass == "" {
		delete(s.people, user)
	}
	s.passwords()
}

func (s *Server) passwords() {
	var lines []string
	for user, pass := range s.people {
		lines = append(lines, user+":"+pass+"\n")
	}
	slices.Sort(lines)
	s.put("users", strings.Join(lines, ""))
}

// put writes a file of the server's at once: it may read it meanwhile.
func (s *Server) put(name, text string) {
	s.t.Helper()
	at := filepath.Join(s.dir, name)
	if err := os.WriteFile(at+".new", []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Rename(at+".new", at); err != nil {
		s.t.Fatal(err)
	}
}

func (s *Server) start() error {
	s.put("config", fmt.Sprintf(`[server]
hosts = %s
ssl = True
certificate = %s
key = %s
[auth]
type = htpasswd
htpasswd_filename = %s
htpasswd_encryption = plain
delay = 0
[storage]
filesystem_folder = %s
[web]
type = none
[logging]
level = warning
`, s.Addr, filepath.Join(s.dir, "cert.pem"), filepath.Join(s.dir, "key.pem"), filepath.Join(s.dir, "users"), filepath.Join(s.dir, "collections")))
	said := &proctest.Output{}
	cmd := exec.Command(s.program, "--config", filepath.Join(s.dir, "config"))
	cmd.Dir, cmd.Env = s.dir, []string{"HOME=" + s.dir, "PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8"}
	cmd.Stdout, cmd.Stderr = said, said
	p, err := proctest.Start(cmd)
	if err != nil {
		return err
	}
	if err := s.answers(p, said); err != nil {
		p.Kill()
		return err
	}
	s.process = p
	return nil
}

// answers waits until it is this server that answers: nobody else has its certificate.
func (s *Server) answers(p *proctest.Process, said *proctest.Output) error {
	late := time.After(patience)
	for {
		response, err := s.client.Get(s.URL() + "/")
		if err == nil {
			return response.Body.Close()
		}
		select {
		case <-p.Gone():
			return fmt.Errorf("it ended: %s", said)
		case <-late:
			return fmt.Errorf("no answer within %s: %w; it said: %s", patience, err, said)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// certificate makes one for the loopback.
func (s *Server) certificate() {
	s.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	cert, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	if err != nil {
		s.t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		s.t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})
	s.Roots = x509.NewCertPool()
	s.Roots.AppendCertsFromPEM(text)
	s.put("cert.pem", string(text))
	s.put("key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
}

// Do makes a request as somebody's own client does, and wants it to be done.
func (s *Server) Do(user, method, path string, header map[string]string, body string) string {
	s.t.Helper()
	request, err := http.NewRequest(method, s.URL()+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for name, value := range header {
		request.Header.Set(name, value)
	}
	request.SetBasicAuth(user, s.people[user])
	response, err := s.client.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode > 299 {
		s.t.Fatalf("%s %s: %s, %v", method, path, response.Status, err)
	}
	return string(text)
}

// Files are those in all calendars of somebody: their paths on the server, with what is in them.
func (s *Server) Files(user string) map[string]string {
	s.t.Helper()
	root := filepath.Join(s.dir, "collections", "collection-root")
	all := map[string]string{}
	found, err := filepath.Glob(filepath.Join(root, user, "*", "*.ics"))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, name := range found {
		text, err := os.ReadFile(name)
		if err != nil {
			s.t.Fatal(err)
		}
		all[strings.TrimPrefix(name, root)] = string(text)
	}
	return all
}

// Keep puts a file where the server keeps it, by its path there.
func (s *Server) Keep(path, text string) {
	s.t.Helper()
	s.put(filepath.Join("collections", "collection-root", path), text)
}

// Calendars are somebody's calendars: their paths on the server.
func (s *Server) Calendars(user string) (all []string) {
	s.t.Helper()
	root := filepath.Join(s.dir, "collections", "collection-root")
	found, err := filepath.Glob(filepath.Join(root, user, "*", ".Radicale.props"))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, name := range found {
		all = append(all, strings.TrimPrefix(filepath.Dir(name), root)+"/")
	}
	return all
}

// LoseTokens has the server forget what it told whom.
func (s *Server) LoseTokens(user string) {
	s.t.Helper()
	found, err := filepath.Glob(filepath.Join(s.dir, "collections", "collection-root", user, "*", ".Radicale.cache", "sync-token"))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, name := range found {
		if err := os.RemoveAll(name); err != nil {
			s.t.Fatal(err)
		}
	}
}

func find(t testing.TB) string {
	t.Helper()
	if program, err := exec.LookPath("radicale"); err == nil {
		return program
	}
	const why = "radicale, the CalDAV server, is missing: .ci/need.sh radicale"
	if os.Getenv("CI") == "true" || os.Getenv("CHANCERY_TEST_REQUIRE") == "1" {
		t.Fatal(why)
	}
	t.Skip(why)
	return ""
}
