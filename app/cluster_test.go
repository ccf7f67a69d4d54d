package main

import (
	"os"
	"path/filepath"
	"testing"
)

// A cluster that cannot be asked for want of a way to it ends the start, in words and before anything is touched.
func TestAStartWithoutAWayToTheClusterEndsInWords(t *testing.T) {
	t.Parallel()
	notes := filepath.Join(t.TempDir(), "notes")
	if err := os.WriteFile(notes, []byte("no kubeconfig"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		more settings
		said string
	}{
		{settings{"KUBERNETES_NAMESPACE": "practice"}, "this is no pod of a cluster; a kubeconfig has to say where the API server is"},
		{settings{"KUBERNETES_NAMESPACE": "practice", "KUBECONFIG": notes}, "the kubeconfig cannot be used"},
		{settings{"KUBERNETES_NAMESPACE": "practice", "KUBECONFIG": notes + "s"}, "CHANCERY_KUBECONFIG: cannot be read"},
		{settings{"KUBECONFIG": notes}, "is of no use without CHANCERY_KUBERNETES_NAMESPACE"},
	} {
		child := begin(t, c.more)
		if code := child.wait(); code == 0 || !child.log.Has(c.said) {
			t.Errorf("%v: status %d, said\n%s", c.more, code, child.log)
		}
		if found, err := filepath.Glob(filepath.Join(child.dir, ".data", "*")); err != nil || len(found) > 0 {
			t.Errorf("%v: made %v, %v", c.more, found, err)
		}
	}
}
