package charts_test

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"chancery/app/manifest"
)

const definitionsHead = "# Written by go test ./charts -update, from the fields that app/manifest reads.\n"

// The chart's definitions of the custom resources are those that are written from the fields themselves, and there are no others.
func TestTheDefinitionsAreThoseOfTheProgram(t *testing.T) {
	var want []string
	for _, kind := range manifest.Kinds() {
		text, err := manifest.CRD(kind)
		if err != nil {
			t.Fatal(err)
		}
		file := "chancery/definitions/" + strings.ToLower(string(kind)) + "s.yaml"
		want = append(want, file)
		if *update {
			if err := os.WriteFile(file, append([]byte(definitionsHead), text...), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if is, err := os.ReadFile(file); err != nil || string(is) != definitionsHead+string(text) {
			t.Errorf("%s is not what the program reads (%v): go test ./charts -update", file, err)
		}
	}
	files, err := filepath.Glob("chancery/definitions/*")
	slices.Sort(want)
	if err != nil || !slices.Equal(files, want) {
		t.Errorf("definitions: %v, %v", files, err)
	}
}

// Manifests among the values reach the server as they were meant, whichever way they are told.
func TestManifestsAmongTheValuesAreReadByTheServer(t *testing.T) {
	set := "chancery/ci/declared-values.yaml"
	var files map[string]any
	var pod object
	for _, o := range rendered(t, "release", "--values", set) {
		switch o.ref() {
		case "ConfigMap/release-chancery-manifests":
			files = o["data"].(map[string]any)
		case "StatefulSet/release-chancery":
			pod = o.pod()
		case "ConfigMap/release-chancery":
			if dir, secrets := o.at("data.CHANCERY_DECLARED_DIR"), o.at("data.CHANCERY_DECLARED_SECRETS"); dir != "/etc/chancery/manifests" || secrets != "/run/secrets/chancery-declared" {
				t.Errorf("the server looks at %v and %v", dir, secrets)
			}
		}
	}
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text.(string)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	read, err := manifest.Dir(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	if len(read.Objects) != 4 {
		t.Fatalf("%d objects of %d files", len(read.Objects), len(files))
	}
	mina := read.Get(manifest.User, "mina").Spec.(*manifest.UserSpec)
	practice := read.Get(manifest.Organization, "marlow-reyes").Spec.(*manifest.OrganizationSpec)
	if *mina.Cell != "+14165550142" || mina.Profiles == nil || len(*mina.Profiles) != 0 || *practice.Policies.IdleMinutes != 10080 || *practice.Policies.AllowTypedPassword {
		t.Errorf("mina %+v, practice %+v", mina, practice.Policies)
	}
	if role := read.Get(manifest.Role, "lead").Spec.(*manifest.RoleSpec); *role.Name != "Yes" {
		t.Errorf("a text that YAML takes for a truth: %s", *role.Name)
	}
	if d := read.Get(manifest.Department, "litigation").Spec.(*manifest.DepartmentSpec); *d.Name != "Litigation <&> Claims" {
		t.Errorf("a text is %q", *d.Name)
	}
	// The password is at <secret>/<key> below the directory that the server is told of, and only the keys that were named are there.
	volume := func(path string) object {
		for _, m := range pod.list("containers")[0].list("volumeMounts") {
			for _, v := range pod.list("volumes") {
				if m["mountPath"] == path && m["readOnly"] == true && v["name"] == m["name"] {
					return v
				}
			}
		}
		t.Errorf("nothing is mounted at %s", path)
		return nil
	}
	if v := volume("/etc/chancery/manifests"); v.at("configMap.name") != "release-chancery-manifests" {
		t.Errorf("manifests come from %v", v)
	}
	if v := volume("/run/secrets/chancery-declared/first-passwords"); v.at("secret.secretName") != "first-passwords" || v.at("secret.items") != nil {
		t.Errorf("a secret, all of it: %v", v)
	}
	v := volume("/run/secrets/chancery-declared/more.passwords")
	if items := v.list("secret.items"); v.at("secret.secretName") != "more.passwords" || len(items) != 2 || items[0]["key"] != "otto" || items[0]["path"] != "otto" {
		t.Errorf("a secret, two keys of it: %v", v)
	}
}

// A change of what is declared starts no pod anew: the server sees it, and nobody's request is lost for it.
func TestAChangeOfManifestsStartsNoPodAnew(t *testing.T) {
	set := "chancery/ci/declared-values.yaml"
	workload := func(args ...string) (pod object, files any) {
		for _, o := range rendered(t, "release", append([]string{"--values", set}, args...)...) {
			switch o.ref() {
			case "StatefulSet/release-chancery":
				pod = o
			case "ConfigMap/release-chancery-manifests":
				files = o["data"]
			}
		}
		return pod, files
	}
	pod, files := workload()
	changed, others := workload("--set", "manifests.practice\\.yaml.spec.name=Marlow")
	if pod == nil || reflect.DeepEqual(files, others) {
		t.Fatalf("nothing was changed: %v", others)
	}
	if !reflect.DeepEqual(pod, changed) {
		t.Error("the workload is another one")
	}
}
