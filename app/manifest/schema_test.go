package manifest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"chancery/app/access"
	"chancery/app/apptest/kubetest"
	"chancery/app/manifest"
)

func TestMain(m *testing.M) { kubetest.Main(m) }

// defined is a control plane that knows the custom resources.
func defined(t *testing.T) *kubetest.Cluster {
	t.Helper()
	c := kubetest.Shared(t)
	for _, kind := range manifest.Kinds() {
		text, err := manifest.CRD(kind)
		if err != nil {
			t.Fatal(err)
		}
		c.Define(text)
	}
	return c
}

// where is the path of the objects of a kind in a namespace.
func where(namespace, kind string) string {
	return "/apis/" + manifest.APIVersion + "/namespaces/" + namespace + "/" + strings.ToLower(kind) + "s"
}

// take gives a cluster an object, as YAML, for a trial; unknown fields are refused.
func take(t *testing.T, c *kubetest.Cluster, text string) (int, string) {
	t.Helper()
	var o map[string]any
	if err := yaml.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	var answer struct{ Message string }
	return c.Do(http.MethodPost, where("default", o["kind"].(string))+"?dryRun=All&fieldValidation=Strict", o, &answer), answer.Message
}

func head(kind, name string) string {
	return "apiVersion: chancery.dev/v1alpha1\nkind: " + kind + "\nmetadata: {name: " + name + "}\n"
}

// What a directory takes, a cluster takes, up to the bounds of the rules between fields.
func TestAClusterTakesWhatADirectoryTakes(t *testing.T) {
	c := defined(t)
	docs := slices.DeleteFunc(strings.Split(practice, "---\n"), func(s string) bool { return strings.TrimSpace(s) == "" })
	every := make([]string, 0, 100)
	for _, p := range access.All() {
		every = append(every, string(p))
	}
	docs = append(docs,
		head("Organization", "o")+"spec: {policies: {idleMinutes: 60, lifetimeHours: 1}}\n",
		head("Organization", "o")+"spec: {policies: {idleMinutes: 10080}}\n",
		head("Organization", "o")+"spec: {policies: {lifetimeHours: 1}}\n",
		head("Role", "paralegal")+"spec: {permissions: [cases.view]}\n",
		head("Role", "r")+"spec: {name: R, parent: \"\"}\n",
		head("Role", "r")+"spec: {name: R, permissions: ["+strings.Join(every, ", ")+"]}\n",
		head("User", "mina")+"spec: {email: a@b.example, initialPasswordSecret: {name: s, key: k}}\n",
		head("User", "mina")+"spec: {email: a@b.example, active: false, displayName: \"\"}\n")
	for _, doc := range docs {
		if status, said := take(t, c, doc); status != http.StatusCreated {
			t.Errorf("%d %s:\n%s", status, said, doc)
		}
		// Whom a reference means is another document's; all else is right.
		if _, err := manifest.Text("f.yaml", []byte(doc)); err != nil && !strings.Contains(err.Error(), "there is no") {
			t.Errorf("the directory says %v:\n%s", err, doc)
		}
	}
}

// What a directory refuses, a cluster refuses too, but for what only all objects together can tell.
func TestAClusterRefusesWhatADirectoryRefuses(t *testing.T) {
	c := defined(t)
	for name, of := range map[string]struct{ text, says string }{
		"unknown field":            {head("User", "mina") + "spec: {email: a@b.example, fristName: Mina}\n", `unknown field "spec.fristName"`},
		"number for a text":        {head("User", "mina") + "spec: {email: a@b.example, firstName: 2026}\n", "spec.firstName"},
		"missing":                  {head("User", "mina") + "spec: {firstName: Mina}\n", "spec.email: Required"},
		"no form":                  {head("User", "mina") + "spec: {email: mina}\n", "spec.email"},
		"empty":                    {head("User", "mina") + "spec: {email: a@b.example, role: \"\"}\n", "spec.role"},
		"no spec":                  {head("User", "mina"), "spec: Required"},
		"double in a list":         {head("Profile", "p") + "spec: {name: P, permissions: [cases.view, cases.view]}\n", "Duplicate value"},
		"no permission":            {head("Role", "r") + "spec: {name: R, permissions: [cases.burn]}\n", `Unsupported value: "cases.burn"`},
		"too long":                 {head("Department", "d") + "spec: {name: " + strings.Repeat("a", 101) + "}\n", "may not be more than 100"},
		"out of bounds":            {head("Organization", "o") + "spec: {policies: {lockTries: 51}}\n", "less than or equal to 50"},
		"below":                    {head("Organization", "o") + "spec: {policies: {lockTries: 2}}\n", "greater than or equal to 3"},
		"no such word":             {head("Organization", "o") + "spec: {language: de}\n", `Unsupported value: "de"`},
		"nothing for a list":       {head("Role", "r") + "spec: {name: R, permissions: cases.view}\n", "must be of type array"},
		"a password":               {head("User", "mina") + "spec: {email: a@b.example, initialPasswordSecret: {name: s, key: k, value: v}}\n", `unknown field "spec.initialPasswordSecret.value"`},
		"a secret without a key":   {head("User", "mina") + "spec: {email: a@b.example, initialPasswordSecret: {name: s}}\n", "initialPasswordSecret.key: Required"},
		"nameless role":            {head("Role", "r") + "spec: {permissions: []}\n", "name is missing; only a base role has one already"},
		"role of itself":           {head("Role", "r") + "spec: {name: R, parent: r}\n", "a role cannot be its own parent"},
		"a session without an end": {head("Organization", "o") + "spec: {policies: {idleMinutes: 61, lifetimeHours: 1}}\n", "must not be shorter than"},
	} {
		status, said := take(t, c, of.text)
		if status != http.StatusUnprocessableEntity && status != http.StatusBadRequest || !strings.Contains(said, of.says) {
			t.Errorf("%s: the cluster answers %d %s, want %s", name, status, said, of.says)
		}
		if _, err := manifest.Text("f.yaml", []byte(of.text)); err == nil {
			t.Errorf("%s: the directory takes it", name)
		}
	}
}

