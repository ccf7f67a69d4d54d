package operator

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"chancery/app/declared"
	"chancery/app/fault"
	"chancery/app/kube"
	"chancery/app/manifest"
)

// The reasons of the condition Ready.
const (
	ready = "Ready"

	applied  = "Applied"
	invalid  = "Invalid"
	refused  = "Refused"
	isPaused = "Paused"
	leaving  = "Leaving"

	corrected = "Corrected" // of an event alone
)

// verdict is what is told of an object.
type verdict struct {
	ready           bool
	reason, message string
}

// answer says of each object what has become of it, and lets go of those that are done with.
func (r *Reconciler) answer(ctx context.Context, objects []*kube.Object, set *manifest.Set, p *declared.Plan, standings map[string]declared.Standing) error {
	steps := make(map[string]*declared.Step, len(p.Steps))
	for i := range p.Steps {
		steps[p.Steps[i].Ref()] = &p.Steps[i]
	}
	wrong, goes := map[string]bool{}, map[string]bool{}
	for i := range set.Objects {
		wrong[set.Objects[i].Ref()] = len(set.Objects[i].Wrong) > 0
	}
	for _, ref := range set.Gone {
		goes[ref] = true
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for _, o := range objects {
		ref := o.Kind + "/" + o.Name
		step := steps[ref]
		switch {
		case goes[ref] && gone(step):
			if ours(o) {
				g.Go(func() error {
					_, err := r.Mirror.Finalize(ctx, o, Finalizer, false)
					return unexpected(err)
				})
			}
		case step != nil:
			v := r.judge(p, step, wrong[ref])
			fields := standing(o, standings)
			g.Go(func() error { return r.say(ctx, o, step, v, fields) })
		}
	}
	return g.Wait()
}

func ours(o *kube.Object) bool { return slices.Contains(o.Finalizers, Finalizer) }

// gone tells whether nothing is left to do about an object that goes.
func gone(s *declared.Step) bool {
	return s == nil || s.Action == declared.Release || s.Action == declared.Leave && len(s.Reasons) == 0
}

// judge is what a step says of its object.
func (r *Reconciler) judge(p *declared.Plan, s *declared.Step, wrong bool) verdict {
	switch {
	case s.Action == declared.Ask && p.Gone != nil:
		say := func(key string) string {
			return r.Say(fault.M(key, "Source", Source, "Leaving", p.Gone.Leaving, "Whole", p.Gone.Whole))
		}
		return verdict{false, leaving, say("declared.many-gone") + ".\n" + say("declared.many-gone-hint")}
	case s.Action == declared.Hold && s.Differs():
		return verdict{false, isPaused, "It is left alone until somebody resumes it. Put off: " + fields(s) + "."}
	case s.Action == declared.Hold:
		return verdict{true, isPaused, "It is left alone until somebody resumes it."}
	case s.Action == declared.Leave:
		return verdict{false, leaving, "It cannot go yet. " + r.why(s)}
	case s.Action == declared.Refuse && wrong:
		return verdict{false, invalid, r.why(s)}
	case s.Action == declared.Refuse:
		return verdict{false, refused, r.why(s)}
	}
	return verdict{true, applied, "It is as it is stated."}
}

// why are the reasons of a step, each with its field as the object has it.
func (r *Reconciler) why(s *declared.Step) string {
	all := make([]string, len(s.Reasons))
	for i, reason := range s.Reasons {
		all[i] = declared.Words(s.Kind, reason, r.Say)
		if reason.Field != "" {
			all[i] = "spec." + all[i]
		}
	}
	return strings.Join(all, "\n")
}

// fields are what a step changes, as the object has it.
func fields(s *declared.Step) string {
	all := make([]string, len(s.Changes))
	for i, c := range s.Changes {
		all[i] = "spec." + declared.Path(s.Kind, c.Field)
	}
	return strings.Join(all, ", ")
}

// standing is what a user's status tells besides. When somebody signed in is told to the minute, which is more than anybody is to plan by.
func standing(o *kube.Object, of map[string]declared.Standing) map[string]any {
	if o.Kind != string(manifest.User) {
		return nil
	}
	all := map[string]any{"state": nil, "lastSignInAt": nil}
	if s, here := of[o.Name]; here {
		all["state"] = string(s.Status)
		if !s.LastSignInAt.IsZero() {
			all["lastSignInAt"] = s.LastSignInAt.UTC().Truncate(time.Minute).Format(time.RFC3339)
		}
	}
	return all
}

// say writes an object's status, where it differs, after the event that tells of the turn: a process that dies in between tells of it again, by
// the same name.
func (r *Reconciler) say(ctx context.Context, o *kube.Object, s *declared.Step, v verdict, more map[string]any) error {
	now := r.Now()
	is, generation := o.Condition(ready), o.Generation
	for _, e := range turns(is, v, s) {
		e.At = now
		if e.Of = is.Since + " " + strconv.FormatInt(generation, 10); e.Reason == corrected {
			e.Of = now.Format(time.RFC3339Nano) // it may happen again, and nothing else is another then
		}
		if err := r.Mirror.Tell(ctx, o, e); err != nil && ctx.Err() == nil {
			r.Log.Warn("an event could not be told to the cluster", "error", err.Error()) // a namespace that is being deleted takes none
		}
	}
	next := kube.Condition{Type: ready, Status: "False", Reason: v.reason, Message: v.message, Generation: generation}
	if v.ready {
		next.Status = "True"
	}
	_, err := r.Mirror.Status(ctx, o, func(o *kube.Object) map[string]any {
		all := map[string]any{"observedGeneration": generation, "conditions": o.Conditions(next, now)}
		for field, value := range more {
			all[field] = value
		}
		return all
	})
	return unexpected(err)
}

// turns are the events of an object whose condition was is.
func turns(is kube.Condition, v verdict, s *declared.Step) (all []kube.Event) {
	if s.Drift && s.Action == declared.Change {
		all = append(all, kube.Event{Reason: corrected, Note: "Somebody had changed this elsewhere, and it was put right: " + fields(s) + "."})
	}
	bad := !v.ready && v.reason != isPaused
	switch {
	case bad && (is.Status != "False" || is.Reason != v.reason || is.Message != v.message):
		all = append(all, kube.Event{Warning: true, Reason: v.reason, Note: v.message})
	case v.reason == applied && is.Status == "False":
		all = append(all, kube.Event{Reason: v.reason, Note: v.message})
	}
	return all
}
