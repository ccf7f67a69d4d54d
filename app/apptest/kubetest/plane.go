package kubetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"chancery/app/apptest/proctest"
)

// plane is the programs that run, in a folder of their own.
type plane struct {
	dir        string
	kubeconfig string
	url        string
	token      string
	client     *http.Client
	programs   map[string]string
	storeAt    string // etcd
	port       string // of the API server

	api     *proctest.Process
	running []*proctest.Process
	said    map[string]*proctest.Output
	kubelet sync.WaitGroup
	end     context.CancelFunc
}

// newPlane starts a control plane. One that did not come up is returned too, with the error: it says why, and has to be stopped.
func newPlane(dir string, programs map[string]string) (*plane, error) {
	ctx, end := context.WithCancel(context.Background())
	p := &plane{dir: dir, programs: programs, token: rand.Text(), said: map[string]*proctest.Output{}, end: end}
	authority, err := issue(dir)
	if err != nil {
		return p, err
	}
	if _, err := p.write("tokens.csv", p.token+`,admin,admin,"system:masters"`+"\n"); err != nil {
		return p, err
	}
	var at [3]string
	for i := range at {
		if at[i], err = proctest.FreeAddress(); err != nil {
			return p, err
		}
	}
	p.storeAt, p.url = "http://"+at[0], "https://"+at[2]
	_, p.port, _ = strings.Cut(at[2], ":")
	if p.kubeconfig, err = p.writeKubeconfig("kubeconfig", p.token, "default"); err != nil {
		return p, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(authority)
	p.client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}, Timeout: 30 * time.Second}

	peers := "http://" + at[1]
	if _, err := p.run("etcd", "--data-dir", filepath.Join(dir, "etcd"), "--unsafe-no-fsync", "--log-level", "error",
		"--listen-client-urls", p.storeAt, "--advertise-client-urls", p.storeAt, "--listen-peer-urls", peers,
		"--initial-advertise-peer-urls", peers, "--initial-cluster", "default="+peers); err != nil {
		return p, err
	}
	if err := p.startAPI(); err != nil {
		return p, err
	}
	if _, err := p.run("kube-controller-manager", "--kubeconfig", p.kubeconfig, "--bind-address", "127.0.0.1", "--secure-port", "0",
		"--service-account-private-key-file", "accounts.key", "--root-ca-file", "ca.crt", "--use-service-account-credentials=false", "--leader-elect=false"); err != nil {
		return p, err
	}
	p.kubelet.Go(func() { p.sayPodsRun(ctx) })
	return p, nil
}

// startAPI starts the API server and returns when it is ready.
func (p *plane) startAPI() (err error) {
	p.api, err = p.run("kube-apiserver", "--etcd-servers", p.storeAt, "--bind-address", "127.0.0.1", "--advertise-address", "127.0.0.1", "--secure-port", p.port,
		"--endpoint-reconciler-type", "none", "--tls-cert-file", "api.crt", "--tls-private-key-file", "api.key", "--token-auth-file", "tokens.csv",
		"--authorization-mode", "RBAC", "--service-account-issuer", "https://kubernetes.default.svc", "--service-account-key-file", "accounts.key",
		"--service-account-signing-key-file", "accounts.key", "--service-cluster-ip-range", "10.96.0.0/16", "--profiling=false")
	if err != nil {
		return err
	}
	return until(context.Background(), "the API server is ready", func() (bool, error) {
		select {
		case <-p.api.Gone():
			return false, errors.New("the API server has ended")
		default:
		}
		status, err := p.ask(context.Background(), http.MethodGet, "/readyz", nil, nil)
		return err == nil && status == http.StatusOK, nil
	})
}

// run starts a program, which dies with us.
func (p *plane) run(name string, args ...string) (*proctest.Process, error) {
	said := p.said[name]
	if said == nil {
		said = &proctest.Output{}
		p.said[name] = said
	}
	cmd := exec.Command(p.programs[name], args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = p.dir, said, said
	process, err := proctest.Start(cmd)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	p.running = append(p.running, process)
	return process, nil
}

// stop ends everything; the last to be started goes first.
func (p *plane) stop() {
	p.end()
	p.kubelet.Wait()
	for i := len(p.running) - 1; i >= 0; i-- {
		p.running[i].Kill()
	}
}

// last is what each program complained of last; lines that begin with I or W tell what it does, and warn of what nobody uses here.
func (p *plane) last() string {
	var b strings.Builder
	for name, said := range p.said {
		lines := slices.DeleteFunc(strings.Split(said.String(), "\n"), func(line string) bool { return line == "" || line[0] == 'I' || line[0] == 'W' })
		fmt.Fprintf(&b, "%s said:\n%s\n", name, strings.Join(lines[max(0, len(lines)-20):], "\n"))
	}
	return b.String()
}

func (p *plane) write(name, text string) (string, error) {
	path := filepath.Join(p.dir, name)
	return path, os.WriteFile(path, []byte(text), 0o600)
}

// writeKubeconfig writes how somebody with a token reaches the API server.
func (p *plane) writeKubeconfig(name, token, namespace string) (string, error) {
	return p.write(name, fmt.Sprintf(`apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: %q, certificate-authority: %q}}]
users: [{name: u, user: {token: %q}}]
contexts: [{name: c, context: {cluster: c, user: u, namespace: %q}}]
current-context: c
`, p.url, filepath.Join(p.dir, "ca.crt"), token, namespace))
}

// ask asks the API server as its administrator; header is names and values.
func (p *plane) ask(ctx context.Context, method, path string, body, into any, header ...string) (int, error) {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return 0, err
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, p.url+path, bytes.NewReader(text))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Authorization", "Bearer "+p.token)
	request.Header.Set("Content-Type", "application/json")
	if method == http.MethodPatch {
		request.Header.Set("Content-Type", "application/merge-patch+json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := p.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err == nil && into != nil {
		err = json.Unmarshal(answer, into)
	}
	return response.StatusCode, err
}
