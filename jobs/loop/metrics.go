package loop

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what one loop tells about itself; all have the label loop. Without a registry they count for nobody.
type metrics struct {
	reconciles     *prometheus.CounterVec
	seconds        prometheus.Histogram
	panics         prometheus.Counter
	resyncFailures prometheus.Counter
}

func newMetrics(registry prometheus.Registerer, name string, depth func() int) *metrics {
	label := prometheus.Labels{"loop": name}
	m := &metrics{
		reconciles: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "chancery_loop_reconciles_total", ConstLabels: label,
			Help: "Reconciles by how they ended: done, waiting, stalled, failed, cancelled.",
		}, []string{"result"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "chancery_loop_reconcile_seconds", ConstLabels: label,
			Help:    "How long one reconcile took.",
			Buckets: []float64{.001, .003, .01, .03, .1, .3, 1, 3, 10, 30, 100},
		}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "chancery_loop_panics_total", ConstLabels: label,
			Help: "Panics caught in the reconciler.",
		}),
		resyncFailures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "chancery_loop_resync_failures_total", ConstLabels: label,
			Help: "Times that asking what is due has failed.",
		}),
	}
	if registry != nil {
		registry.MustRegister(m.reconciles, m.seconds, m.panics, m.resyncFailures, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "chancery_loop_depth", ConstLabels: label,
			Help: "Objects that are ready and wait for a worker.",
		}, func() float64 { return float64(depth()) }))
	}
	return m
}

func (m *metrics) observe(result string, took time.Duration) {
	m.reconciles.WithLabelValues(result).Inc()
	m.seconds.Observe(took.Seconds())
}
