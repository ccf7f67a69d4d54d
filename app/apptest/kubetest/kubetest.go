// Package kubetest starts a real Kubernetes control plane for a test, without a cluster: etcd, kube-apiserver and kube-controller-manager on the
// loopback, with a certificate authority of their own and access by roles.
//
// Admission, schemas, defaults, watches, finalizers, leases and garbage collection are those of the real thing. No kubelet runs: a stand-in says of pods that
// they run and are ready, and of those of jobs that they have succeeded, so that roll-outs, hooks and tests of a chart come to their end. It proves order
// and objects, and never that a container works.
//
// The programs are built from .ci/tools/cluster and found by CHANCERY_KUBE, a list of their full paths; otherwise on the PATH. Without them a test is skipped on
// a laptop, and fails where CI or CHANCERY_TEST_REQUIRE is set. Of ours only proctest may be imported here.
package kubetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"chancery/app/apptest/proctest"
)

// patience is how long the control plane may take to answer; it takes about six seconds on free cores.
const patience = 3 * time.Minute

// Cluster is a running control plane.
type Cluster struct {
	Kubeconfig string // a file, of an administrator

	t      testing.TB
	dir    string
	url    string
	token  string
	client *http.Client
	start  func() // the API server
	api    *proctest.Process
	said   map[string]*proctest.Output
}

// Start starts a control plane that lives as long as the test.
func Start(t testing.TB) *Cluster {
	t.Helper()
	etcd, apiserver, controllers := find(t, "etcd"), find(t, "kube-apiserver"), find(t, "kube-controller-manager")
	c := &Cluster{t: t, dir: t.TempDir(), said: map[string]*proctest.Output{}}
	raw := make([]byte, 16)
	_, _ = rand.Read(raw)
	c.token = hex.EncodeToString(raw)
	authority, err := issue(c.dir)
	c.must(err)
	c.write("tokens.csv", c.token+`,admin,admin,"system:masters"`+"\n")
	store, peers, secure := c.address(), c.address(), c.address()
	c.url = "https://" + secure
	_, port, _ := strings.Cut(secure, ":")
	c.Kubeconfig = c.write("kubeconfig", fmt.Sprintf(`apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: %q, certificate-authority: %q}}]
users: [{name: u, user: {token: %q}}]
contexts: [{name: c, context: {cluster: c, user: u}}]
current-context: c
`, c.url, filepath.Join(c.dir, "ca.crt"), c.token))
	roots := x509.NewCertPool()
	roots.AddCert(authority)
	c.client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}, Timeout: 30 * time.Second}

	c.run(etcd, "--data-dir", filepath.Join(c.dir, "etcd"), "--unsafe-no-fsync", "--log-level", "error",
		"--listen-client-urls", "http://"+store, "--advertise-client-urls", "http://"+store, "--listen-peer-urls", "http://"+peers,
		"--initial-advertise-peer-urls", "http://"+peers, "--initial-cluster", "default=http://"+peers)
	c.start = func() {
		c.api = c.run(apiserver, "--etcd-servers", "http://"+store, "--bind-address", "127.0.0.1", "--advertise-address", "127.0.0.1", "--secure-port", port,
			"--endpoint-reconciler-type", "none", "--tls-cert-file", "api.crt", "--tls-private-key-file", "api.key", "--token-auth-file", "tokens.csv",
			"--authorization-mode", "RBAC", "--service-account-issuer", "https://kubernetes.default.svc", "--service-account-key-file", "accounts.key",
			"--service-account-signing-key-file", "accounts.key", "--service-cluster-ip-range", "10.96.0.0/16", "--profiling=false")
		c.await()
	}
	c.start()
	c.run(controllers, "--kubeconfig", c.Kubeconfig, "--bind-address", "127.0.0.1", "--secure-port", "0", "--service-account-private-key-file", "accounts.key",
		"--root-ca-file", "ca.crt", "--use-service-account-credentials=false", "--leader-elect=false")
	go c.kubelet(t.Context())
	return c
}

// StopAPI ends the API server, as an upgrade of it does; StartAPI starts it again where it was.
func (c *Cluster) StopAPI() { c.api.Kill() }

// StartAPI starts the API server that StopAPI has ended.
func (c *Cluster) StartAPI() { c.start() }

