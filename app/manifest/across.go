package manifest

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"chancery/app/access"
)

// across finds what is wrong between objects: doubles, references to nothing, cycles.
func (r *reader) across() {
	known := map[string]*Object{}
	for i := range r.objects {
		o := &r.objects[i]
		if o.Name == "" {
			continue
		}
		if first := known[o.Ref()]; first != nil {
			r.wrong(i, "metadata.name", nil, "is declared twice; the first time in %s", first.At)
			continue
		}
		known[o.Ref()] = o
	}
	r.oneOrganization()
	r.sessions()
	r.addresses()
	r.names()
	r.references(known)
	r.cycles(known)
}

// wrong notes a problem with a field of an object; path names it as the decoder does, and its line is looked up.
func (r *reader) wrong(i int, path string, of *yaml.Node, format string, args ...any) {
	o := &r.objects[i]
	at := o.At
	if of == nil {
		of = find(r.nodes[i], strings.TrimPrefix(path, "spec."))
	}
	if of != nil {
		at.Line, at.Column = of.Line, of.Column
	}
	problem := Problem{At: at, Path: o.Ref() + ": " + path, Text: fmt.Sprintf(format, args...)}
	if r.each {
		o.Wrong = append(o.Wrong, problem)
	} else {
		r.problems = append(r.problems, problem)
	}
}

// find is the node of a field of a spec, or nil.
func find(spec *yaml.Node, name string) *yaml.Node {
	if spec == nil || spec.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(spec.Content); i += 2 {
		if spec.Content[i].Value == name {
			return spec.Content[i+1]
		}
	}
	return nil
}

func (r *reader) oneOrganization() {
	var all []int
	for i := range r.objects {
		if r.objects[i].Kind == Organization && (len(all) == 0 || r.objects[i].Name != r.objects[all[0]].Name) {
			all = append(all, i)
		}
	}
	r.oneOf(all, func(i int, other *Object) {
		r.wrong(i, "kind", nil, "there is one Organization, and %s declares it", other.where())
	})
}

// oneOf tells of objects of which there can be but one: of files, those after the first; of a cluster, each.
func (r *reader) oneOf(all []int, tell func(i int, other *Object)) {
	if len(all) < 2 {
		return
	}
	for _, i := range all[1:] {
		tell(i, &r.objects[all[0]])
	}
	if r.each {
		tell(all[0], &r.objects[all[1]])
	}
}

// sessions finds a session that would end before it could be idle for long enough.
func (r *reader) sessions() {
	for i := range r.objects {
		s, ok := r.objects[i].Spec.(*OrganizationSpec)
		if ok && s.Policies != nil && s.Policies.IdleMinutes != nil && s.Policies.LifetimeHours != nil && *s.Policies.IdleMinutes > *s.Policies.LifetimeHours*60 {
			r.wrong(i, "spec.policies", nil, "lifetimeHours must not be shorter than idleMinutes")
		}
	}
}

// addresses finds two users with one address, whatever the size of its letters (S1-4).
func (r *reader) addresses() {
	r.unique("email", func(o *Object) (string, string) {
		if u, ok := o.Spec.(*UserSpec); ok && u.Email != nil {
			return "", strings.ToLower(strings.TrimSpace(*u.Email))
		}
		return "", ""
	})
}

// names finds two departments, profiles or roles of one name, which people could not tell apart.
func (r *reader) names() {
	r.unique("name", func(o *Object) (string, string) {
		var name *string
		switch s := o.Spec.(type) {
		case *DepartmentSpec:
			name = s.Name
		case *ProfileSpec:
			name = s.Name
		case *RoleSpec:
			name = s.Name
		}
		if name == nil {
			return "", ""
		}
		return string(o.Kind), strings.ToLower(strings.TrimSpace(*name))
	})
}

func (r *reader) unique(field string, value func(*Object) (among, value string)) {
	seen := map[[2]string][]int{}
	var order [][2]string
	for i := range r.objects {
		o := &r.objects[i]
		among, v := value(o)
		if v == "" {
			continue
		}
		key := [2]string{among, v}
		if first := seen[key]; len(first) == 0 {
			order = append(order, key)
		} else if r.objects[first[0]].Ref() == o.Ref() {
			continue
		}
		seen[key] = append(seen[key], i)
	}
	for _, key := range order {
		r.oneOf(seen[key], func(i int, other *Object) { r.wrong(i, "spec."+field, nil, "is that of %s, too", other.where()) })
	}
}

// references finds names of nothing. What is declared is meant, or a base role; what people made by hand has no name that a manifest
// could rely on.
func (r *reader) references(known map[string]*Object) {
	for i := range r.objects {
		switch s := r.objects[i].Spec.(type) {
		case *UserSpec:
			r.refers(i, known, Role, "role", one(s.Role))
			r.refers(i, known, Department, "department", one(s.Department))
			r.refers(i, known, Profile, "profiles", many(s.Profiles))
		case *RoleSpec:
			r.refers(i, known, Role, "parent", one(s.Parent))
			r.refers(i, known, Profile, "profiles", many(s.Profiles))
			r.permissions(i, many(s.Permissions))
			if s.Name == nil && !access.Base(r.objects[i].Name) {
				r.wrong(i, "spec.name", r.nodes[i], "is missing; only a base role has one already")
			}
		case *ProfileSpec:
			r.permissions(i, many(s.Permissions))
		}
	}
}

func (r *reader) refers(i int, known map[string]*Object, kind Kind, field string, names []string) {
	for k, name := range names {
		if name == "" || known[string(kind)+"/"+name] != nil || kind == Role && access.Base(name) {
			continue
		}
		path, of := r.item(i, field, k)
		r.wrong(i, path, of, "there is no %s %q", kind, name)
	}
}

func (r *reader) permissions(i int, names []string) {
	for k, name := range names {
		if slices.Contains(access.All(), access.Permission(name)) {
			continue
		}
		path, of := r.item(i, "permissions", k)
		r.wrong(i, path, of, "there is no permission %q", name)
	}
}

// item is the path and the node of the k-th of what a field names.
func (r *reader) item(i int, field string, k int) (string, *yaml.Node) {
	n := find(r.nodes[i], field)
	if n != nil && n.Kind == yaml.SequenceNode && k < len(n.Content) {
		return fmt.Sprintf("spec.%s[%d]", field, k), n.Content[k]
	}
	return "spec." + field, n
}

// cycles finds roles that are their own ancestors.
func (r *reader) cycles(known map[string]*Object) {
	told := map[string]bool{}
	for i := range r.objects {
		o := &r.objects[i]
		if o.Kind != Role || told[o.Name] {
			continue
		}
		chain := []string{o.Name}
		for at := o; at != nil; {
			parent := one(at.Spec.(*RoleSpec).Parent)
			if len(parent) == 0 || parent[0] == "" {
				break
			}
			if k := slices.Index(chain, parent[0]); k >= 0 {
				chain = append(chain[k:], parent[0])
				if parent[0] == o.Name {
					r.wrong(i, "spec.parent", nil, "is a cycle: %s", strings.Join(chain, " → "))
				}
				for _, name := range chain {
					told[name] = told[name] || parent[0] == o.Name && !r.each
				}
				break
			}
			chain = append(chain, parent[0])
			at = known[string(Role)+"/"+parent[0]]
		}
	}
}

func one(s *string) []string {
	if s == nil {
		return nil
	}
	return []string{*s}
}

func many(s *[]string) []string {
	if s == nil {
		return nil
	}
	return *s
}
