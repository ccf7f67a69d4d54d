package main

import (
	"context"
	"log/slog"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"chancery/app/declared"
)

// declaredGauges tell those who watch over the program what is not as it is declared: a wrong file in Git is else seen by nobody who does not look. Each replica
// asks the database when it is scraped, so none tells of a time when it had the lease.
type declaredGauges struct {
	room *declared.Declared
	log  *slog.Logger

	one            sync.Mutex // scrapes come one at a time, as what they show is made anew
	objects, stuck *prometheus.GaugeVec
}

func newDeclaredGauges(room *declared.Declared, log *slog.Logger) *declaredGauges {
	return &declaredGauges{
		room: room, log: log,
		objects: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "chancery_declared_objects", Help: "Objects that sources of manifests declare, by how they are."}, []string{"source", "state"}),
		stuck:   prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "chancery_declared_source_stuck", Help: "1 for a source that cannot be read, or from which too many people have gone."}, []string{"source"}),
	}
}

// Describe tells which metrics there are.
func (g *declaredGauges) Describe(to chan<- *prometheus.Desc) {
	g.objects.Describe(to)
	g.stuck.Describe(to)
}

// Collect asks the database. While that is away, which other metrics tell, nothing is known and nothing said.
func (g *declaredGauges) Collect(to chan<- prometheus.Metric) {
	g.one.Lock()
	defer g.one.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), checkTimeout)
	defer cancel()
	is, err := g.room.Tally(ctx)
	if err != nil {
		g.log.Debug("what is declared cannot be counted", "error", err.Error())
		return
	}
	g.objects.Reset()
	g.stuck.Reset()
	for _, c := range is.Objects {
		g.objects.WithLabelValues(c.Source, c.State).Set(float64(c.N))
	}
	for _, source := range is.Stuck {
		g.stuck.WithLabelValues(source).Set(1)
	}
	g.objects.Collect(to)
	g.stuck.Collect(to)
}