// Do asks the API server and reads its answer into into, unless that is nil. It returns the status; a failed transport ends the test.
func (c *Cluster) Do(method, path string, body, into any) int {
	c.t.Helper()
	status, err := c.ask(c.t.Context(), method, path, body, into)
	c.must(err)
	return status
}

// Table reads a list as kubectl prints it.
func (c *Cluster) Table(path string, into any) int {
	c.t.Helper()
	status, err := c.ask(c.t.Context(), http.MethodGet, path, nil, into, "Accept", "application/json;as=Table;v=v1;g=meta.k8s.io")
	c.must(err)
	return status
}

// Until waits for a condition.
func (c *Cluster) Until(what string, ok func() bool) {
	c.t.Helper()
	deadline := time.Now().Add(patience)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			c.t.Fatalf("still not so: %s", what)
		}
		<-tick.C
	}
}

func (c *Cluster) ask(ctx context.Context, method, path string, body, into any, header ...string) (int, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	request, err := http.NewRequestWithContext(ctx, method, c.url+path, bytes.NewReader(b))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("Content-Type", "application/json")
	if method == http.MethodPatch {
		request.Header.Set("Content-Type", "application/merge-patch+json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := c.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err == nil && into != nil {
		err = json.Unmarshal(text, into)
	}
	return response.StatusCode, err
}

// await returns when the API server is ready.
func (c *Cluster) await() {
	c.t.Helper()
	c.Until("the API server is ready", func() bool {
		select {
		case <-c.api.Gone():
			c.t.Fatal("the API server has ended")
		default:
		}
		status, err := c.ask(c.t.Context(), http.MethodGet, "/readyz", nil, nil)
		return err == nil && status == http.StatusOK
	})
}

// kubelet says of pods that wait that they run, or have succeeded. What fails is tried again, since the API server may be away.
func (c *Cluster) kubelet(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(200 * time.Millisecond):
		}
		var pods struct {
			Items []struct {
				Metadata struct{ Namespace, Name string }
				Spec     struct{ RestartPolicy string }
			}
		}
		if _, err := c.ask(ctx, http.MethodGet, "/api/v1/pods?fieldSelector=status.phase%3DPending", nil, &pods); err != nil {
			continue
		}
		for _, p := range pods.Items {
			status := map[string]any{"phase": "Succeeded"}
			if p.Spec.RestartPolicy == "Always" {
				now := time.Now().UTC().Format(time.RFC3339)
				status = map[string]any{"phase": "Running", "conditions": []map[string]string{
					{"type": "Ready", "status": "True", "lastTransitionTime": now}, {"type": "ContainersReady", "status": "True", "lastTransitionTime": now},
				}}
			}
			_, _ = c.ask(ctx, http.MethodPatch, "/api/v1/namespaces/"+p.Metadata.Namespace+"/pods/"+p.Metadata.Name+"/status", map[string]any{"status": status}, nil)
		}
	}
}

// run starts a program of the control plane; the test's end ends it, and a test that fails says what it said last.
func (c *Cluster) run(program string, args ...string) *proctest.Process {
	c.t.Helper()
	name := filepath.Base(program)
	said := c.said[name]
	if said == nil {
		said = &proctest.Output{}
		c.said[name] = said
	}
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.dir, said, said
	p, err := proctest.Start(cmd)
	c.must(err)
	c.t.Cleanup(func() {
		p.Kill()
		if text := said.String(); c.t.Failed() {
			c.t.Logf("%s said:\n%s", name, text[max(0, len(text)-3000):])
		}
	})
	return p
}

func (c *Cluster) write(name, text string) string {
	c.t.Helper()
	path := filepath.Join(c.dir, name)
	c.must(os.WriteFile(path, []byte(text), 0o600))
	return path
}

func (c *Cluster) address() string {
	c.t.Helper()
	at, err := proctest.FreeAddress()
	c.must(err)
	return at
}

func (c *Cluster) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func find(t testing.TB, name string) string {
	t.Helper()
	for _, path := range filepath.SplitList(os.Getenv("CHANCERY_KUBE")) {
		if filepath.Base(path) == name {
			return path
		}
	}
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	missing := name + ", of a Kubernetes control plane, is missing: .ci/tools.sh builds it; name it in CHANCERY_KUBE, or put it on the PATH"
	if os.Getenv("CI") != "" || os.Getenv("CHANCERY_TEST_REQUIRE") != "" {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return ""
}
