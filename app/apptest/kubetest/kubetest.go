// Package kubetest starts a real Kubernetes control plane for tests, without a cluster: etcd, kube-apiserver and kube-controller-manager on the
// loopback, with a certificate authority of their own and access by roles.
//
// Admission, schemas, defaults, watches, finalizers, leases and garbage collection are those of the real thing. No kubelet runs: a stand-in says of pods that
// they run and are ready, and of those of jobs that they have succeeded, so that roll-outs, hooks and tests of a chart come to their end. It proves order
// and objects, and never that a container works.
//
// A control plane takes six seconds and 330 MB: the tests of a package share one (Main and Shared), in namespaces of their own, and it ends with them. Who takes
// the API server down has one to itself (Start).
//
// The programs are built from .ci/tools/cluster and found by CHANCERY_KUBE, a list of their full paths; otherwise on the PATH. Without them a test is skipped on
// a laptop, and fails where CI or CHANCERY_TEST_REQUIRE is set. Of ours only proctest may be imported here.
package kubetest

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// patience is how long the control plane may take to answer; it takes about six seconds on free cores.
const patience = 3 * time.Minute

// Cluster is a running control plane, as one test sees it.
type Cluster struct {
	URL        string // where the API server answers
	Kubeconfig string // a file, of an administrator

	t testing.TB
	*plane
}

// Start starts a control plane that lives as long as the test.
func Start(t testing.TB) *Cluster {
	t.Helper()
	programs := find(t)
	p, err := newPlane(t.TempDir(), programs)
	if p != nil {
		t.Cleanup(p.stop)
	}
	return see(t, p, err)
}

var shared struct {
	sync.Mutex
	plane *plane
	err   error
}

// Main runs the tests of a package that share a control plane, and ends it; a package's TestMain calls it.
func Main(m *testing.M) {
	code := m.Run()
	if p := shared.plane; p != nil {
		p.stop()
		if err := os.RemoveAll(p.dir); err != nil && code == 0 {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// Shared is the control plane of the package, whose TestMain calls Main; the first test that asks for it starts it. Nobody takes it down, and every test has
// namespaces of its own.
func Shared(t testing.TB) *Cluster {
	t.Helper()
	programs := find(t)
	shared.Lock()
	defer shared.Unlock()
	if shared.plane == nil && shared.err == nil {
		dir, err := os.MkdirTemp("", "kubetest-")
		if err == nil {
			shared.plane, err = newPlane(dir, programs)
		}
		shared.err = err
	}
	return see(t, shared.plane, shared.err)
}

// see is the view of a test: one that fails shows what the programs said last.
func see(t testing.TB, p *plane, err error) *Cluster {
	t.Helper()
	if p != nil {
		t.Cleanup(func() {
			if t.Failed() {
				t.Log(p.last())
			}
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return &Cluster{URL: p.url, Kubeconfig: p.kubeconfig, t: t, plane: p}
}

// For is the same control plane seen by another test, such as a subtest.
func (c *Cluster) For(t testing.TB) *Cluster {
	seen := *c
	seen.t = t
	return &seen
}

// StopAPI ends the API server, as a power cut does.
func (c *Cluster) StopAPI() { c.plane.api.Kill() }

// StartAPI starts the API server that StopAPI has ended, where it was.
func (c *Cluster) StartAPI() {
	c.t.Helper()
	c.must(c.startAPI())
}

// Do asks the API server and reads its answer into into, unless that is nil. It returns the status; a failed transport ends the test. A PATCH is a merge patch.
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
	if err := until(c.t.Context(), what, func() (bool, error) { return ok(), nil }); err != nil {
		c.t.Fatal(err)
	}
}

// until asks again and again, until it is so, an answer says it never will be, or patience ends.
func until(ctx context.Context, what string, ok func() (bool, error)) error {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if done, err := ok(); done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, ctx.Err())
		case <-deadline.C:
			return fmt.Errorf("still not so after %s: %s", patience, what)
		case <-tick.C:
		}
	}
}

func (c *Cluster) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// find is where each program of the control plane lies, by its name.
func find(t testing.TB) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, path := range filepath.SplitList(os.Getenv("CHANCERY_KUBE")) {
		found[filepath.Base(path)] = path
	}
	for _, name := range []string{"etcd", "kube-apiserver", "kube-controller-manager"} {
		if found[name] != "" {
			continue
		}
		path, err := exec.LookPath(name)
		if err == nil {
			found[name] = path
			continue
		}
		missing := name + ", of a Kubernetes control plane, is missing: .ci/tools.sh builds it; name it in CHANCERY_KUBE, or put it on the PATH"
		if os.Getenv("CI") != "" || os.Getenv("CHANCERY_TEST_REQUIRE") != "" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	return found
}
