package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"chancery/app/store/storetest"
)

// What is not as it is declared is seen by whoever watches, and is no longer once it is well.
func TestWhatIsDeclaredIsMeasured(t *testing.T) {
	each(t, func(t *testing.T, database []string) {
		const wills = "apiVersion: chancery.dev/v1alpha1\nkind: Department\nmetadata: {name: wills}\nspec: {name: Wills}\n---\n"
		const nobody = "apiVersion: chancery.dev/v1alpha1\nkind: User\nmetadata: {name: mina}\nspec: {email: mina@firm.example}\n"
		call(t, wills+nobody, append([]string{"apply", "-f", "-"}, database...)...).expect(t, 1, "refused")
		h := inside(t, database)
		defer func() { _ = h.close() }()
		registry := prometheus.NewRegistry()
		registry.MustRegister(newDeclaredGauges(h.declared, slog.New(slog.DiscardHandler)))
		measured := func() (all []string) {
			t.Helper()
			families, err := registry.Gather()
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range families {
				for _, m := range f.GetMetric() {
					line := f.GetName()
					for _, l := range m.GetLabel() {
						line += " " + l.GetValue()
					}
					all = append(all, fmt.Sprint(line, " ", m.GetGauge().GetValue()))
				}
			}
			return all
		}
		objects := []string{"chancery_declared_objects by-hand applied 1", "chancery_declared_objects by-hand refused 1"}
		if got := measured(); !slices.Equal(got, objects) {
			t.Errorf("measured %v", got)
		}
		for _, problem := range []string{"it cannot be read", ""} {
			if err := h.declared.Unread(t.Context(), "directory", problem); err != nil {
				t.Fatal(err)
			}
			want := slices.Clone(objects)
			if problem != "" {
				want = append(want, "chancery_declared_source_stuck directory 1")
			}
			if got := measured(); !slices.Equal(got, want) {
				t.Errorf("measured %v", got)
			}
		}
	})
}

// A server says so where its other metrics are.
func TestAServerTellsWhatIsDeclared(t *testing.T) {
	t.Parallel()
	p := newPractice(t, storetest.SQLite(t))
	dir := t.TempDir()
	wills := []byte("apiVersion: chancery.dev/v1alpha1\nkind: Department\nmetadata: {name: wills}\nspec: {name: Wills}\n")
	if err := os.WriteFile(filepath.Join(dir, "wills.yaml"), wills, 0o600); err != nil {
		t.Fatal(err)
	}
	s := p.settings()
	s["DECLARED_DIR"] = dir
	c := start(t, s)
	until(t, "the directory's object is measured", func() bool {
		_, body := c.get("/metrics")
		return strings.Contains(body, `chancery_declared_objects{source="directory",state="applied"} 1`)
	})
}