// What people see of their colleagues at a glance: kubectl get staff.
func TestKubectlShowsPeopleAtAGlance(t *testing.T) {
	c := defined(t)
	c.Namespace("glance")
	at := where("glance", "User")
	mina := map[string]any{"apiVersion": manifest.APIVersion, "kind": "User", "metadata": map[string]any{"name": "mina"},
		"spec":   map[string]any{"email": "mina@firm.example", "firstName": "Mina", "role": "lead"},
		"status": map[string]any{"state": "ACTIVE"}}
	var kept struct {
		Metadata struct{ Generation int }
		Spec     struct{ Role string }
		Status   struct{ State string }
	}
	if status := c.Do(http.MethodPost, at, mina, &kept); status != http.StatusCreated || kept.Status.State != "" {
		t.Fatalf("made: %d; whoever states the spec states the status too: %q", status, kept.Status.State)
	}
	now := "2026-03-02T09:30:00Z"
	status := c.Do(http.MethodPatch, at+"/mina/status", map[string]any{"spec": map[string]any{"role": "clerk"}, "status": map[string]any{
		"state": "ACTIVE", "lastSignInAt": now, "observedGeneration": 1, "conditions": []map[string]any{
			{"type": "Ready", "status": "True", "observedGeneration": 1, "lastTransitionTime": now, "reason": "Applied", "message": "It is as declared."}},
	}}, &kept)
	if status != http.StatusOK || kept.Status.State != "ACTIVE" || kept.Spec.Role != "lead" || kept.Metadata.Generation != 1 {
		t.Fatalf("its status: %d %+v", status, kept)
	}
	var table struct {
		Definitions []struct{ Name, Format string } `json:"columnDefinitions"`
		Rows        []struct{ Cells []any }
	}
	if status := c.Table(at, &table); status != http.StatusOK || len(table.Rows) != 1 {
		t.Fatalf("people as a table: %d, %d rows", status, len(table.Rows))
	}
	row := map[string]any{}
	var columns []string
	for i, d := range table.Definitions {
		columns = append(columns, d.Name)
		row[d.Name] = table.Rows[0].Cells[i]
	}
	if got := strings.Join(columns, ", "); got != "Name, E-mail, Role, Status, Ready, Last sign-in, Age" {
		t.Errorf("columns: %s", got)
	}
	for name, want := range map[string]string{"Name": "mina", "E-mail": "mina@firm.example", "Role": "lead", "Status": "ACTIVE", "Ready": "True"} {
		if row[name] != want {
			t.Errorf("%s: %v, want %s", name, row[name], want)
		}
	}
	if ago, _ := row["Last sign-in"].(string); ago == "" || ago == "<unknown>" {
		t.Errorf("last sign-in: %q", ago)
	}
	for name, state := range map[string]any{
		"a state that there is not":      map[string]any{"state": "GONE"},
		"a condition without its reason": map[string]any{"conditions": []map[string]any{{"type": "Ready", "status": "True", "lastTransitionTime": now, "message": "m"}}},
		"a time that is none":            map[string]any{"lastSignInAt": "yesterday"},
	} {
		if status := c.Do(http.MethodPatch, at+"/mina/status", map[string]any{"status": state}, nil); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, status)
		}
	}
}

// Each kind has its short name and is among `kubectl get chancery`; and no definition is too large to be read or applied by kubectl.
func TestResourcesHaveShortNamesAndASensibleSize(t *testing.T) {
	c := defined(t)
	var found struct {
		Resources []struct {
			Name, Kind             string
			Namespaced             bool
			ShortNames, Categories []string
			Verbs                  []string
		}
	}
	if status := c.Do(http.MethodGet, "/apis/"+manifest.APIVersion, nil, &found); status != http.StatusOK {
		t.Fatalf("discovery: %d", status)
	}
	short := map[string]string{"Organization": "practice", "Department": "depts", "Profile": "staffprofiles", "Role": "staffroles", "User": "staff"}
	status := 0
	for _, r := range found.Resources {
		switch {
		case strings.HasSuffix(r.Name, "/status"):
			status++
		case !r.Namespaced || !slices.Equal(r.ShortNames, []string{short[r.Kind]}) || !slices.Contains(r.Categories, "chancery"):
			t.Errorf("%+v", r)
		default:
			delete(short, r.Kind)
		}
	}
	if len(short) > 0 || status != len(manifest.Kinds()) {
		t.Errorf("without short name: %v; with a status of their own: %d", short, status)
	}
	// kubectl apply keeps what it applied in an annotation, of 256 KiB at most.
	for _, kind := range manifest.Kinds() {
		text, err := manifest.CRD(kind)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d bytes", kind, len(text))
		if len(text) > 32<<10 {
			t.Errorf("%s: %d bytes", kind, len(text))
		}
	}
}
