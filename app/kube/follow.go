package kube

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
)

const (
	page        = 500     // objects of one answer
	objectsMost = 100_000 // of a kind
	// leastWatch is how long a watch lasts at least, on average, so that a server that ends each at once is not asked without end.
	leastWatch = time.Second
	// watchFor is how long the server is asked to keep a watch, up to twice as long: all do not end together.
	watchFor = 5 * time.Minute
)

func newBackoff() wait.Backoff {
	return wait.Backoff{Duration: 500 * time.Millisecond, Factor: 2, Jitter: 0.5, Steps: 7, Cap: 30 * time.Second}
}

// follow lists a kind and watches it until ctx ends.
func (m *Mirror) follow(ctx context.Context, r Resource) {
	version, backoff := "", newBackoff() // version: up to where we have heard
	for ctx.Err() == nil {
		began := time.Now()
		var err error
		if version == "" {
			version, err = m.list(ctx, r)
		}
		if err == nil {
			version, err = m.watch(ctx, r, version)
		}
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			backoff = newBackoff()
			if rest := leastWatch - time.Since(began); rest > 0 {
				sleep(ctx, wait.Jitter(rest, 0.5))
			}
			continue
		case tooOld(err):
			version = ""
			m.log().Info("custom resources are listed anew: the cluster does not know so far back", "resource", r.Plural)
		default:
			m.failed(r.Kind, err)
			m.log().Warn("custom resources cannot be watched; it is tried again", "resource", r.Plural, "error", plain(err))
		}
		sleep(ctx, backoff.Step())
	}
}

// list reads a kind whole, in pages, and returns up to where it has heard.
func (m *Mirror) list(ctx context.Context, r Resource) (version string, err error) {
	objects, next := map[string]*Object{}, ""
	for {
		some, err := m.page(ctx, r, next)
		if err != nil {
			return "", err
		}
		for i := range some.Items {
			o := objectOf(r.Kind, &some.Items[i])
			objects[o.Name] = o
		}
		if len(objects) > objectsMost {
			return "", fmt.Errorf("more than %d %s", objectsMost, r.Plural)
		}
		if next = some.GetContinue(); next == "" {
			m.replace(r.Kind, objects)
			m.well(r.Kind)
			return some.GetResourceVersion(), nil
		}
	}
}

func (m *Mirror) page(ctx context.Context, r Resource, next string) (*unstructured.UnstructuredList, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	return m.client.of(r).List(ctx, listOptions(next))
}

// watch hears of changes until the server ends it, and returns up to where it has heard.
func (m *Mirror) watch(ctx context.Context, r Resource, version string) (string, error) {
	seconds := int64(wait.Jitter(watchFor, 1).Seconds())
	w, err := m.client.of(r).Watch(ctx, metav1.ListOptions{ResourceVersion: version, AllowWatchBookmarks: true, TimeoutSeconds: &seconds})
	if err != nil {
		return version, err
	}
	defer w.Stop()
	m.well(r.Kind)
	for event := range w.ResultChan() {
		if event.Type == watch.Error {
			return version, apierrors.FromObject(event.Object)
		}
		u, ok := event.Object.(*unstructured.Unstructured)
		if !ok {
			return version, fmt.Errorf("a watch told of a %T", event.Object)
		}
		version = u.GetResourceVersion()
		switch event.Type {
		case watch.Added, watch.Modified:
			m.put(objectOf(r.Kind, u), false)
		case watch.Deleted:
			m.drop(objectOf(r.Kind, u))
		}
	}
	return version, nil
}
