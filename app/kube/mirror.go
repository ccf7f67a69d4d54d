package kube

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// Mirror is what the namespace holds, as far as we have heard.
type Mirror struct {
	client *Client

	mu      sync.Mutex
	kinds   map[string]*kept
	edition uint64
	changed chan struct{} // holds a token when somebody has to look
}

// kept is what is known of a kind.
type kept struct {
	objects map[string]*Object // by name
	listed  bool               // once, whole
	failing error              // why it cannot be asked; nil: it can
	since   time.Time          // it cannot
	told    bool               // that it cannot
}

// Look is what the mirror shows at a moment.
type Look struct {
	// Whole: each kind has been listed since the mirror runs.
	Whole bool
	// Edition is another one as soon as any object says something else. Our own writes, and what anybody does to a status, do not count.
	Edition uint64
	Objects []*Object // by kind and name
	// Failing is why the cluster cannot be asked, in words; "" while it can. Since is when that began.
	Failing string
	Since   time.Time
}

// blip is how long a server may be away before anybody is told: as long as another takes to take over.
const blip = 5 * time.Second

// NewMirror makes a mirror; it shows nothing before it runs.
func NewMirror(c *Client) *Mirror {
	m := &Mirror{client: c, changed: make(chan struct{}, 1)}
	m.empty()
	return m
}

func (m *Mirror) empty() {
	m.kinds = map[string]*kept{}
	for _, r := range m.client.opts.Resources {
		m.kinds[r.Kind] = &kept{objects: map[string]*Object{}}
	}
}

// debounce is how long changes are gathered before anybody is told: kubectl apply of a directory is one change.
const debounce = 100 * time.Millisecond

// Run follows the cluster until ctx ends, and calls changed when there is something to look at. What an earlier run has seen is forgotten.
func (m *Mirror) Run(ctx context.Context, changed func()) error {
	m.mu.Lock()
	m.empty()
	m.mu.Unlock()
	var all sync.WaitGroup
	for _, r := range m.client.opts.Resources {
		all.Go(func() { m.follow(ctx, r) })
	}
	all.Go(func() {
		for {
			select {
			case <-m.changed:
			case <-ctx.Done():
				return
			}
			if !sleep(ctx, debounce) {
				return
			}
			changed()
		}
	})
	all.Wait()
	return nil
}

// Look tells what is there now.
func (m *Mirror) Look() Look {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := Look{Whole: true, Edition: m.edition}
	for kind, k := range m.kinds {
		l.Whole = l.Whole && k.listed
		if k.failing != nil && time.Since(k.since) >= blip {
			if l.Since.IsZero() || k.since.Before(l.Since) {
				l.Since = k.since
			}
			if why := m.why(kind, k.failing); l.Failing == "" || why < l.Failing { // the same one each time
				l.Failing = why
			}
		}
		l.Objects = slices.AppendSeq(l.Objects, maps.Values(k.objects))
	}
	slices.SortFunc(l.Objects, func(a, b *Object) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name)) })
	return l
}

// tell has somebody look; m.mu is held.
func (m *Mirror) tell() {
	select {
	case m.changed <- struct{}{}:
	default: // they are told already
	}
}

// replace puts a whole list in the place of what was known of a kind.
func (m *Mirror) replace(kind string, objects map[string]*Object) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.kinds[kind]
	differs := !k.listed || len(k.objects) != len(objects)
	for name, o := range objects {
		was := k.objects[name]
		differs = differs || was == nil || !was.same(o)
		if was != nil && o.older(was) { // we have written to it since the list was made
			objects[name] = was
		}
	}
	k.objects, k.listed = objects, true
	if differs {
		m.edition++
		m.tell()
	}
}

// put takes an object in; one that is older than what is known is left out. own: we wrote it ourselves.
func (m *Mirror) put(o *Object, own bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.kinds[o.Kind]
	was := k.objects[o.Name]
	if was != nil && o.older(was) || was == nil && own {
		return
	}
	k.objects[o.Name] = o
	if (was == nil || !was.same(o)) && !own {
		m.edition++
		m.tell()
	}
}

// drop takes an object out, if it is still the one that is known.
func (m *Mirror) drop(o *Object) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.kinds[o.Kind]
	if was := k.objects[o.Name]; was == nil || was.UID != o.UID {
		return
	}
	delete(k.objects, o.Name)
	m.edition++
	m.tell()
}

// failed notes that a kind cannot be asked. Somebody is told when it has lasted, and when it is well again.
func (m *Mirror) failed(kind string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.kinds[kind]
	if k.failing == nil {
		k.since = time.Now()
	}
	k.failing = err
	if !k.told && time.Since(k.since) >= blip {
		k.told = true
		m.tell()
	}
}

func (m *Mirror) well(kind string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.kinds[kind]
	if k.told {
		m.tell()
	}
	k.failing, k.told = nil, false
}

// why is what a person can do something about.
func (m *Mirror) why(kind string, err error) string {
	what := fmt.Sprintf("%s.%s in the namespace %s", m.client.resource(kind).Plural, m.client.opts.Group, m.client.opts.Namespace)
	switch {
	case isUnauthorized(err):
		return "the cluster does not know who asks: the service account's token is not accepted"
	case isForbidden(err):
		return "the service account may not list and watch " + what
	case isNotFound(err):
		return "the cluster has no " + what + ": the definition of this custom resource is not installed"
	}
	return "the cluster cannot be reached"
}

// sleep waits, and tells whether it was not interrupted.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
