package manifest_test

import (
	"net/http"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"chancery/app/apptest/kubetest"
	"chancery/app/manifest"
)

// What a directory refuses, a cluster refuses too, but for what only all objects together can tell; and what a directory takes, a cluster takes.
func TestAClusterRefusesWhatADirectoryRefuses(t *testing.T) {
	c := kubetest.Start(t)
	paths := map[string]string{}
	for _, kind := range manifest.Kinds() {
		text, err := manifest.CRD(kind)
		if err != nil {
			t.Fatal(err)
		}
		var crd map[string]any
		if err := yaml.Unmarshal(text, &crd); err != nil {
			t.Fatal(err)
		}
		var answer struct{ Message string }
		if status := c.Do(http.MethodPost, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions?fieldValidation=Strict", crd, &answer); status != http.StatusCreated {
			t.Fatalf("%s: %d %s", kind, status, answer.Message)
		}
		paths[string(kind)] = "/apis/" + manifest.APIVersion + "/namespaces/default/" + strings.ToLower(string(kind)) + "s"
	}
	for _, path := range paths {
		c.Until("the resource is served", func() bool { return c.Do(http.MethodGet, path, nil, nil) == http.StatusOK })
	}
	take := func(text string) (int, string) {
		var o map[string]any
		if err := yaml.Unmarshal([]byte(text), &o); err != nil {
			t.Fatal(err)
		}
		var answer struct{ Message string }
		return c.Do(http.MethodPost, paths[o["kind"].(string)]+"?dryRun=All&fieldValidation=Strict", o, &answer), answer.Message
	}
	for _, doc := range strings.Split(practice, "---\n") {
		if strings.TrimSpace(doc) == "" {
			continue
		}
		if status, said := take(doc); status != http.StatusCreated {
			t.Errorf("%d %s:\n%s", status, said, doc)
		}
	}

	head := func(kind, name string) string {
		return "apiVersion: chancery.dev/v1alpha1\nkind: " + kind + "\nmetadata: {name: " + name + "}\n"
	}
	for name, text := range map[string]string{
		"unknown field":            head("User", "mina") + "spec: {email: a@b.example, fristName: Mina}\n",
		"number for a text":        head("User", "mina") + "spec: {email: a@b.example, firstName: 2026}\n",
		"missing":                  head("User", "mina") + "spec: {firstName: Mina}\n",
		"no form":                  head("User", "mina") + "spec: {email: mina}\n",
		"empty":                    head("User", "mina") + "spec: {email: a@b.example, role: \"\"}\n",
		"no spec":                  head("User", "mina"),
		"double in a list":         head("Profile", "p") + "spec: {name: P, permissions: [cases.view, cases.view]}\n",
		"no permission":            head("Role", "r") + "spec: {name: R, permissions: [cases.burn]}\n",
		"too long":                 head("Department", "d") + "spec: {name: " + strings.Repeat("a", 101) + "}\n",
		"out of bounds":            head("Organization", "o") + "spec: {policies: {lockTries: 51}}\n",
		"no such word":             head("Organization", "o") + "spec: {language: de}\n",
		"nameless role":            head("Role", "r") + "spec: {permissions: []}\n",
		"role of itself":           head("Role", "r") + "spec: {name: R, parent: r}\n",
		"a password":               head("User", "mina") + "spec: {email: a@b.example, initialPasswordSecret: {name: s, key: k, value: v}}\n",
		"a session without an end": head("Organization", "o") + "spec: {policies: {idleMinutes: 600, lifetimeHours: 1}}\n",
	} {
		if status, said := take(text); status != http.StatusUnprocessableEntity && status != http.StatusBadRequest {
			t.Errorf("%s: the cluster answers %d %s", name, status, said)
		}
		if _, err := manifest.Text("f.yaml", []byte(text)); err == nil {
			t.Errorf("%s: the directory takes it", name)
		}
	}

	// What people see of their colleagues at a glance.
	var table struct {
		Definitions []struct{ Name string } `json:"columnDefinitions"`
	}
	if status := c.Table(paths["User"], &table); status != http.StatusOK {
		t.Fatalf("users as a table: %d", status)
	}
	var columns []string
	for _, d := range table.Definitions {
		columns = append(columns, d.Name)
	}
	if got := strings.Join(columns, " "); got != "Name E-mail Role Status Ready Last sign-in Age" {
		t.Errorf("columns: %s", got)
	}
}
