package manifest_test

import (
	"slices"
	"testing"

	"chancery/app/manifest"
)

// In a cluster, what is wrong with an object stands with it and with each that has a part in it, and the others are read.
func TestAClustersObjectsAreReadEachByItself(t *testing.T) {
	text := func(s string) *string { return &s }
	type spec = map[string]any
	set := manifest.Cluster([]manifest.Kept{
		{Kind: manifest.User, Name: "ada", Spec: spec{"email": "ada@firm.example", "active": true, "profiles": []any{}}},
		{Kind: manifest.User, Name: "ben", Spec: spec{"email": "Two@firm.example"}},
		{Kind: manifest.User, Name: "cleo", Spec: spec{"email": "two@firm.example"}},
		{Kind: manifest.User, Name: "dan", Spec: spec{"email": "dan@firm.example", "role": "chief", "fristName": "Dan", "initialPasswordSecret": spec{"name": "seeds", "key": "dan", "value": "Swordfish-27"}}},
		{Kind: manifest.User, Name: "eve", Spec: nil},
		{Kind: manifest.User, Name: "finn", Leaving: true, Spec: spec{"email": "ada@firm.example"}},
		{Kind: manifest.User, Name: "gil", Leaving: true, Paused: text("true"), Spec: spec{"email": "gil@firm.example"}},
		{Kind: manifest.User, Name: "hal", Paused: text("yes"), Spec: spec{"email": "hal@firm.example", "lastName": int64(7)}},
		{Kind: manifest.Role, Name: "a", Spec: spec{"name": "A", "parent": "b"}},
		{Kind: manifest.Role, Name: "b", Spec: spec{"name": "B", "parent": "a"}},
		{Kind: manifest.Role, Name: "c", Spec: spec{"name": "C", "parent": "a"}},
		{Kind: manifest.Organization, Name: "one", Spec: spec{"policies": spec{"lockTries": int64(5), "idleMinutes": 7.5}}},
		{Kind: manifest.Organization, Name: "two", Spec: spec{}},
		{Kind: "Poem", Name: "ode", Spec: spec{}},
	})
	want := map[string][]string{
		"Organization/one": {"Organization/one: spec.policies.idleMinutes: must be a whole number in digits", "Organization/one: kind: there is one Organization, and Organization/two declares it"},
		"Organization/two": {"Organization/two: kind: there is one Organization, and Organization/one declares it"},
		"Role/a":           {"Role/a: spec.parent: is a cycle: a → b → a"},
		"Role/b":           {"Role/b: spec.parent: is a cycle: b → a → b"},
		"Role/c":           nil, "User/ada": nil, "User/gil": nil,
		"User/ben":  {"User/ben: spec.email: is that of User/cleo, too"},
		"User/cleo": {"User/cleo: spec.email: is that of User/ben, too"},
		"User/dan": {"User/dan: spec.fristName: unknown field; is firstName meant?", "User/dan: spec.initialPasswordSecret.value: unknown field",
			`User/dan: spec.role: there is no Role "chief"`},
		"User/eve": {"User/eve: spec.email: is missing"},
		"User/hal": {`User/hal: metadata.annotations.chancery.dev/paused: must be "true" or "false"`, "User/hal: spec.lastName: must be a text, and is a number; put it in quotes"},
	}
	for i := range set.Objects {
		o := &set.Objects[i]
		var said []string
		for _, p := range o.Wrong {
			said = append(said, p.String())
		}
		lines, known := want[o.Ref()]
		if !known || !slices.Equal(said, lines) {
			t.Errorf("of %s it is said %q, want %q", o.Ref(), said, lines)
		}
		delete(want, o.Ref())
	}
	if len(want) > 0 || !slices.Equal(set.Gone, []string{"User/finn"}) {
		t.Errorf("not read: %v; gone: %v", want, set.Gone)
	}
	if p := set.Get(manifest.User, "dan").Wrong[2]; p.Field() != "spec.role" {
		t.Errorf("the field is %q", p.Field())
	}
}
