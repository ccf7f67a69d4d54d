package charts_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"chancery/app/apptest/kubetest"
	"chancery/app/manifest"
)

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"

// Definitions come with the release, and an upgrade brings what is new in them, which helm would not do in its folder crds. They stay when the operator is turned off and
// when the release goes, with all that people have declared; and one release of a cluster has them.
func TestDefinitionsAreUpgradedAndNeverTakenAway(t *testing.T) {
	c := cluster(t)
	defer forget(c)
	c.Namespace("first")
	c.Namespace("second")
	values := []string{"--values", "chancery/ci/operator-values.yaml"}
	run := func(namespace string, args ...string) {
		t.Helper()
		if out, said, err := in(t, c, namespace, append(args, values...)...); err != nil {
			t.Fatalf("helm %s: %v\n%s%s", strings.Join(args, " "), err, out, said)
		}
	}
	knows := func(field string) bool {
		t.Helper()
		var crd struct {
			Metadata struct{ Annotations map[string]string }
			Spec     struct {
				Versions []struct {
					Schema struct {
						OpenAPIV3Schema struct {
							Properties struct {
								Spec struct{ Properties map[string]any }
							}
						} `json:"openAPIV3Schema"`
					}
				}
			}
		}
		if status := c.Do(http.MethodGet, definitions+"/users."+manifest.Group, nil, &crd); status != http.StatusOK || crd.Metadata.Annotations["helm.sh/resource-policy"] != "keep" {
			t.Fatalf("the definition of users: %d, %v", status, crd.Metadata.Annotations)
		}
		return crd.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties.Spec.Properties[field] != nil
	}

	run("first", "install", "chancery", before(t))
	if knows("title") {
		t.Error("the version before knows what was not thought of")
	}
	run("first", "upgrade", "chancery", "chancery")
	if !knows("title") || !knows("email") {
		t.Error("the upgrade has not brought the definition up to date")
	}

	users := "/apis/" + manifest.APIVersion + "/namespaces/first/users"
	mina := object{"apiVersion": manifest.APIVersion, "kind": "User", "metadata": object{"name": "mina"}, "spec": object{"email": "mina@firm.example", "title": "Partner"}}
	c.Until("users are served", func() bool { return c.Do(http.MethodGet, users, nil, nil) == http.StatusOK })
	c.Until("mina is declared", func() bool {
		return c.Do(http.MethodPost, users+"?fieldValidation=Strict", mina, nil) == http.StatusCreated
	})
	there := func(when string) {
		t.Helper()
		if status := c.Do(http.MethodGet, users+"/mina", nil, nil); status != http.StatusOK || !knows("title") {
			t.Errorf("%s: %d", when, status)
		}
	}
	if _, said, err := in(t, c, "second", append([]string{"install", "chancery", "chancery"}, values...)...); err == nil || !strings.Contains(said, "exists and cannot be imported") {
		t.Errorf("a second release with definitions: %v %s", err, said)
	}
	run("second", "install", "chancery", "chancery", "--set", "crds.install=false")
	there("beside a second release")
	run("first", "upgrade", "chancery", "chancery", "--set", "operator.enabled=false")
	there("after the operator was turned off")
	run("first", "upgrade", "chancery", "chancery")
	there("after it was turned on again")
	values = nil
	run("first", "uninstall", "chancery")
	there("after the release has gone")
	values = []string{"--values", "chancery/ci/operator-values.yaml"}
	run("first", "install", "chancery", "chancery")
	there("when the release has come again")
	if out, said, err := in(t, c, "second", append([]string{"upgrade", "chancery", "chancery"}, values...)...); err == nil {
		t.Errorf("the second release has the definitions of the first: %s%s", out, said)
	}
	run("second", "upgrade", "chancery", "chancery", "--take-ownership")
	there("when the second release has taken them over")
}

// The servers' account may read what is declared in its namespace and say how it is. It may declare nothing, take nothing away, and read no secret.
func TestTheOperatorHasTheLeastRights(t *testing.T) {
	c := cluster(t)
	defer forget(c)
	c.Namespace("rights")
	if out, said, err := in(t, c, "rights", "install", "chancery", "chancery", "--values", "chancery/ci/operator-values.yaml", "--wait", "--timeout", "3m"); err != nil {
		t.Fatalf("%v\n%s%s", err, out, said)
	}
	c.KubeconfigOf("rights", "chancery") // it is there, and has tokens
	groups := map[string][]string{
		"":                          {"secrets", "configmaps", "pods", "pods/exec", "serviceaccounts", "serviceaccounts/token", "events", "namespaces", "nodes"},
		"events.k8s.io":             {"events"},
		"apps":                      {"deployments", "statefulsets"},
		"coordination.k8s.io":       {"leases"},
		"rbac.authorization.k8s.io": {"roles", "rolebindings", "clusterroles"},
		"apiextensions.k8s.io":      {"customresourcedefinitions"},
	}
	want := []string{"create events.k8s.io/events"}
	for _, kind := range manifest.Kinds() {
		plural := strings.ToLower(string(kind)) + "s"
		groups[manifest.Group] = append(groups[manifest.Group], plural, plural+"/status", plural+"/finalizers")
		for _, verb := range []string{"get", "list", "watch", "patch"} {
			want = append(want, verb+" "+manifest.Group+"/"+plural)
		}
		want = append(want, "patch "+manifest.Group+"/"+plural+"/status")
	}
	var may []string
	for group, resources := range groups {
		for _, resource := range resources {
			for _, verb := range []string{"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "bind", "escalate"} {
				for _, namespace := range []string{"rights", "default", ""} {
					if !allowed(t, c, namespace, verb, group, resource) {
						continue
					}
					if namespace != "rights" {
						t.Errorf("in namespace %q the account may %s %s/%s", namespace, verb, group, resource)
						continue
					}
					may = append(may, verb+" "+group+"/"+resource)
				}
			}
		}
	}
	slices.Sort(want)
	slices.Sort(may)
	if !slices.Equal(may, want) {
		t.Errorf("the account may\n%s\nwant\n%s", strings.Join(may, "\n"), strings.Join(want, "\n"))
	}
}

