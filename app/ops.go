package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// opsServer answers those who run Chancery, on an address of its own: /livez (the process turns), /readyz (it can serve
// people) and /metrics. Only the database makes it unready: when storage or mail are down pages still serve and work
// waits, so they show as degraded (B-24, ASVS 16.5.2).
//
// It answers from the first moment, alive and not ready, so that a long migration is not taken for a program that hangs.
type opsServer struct {
	server   *http.Server
	house    atomic.Pointer[readiness] // nil while it starts
	draining atomic.Bool               // told to end, and still serving
}

func startOps(listener net.Listener, registry *prometheus.Registry, log *slog.Logger) *opsServer {
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	o := &opsServer{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", o.ready)
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	o.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := o.server.Serve(listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
			log.Error("ops server ended", "error", err.Error())
		}
	}()
	return o
}

func (o *opsServer) ready(w http.ResponseWriter, r *http.Request) {
	if o.draining.Load() {
		answer(w, http.StatusServiceUnavailable, map[string]string{"status": "draining"})
		return
	}
	if parts := o.house.Load(); parts != nil {
		parts.ServeHTTP(w, r)
		return
	}
	answer(w, http.StatusServiceUnavailable, map[string]string{"status": "starting"})
}

func answer(w http.ResponseWriter, code int, state map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(state)
}

func (o *opsServer) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_ = o.server.Shutdown(ctx)
}

// readiness says how each part is, without details that could name hosts or people; those are in the log.
type readiness struct {
	log   *slog.Logger
	parts []*part
}

// part is something that must answer. It is asked once at a time, and an answer counts for a while, so that many probes
// do not sign in to the mail server as often.
type part struct {
	name  string
	check func(context.Context) error
	fails string        // what its failure makes of it: "degraded", or "down" and all with it
	lasts time.Duration // how long an answer counts

	asking sync.Mutex
	asked  time.Time
	err    error
}

// checkTimeout bounds one question to one part; probes wait a little longer.
const checkTimeout = 3 * time.Second

func newReadiness(h *house) *readiness {
	r := &readiness{log: h.log, parts: []*part{
		{name: "database", check: h.db.Ready, fails: "down"},
		{name: "blobs", check: h.blobs.Ready, fails: "degraded", lasts: 5 * time.Second},
		{name: "mail", check: h.sender.Ready, fails: "degraded", lasts: 5 * time.Second},
	}}
	if h.texts != nil {
		r.parts = append(r.parts, &part{name: "texts", check: h.texts.Ready, fails: "degraded", lasts: 5 * time.Second})
	}
	return r
}

// ServeHTTP asks all parts at the same time, so that one that is silent does not make the others look so.
func (r *readiness) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	var wg sync.WaitGroup
	answers := make([]string, len(r.parts))
	for i, p := range r.parts {
		wg.Go(func() { answers[i] = p.ask(req.Context(), r.log) })
	}
	wg.Wait()
	state, code := map[string]string{"status": "ok"}, http.StatusOK
	for i, p := range r.parts {
		state[p.name] = answers[i]
		switch {
		case answers[i] == "down":
			state["status"], code = "down", http.StatusServiceUnavailable
		case answers[i] == "degraded" && code == http.StatusOK:
			state["status"] = "degraded"
		}
	}
	answer(w, code, state)
}

// ask is "ok", or what the part's failure makes of it; only a change is logged.
func (p *part) ask(ctx context.Context, log *slog.Logger) string {
	p.asking.Lock()
	defer p.asking.Unlock()
	if p.asked.IsZero() || time.Since(p.asked) >= p.lasts {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkTimeout)
		defer cancel()
		before := p.err
		p.err = p.check(ctx)
		p.asked = time.Now()
		switch {
		case p.err != nil && before == nil:
			log.Warn("not ready", "part", p.name, "error", p.err.Error())
		case p.err == nil && before != nil:
			log.Info("ready again", "part", p.name)
		}
	}
	if p.err != nil {
		return p.fails
	}
	return "ok"
}
