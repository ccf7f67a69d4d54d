// Package charts_test holds the Helm chart against what it promises, by the real helm: what it renders, what it refuses and in which words,
// and that its README says what its values are.
package charts_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// helm is the program from .ci/tools, named by CHANCERY_HELM, otherwise on the PATH. Without it a test is skipped on a laptop, and fails where CI or
// CHANCERY_TEST_REQUIRE is set.
func helm(t *testing.T, args ...string) (out, said string, err error) {
	t.Helper()
	program := os.Getenv("CHANCERY_HELM")
	if program == "" {
		found, err := exec.LookPath("helm")
		switch {
		case err == nil:
			program = found
		case os.Getenv("CI") != "" || os.Getenv("CHANCERY_TEST_REQUIRE") != "":
			t.Fatal("no helm: set CHANCERY_HELM to what .ci/tools.sh helm prints")
		default:
			t.Skip("no helm: set CHANCERY_HELM to what .ci/tools.sh helm prints")
		}
	}
	// A result is kept until what the test has looked at changes, and Go does not see what helm looks at.
	if err := filepath.WalkDir("chancery", func(_ string, _ fs.DirEntry, err error) error { return err }); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	var o, e bytes.Buffer
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Stdout, cmd.Stderr = &o, &e
	cmd.Env = append(os.Environ(), "HELM_CACHE_HOME="+home, "HELM_CONFIG_HOME="+home, "HELM_DATA_HOME="+home, "KUBECONFIG="+filepath.Join(home, "none"))
	err = cmd.Run()
	return o.String(), e.String(), err
}

// sets are the value sets that the chart is tried with.
func sets(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("chancery/ci/*-values.yaml")
	if err != nil || len(files) < 3 {
		t.Fatalf("value sets: %v, %v", files, err)
	}
	return files
}

// rendered is what a release of a name is made of.
func rendered(t *testing.T, release string, args ...string) []object {
	t.Helper()
	out, said, err := helm(t, append([]string{"template", release, "chancery", "--namespace", "practice"}, args...)...)
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	var all []object
	for docs := yaml.NewDecoder(strings.NewReader(out)); ; {
		var o map[string]any
		switch err := docs.Decode(&o); {
		case errors.Is(err, io.EOF):
			return all
		case err != nil:
			t.Fatalf("%v in\n%s", err, out)
		case o != nil:
			all = append(all, o)
		}
	}
}

// object is one that a cluster would be given.
type object map[string]any

// at is the value at a path of fields, or nil.
func (o object) at(path string) any {
	var v any = map[string]any(o)
	for name := range strings.SplitSeq(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

func (o object) ref() string {
	name, _ := o.at("metadata.name").(string)
	kind, _ := o["kind"].(string)
	return kind + "/" + name
}

// pod is the pod that an object makes, or nil.
func (o object) pod() object {
	for _, path := range []string{"spec.template.spec", "spec"} {
		if spec, ok := o.at(path).(map[string]any); ok && spec["containers"] != nil {
			return spec
		}
	}
	return nil
}

// list is a field that is a list of objects.
func (o object) list(path string) []object {
	items, _ := o.at(path).([]any)
	var all []object
	for _, item := range items {
		if v, ok := item.(map[string]any); ok {
			all = append(all, v)
		}
	}
	return all
}
