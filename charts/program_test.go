package charts_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"chancery/app/apptest/kubetest"
	"chancery/app/apptest/proctest"
	"chancery/app/manifest"
)

// The program does its work with the rights, the definitions and the namespace that the chart gives it, and with no others: a person who is declared comes, is shown, and
// leaves before their object goes.
func TestTheProgramWorksWithWhatTheChartGivesIt(t *testing.T) {
	c := cluster(t)
	defer forget(c)
	at := c.Namespace("practice")
	if out, said, err := in(t, c, "practice", "install", "chancery", "chancery", "--values", "chancery/ci/operator-values.yaml"); err != nil {
		t.Fatalf("%v\n%s%s", err, out, said)
	}
	var settings object
	c.Do(http.MethodGet, at+"/configmaps/chancery", nil, &settings)
	log := serve(t, c, settings.at("data.CHANCERY_KUBERNETES_NAMESPACE"))

	users := "/apis/" + manifest.APIVersion + "/namespaces/practice/users"
	mina := object{"apiVersion": manifest.APIVersion, "kind": "User", "metadata": object{"name": "mina"}, "spec": object{"email": "mina@firm.example", "firstName": "Mina", "lastName": "Reyes", "role": "paralegal"}}
	c.Until("users are served", func() bool { return c.Do(http.MethodGet, users, nil, nil) == http.StatusOK })
	c.Until("mina is declared", func() bool {
		return c.Do(http.MethodPost, users+"?fieldValidation=Strict", mina, nil) == http.StatusCreated
	})
	nobody := object{"apiVersion": manifest.APIVersion, "kind": "User", "metadata": object{"name": "otto"}, "spec": object{"email": "otto@firm.example", "firstName": "Otto", "lastName": "Vale", "role": "nobody"}}
	if status := c.Do(http.MethodPost, users+"?fieldValidation=Strict", nobody, nil); status != http.StatusCreated {
		t.Fatalf("otto is declared: %d", status)
	}
	ready := func(name string) (string, object) {
		var is map[string]any
		c.Do(http.MethodGet, users+"/"+name, nil, &is)
		for _, condition := range object(is).list("status.conditions") {
			if condition["type"] == "Ready" {
				return condition["status"].(string), is
			}
		}
		return "", is
	}
	c.Until("mina is here", func() bool {
		status, is := ready("mina")
		return status == "True" && is.at("status.state") == "PENDING"
	})
	c.Until("otto, whose role there is not, is refused", func() bool { status, _ := ready("otto"); return status == "False" })
	c.Until("it is told", func() bool {
		var events struct{ Items []object }
		c.Do(http.MethodGet, "/apis/events.k8s.io/v1/namespaces/practice/events", nil, &events)
		for _, e := range events.Items {
			if e.at("regarding.kind") == "User" && e.at("regarding.name") == "otto" && e["type"] == "Warning" {
				return true
			}
		}
		return false
	})
	if status := c.Do(http.MethodDelete, users+"/mina", nil, nil); status != http.StatusOK {
		t.Fatalf("mina is taken away: %d", status)
	}
	c.Until("mina has left, and her object is gone", func() bool { return c.Do(http.MethodGet, users+"/mina", nil, nil) == http.StatusNotFound })
	// No release takes people away; here the definitions are to go, and what waits for a server goes while there is one.
	if status := c.Do(http.MethodDelete, users+"/otto", nil, nil); status != http.StatusOK {
		t.Fatalf("otto is taken away: %d", status)
	}
	c.Until("otto's object is gone", func() bool { return c.Do(http.MethodGet, users+"/otto", nil, nil) == http.StatusNotFound })
	if strings.Contains(strings.ToLower(log.String()), "forbidden") {
		t.Errorf("it wants more than it may:\n%s", log)
	}
}

// built is the program itself.
func built(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "chancery")
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", program, "../app")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as `make build` does, whatever the tests are built with
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// serve runs the program on a practice of its own, as the account of the release asks the cluster, and returns what it says.
func serve(t *testing.T, c *kubetest.Cluster, namespace any) *proctest.Output {
	t.Helper()
	dir := t.TempDir()
	program := built(t)
	pages, err := proctest.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	ops, err := proctest.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	log := &proctest.Output{}
	cmd := exec.Command(program, "serve")
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	cmd.Env = []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH"), "CHANCERY_LISTEN=" + pages, "CHANCERY_OPS_LISTEN=" + ops, "CHANCERY_URL=http://" + pages,
		"CHANCERY_DATABASE=sqlite:" + filepath.Join(dir, "chancery.db"), "CHANCERY_LEASE_TTL=2s",
		"CHANCERY_KUBERNETES_NAMESPACE=" + namespace.(string), "CHANCERY_KUBECONFIG=" + c.KubeconfigOf("practice", "chancery")}
	running, err := proctest.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		running.Kill()
		if t.Failed() {
			t.Logf("the program said:\n%s", log)
		}
	})
	return log
}
