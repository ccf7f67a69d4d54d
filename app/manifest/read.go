package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Bounds of what is read.
const (
	fileMost  = 8 << 20 // bytes of one file
	filesMost = 10_000
	nameMax   = 253
)

// nameForm is metadata.name: a DNS subdomain, as Kubernetes asks for (RFC 1123).
var nameForm = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)

// Dir reads every .yaml, .yml and .json file below a directory; names that begin with a dot are left out, as are the doubles that a mounted
// ConfigMap keeps of itself. A link to a directory is a problem, since whoever is declared in it would be taken for gone; so is what is no file. It returns Problems when anything is wrong, and then no Set.
func Dir(dir fs.FS) (*Set, error) {
	var names []string
	r := &reader{}
	err := fs.WalkDir(dir, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && strings.HasPrefix(e.Name(), "."):
			if e.IsDir() {
				return fs.SkipDir
			}
		case !e.IsDir() && !e.Type().IsRegular() && r.astray(dir, name):
		case !e.IsDir() && isManifest(name):
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read manifests: %w", err)
	}
	if len(names) > filesMost {
		return nil, Problems{{Text: fmt.Sprintf("more than %d files", filesMost)}}
	}
	for _, name := range names {
		text, err := readFile(dir, name)
		if err != nil {
			return nil, fmt.Errorf("read manifests: %w", err)
		}
		r.file(name, text)
	}
	return r.done()
}

// astray tells whether a name leads to no file, and notes it.
func (r *reader) astray(dir fs.FS, name string) bool {
	info, err := fs.Stat(dir, name)
	switch {
	case err != nil || info.Mode().IsRegular(): // what leads nowhere is told by who reads it
		return false
	case info.IsDir():
		r.problems = append(r.problems, Problem{At: Place{File: name}, Text: "is a link to a directory, which is not followed; what is declared there would be taken for gone"})
	case isManifest(name):
		r.problems = append(r.problems, Problem{At: Place{File: name}, Text: "is no file"})
	}
	return true
}

func isManifest(name string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, strings.ToLower(path.Ext(name)))
}

func readFile(dir fs.FS, name string) ([]byte, error) {
	f, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, fileMost+1))
}

// Text reads one file's objects. It returns Problems as Dir does.
func Text(name string, text []byte) (*Set, error) {
	r := &reader{}
	r.file(name, text)
	return r.done()
}

type reader struct {
	objects  []Object
	gone     []string     // what the cluster that it was taken from deletes
	nodes    []*yaml.Node // of their specs, for what is found across objects
	problems Problems
	each     bool // what is wrong stands with its object, and with each that has a part in it
}

func (r *reader) done() (*Set, error) {
	r.across()
	if err := r.problems.err(); err != nil {
		return nil, err
	}
	slices.Sort(r.gone)
	return &Set{Objects: inOrder(r.objects), Gone: r.gone}, nil
}

// file reads the documents of one file.
func (r *reader) file(name string, text []byte) {
	d := &decoder{file: name}
	defer func() { r.problems = append(r.problems, d.problems...) }()
	if len(text) > fileMost {
		d.wrong(nil, "", "is larger than %d MiB", fileMost>>20)
		return
	}
	if path.Ext(name) == ".json" {
		text = asYAML(text)
	}
	docs := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var doc yaml.Node
		switch err := docs.Decode(&doc); {
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			r.unreadable(d, err)
			return
		}
		if len(doc.Content) == 0 || doc.Content[0].ShortTag() == "!!null" { // a document of nothing but comments
			continue
		}
		d.object = ""
		r.document(d, doc.Content[0])
	}
}

// lineOf finds the line in what the library says of a text that is no YAML.
var lineOf = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

func (*reader) unreadable(d *decoder, err error) {
	at, said := &yaml.Node{}, err.Error()
	if m := lineOf.FindStringSubmatch(said); m != nil {
		_, _ = fmt.Sscan(m[1], &at.Line)
		said = m[2]
	}
	d.wrong(at, "", "cannot be read as YAML: %s", said)
}

