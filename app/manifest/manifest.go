// Package manifest reads what a practice declares in files: its organization, departments, roles, profiles and users, in the shape of
// Kubernetes objects (D-5, B-3).
//
// Reading is strict, since a manifest that is half understood gives somebody rights that nobody meant: an unknown field, a wrong type, a
// field said twice, a reference to nothing, a cycle of roles or two users with one address are problems, each told with its file, line and
// path, all of them at once; and then nothing is read at all. What a field may hold stands beside the field, in its tag, from which the
// schema of the custom resources is written too (schema.go), so that a cluster refuses what a directory refuses.
//
// A field that a manifest leaves out is nil and belongs to people; one that it states, even as "" or [], is the manifest's. Whether a value
// is right for the database (a free address, a title that exists) is asked by the rooms it belongs to, when a plan is made.
//
// What a cluster keeps is read by the same rules, but object by object (cluster.go).
//
// Anchors, aliases, merges and tags of YAML are refused: objects say what they say, and cannot grow out of a few bytes.
package manifest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// APIVersion is the only one there is.
const APIVersion = "chancery.dev/v1alpha1"

// Kind of an object.
type Kind string

// The kinds, in the order in which they can be made: what refers to something comes after it.
const (
	Organization Kind = "Organization"
	Department   Kind = "Department"
	Profile      Kind = "Profile"
	Role         Kind = "Role"
	User         Kind = "User"
)

// Kinds are all of them, in that order.
func Kinds() []Kind { return []Kind{Organization, Department, Profile, Role, User} }

// Paused is the annotation of an object that is left alone while it is "true".
const Paused = "chancery.dev/paused"

// Object is one declared thing. Spec is a pointer to the struct of its kind: *OrganizationSpec and so on.
type Object struct {
	Kind Kind
	Name string // metadata.name, unique among its kind
	// Paused: it is not touched until the annotation is gone; what it owned stays locked.
	Paused bool
	Spec   any
	At     Place
	// Wrong is why it is not to be applied, where objects are read each by itself (Cluster); its Spec may then be half read.
	Wrong Problems
}

// Ref is what names the object among all: "User/mina".
func (o *Object) Ref() string { return string(o.Kind) + "/" + o.Name }

// Place is where something stands. Line and Column begin at 1; 0 is unknown.
type Place struct {
	File         string
	Line, Column int
}

func (p Place) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// Problem is one thing that is wrong with a manifest. Text tells no value but those that a person must see to mend it.
type Problem struct {
	At   Place
	Path string // such as "User/mina: spec.role"; "" when the file as a whole is meant
	Text string
}

func (p Problem) String() string {
	return strings.Join(slices.DeleteFunc([]string{p.At.String(), p.Path, p.Text}, func(s string) bool { return s == "" }), ": ")
}

// Problems are all that was found, in the order of files and lines. They are an error, and then no object was read.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

func (p Problems) err() error {
	if len(p) == 0 {
		return nil
	}
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.At.File, b.At.File), cmp.Compare(a.At.Line, b.At.Line), cmp.Compare(a.At.Column, b.At.Column))
	})
	return p
}

// Set is what a source declares, whole: objects in the order of Kinds, then by name.
type Set struct {
	Objects []Object
	// Gone are the objects, by Ref, of which the source itself says that they go. One that is neither here nor there has vanished.
	Gone []string
}

// Get is the object of a kind and name, or nil.
func (s *Set) Get(kind Kind, name string) *Object {
	for i := range s.Objects {
		if o := &s.Objects[i]; o.Kind == kind && o.Name == name {
			return o
		}
	}
	return nil
}
