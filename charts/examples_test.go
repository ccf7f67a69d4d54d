package charts_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What the README and the chart's own values show as manifests makes a practice where there is none: whoever copies them is not refused.
func TestTheExamplesMakeANewPractice(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\n    manifests:\n")
	example, _, ok := strings.Cut(rest, "\n\n")
	if !ok {
		t.Fatal("the README shows no manifests")
	}
	shown := filepath.Join(t.TempDir(), "values.yaml")
	if err := os.WriteFile(shown, []byte("    manifests:\n"+example+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	program := built(t)
	for name, c := range map[string]struct {
		values  []string
		objects int
	}{
		"the README's": {[]string{"chancery/ci/sqlite-values.yaml", shown}, 1},
		"the chart's":  {[]string{"chancery/ci/declared-values.yaml"}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			dir, manifests, secrets := t.TempDir(), t.TempDir(), t.TempDir()
			var args []string
			for _, values := range c.values {
				args = append(args, "--values", values)
			}
			for _, o := range rendered(t, "release", args...) {
				if o.ref() != "ConfigMap/release-chancery-manifests" {
					continue
				}
				for file, text := range o["data"].(map[string]any) {
					if err := os.WriteFile(filepath.Join(manifests, file), []byte(text.(string)), 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := os.Mkdir(filepath.Join(secrets, "first-passwords"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(secrets, "first-passwords", "mina"), []byte("Harbour-Meadow-41!\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), program, "apply", "-f", manifests)
			cmd.Dir = dir
			cmd.Env = []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH"), "CHANCERY_DATABASE=sqlite:" + filepath.Join(dir, "chancery.db"), "CHANCERY_DECLARED_SECRETS=" + secrets}
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "+ User/mina") || !strings.Contains(string(out), fmt.Sprintf("%d object", c.objects)) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// The README's installation renders, and whoever has a controller in front is shown to trust it.
func TestTheReadmesInstallationTrustsItsController(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\n    helm install chancery charts/chancery ")
	command, _, ok := strings.Cut(rest, "\n\n")
	if !ok {
		t.Fatal("the README shows no installation")
	}
	var args []string
	for _, set := range regexp.MustCompile(`--set (\S+)`).FindAllStringSubmatch(command, -1) {
		args = append(args, "--set", strings.Trim(set[1], "'"))
	}
	ways, trusted := 0, any(nil)
	for _, o := range rendered(t, "chancery", args...) {
		switch o.ref() {
		case "Ingress/chancery":
			ways++
		case "ConfigMap/chancery":
			trusted = o.at("data.CHANCERY_TRUSTED_PROXIES")
		}
	}
	if ways != 1 || trusted == nil {
		t.Errorf("%q has %d ways in, and trusts %v", args, ways, trusted)
	}
}
