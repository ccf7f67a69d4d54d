package manifest

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Kept is an object as a cluster keeps it: what a person stated, without what the server adds.
type Kept struct {
	Kind    Kind
	Name    string
	Paused  *string // the annotation's text, nil where there is none
	Leaving bool    // somebody has asked for its deletion
	Spec    map[string]any
}

// Cluster reads what a cluster keeps, by the same rules as files. Here each object has an author, a status and a life of its own, so nothing but the
// object itself suffers from what is wrong with it: that stands in its Wrong. Of objects that cannot all be right (one address twice, a cycle,
// two Organizations) none is taken for the right one, since their order says nothing.
//
// What is being deleted is in Gone and states nothing more, unless it is paused: that is left alone, and so are they whom it made.
func Cluster(kept []Kept) *Set {
	r := &reader{each: true}
	set := &Set{}
	for _, k := range kept {
		if paused := k.Paused != nil && *k.Paused == "true"; k.Leaving && !paused {
			set.Gone = append(set.Gone, string(k.Kind)+"/"+k.Name)
			continue
		}
		r.kept(k)
	}
	r.across()
	slices.Sort(set.Gone)
	set.Objects = inOrder(r.objects)
	return set
}

func (r *reader) kept(k Kept) {
	o := Object{Kind: k.Kind, Name: k.Name, Spec: newSpec(k.Kind)}
	if o.Spec == nil {
		return // none of ours
	}
	d := &decoder{object: o.Ref()}
	if k.Paused != nil {
		o.Paused = *k.Paused == "true"
		if !o.Paused && *k.Paused != "false" {
			d.wrong(nil, "metadata.annotations."+Paused, `must be "true" or "false"`)
		}
	}
	spec := nodeOf(k.Spec)
	d.into(spec, "spec", reflect.ValueOf(o.Spec).Elem())
	o.Wrong = d.problems
	r.objects, r.nodes = append(r.objects, o), append(r.nodes, spec)
}

// nodeOf is a value of JSON as the decoder reads it.
func nodeOf(v any) *yaml.Node {
	scalar := func(tag, text string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: text} }
	switch v := v.(type) {
	case nil:
		return scalar("!!null", "")
	case string:
		return scalar("!!str", v)
	case bool:
		return scalar("!!bool", strconv.FormatBool(v))
	case int64:
		return scalar("!!int", strconv.FormatInt(v, 10))
	case float64:
		return scalar("!!float", strconv.FormatFloat(v, 'g', -1, 64))
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, item := range v {
			n.Content = append(n.Content, nodeOf(item))
		}
		return n
	case map[string]any:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			n.Content = append(n.Content, scalar("!!str", key), nodeOf(v[key]))
		}
		return n
	}
	return scalar(fmt.Sprintf("!%T", v), "") // of no type that JSON has
}

// inOrder sorts objects: what refers to something comes after it, and then by name.
func inOrder(objects []Object) []Object {
	kinds := Kinds()
	slices.SortFunc(objects, func(a, b Object) int {
		return cmp.Or(cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)), cmp.Compare(a.Name, b.Name))
	})
	return objects
}

// where tells which object another is, and where it stands.
func (o *Object) where() string {
	if o.At.File == "" {
		return o.Ref()
	}
	return fmt.Sprintf("%s (%s)", o.Ref(), o.At)
}

// Field is what a problem of an object is about, without the object's own name: "spec.role".
func (p Problem) Field() string {
	if _, field, ok := strings.Cut(p.Path, ": "); ok {
		return field
	}
	return p.Path
}
