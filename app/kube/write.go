package kube

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// Errors of writing that mean something; any other is for trying again.
var (
	ErrGone    = errors.New("the object is no more")
	ErrOther   = errors.New("the object is not what it was")          // another generation, or another object of the name
	ErrInvalid = errors.New("the cluster finds the object not valid") // by a definition that is newer than the object
)

// triesMost is how often a write is tried that others came before.
const triesMost = 5

// Finalize puts a finalizer on an object, or takes it off, and returns the object as it is then. It returns ErrGone, or ErrOther for one whose spec
// has changed meanwhile.
func (m *Mirror) Finalize(ctx context.Context, o *Object, finalizer string, on bool) (*Object, error) {
	return m.write(ctx, o, func(o *Object) map[string]any {
		if slices.Contains(o.Finalizers, finalizer) == on {
			return nil
		}
		next := slices.DeleteFunc(slices.Clone(o.Finalizers), func(f string) bool { return f == finalizer })
		if on {
			next = append(next, finalizer)
		}
		return map[string]any{"metadata": map[string]any{"finalizers": next}}
	})
}

// Status makes fields of an object's status what next says of the object as it is; nil takes a field away. Where nothing differs, nothing is written.
// Its errors are those of Finalize.
func (m *Mirror) Status(ctx context.Context, o *Object, next func(o *Object) map[string]any) (*Object, error) {
	return m.write(ctx, o, func(o *Object) map[string]any {
		differs := map[string]any{}
		for field, value := range next(o) {
			is, there := o.Status[field]
			if value == nil && there || value != nil && !equal(is, value) {
				differs[field] = value
			}
		}
		if len(differs) == 0 {
			return nil
		}
		return map[string]any{"status": differs}
	}, "status")
}

// write patches an object by what change makes of it, as long as nobody else was first; then it is read again.
func (m *Mirror) write(ctx context.Context, o *Object, change func(*Object) map[string]any, sub ...string) (*Object, error) {
	of := m.client.of(m.client.resource(o.Kind))
	first := o
	for range triesMost {
		patch := change(o)
		if patch == nil {
			return o, nil
		}
		meta, _ := patch["metadata"].(map[string]any)
		if meta == nil {
			meta = map[string]any{}
			patch["metadata"] = meta
		}
		meta["resourceVersion"] = o.Version
		body, err := json.Marshal(patch)
		if err != nil {
			return o, err
		}
		is, err := ask(ctx, func(ctx context.Context) (*unstructured.Unstructured, error) {
			return of.Patch(ctx, o.Name, types.MergePatchType, body, metav1.PatchOptions{FieldManager: userAgent}, sub...)
		})
		if err == nil {
			return m.wrote(o.Kind, is), nil
		}
		if !isConflict(err) {
			return o, m.judge(first, err)
		}
		if is, err = ask(ctx, func(ctx context.Context) (*unstructured.Unstructured, error) {
			return of.Get(ctx, o.Name, metav1.GetOptions{})
		}); err != nil {
			return o, m.judge(first, err)
		}
		o = objectOf(first.Kind, is)
		m.put(o, false)
		if o.UID != first.UID || o.Generation != first.Generation || o.Leaving != first.Leaving {
			return o, ErrOther
		}
	}
	return o, ErrOther // others write without end: their events have us look again
}

// wrote takes the server's answer to our own write. What that was the end of is gone, and no more in the mirror.
func (m *Mirror) wrote(kind string, is *unstructured.Unstructured) *Object {
	o := objectOf(kind, is)
	if o.Leaving && len(o.Finalizers) == 0 {
		m.drop(o)
	} else {
		m.put(o, true)
	}
	return o
}

// judge turns a refusal into an error that tells nothing of the object.
func (m *Mirror) judge(o *Object, err error) error {
	switch {
	case isNotFound(err):
		m.drop(o)
		return ErrGone
	case isInvalid(err):
		return ErrInvalid
	}
	return errors.New("write to the cluster: " + plain(err))
}

func ask(ctx context.Context, do func(context.Context) (*unstructured.Unstructured, error)) (*unstructured.Unstructured, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	return do(ctx)
}

// Event is what is told of an object to whoever describes it.
type Event struct {
	Warning      bool
	Reason, Note string
	// Of tells this event from others of the same words about the same object; told twice, it is one.
	Of string
	At time.Time
}

// noteMost is what the API server takes, in bytes.
const noteMost = 1024

// Tell writes an event.
func (m *Mirror) Tell(ctx context.Context, o *Object, e Event) error {
	kind := "Normal"
	if e.Warning {
		kind = "Warning"
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{o.UID, e.Reason, e.Note, e.Of}, "\x00")))
	c := m.client
	event := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "events.k8s.io/v1", "kind": "Event",
		"metadata":            map[string]any{"name": eventName(o.Name) + "." + hex.EncodeToString(sum[:8]), "namespace": c.opts.Namespace},
		"eventTime":           e.At.UTC().Format("2006-01-02T15:04:05.000000Z"),
		"reportingController": c.opts.Group + "/operator", "reportingInstance": shorter(c.host, 128), "action": "Reconcile",
		"type": kind, "reason": e.Reason, "note": shorter(e.Note, noteMost),
		"regarding": map[string]any{"apiVersion": c.opts.Group + "/" + c.opts.Version, "kind": o.Kind, "namespace": c.opts.Namespace, "name": o.Name,
			"uid": o.UID, "resourceVersion": o.Version},
	}}
	_, err := ask(ctx, func(ctx context.Context) (*unstructured.Unstructured, error) {
		return c.dynamic.Resource(schema.GroupVersionResource{Group: "events.k8s.io", Version: "v1", Resource: "events"}).Namespace(c.opts.Namespace).
			Create(ctx, event, metav1.CreateOptions{FieldManager: userAgent})
	})
	if err == nil || isThere(err) {
		return nil
	}
	return errors.New("tell of an event: " + plain(err))
}

// eventName is as much of an object's name as an event's own can begin with, which is no longer than that and is a DNS subdomain, too.
func eventName(object string) string {
	return strings.TrimRight(object[:min(len(object), 200)], "-.")
}

// shorter cuts a text to so many bytes, between characters.
func shorter(s string, most int) string {
	for i := range s {
		if i > most-4 && len(s) > most {
			return s[:i] + "…"
		}
	}
	return s
}

// equal compares values of JSON, whatever types of Go they have.
func equal(a, b any) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && string(x) == string(y)
}
