#!/usr/bin/env bash
# definitions.sh   prints where the custom resource definitions of other projects lie that the chart makes objects of, as a list of paths;
# the charts' tests install them in their API server. They come with the Go modules of tools/foreign, pinned and checked by its go.sum.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$chancery_root/.ci/tools/foreign"

gateway=sigs.k8s.io/gateway-api prometheus=github.com/prometheus-operator/prometheus-operator
go mod download $gateway $prometheus
paths=(
	"$(go list -m -f '{{.Dir}}' $gateway)/config/crd/standard/gateway.networking.k8s.io_httproutes.yaml"
	"$(go list -m -f '{{.Dir}}' $prometheus)"/example/prometheus-operator-crd/monitoring.coreos.com_{prometheusrules,servicemonitors}.yaml
)
ls "${paths[@]}" >/dev/null
(IFS=:; echo "${paths[*]}")
