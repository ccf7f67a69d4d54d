package kubetest

import (
	"context"
	"net/http"
	"time"
)

// sayPodsRun stands in for the kubelet: it says of pods that wait that they run, or have succeeded. What fails is tried again, since the API server may be away.
func (p *plane) sayPodsRun(ctx context.Context) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		var pods struct {
			Items []struct {
				Metadata struct{ Namespace, Name string }
				Spec     struct{ RestartPolicy string }
			}
		}
		if _, err := p.ask(ctx, http.MethodGet, "/api/v1/pods?fieldSelector=status.phase%3DPending", nil, &pods); err != nil {
			continue
		}
		for _, pod := range pods.Items {
			status := map[string]any{"phase": "Succeeded"}
			if pod.Spec.RestartPolicy == "Always" {
				now := time.Now().UTC().Format(time.RFC3339)
				status = map[string]any{"phase": "Running", "conditions": []map[string]string{
					{"type": "Ready", "status": "True", "lastTransitionTime": now}, {"type": "ContainersReady", "status": "True", "lastTransitionTime": now},
				}}
			}
			_, _ = p.ask(ctx, http.MethodPatch, "/api/v1/namespaces/"+pod.Metadata.Namespace+"/pods/"+pod.Metadata.Name+"/status", map[string]any{"status": status}, nil)
		}
	}
}
