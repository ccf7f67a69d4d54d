package operator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"chancery/app/apptest"
	"chancery/app/apptest/kubetest"
	"chancery/jobs/operator"
)

// statedPeople is how many people the namespace of the benchmark holds.
const statedPeople = 1000

// From an edit that the API server has taken until the object's status says that the practice agrees, one edit after the other, in a namespace of a thousand
// people: everything is looked at each time. `make bench ARGS="-operator"`.
func BenchmarkWatchToConverged(b *testing.B) {
	o := open(b, apptest.One(b), kubetest.Shared(b).For(b))
	o.create("Role/lead", spec{"name": "Lead", "parent": "paralegal"})
	for i := range statedPeople {
		o.create(fmt.Sprintf("User/p%04d", i), spec{"email": fmt.Sprintf("p%04d@firm.example", i), "firstName": "Per", "lastName": "Son", "role": "lead"})
	}
	changed, ended := make(chan struct{}, 1), make(chan struct{})
	b.Cleanup(func() { close(ended) })
	o.stop() // and begun anew as jobs begin it, told of changes
	o.start(func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	})
	go func() {
		for {
			select {
			case <-changed:
				_, _ = o.r.Reconcile(b.Context(), operator.Key)
			case <-ended:
				return
			}
		}
	}()
	agrees := func(ref string, generation int64) bool {
		is, _ := o.get(ref)
		return is.word() == "True Applied" && is.Status.ObservedGeneration == generation
	}
	last := fmt.Sprintf("User/p%04d", statedPeople-1)
	o.cluster.Until("everybody is applied", func() bool { return agrees(last, 1) })

	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	var took []time.Duration
	for n := 0; b.Loop(); n++ {
		ref := fmt.Sprintf("User/p%04d", n%statedPeople)
		is, _ := o.get(ref)
		o.edit(ref, map[string]any{"spec": spec{"lastName": "Son" + strings.Repeat("n", n/statedPeople+1)}})
		began := time.Now()
		for !agrees(ref, is.Metadata.Generation+1) {
			<-tick.C
			if time.Since(began) > time.Minute {
				b.Fatalf("%s is not as it is stated", ref)
			}
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	of := func(part float64) float64 { return float64(took[int(part*float64(len(took)-1))].Microseconds()) / 1e3 }
	b.ReportMetric(of(0.5), "p50-ms")
	b.ReportMetric(of(0.99), "p99-ms")
}
