package declared

import (
	"slices"
	"strings"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/manifest"
	"chancery/app/staff"
	"chancery/app/work"
)

// decision is what is decided so far. It asks nothing but the world.
type decision struct {
	*world
	stated  map[string]*manifest.Object // by Ref: a set of ten thousand is asked for each of them
	known   map[string]thing            // what a reference to an object means; one that is neither here nor will be is missing
	claimed map[[2]string]string        // whose a thing is within the set
	renamed map[*row]bool               // rows whose object has another metadata.name now
}

// thing is what an object is here.
type thing struct {
	id     string // "" as long as it is to be made
	called string
}

// decide is what a set says otherwise than it is: first what it states, in an order in which it can be done, then what has gone from it, people before
// what they refer to.
func (w *world) decide() *Plan {
	stated := make(map[string]*manifest.Object, len(w.set.Objects))
	for i := range w.set.Objects {
		stated[w.set.Objects[i].Ref()] = &w.set.Objects[i]
	}
	d := &decision{w, stated, map[string]thing{}, map[[2]string]string{}, map[*row]bool{}}
	for i := range w.set.Objects {
		d.keep(&w.set.Objects[i])
	}
	p := &Plan{Source: w.source}
	for _, o := range ordered(w.set) {
		p.Steps = append(p.Steps, d.step(o))
	}
	var gone []Step
	for _, kind := range slices.Backward(manifest.Kinds()) {
		gone = append(gone, d.gone(kind)...)
	}
	p.Gone = w.hold(gone)
	p.Steps = append(p.Steps, gone...)
	return p
}

// ordered is a set in the order of kinds, and each role after its parent.
func ordered(set *manifest.Set) (all []*manifest.Object) {
	placed := map[string]bool{}
	var place func(o *manifest.Object)
	place = func(o *manifest.Object) {
		if placed[o.Ref()] {
			return
		}
		placed[o.Ref()] = true
		if r, ok := o.Spec.(*manifest.RoleSpec); ok && r.Parent != nil {
			if parent := set.Get(manifest.Role, *r.Parent); parent != nil {
				place(parent)
			}
		}
		all = append(all, o)
	}
	for i := range set.Objects {
		place(&set.Objects[i])
	}
	return all
}

// step decides about one object.
func (d *decision) step(o *manifest.Object) Step {
	if len(o.Wrong) > 0 {
		return d.wrong(o)
	}
	s := Step{Kind: o.Kind, Name: o.Name, object: o, was: d.rows[o.Ref()], fields: slices.Sorted(slices.Values(fieldsOf(o.Spec))), digest: digestOf(o.Spec)}
	bad := &fault.Invalid{}
	switch spec := o.Spec.(type) {
	case *manifest.OrganizationSpec:
		d.organization(&s, bad, spec)
	case *manifest.DepartmentSpec:
		d.department(&s, bad, spec)
	case *manifest.ProfileSpec:
		d.profile(&s, bad, spec)
	case *manifest.RoleSpec:
		d.role(&s, bad, spec)
	case *manifest.UserSpec:
		d.user(&s, bad, spec)
	}
	d.settle(&s, bad)
	if s.ID != "" || s.Action == Create {
		d.known[o.Ref()] = thing{s.ID, s.Called}
	}
	return s
}

// keep holds what an object that cannot be read is here, before any other is looked at: it is still stated, and no other's.
func (d *decision) keep(o *manifest.Object) {
	was := d.rows[o.Ref()]
	if len(o.Wrong) == 0 || was == nil || was.State == released {
		return
	}
	if called, here := d.is(o.Kind, was.object()); here {
		d.known[o.Ref()] = thing{was.object(), called}
		d.claimed[[2]string{was.Kind, was.object()}] = o.Ref()
	}
}

// wrongMost is how many of the things that are wrong with an object are told.
const wrongMost = 10

// wrong refuses an object that cannot be read.
func (d *decision) wrong(o *manifest.Object) Step {
	t := d.known[o.Ref()]
	s := Step{Kind: o.Kind, Name: o.Name, ID: t.id, Called: t.called, Action: Refuse, object: o, was: d.rows[o.Ref()], digest: digestOf(o.Spec)}
	if o.Paused || s.was != nil && s.was.PausedBy != "" {
		s.Action = Hold
		return s
	}
	for _, p := range o.Wrong[:min(len(o.Wrong), wrongMost)] {
		s.Reasons = append(s.Reasons, work.Reason{Message: fault.M("declared.reason", "Field", p.Field(), "Text", p.Text)})
	}
	return s
}

