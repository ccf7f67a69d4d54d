package main

import (
	"fmt"
	"log/slog"
	"slices"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
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
