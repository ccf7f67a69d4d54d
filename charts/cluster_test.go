package charts_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"chancery/app/apptest/kubetest"
)

func TestMain(m *testing.M) { kubetest.Main(m) }

// resources are the paths of the kinds that the chart makes, below a namespace. Those of other projects are not known to a bare API server: their schemas are
// theirs, and not looked at here.
var resources = map[string]string{
	"ConfigMap": "/api/v1/%/configmaps", "Service": "/api/v1/%/services", "ServiceAccount": "/api/v1/%/serviceaccounts", "Pod": "/api/v1/%/pods",
	"Deployment": "/apis/apps/v1/%/deployments", "StatefulSet": "/apis/apps/v1/%/statefulsets", "Job": "/apis/batch/v1/%/jobs",
	"Ingress": "/apis/networking.k8s.io/v1/%/ingresses", "NetworkPolicy": "/apis/networking.k8s.io/v1/%/networkpolicies",
	"PodDisruptionBudget": "/apis/policy/v1/%/poddisruptionbudgets", "HorizontalPodAutoscaler": "/apis/autoscaling/v2/%/horizontalpodautoscalers",
}

var elsewhere = []string{"ServiceMonitor", "PrometheusRule", "HTTPRoute"}

// The real API server takes all that the chart renders, unknown fields refused and Pod Security "restricted" enforced; and releases are installed, changed,
// brought back, tested and taken away by helm.
func TestTheChartAgainstARealAPIServer(t *testing.T) {
	c := kubetest.Shared(t)
	for _, set := range sets(t) {
		t.Run(strings.TrimSuffix(filepath.Base(set), "-values.yaml"), func(t *testing.T) {
			name := "dry-" + strings.TrimSuffix(filepath.Base(set), "-values.yaml")
			c := c.For(t)
			c.Namespace(name)
			taken := 0
			for _, o := range rendered(t, "release", "--values", set) {
				kind := o["kind"].(string)
				path, known := resources[kind]
				if !known {
					if !strings.Contains(strings.Join(elsewhere, " "), kind) {
						t.Errorf("%s: a kind that this test does not know", o.ref())
					}
					continue
				}
				delete(o["metadata"].(map[string]any), "namespace")
				var answer struct{ Message string }
				at := strings.Replace(path, "%", "namespaces/"+name, 1) + "?dryRun=All&fieldValidation=Strict"
				if status := c.Do(http.MethodPost, at, o, &answer); status != http.StatusCreated {
					t.Errorf("%s: %d %s", o.ref(), status, answer.Message)
				}
				taken++
			}
			if taken < 6 {
				t.Errorf("only %d objects were looked at", taken)
			}
		})
	}

	for _, set := range []string{"sqlite", "autoscaled"} {
		t.Run("release of "+set, func(t *testing.T) {
			ns := "release-" + set
			c := c.For(t)
			c.Namespace(ns)
			run := func(args ...string) string {
				t.Helper()
				out, said, err := helm(t, append(args, "--kubeconfig", c.Kubeconfig, "--namespace", ns)...)
				if err != nil {
					t.Fatalf("helm %s: %v\n%s%s", args[0], err, out, said)
				}
				return out
			}
			values := []string{"--values", "chancery/ci/" + set + "-values.yaml", "--set", "networkPolicy.enabled=true", "--wait", "--timeout", "3m"}
			setting := func() any {
				var settings object
				c.Do(http.MethodGet, "/api/v1/namespaces/"+ns+"/configmaps/chancery", nil, &settings)
				return settings.at("data.CHANCERY_SESSION_IDLE")
			}
			if notes := run(append([]string{"install", "chancery", "chancery"}, values...)...); !strings.Contains(notes, "chancery user create --super-admin") {
				t.Errorf("the notes say %s", notes)
			}
			run(append([]string{"upgrade", "chancery", "chancery", "--set", "settings.CHANCERY_SESSION_IDLE=8h"}, values...)...)
			if got := setting(); got != "8h" {
				t.Errorf("after the upgrade: %v", got)
			}
			run("rollback", "chancery", "1", "--wait", "--timeout", "3m")
			if got := setting(); got != nil {
				t.Errorf("after the rollback: %v", got)
			}
			run("test", "chancery", "--timeout", "3m")
			run("uninstall", "chancery", "--wait", "--timeout", "3m")
			for kind, path := range resources {
				var all struct{ Items []object }
				c.Do(http.MethodGet, strings.Replace(path, "%", "namespaces/"+ns, 1)+"?labelSelector=app.kubernetes.io/instance%3Dchancery", nil, &all)
				for _, o := range all.Items {
					if o.at("metadata.deletionTimestamp") == nil && kind != "Pod" && kind != "Job" {
						t.Errorf("left behind: %s %s", kind, o.ref())
					}
				}
			}
		})
	}
}
