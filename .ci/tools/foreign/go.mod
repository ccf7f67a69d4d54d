// Definitions of the kinds of other projects that the chart makes objects of: Gateway API and Prometheus operator. Nothing is built from it;
// ../../definitions.sh finds their files.
module chancery/tools/foreign

go 1.26.8

require (
	github.com/prometheus-operator/prometheus-operator v0.85.0
	sigs.k8s.io/gateway-api v1.6.3
)
