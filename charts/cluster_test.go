package charts_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chancery/app/apptest/kubetest"
)

func TestMain(m *testing.M) { kubetest.Main(m) }

// resources are the paths of the kinds that the chart makes; % is the namespace of what lies in one.
var resources = map[string]string{
	"ConfigMap": "/api/v1/%/configmaps", "Service": "/api/v1/%/services", "ServiceAccount": "/api/v1/%/serviceaccounts", "Pod": "/api/v1/%/pods",
	"Deployment": "/apis/apps/v1/%/deployments", "StatefulSet": "/apis/apps/v1/%/statefulsets", "Job": "/apis/batch/v1/%/jobs",
	"Ingress": "/apis/networking.k8s.io/v1/%/ingresses", "NetworkPolicy": "/apis/networking.k8s.io/v1/%/networkpolicies",
	"PodDisruptionBudget": "/apis/policy/v1/%/poddisruptionbudgets", "HorizontalPodAutoscaler": "/apis/autoscaling/v2/%/horizontalpodautoscalers",
	"ServiceMonitor": "/apis/monitoring.coreos.com/v1/%/servicemonitors", "PrometheusRule": "/apis/monitoring.coreos.com/v1/%/prometheusrules",
	"HTTPRoute": "/apis/gateway.networking.k8s.io/v1/%/httproutes", "CustomResourceDefinition": "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
	"Role": "/apis/rbac.authorization.k8s.io/v1/%/roles", "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/%/rolebindings",
}

// cluster is a control plane that knows the kinds of other projects, too, of which the chart makes objects.
func cluster(t *testing.T) *kubetest.Cluster {
	t.Helper()
	c := kubetest.Shared(t)
	paths := filepath.SplitList(os.Getenv("CHANCERY_DEFINITIONS"))
	if len(paths) == 0 {
		missing := "no definitions of others' kinds: set CHANCERY_DEFINITIONS to what .ci/definitions.sh prints"
		if os.Getenv("CI") != "" || os.Getenv("CHANCERY_TEST_REQUIRE") != "" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		c.Define(text)
	}
	return c
}

// called is what a value set is called.
func called(set string) string { return strings.TrimSuffix(filepath.Base(set), "-values.yaml") }

// try has an object checked by the API server without keeping it; unknown fields are refused.
func try(c *kubetest.Cluster, namespace string, o object) (int, string) {
	var answer struct{ Message string }
	at := strings.Replace(resources[o["kind"].(string)], "%", "namespaces/"+namespace, 1)
	return c.Do(http.MethodPost, at+"?dryRun=All&fieldValidation=Strict", o, &answer), answer.Message
}

// The real API server takes all that the chart renders, whatever the values: unknown fields are refused, and every pod is let in by Pod Security "restricted".
func TestAnAPIServerTakesAllThatIsRendered(t *testing.T) {
	c := cluster(t)
	if status := c.Do(http.MethodPost, "/apis/scheduling.k8s.io/v1/priorityclasses", object{"metadata": object{"name": "important"}, "value": 1000}, nil); status != http.StatusCreated {
		t.Fatalf("a priority that a value set asks for: %d", status)
	}
	kinds := map[string]bool{}
	for _, set := range sets(t) {
		t.Run(called(set), func(t *testing.T) {
			c := c.For(t)
			namespace := "dry-" + called(set)
			c.Namespace(namespace)
			taken := 0
			for _, o := range rendered(t, "release", "--values", set) {
				kind := o["kind"].(string)
				kinds[kind] = true
				if resources[kind] == "" {
					t.Errorf("%s: a kind that this test does not know", o.ref())
					continue
				}
				delete(o["metadata"].(map[string]any), "namespace")
				if status, said := try(c, namespace, o); status != http.StatusCreated {
					t.Errorf("%s: %d %s", o.ref(), status, said)
				}
				taken++
				pod := o.pod()
				if pod == nil {
					continue
				}
				// A workload is taken with any pod; whether the pod may run is asked of the pod itself.
				delete(pod, "serviceAccountName")
				for _, claim := range o.list("spec.volumeClaimTemplates") {
					pod["volumes"] = append(pod["volumes"].([]any), object{"name": claim.at("metadata.name"), "emptyDir": object{}})
				}
				alone := object{"apiVersion": "v1", "kind": "Pod", "metadata": object{"name": "alone"}, "spec": pod}
				if status, said := try(c, namespace, alone); status != http.StatusCreated {
					t.Errorf("pod of %s: %d %s", o.ref(), status, said)
				}
				pod.list("containers")[0]["securityContext"].(map[string]any)["allowPrivilegeEscalation"] = true
				if status, _ := try(c, namespace, alone); status != http.StatusForbidden {
					t.Errorf("pod of %s, with privileges: %d", o.ref(), status)
				}
			}
			if taken < 6 {
				t.Errorf("only %d objects were looked at", taken)
			}
		})
	}
	for kind := range resources {
		if !kinds[kind] {
			t.Errorf("no value set makes a %s", kind)
		}
	}
}

// A release is installed, changed, brought back, tested and taken away by helm, and its parts are ready each time.
func TestReleasesComeChangeAndGo(t *testing.T) {
	c := cluster(t)
	for _, set := range []string{"declared", "autoscaled"} {
		t.Run(set, func(t *testing.T) {
			c := c.For(t)
			namespace := "release-" + set
			at := c.Namespace(namespace)
			run := func(args ...string) string {
				t.Helper()
				out, said, err := in(t, c, namespace, args...)
				if err != nil {
					t.Fatalf("helm %s: %v\n%s%s", args[0], err, out, said)
				}
				return out
			}
			values := []string{"--values", "chancery/ci/" + set + "-values.yaml", "--set", "networkPolicy.enabled=true", "--wait", "--timeout", "3m"}
			setting := func() any {
				var settings object
				c.Do(http.MethodGet, at+"/configmaps/chancery", nil, &settings)
				return settings.at("data.CHANCERY_SESSION_IDLE")
			}
			if notes := run(append([]string{"install", "chancery", "chancery"}, values...)...); !strings.Contains(notes, "chancery user create --super-admin") {
				t.Errorf("the notes say %s", notes)
			}
			if got := setting(); got != nil {
				t.Errorf("after the installation: %v", got)
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
				if !strings.Contains(path, "%") {
					continue
				}
				var all struct{ Items []object }
				path = strings.Replace(path, "%", "namespaces/"+namespace, 1) + "?labelSelector=app.kubernetes.io/instance%3Dchancery"
				if status := c.Do(http.MethodGet, path, nil, &all); status != http.StatusOK {
					t.Errorf("what is left of kind %s: %d", kind, status)
				}
				for _, o := range all.Items {
					if o.at("metadata.deletionTimestamp") == nil && kind != "Pod" && kind != "Job" {
						t.Errorf("left behind: %s %s", kind, o.ref())
					}
				}
			}
		})
	}
}

// in runs helm in a namespace.
func in(t *testing.T, c *kubetest.Cluster, namespace string, args ...string) (out, said string, err error) {
	t.Helper()
	return helm(t, append(args, "--kubeconfig", c.Kubeconfig, "--namespace", namespace)...)
}
