package main

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"chancery/app/fault"
	"chancery/app/kube"
	"chancery/app/manifest"
	"chancery/config"
	"chancery/jobs/operator"
	"chancery/views"
)

// openCluster is the way to the cluster that declares the practice; nil where none does. The cluster itself need not answer yet.
func openCluster(s config.Settings, log *slog.Logger) (*kube.Client, error) {
	if s.KubernetesNamespace == "" {
		return nil, nil
	}
	_, version, _ := strings.Cut(manifest.APIVersion, "/")
	client, err := kube.Open(kube.Options{Kubeconfig: s.Kubeconfig, Namespace: s.KubernetesNamespace, Group: manifest.Group, Version: version,
		Resources: operator.Resources(), Log: log})
	if err != nil {
		return nil, fmt.Errorf("CHANCERY_KUBERNETES_NAMESPACE is set, and CHANCERY_KUBECONFIG is %q: %w", s.Kubeconfig, err)
	}
	return client, nil
}

// says says a message to those who write manifests, as plan and apply do.
func (h *house) says(m fault.Message) string {
	return views.In("en", time.UTC, h.db.Now()).T(m)
}