// asYAML is JSON with blanks for the tabs between its values and a plain slash for an escaped one, neither of which the library knows; lines stay.
func asYAML(text []byte) []byte {
	all := make([]byte, 0, len(text))
	quoted, escaped := false, false
	for _, c := range text {
		switch {
		case escaped:
			escaped = false
			if c == '/' {
				all = all[:len(all)-1]
			}
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case !quoted && c == '\t':
			c = ' '
		}
		all = append(all, c)
	}
	return all
}

// document reads one object, or the items of a List.
func (r *reader) document(d *decoder, n *yaml.Node) {
	parts := map[string]*yaml.Node{}
	if !d.fields(n, "", func(key string, at, value *yaml.Node) {
		parts[key] = value
		if !slices.Contains([]string{"apiVersion", "kind", "metadata", "spec", "items", "status"}, key) {
			d.wrong(at, key, "unknown field")
		}
	}) {
		return
	}
	text := func(name string) string {
		if v := parts[name]; v == nil {
			d.wrong(n, name, "is missing")
		} else if d.scalar(v, name, "!!str", "a text") {
			return v.Value
		}
		return ""
	}
	version, kind := text("apiVersion"), Kind(text("kind"))
	if version == "v1" && kind == "List" {
		if items := parts["items"]; items != nil && items.Kind == yaml.SequenceNode {
			for _, item := range items.Content {
				d.object = ""
				r.document(d, item)
			}
		}
		return
	}
	if v := parts["items"]; v != nil {
		d.wrong(v, "items", "unknown field")
	}
	if version != "" && version != APIVersion {
		d.wrong(parts["apiVersion"], "apiVersion", "must be %s", APIVersion)
		return
	}
	spec := newSpec(kind)
	if spec == nil {
		if kind != "" {
			d.wrong(parts["kind"], "kind", "must be one of %s", list(Kinds()))
		}
		return
	}
	o := Object{Kind: kind, Spec: spec, At: Place{File: d.file, Line: n.Line, Column: n.Column}}
	if leaving := r.metadata(d, n, parts["metadata"], &o); leaving && !o.Paused {
		r.gone = append(r.gone, o.Ref())
		return
	}
	if v := parts["spec"]; v != nil {
		d.into(v, "spec", reflect.ValueOf(spec).Elem())
	} else {
		d.wrong(n, "spec", "is missing")
	}
	r.objects, r.nodes = append(r.objects, o), append(r.nodes, parts["spec"])
}

// metadata reads what Kubernetes lets stand there; of it, name and the annotation Paused mean anything here, and that a cluster is deleting the object.
func (*reader) metadata(d *decoder, n, meta *yaml.Node, o *Object) (leaving bool) {
	d.object = string(o.Kind)
	if meta == nil {
		d.wrong(n, "metadata", "is missing")
		return false
	}
	known := []string{"name", "namespace", "labels", "annotations", "generation", "resourceVersion", "uid", "creationTimestamp", "managedFields",
		"finalizers", "ownerReferences", "deletionTimestamp", "deletionGracePeriodSeconds", "generateName", "selfLink"}
	said := false
	d.fields(meta, "metadata", func(key string, at, value *yaml.Node) {
		switch {
		case key == "name":
			said = true
			if !d.scalar(value, "metadata.name", "!!str", "a text") {
				return
			}
			o.Name, d.object = value.Value, string(o.Kind)+"/"+value.Value
			if len(o.Name) > nameMax || !nameForm.MatchString(o.Name) {
				d.wrong(value, "metadata.name", "must be of small letters, digits, - and ., at most %d, and begin and end with a letter or digit", nameMax)
			}
		case key == "annotations":
			d.fields(value, "metadata.annotations", func(name string, _, v *yaml.Node) {
				if d.scalar(v, "metadata.annotations."+name, "!!str", "a text") && name == Paused {
					o.Paused = v.Value == "true"
					if v.Value != "true" && v.Value != "false" {
						d.wrong(v, "metadata.annotations."+name, `must be "true" or "false"`)
					}
				}
			})
		case key == "deletionTimestamp":
			leaving = value.ShortTag() != "!!null"
		case !slices.Contains(known, key):
			d.wrong(at, join("metadata", key), "unknown field")
		}
	})
	if !said {
		d.wrong(meta, "metadata.name", "is missing")
	}
	return leaving
}

func list[T ~string](words []T) string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = string(w)
	}
	return strings.Join(all, ", ")
}
