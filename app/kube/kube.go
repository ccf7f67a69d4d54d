// Package kube speaks to a Kubernetes API server: it keeps a mirror of the custom resources of one namespace, and writes back what has become of
// them. It knows objects, conditions and requests; what the objects mean is not its business, and nothing of ours may be imported here.
//
// # Why no controller-runtime, and no informers
//
// One replica of ours works at a time, by the lease that the database keeps, so leader election, shared caches and typed clients would be for
// nothing, and the generated types of k8s.io/api weigh more than everything else here. This room is the dynamic client with a list and a watch for each kind.
// The stripped program (go build -ldflags '-s -w' ./app): 59,060,386 bytes before it, 63,447,202 with it.
//
// # The mirror
//
//	list, in pages ──▶ watch ──▶ the API server ends it ──▶ watch on, from where it was
//	      ▲              │  410: too old to go on
//	      └──────────────┘  anything else: again after a back-off that doubles up to half a minute, and is never the same for two
//
// A list takes the place of what was known only when it came whole. As long as a kind cannot be asked, what was known of it stays, and Look says since when
// it has not been heard of: nobody is missed because a server was away. What we write ourselves goes into the mirror with the answer, so that
// it is not written again before the watch tells of it.
//
// # What it may do
//
// Of each resource get, list, watch and patch, patch of its status, and create of events, in that namespace:
//
//   - {apiGroups: [chancery.dev], resources: [organizations, departments, profiles, roles, users], verbs: [get, list, watch, patch]}
//   - {apiGroups: [chancery.dev], resources: [organizations/status, departments/status, profiles/status, roles/status, users/status], verbs: [patch]}
//   - {apiGroups: [events.k8s.io], resources: [events], verbs: [create]}
package kube

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// Resource is a kind of custom resource, and what its path calls it.
type Resource struct{ Kind, Plural string }

// Options say which cluster, and what of it.
type Options struct {
	Kubeconfig string // a file; "" is the service account of the pod
	Namespace  string
	Group      string
	Version    string
	Resources  []Resource
	Log        *slog.Logger
	// Wrap is put around what carries the requests. Tests count them.
	Wrap func(http.RoundTripper) http.RoundTripper
}

// Client asks one API server about one namespace.
type Client struct {
	opts    Options
	dynamic dynamic.Interface
	host    string // who tells of events
}

// answerWithin bounds one request that is no watch.
const answerWithin = 30 * time.Second

// userAgent is how the API server's audit log calls us.
const userAgent = "chancery-operator"

// Open reads how the API server is reached, and asks it nothing yet.
func Open(o Options) (*Client, error) {
	c, err := reach(o)
	if err != nil {
		return nil, err
	}
	c.QPS = -1 // the server sorts out who may ask how much (Priority and Fairness); its Retry-After is heeded
	c.UserAgent = userAgent
	c.WarningHandler = rest.NoWarnings{}
	if o.Wrap != nil {
		c.Wrap(o.Wrap)
	}
	client, err := dynamic.NewForConfig(c)
	if err != nil {
		return nil, fmt.Errorf("the way to the cluster: %w", err)
	}
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "chancery"
	}
	return &Client{opts: o, dynamic: client, host: host}, nil
}

func reach(o Options) (*rest.Config, error) {
	if o.Kubeconfig != "" {
		c, err := clientcmd.BuildConfigFromFlags("", o.Kubeconfig)
		if err != nil {
			return nil, fmt.Errorf("the kubeconfig cannot be used: %w", err)
		}
		return c, nil
	}
	c, err := rest.InClusterConfig()
	switch {
	case errors.Is(err, rest.ErrNotInCluster):
		return nil, errors.New("this is no pod of a cluster; a kubeconfig has to say where the API server is")
	case err != nil:
		return nil, fmt.Errorf("the pod's service account cannot be used: %w", err)
	}
	return c, nil
}

func (c *Client) of(r Resource) dynamic.ResourceInterface {
	return c.dynamic.Resource(schema.GroupVersionResource{Group: c.opts.Group, Version: c.opts.Version, Resource: r.Plural}).Namespace(c.opts.Namespace)
}

// resource is what a kind's path calls it.
func (c *Client) resource(kind string) Resource {
	for _, r := range c.opts.Resources {
		if r.Kind == kind {
			return r
		}
	}
	return Resource{Kind: kind}
}