// settle is what follows from all that was found about an object.
func (d *decision) settle(s *Step, bad *fault.Invalid) {
	was := s.was
	agreed := was != nil && was.State == applied && was.Digest == s.digest
	switch {
	case s.object.Paused, was != nil && was.PausedBy != "":
		s.Action = Hold
	case len(bad.Fields) > 0:
		s.Action = Refuse
		for _, f := range bad.Fields {
			s.Reasons = append(s.Reasons, work.Reason{Field: f.Name, Message: f.Message})
		}
	case s.ID == "":
		s.Action, s.Drift = Create, agreed
	case slices.ContainsFunc(s.Changes, leaves) && d.still(s):
		s.Action, s.Reasons = Refuse, work.ReadReasons(was.Reasons)
	case len(s.Changes) > 0:
		s.Action, s.Drift = Change, agreed
	case agreed && was.Reasons == "" && was.Name == s.Name && was.Fields == strings.Join(s.fields, " ") && was.object() == s.ID:
		s.Action = Same
	default:
		s.Action = Take
	}
}

// say notes a field that is stated otherwise than it is.
func (s *Step) say(field, before, after string) {
	if before != after {
		s.Changes = append(s.Changes, audit.Change{Field: field, Before: before, After: after})
	}
}

// leaves tells whether a change is that somebody leaves.
func leaves(c audit.Change) bool { return c.Field == "status" && c.After == string(staff.Inactive) }

// find decides which thing an object is: the one that its row knows, as long as it is here, or else the one that it means. One that is
// another's is refused.
func (d *decision) find(s *Step, bad *fault.Invalid, means string) {
	if id := s.was.object(); id != "" && s.was.State != released {
		if _, here := d.is(s.Kind, id); here {
			means = id
		}
	}
	if means == "" {
		return
	}
	s.ID = means
	key := [2]string{rowKind(s.Kind), means}
	owner := d.owners[key]
	switch {
	case owner == nil, owner == s.was:
	case owner.Source != d.source && owner.State == leaving: // the other source has let go, and only their leaving has not come about
		s.from = owner
	case owner.Source != d.source:
		bad.Add("", "declared.owned", "Source", owner.Source)
		return
	case d.stated[string(s.Kind)+"/"+owner.Name] == nil:
		s.was, d.renamed[owner] = owner, true
	}
	if other, twice := d.claimed[key]; twice {
		bad.Add("", "declared.twice", "Ref", other)
		return
	}
	d.claimed[key] = s.Ref()
}

// is tells what people call a thing, and whether it is here.
func (d *decision) is(kind manifest.Kind, id string) (called string, here bool) {
	switch kind {
	case manifest.Organization:
		return d.org.Name, id == d.org.ID
	case manifest.Department:
		one, here := d.departments[id]
		return one.Name, here
	case manifest.Profile:
		p, here := d.book.Profile(id)
		return p.Name, here
	case manifest.Role:
		r, here := d.book.Role(id)
		return r.Name, here
	}
	if u := d.roll.People[id]; u != nil {
		return u.Email, true
	}
	return "", false
}

// refer is the thing that a field refers to.
func (d *decision) refer(bad *fault.Invalid, field string, kind manifest.Kind, name string) thing {
	ref := string(kind) + "/" + name
	if t, ok := d.known[ref]; ok {
		return t
	}
	if kind == manifest.Role && access.Base(name) {
		return thing{name, d.book.RoleName(name)}
	}
	bad.Add(field, "declared.depends", "Ref", ref)
	return thing{}
}

// referAll are the things that a field refers to: their ids in order and what they are called. made tells whether all are here.
func (d *decision) referAll(bad *fault.Invalid, field string, kind manifest.Kind, names []string) (ids []string, called string, made bool) {
	var words []string
	made = true
	for _, name := range names {
		t := d.refer(bad, field, kind, name)
		made = made && t.id != ""
		ids, words = append(ids, t.id), append(words, t.called)
	}
	slices.Sort(ids)
	slices.Sort(words)
	return ids, strings.Join(words, ", "), made
}

// gone are the objects of a kind that the source no longer states.
func (d *decision) gone(kind manifest.Kind) (steps []Step) {
	for _, r := range d.rows {
		if r.Kind != rowKind(kind) || r.State == released || d.renamed[r] || d.stated[string(kind)+"/"+r.Name] != nil {
			continue
		}
		s := Step{Kind: kind, Name: r.Name, ID: r.object(), Action: Release, was: r, digest: r.Digest}
		s.Called, _ = d.is(kind, s.ID)
		if u := d.roll.People[s.ID]; kind == manifest.User && u != nil {
			if u.Status != "INACTIVE" {
				s.Action = Leave
				s.say("status", string(u.Status), "INACTIVE")
			}
		}
		switch {
		case r.PausedBy != "":
			s.Action = Hold
		case s.Action == Leave && d.still(&s):
			s.Reasons = work.ReadReasons(r.Reasons)
		}
		steps = append(steps, s)
	}
	slices.SortFunc(steps, func(a, b Step) int { return strings.Compare(a.Name, b.Name) })
	return steps
}
