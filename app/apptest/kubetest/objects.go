package kubetest

import (
	"net/http"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Namespace makes a namespace in which pods are held to Pod Security "restricted", and returns its path, /api/v1/namespaces/NAME.
func (c *Cluster) Namespace(name string) string {
	c.t.Helper()
	c.create("/api/v1/namespaces", map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{
		"name": name, "labels": map[string]any{"pod-security.kubernetes.io/enforce": "restricted"}}})
	at := "/api/v1/namespaces/" + name
	c.Until("the namespace has its account", func() bool {
		return c.Do(http.MethodGet, at+"/serviceaccounts/default", nil, nil) == http.StatusOK
	})
	return at
}

// Define installs custom resource definitions, each a YAML text of one, and returns when they are served. One that is there already stays as it is.
func (c *Cluster) Define(definitions ...[]byte) {
	c.t.Helper()
	const at = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
	for _, text := range definitions {
		var crd map[string]any
		c.must(yaml.Unmarshal(text, &crd))
		var said answer
		if status := c.Do(http.MethodPost, at+"?fieldValidation=Strict", crd, &said); status != http.StatusCreated && status != http.StatusConflict {
			c.t.Fatalf("a custom resource definition: %d %s", status, said.Message)
		}
		name, _ := crd["metadata"].(map[string]any)["name"].(string)
		var crdNow struct {
			Spec struct {
				Group    string
				Names    struct{ Plural string }
				Versions []struct{ Name string }
			}
			Status struct{ Conditions []condition }
		}
		c.Until(name+" is established", func() bool {
			c.Do(http.MethodGet, at+"/"+name, nil, &crdNow)
			for _, is := range crdNow.Status.Conditions {
				if is.Type == "NonStructuralSchema" && is.Status == "True" {
					c.t.Fatalf("%s: %s", name, is.Message)
				}
				if is.Type == "Established" && is.Status == "True" {
					return true
				}
			}
			return false
		})
		served := "/apis/" + crdNow.Spec.Group + "/" + crdNow.Spec.Versions[0].Name + "/" + crdNow.Spec.Names.Plural
		c.Until(name+" is served", func() bool { return c.Do(http.MethodGet, served+"?limit=1", nil, nil) == http.StatusOK })
	}
}

type condition struct{ Type, Status, Message string }

// answer is what the API server says when it refuses.
type answer struct{ Message string }

// Rule is what an account may do: verbs on resources of API groups ("" is the core).
type Rule struct {
	APIGroups []string `json:"apiGroups"`
	Resources []string `json:"resources"`
	Verbs     []string `json:"verbs"`
}

// Account makes a service account that may do in its namespace what the rules say and nothing else, and returns the path of its kubeconfig.
func (c *Cluster) Account(namespace, name string, rules ...Rule) string {
	c.t.Helper()
	meta := map[string]any{"name": name}
	roles := "/apis/rbac.authorization.k8s.io/v1/namespaces/" + namespace
	c.create("/api/v1/namespaces/"+namespace+"/serviceaccounts", map[string]any{"metadata": meta})
	c.create(roles+"/roles", map[string]any{"metadata": meta, "rules": rules})
	c.create(roles+"/rolebindings", map[string]any{"metadata": meta,
		"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name},
		"subjects": []map[string]any{{"kind": "ServiceAccount", "name": name, "namespace": namespace}}})
	return c.KubeconfigOf(namespace, name)
}

// KubeconfigOf is the path of a kubeconfig of a service account that is there, such as one that a chart has made.
func (c *Cluster) KubeconfigOf(namespace, account string) string {
	c.t.Helper()
	var made struct{ Status struct{ Token string } }
	if status := c.Do(http.MethodPost, "/api/v1/namespaces/"+namespace+"/serviceaccounts/"+account+"/token",
		map[string]any{"spec": map[string]any{"expirationSeconds": 3600}}, &made); status != http.StatusCreated {
		c.t.Fatalf("a token of %s/%s: %d", namespace, account, status)
	}
	path, err := c.writeKubeconfig(strings.Join([]string{"kubeconfig", namespace, account}, "-"), made.Status.Token, namespace)
	c.must(err)
	return path
}

func (c *Cluster) create(path string, o map[string]any) {
	c.t.Helper()
	var said answer
	if status := c.Do(http.MethodPost, path, o, &said); status != http.StatusCreated {
		c.t.Fatalf("%s: %d %s", path, status, said.Message)
	}
}
