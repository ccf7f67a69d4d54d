package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// opsServer answers those who run Chancery, on an address of its own: /livez (the process turns), /readyz (it can serve
// people) and /metrics. Only the database makes it unready: when storage or mail are down pages still serve and work
// waits, so they show as degraded (B-24, ASVS 16.5.2).
type opsServer struct{ server *http.Server }

func startOps(address string, h *house, registry *prometheus.Registry) (*opsServer, error) {
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", h.ready)
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on CHANCERY_OPS_LISTEN: %w", err)
	}
	o := &opsServer{&http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}}
	go func() {
		if err := o.server.Serve(listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
			h.log.Error("ops server ended", "error", err.Error())
		}
	}()
	return o, nil
}

func (o *opsServer) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_ = o.server.Shutdown(ctx)
}

// ready says how each part is, without details that could name hosts or people; those are in the log.
func (h *house) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	state := map[string]string{"status": "ok", "database": "ok", "blobs": "ok", "mail": "ok"}
	code := http.StatusOK
	for _, part := range []struct {
		name  string
		check func(context.Context) error
	}{{"blobs", h.blobs.Ready}, {"mail", h.sender.Ready}, {"database", h.db.Ready}} {
		err := part.check(ctx)
		if err == nil {
			continue
		}
		h.log.Warn("not ready", "part", part.name, "error", err.Error())
		if part.name == "database" {
			state["status"], state["database"], code = "down", "down", http.StatusServiceUnavailable
		} else {
			state[part.name] = "degraded"
			if state["status"] == "ok" {
				state["status"] = "degraded"
			}
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(state)
}
