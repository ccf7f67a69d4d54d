package config

import (
	"fmt"
	"os"
	"regexp"
)

// namespaceForm is how Kubernetes calls namespaces (RFC 1123).
var namespaceForm = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)

// cluster is what is wrong with the settings of a Kubernetes cluster.
func (f Flags) cluster() (bad Problems) {
	if f.KubernetesNamespace != "" && !namespaceForm.MatchString(f.KubernetesNamespace) {
		bad.Add("CHANCERY_KUBERNETES_NAMESPACE", fmt.Errorf("want a namespace's name: small letters, digits and -, 63 at most"))
	}
	if f.Kubeconfig == "" {
		return bad
	}
	if f.KubernetesNamespace == "" {
		bad.Add("CHANCERY_KUBECONFIG", fmt.Errorf("is of no use without CHANCERY_KUBERNETES_NAMESPACE"))
	}
	file, err := os.Open(f.Kubeconfig)
	if err != nil {
		bad.Add("CHANCERY_KUBECONFIG", fmt.Errorf("cannot be read: %w", err))
		return bad
	}
	_ = file.Close()
	return bad
}
