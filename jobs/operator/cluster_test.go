package operator_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"chancery/app/apptest"
	"chancery/app/apptest/kubetest"
	"chancery/app/fault"
	"chancery/app/kube"
	"chancery/app/manifest"
	"chancery/app/staff"
	"chancery/jobs/operator"
	"chancery/views"
)

func TestMain(m *testing.M) { kubetest.Main(m) }

// rules are what the chart lets a replica do in its namespace, and no more.
func rules(t testing.TB) (all []kubetest.Rule) {
	t.Helper()
	text, err := os.ReadFile("../../charts/chancery/templates/operator.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "\nrules:\n")
	block, _, _ := strings.Cut(after, "\n---\n")
	var list []map[string][]string
	if err := yaml.Unmarshal([]byte(block), &list); err != nil || len(list) == 0 {
		t.Fatalf("the chart's rules cannot be found: %v", err)
	}
	for _, r := range list {
		all = append(all, kubetest.Rule{APIGroups: r["apiGroups"], Resources: r["resources"], Verbs: r["verbs"]})
	}
	return all
}

// operation is a practice, a namespace of its own, and the operator between them.
type operation struct {
	*apptest.App
	t          testing.TB
	cluster    *kubetest.Cluster
	namespace  string
	kubeconfig string
	line       *line
	log        *apptest.Buffer

	r    *operator.Reconciler
	end  context.CancelFunc
	over chan struct{}
	last error // of a turn
}

var namespaces atomic.Int64

func each(t *testing.T, fn func(o *operation)) {
	t.Helper()
	cluster := kubetest.Shared(t)
	apptest.Each(t, func(t *testing.T, app *apptest.App) { fn(open(t, app, cluster.For(t))) })
}

func open(t testing.TB, app *apptest.App, cluster *kubetest.Cluster) *operation {
	t.Helper()
	o := &operation{App: app, t: t, cluster: cluster, namespace: fmt.Sprintf("practice-%d", namespaces.Add(1)), line: &line{}, log: &apptest.Buffer{}}
	var definitions [][]byte
	for _, kind := range manifest.Kinds() {
		text, err := manifest.CRD(kind)
		o.must(err)
		definitions = append(definitions, text)
	}
	cluster.Define(definitions...)
	cluster.Namespace(o.namespace)
	o.kubeconfig = cluster.Account(o.namespace, "operator", rules(t)...)
	o.start(func() {})
	t.Cleanup(func() {
		o.stop()
		if t.Failed() {
			t.Logf("the operator said:\n%s", o.log)
		}
	})
	return o
}

// start begins an operator that knows nothing yet, as a process does that has just got the lease. It calls changed when it has heard of something.
func (o *operation) start(changed func()) {
	o.t.Helper()
	client, err := kube.Open(kube.Options{Kubeconfig: o.kubeconfig, Namespace: o.namespace, Group: manifest.Group, Version: "v1alpha1", Resources: operator.Resources(),
		Log: slog.New(slog.NewTextHandler(o.log, nil)), Wrap: o.line.wrap})
	o.must(err)
	say := func(m fault.Message) string { return views.In("en", time.UTC, o.Clock.Now()).T(m) }
	o.r = &operator.Reconciler{Declared: o.Declared, Mirror: kube.NewMirror(client), Every: time.Minute, Now: o.Clock.Now, Say: say,
		Log: slog.New(slog.NewTextHandler(o.log, nil))}
	ctx, end := context.WithCancel(context.WithoutCancel(o.t.Context()))
	o.end, o.over = end, make(chan struct{})
	go func(r *operator.Reconciler, over chan struct{}) {
		_ = r.Run(ctx, changed)
		close(over)
	}(o.r, o.over)
}

// stop ends the operator.
func (o *operation) stop() {
	o.end()
	<-o.over
}

// turn has the operator look once, as its loop does after each change and at each interval.
func (o *operation) turn() {
	_, o.last = o.r.Reconcile(o.t.Context(), operator.Key)
}

// until turns until something is so.
func (o *operation) until(what string, ok func() bool) {
	o.t.Helper()
	deadline := time.Now().Add(3 * time.Minute) // machines that run many tests at once are slow
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		o.turn()
		if ok() {
			return
		}
		if time.Now().After(deadline) {
			o.t.Fatalf("still not so: %s; last error: %v", what, o.last)
		}
		<-tick.C
	}
}

