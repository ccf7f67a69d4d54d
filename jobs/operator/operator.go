// Package operator keeps the practice as the custom resources of a cluster say (app/declared, B-3, D-5), and says of each what has become of it, on the one
// replica that runs the jobs.
//
// A mirror of the namespace (app/kube) tells when somebody has changed something; then, and once an interval, everything is looked at:
//
//	put the finalizer on what is new ──▶ read (manifest.Cluster) ──▶ apply (declared.Apply) ──▶ answer: events, status, finalizers off
//
// Each step can be the last of a process: what is written is what the whole calls for, never what has just been done, so the next run comes to the
// same end. A run that finds all as it should be asks the cluster for nothing and writes nothing, here or there.
//
// # Whose word counts
//
// An object is applied once our finalizer is on it, so that its deletion is a question to us and not an accident: the user is deactivated, anything else
// released, and then the finalizer goes. Who cannot leave stays, and the condition says why; so do all, when too many people go at once. While the cluster cannot be asked, nothing at all
// is done: what was known may not be what is stated by now.
//
// # What is told
//
// The condition Ready, in English, as everything is that speaks of manifests: True with Applied, or Paused where nothing is put off; False with Invalid (it is
// wrong by itself or with others), Refused (by a rule), Leaving (it cannot go yet) or Paused. An event tells when an object comes to be one of the first three,
// when it is as stated again, and when something was put right that somebody had changed elsewhere. Neither tells a value of the practice that the
// manifest does not.
package operator

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"chancery/app/declared"
	"chancery/app/fault"
	"chancery/app/kube"
	"chancery/app/manifest"
	"chancery/jobs/loop"
)

// Prefix begins the key of the cluster, of which there is one.
const Prefix = "cluster/"

// Source is what the cluster is called.
const Source = "cluster"

// Key is the namespace that is watched, whichever it is.
const Key = Prefix + "namespace"

// Finalizer is ours: the object waits with its end until we have seen to it.
const Finalizer = manifest.Group + "/leave"

// atOnce is how many requests are under way at the cluster.
const atOnce = 8

// soon is when an unfinished list is looked for again; the mirror says earlier when it is there.
const soon = 5 * time.Second

// Reconciler keeps the practice as the cluster says.
type Reconciler struct {
	Declared *declared.Declared
	Mirror   *kube.Mirror
	Every    time.Duration
	Now      func() time.Time
	Say      func(fault.Message) string // in English
	Log      *slog.Logger

	// One key is never with two workers.
	edition uint64        // that was done
	next    time.Time     // when the practice is compared again
	problem string        // that was told
	gone    declared.Gone // that was told
}

// Resources are the kinds as a cluster has them.
func Resources() (all []kube.Resource) {
	for _, kind := range manifest.Kinds() {
		all = append(all, kube.Resource{Kind: string(kind), Plural: manifest.Plural(kind)})
	}
	return all
}

// Run follows the cluster until ctx ends, and calls changed when there is something to do.
func (r *Reconciler) Run(ctx context.Context, changed func()) error {
	return r.Mirror.Run(ctx, changed)
}

// Name is the loop's name.
func (r *Reconciler) Name() string { return "cluster" }

// Due is the namespace, now.
func (r *Reconciler) Due(context.Context, time.Time) ([]loop.Due, error) {
	return []loop.Due{{Key: Key}}, nil
}

// Depth is nothing, on the page of the system: what is not as it is stated is told by the list of what is declared.
func (r *Reconciler) Depth(context.Context) (due int, oldest time.Time, err error) {
	return 0, time.Time{}, nil
}

// Reconcile does what the cluster says, when that has changed or an interval has gone by.
func (r *Reconciler) Reconcile(ctx context.Context, _ string) (loop.Result, error) {
	now := r.Now()
	look := r.Mirror.Look()
	switch {
	case look.Failing != "":
		r.next = time.Time{} // as soon as it answers again
		return loop.Waiting(now.Add(min(soon, r.Every))), r.unread(ctx, look.Failing)
	case !look.Whole:
		return loop.Waiting(now.Add(min(soon, r.Every))), nil
	case look.Edition == r.edition && now.Before(r.next):
		return loop.Waiting(r.next), nil
	}
	settled, err := r.turn(ctx, look.Objects)
	if err != nil || !settled {
		return loop.Waiting(now), err
	}
	r.edition, r.next = look.Edition, now.Add(r.Every)
	return loop.Waiting(r.next), nil
}

