package kube

import (
	"maps"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/resourceversion"
)

// Object is a custom resource, without what only the server needs. It is never changed: another one takes its place.
type Object struct {
	Kind, Name  string
	UID         string
	Version     string // metadata.resourceVersion
	Generation  int64  // of its spec
	Leaving     bool   // somebody has asked for its deletion
	Annotations map[string]string
	Finalizers  []string
	Spec        map[string]any
	Status      map[string]any
}

// lastApplied is a second copy of the object that kubectl leaves with it.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

func objectOf(kind string, u *unstructured.Unstructured) *Object {
	o := &Object{Kind: kind, Name: u.GetName(), UID: string(u.GetUID()), Version: u.GetResourceVersion(), Generation: u.GetGeneration(),
		Leaving: u.GetDeletionTimestamp() != nil, Annotations: u.GetAnnotations(), Finalizers: u.GetFinalizers()}
	delete(o.Annotations, lastApplied)
	o.Spec, _ = u.Object["spec"].(map[string]any)
	o.Status, _ = u.Object["status"].(map[string]any)
	return o
}

// same tells whether two versions of an object say the same, but for the status, which nobody but us has a say in.
func (o *Object) same(other *Object) bool {
	return o.UID == other.UID && o.Generation == other.Generation && o.Leaving == other.Leaving && maps.Equal(o.Annotations, other.Annotations) &&
		slices.Equal(o.Finalizers, other.Finalizers)
}

// older tells whether this version was there before the other. Where the two cannot be compared, it was not.
func (o *Object) older(other *Object) bool {
	order, err := resourceversion.CompareResourceVersion(o.Version, other.Version)
	return err == nil && order < 0
}

// Condition is the condition of a type that an object's status has; its zero value where there is none.
func (o *Object) Condition(kind string) Condition {
	for _, c := range o.conditions() {
		if c["type"] == kind {
			text := func(name string) string { s, _ := c[name].(string); return s }
			seen, _ := c["observedGeneration"].(int64)
			return Condition{Type: kind, Status: text("status"), Reason: text("reason"), Message: text("message"), Since: text("lastTransitionTime"), Generation: seen}
		}
	}
	return Condition{}
}

func (o *Object) conditions() (all []map[string]any) {
	list, _ := o.Status["conditions"].([]any)
	for _, item := range list {
		if c, ok := item.(map[string]any); ok {
			all = append(all, c)
		}
	}
	return all
}

// Condition is what is told of an object, as metav1.Condition has it.
type Condition struct {
	Type, Status, Reason, Message string
	Since                         string // of Status, RFC 3339
	Generation                    int64  // of the spec that it is about
}

// Conditions is what status.conditions is to be with this condition in it: those of others stay, and Since changes only with Status.
func (o *Object) Conditions(next Condition, now time.Time) []any {
	is := o.Condition(next.Type)
	next.Since = is.Since
	if is.Status != next.Status || is.Since == "" {
		next.Since = now.UTC().Format(time.RFC3339)
	}
	own := map[string]any{"type": next.Type, "status": next.Status, "reason": next.Reason, "message": next.Message, "lastTransitionTime": next.Since,
		"observedGeneration": next.Generation}
	all, placed := []any{}, false
	for _, c := range o.conditions() {
		if c["type"] == next.Type {
			c, placed = own, true
		}
		all = append(all, c)
	}
	if !placed {
		all = append(all, own)
	}
	return all
}

// listOptions ask for a page.
func listOptions(next string) metav1.ListOptions {
	return metav1.ListOptions{Limit: page, Continue: next}
}
