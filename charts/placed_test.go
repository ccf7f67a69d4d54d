package charts_test

import (
	"reflect"
	"strings"
	"testing"
)

// A pod of a job or of helm test can be started wherever the servers can: by the same secrets, on the same nodes, before others.
func TestEveryPodCanBePulledAndPlaced(t *testing.T) {
	pods := 0
	for _, o := range rendered(t, "release", "--values", "chancery/ci/postgres-values.yaml", "--set-json", `affinity={"nodeAffinity":{"a":"b"},"podAffinity":{"c":"d"}}`) {
		pod := o.pod()
		if pod == nil {
			continue
		}
		pods++
		affinity := map[string]any{"nodeAffinity": map[string]any{"a": "b"}}
		if o["kind"] == "Deployment" {
			affinity["podAffinity"] = map[string]any{"c": "d"}
		}
		for field, want := range map[string]any{
			"imagePullSecrets": []any{map[string]any{"name": "registry"}}, "priorityClassName": "important", "nodeSelector": map[string]any{"kubernetes.io/os": "linux"},
			"tolerations": []any{map[string]any{"key": "practice", "operator": "Exists", "effect": "NoSchedule"}}, "affinity": affinity,
		} {
			if got := pod[field]; !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %s is %v, want %v", o.ref(), field, got, want)
			}
		}
	}
	if pods != 3 {
		t.Errorf("%d pods were looked at, want the server's, the migration's and the test's", pods)
	}
}

// Whoever puts a controller in front and trusts no proxy is told after the installation what follows from it.
func TestTheNotesSayWhereNoProxyIsTrusted(t *testing.T) {
	c := cluster(t)
	for set, want := range map[string]bool{"ingress.enabled=true": true, "ingress.enabled=true,trustedProxies[0]=10.0.0.0/8": false, "ingress.enabled=false,ingress.tlsSecret=": false} {
		out, said, err := in(t, c, "notes", "install", "release", "chancery", "--dry-run=client", "--values", "chancery/ci/sqlite-values.yaml", "--set", set)
		_, notes, ok := strings.Cut(out, "NOTES:")
		if err != nil || !ok {
			t.Fatalf("%s: %v, %s", set, err, said)
		}
		if got := strings.Contains(notes, "Set trustedProxies"); got != want {
			t.Errorf("%s: told: %v, want %v\n%s", set, got, want, notes)
		}
	}
}