// interval lets one go by.
func (o *operation) interval() {
	o.Clock.Add(time.Minute)
	o.turn()
}

func (o *operation) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// resource is a custom resource as the cluster has it.
type resource struct {
	Metadata struct {
		Name, ResourceVersion, DeletionTimestamp string
		Generation                               int64
		Finalizers                               []string
	}
	Status struct {
		ObservedGeneration  int64
		State, LastSignInAt string
		Conditions          []struct {
			Type, Status, Reason, Message, LastTransitionTime string
			ObservedGeneration                                int64
		}
	}
}

// word is "True Applied", or "" of an object that nothing is said of yet.
func (r resource) word() string {
	for _, c := range r.Status.Conditions {
		if c.Type == "Ready" {
			return c.Status + " " + c.Reason
		}
	}
	return ""
}

func (r resource) message() string {
	for _, c := range r.Status.Conditions {
		if c.Type == "Ready" {
			return c.Message
		}
	}
	return ""
}

func (o *operation) path(ref string) string {
	kind, name, _ := strings.Cut(ref, "/")
	return strings.TrimSuffix("/apis/"+manifest.APIVersion+"/namespaces/"+o.namespace+"/"+manifest.Plural(manifest.Kind(kind))+"/"+name, "/")
}

func (o *operation) get(ref string) (r resource, status int) {
	o.t.Helper()
	var text json.RawMessage
	if status = o.cluster.Do(http.MethodGet, o.path(ref), nil, &text); status == http.StatusOK {
		o.must(json.Unmarshal(text, &r))
	}
	return r, status
}

type spec = map[string]any

// create makes an object: kubectl create.
func (o *operation) create(ref string, s spec) {
	o.t.Helper()
	kind, name, _ := strings.Cut(ref, "/")
	var said struct{ Message string }
	if status := o.cluster.Do(http.MethodPost, o.path(kind), map[string]any{"apiVersion": manifest.APIVersion, "kind": kind, "metadata": map[string]any{"name": name}, "spec": s}, &said); status != http.StatusCreated {
		o.t.Fatalf("create %s: %d %s", ref, status, said.Message)
	}
}

// edit merges into an object: kubectl patch.
func (o *operation) edit(ref string, patch map[string]any) {
	o.t.Helper()
	if status := o.cluster.Do(http.MethodPatch, o.path(ref), patch, nil); status != http.StatusOK {
		o.t.Fatalf("patch %s: %d", ref, status)
	}
}

func (o *operation) delete(ref string) {
	o.t.Helper()
	if status := o.cluster.Do(http.MethodDelete, o.path(ref), nil, nil); status != http.StatusOK {
		o.t.Fatalf("delete %s: %d", ref, status)
	}
}

// becomes waits until the object says a word of its latest spec.
func (o *operation) becomes(ref, word string) resource {
	o.t.Helper()
	var is resource
	o.until(ref+" is "+word, func() bool {
		is, _ = o.get(ref)
		return is.word() == word && is.Status.ObservedGeneration == is.Metadata.Generation
	})
	return is
}

// vanishes waits until an object is no more.
func (o *operation) vanishes(ref string) {
	o.t.Helper()
	o.until(ref+" is no more", func() bool { _, status := o.get(ref); return status == http.StatusNotFound })
}

// events are what was told of an object, as "Warning Refused".
func (o *operation) events(ref string) (all []string) {
	o.t.Helper()
	_, name, _ := strings.Cut(ref, "/")
	var list struct {
		Items []struct{ Type, Reason, Message string }
	}
	o.cluster.Do(http.MethodGet, "/api/v1/namespaces/"+o.namespace+"/events?fieldSelector=involvedObject.name%3D"+name, nil, &list)
	for _, e := range list.Items {
		all = append(all, e.Type+" "+e.Reason)
	}
	return all
}

func (o *operation) person(address string) *staff.User {
	o.t.Helper()
	u, err := o.Staff.ByEmail(o.t.Context(), address)
	if err != nil {
		return &staff.User{}
	}
	return u
}

// problem is what is told of the source as a whole.
func (o *operation) problem() (text string) {
	o.t.Helper()
	o.must(o.DB.Row(o.t.Context(), `SELECT COALESCE(max(problems), '') FROM declared_sources WHERE source = 'cluster'`).Scan(&text))
	return text
}