// Where pods may not go everywhere, they reach the servers' readiness (helm test), and those that watch custom resources may go to the API server, and no others.
func TestTheNetworkLetsTheOperatorReachTheAPIServer(t *testing.T) {
	ways := func(args ...string) (all []string) {
		t.Helper()
		for _, o := range rendered(t, "release", append([]string{"--values", "chancery/ci/operator-values.yaml"}, args...)...) {
			if o["kind"] != "NetworkPolicy" {
				continue
			}
			for _, way := range o.list("spec.egress") {
				said, err := json.Marshal(way)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, string(said))
			}
		}
		return all
	}
	const dns = `{"ports":[{"port":53,"protocol":"UDP"},{"port":53,"protocol":"TCP"}]}`
	const own = `{"ports":[{"port":"metrics"}],"to":[{"podSelector":{"matchLabels":{"app.kubernetes.io/component":"server","app.kubernetes.io/instance":"release","app.kubernetes.io/name":"chancery"}}}]}`
	const postgres = `{"ports":[{"port":5432,"protocol":"TCP"}],"to":[{"ipBlock":{"cidr":"10.1.0.0/16"}}]}`
	const api = `{"ports":[{"port":443,"protocol":"TCP"},{"port":6443,"protocol":"TCP"}]`
	for _, of := range []struct{ args, want []string }{
		{nil, []string{dns, own, postgres, api + `,"to":[{"ipBlock":{"cidr":"10.0.0.1/32"}}]}`}},
		{[]string{"--set", "networkPolicy.apiServer=null"}, []string{dns, own, postgres, api + "}"}},
		{[]string{"--set", "operator.enabled=false"}, []string{dns, own, postgres}},
		{[]string{"--set", "networkPolicy.egress=null"}, nil},
	} {
		if got := ways(of.args...); !slices.Equal(got, of.want) {
			t.Errorf("%v: %s, want %s", of.args, got, of.want)
		}
	}
}

// allowed asks whether the account of the release in namespace "rights" may do something; namespace "" is all of them.
func allowed(t *testing.T, c *kubetest.Cluster, namespace, verb, group, resource string) bool {
	t.Helper()
	resource, sub, _ := strings.Cut(resource, "/")
	var review struct{ Status struct{ Allowed bool } }
	if status := c.Do(http.MethodPost, "/apis/authorization.k8s.io/v1/subjectaccessreviews", object{"spec": object{
		"user": "system:serviceaccount:rights:chancery", "groups": []string{"system:serviceaccounts", "system:serviceaccounts:rights", "system:authenticated"},
		"resourceAttributes": object{"verb": verb, "group": group, "resource": resource, "subresource": sub, "namespace": namespace},
	}}, &review); status != http.StatusCreated {
		t.Fatalf("a review: %d", status)
	}
	return review.Status.Allowed
}

// before is a copy of the chart whose users have no title, as if the field had not been thought of.
func before(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "chancery")
	if err := os.CopyFS(dir, os.DirFS("chancery")); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "definitions/users.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var crd map[string]any
	if err := yaml.Unmarshal(text, &crd); err != nil {
		t.Fatal(err)
	}
	fields := object(crd).list("spec.versions")[0].at("schema.openAPIV3Schema.properties.spec.properties").(map[string]any)
	if fields["title"] == nil {
		t.Fatal("users have no title")
	}
	delete(fields, "title")
	if text, err = yaml.Marshal(crd); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// forget takes the definitions away, which no release does.
func forget(c *kubetest.Cluster) {
	for _, kind := range manifest.Kinds() {
		at := definitions + "/" + strings.ToLower(string(kind)) + "s." + manifest.Group
		c.Do(http.MethodDelete, at, nil, nil)
		c.Until("the definition is gone", func() bool { return c.Do(http.MethodGet, at, nil, nil) == http.StatusNotFound })
	}
}