// turn does all of it once. It tells whether the objects were still what they had been.
func (r *Reconciler) turn(ctx context.Context, objects []*kube.Object) (settled bool, err error) {
	objects, invalid, err := r.claim(ctx, objects)
	if err != nil || objects == nil {
		return false, err
	}
	set := manifest.Cluster(keptOf(objects))
	for _, ref := range invalid {
		if o := set.Get(manifest.Kind(ref.Kind), ref.Name); o != nil {
			o.Wrong = append(o.Wrong, manifest.Problem{Path: o.Ref() + ": spec", Text: "is not valid by the definition of " + ref.Kind + " that the cluster has now"})
		}
	}
	plan, err := r.Declared.Apply(ctx, Source, set)
	if errors.Is(err, declared.ErrNothing) {
		return true, r.unread(ctx, "the namespace holds nothing, and nobody has deleted what it held before; nothing is taken for removed")
	}
	if err != nil {
		return false, err
	}
	r.tell(plan)
	if err := r.unread(ctx, ""); err != nil {
		return false, err
	}
	standings, err := r.Declared.Standings(ctx, Source)
	if err != nil {
		return false, err
	}
	return true, r.answer(ctx, objects, set, plan, standings)
}

// claim puts our finalizer on what does not have it, and returns the objects as they are then, and those that the cluster takes no change of. It returns
// no objects when one is not what it was.
func (r *Reconciler) claim(ctx context.Context, objects []*kube.Object) (all, invalid []*kube.Object, err error) {
	all = make([]*kube.Object, len(objects))
	why := make([]error, len(objects))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for i, o := range objects {
		if all[i] = o; o.Leaving || ours(o) {
			continue
		}
		g.Go(func() error {
			all[i], why[i] = r.Mirror.Finalize(ctx, o, Finalizer, true)
			return unexpected(why[i])
		})
	}
	if err := g.Wait(); err != nil {
		return nil, nil, err
	}
	for i, err := range why {
		switch {
		case errors.Is(err, kube.ErrInvalid):
			invalid = append(invalid, all[i])
		case err != nil:
			return nil, nil, nil
		}
	}
	return all, invalid, nil
}

// unexpected is an error that says nothing about the object.
func unexpected(err error) error {
	if errors.Is(err, kube.ErrGone) || errors.Is(err, kube.ErrOther) || errors.Is(err, kube.ErrInvalid) {
		return nil
	}
	return err
}

func keptOf(objects []*kube.Object) []manifest.Kept {
	all := make([]manifest.Kept, len(objects))
	for i, o := range objects {
		all[i] = manifest.Kept{Kind: manifest.Kind(o.Kind), Name: o.Name, Leaving: o.Leaving, Spec: o.Spec}
		if paused, said := o.Annotations[manifest.Paused]; said {
			all[i].Paused = &paused
		}
	}
	return all
}

// unread tells what is wrong with the cluster as a whole, once each.
func (r *Reconciler) unread(ctx context.Context, problem string) error {
	if problem != "" && problem != r.problem {
		r.Log.Error("the cluster's manifests cannot be followed; nothing of them is applied", "problem", problem)
	}
	r.problem = problem
	return r.Declared.Unread(ctx, Source, problem)
}

// tell logs what was done: how much, and never to whom.
func (r *Reconciler) tell(p *declared.Plan) {
	left := 0
	for i := range p.Steps {
		if s := &p.Steps[i]; s.Action == declared.Leave && len(s.Reasons) == 0 {
			left++
		}
	}
	gone := declared.Gone{}
	if p.Gone != nil {
		gone = *p.Gone
	}
	if gone != r.gone && gone.Leaving > 0 {
		r.Log.Error("too many people have gone from the cluster; nobody is deactivated", "gone", gone.Leaving, "of", gone.Whole)
	}
	r.gone = gone
	if done := p.Count(declared.Create) + p.Count(declared.Change) + p.Count(declared.Take) + p.Count(declared.Release) + left; done > 0 {
		r.Log.Info("the practice was made to agree with the cluster", "created", p.Count(declared.Create), "changed", p.Count(declared.Change),
			"left", left, "released", p.Count(declared.Release), "refused", p.Count(declared.Refuse))
	}
}
