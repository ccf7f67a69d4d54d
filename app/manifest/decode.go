package manifest

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// decoder puts nodes into structs and notes what is wrong where. A value goes into a field of its own type only: nothing is guessed, so a
// name that YAML reads as a number or a truth ("no", 007) is a problem that says to quote it.
type decoder struct {
	file     string
	object   string // "User/mina", before every path
	problems Problems
}

func (d *decoder) wrong(n *yaml.Node, path, format string, args ...any) {
	at := Place{File: d.file}
	if n != nil {
		at.Line, at.Column = n.Line, n.Column
	}
	if d.object != "" {
		path = strings.TrimSuffix(d.object+": "+path, ": ")
	}
	d.problems = append(d.problems, Problem{At: at, Path: path, Text: fmt.Sprintf(format, args...)})
}

// plain tells whether a node is of those that are read.
func (d *decoder) plain(n *yaml.Node, path string) bool {
	switch {
	case n.Kind == yaml.AliasNode, n.Anchor != "":
		d.wrong(n, path, "anchors and aliases are not read; write the value out")
	case n.Style&yaml.TaggedStyle != 0:
		d.wrong(n, path, "tags such as %s are not read", n.Tag)
	default:
		return true
	}
	return false
}

// fields is a mapping's values by their keys, in a manner that tells doubles.
func (d *decoder) fields(n *yaml.Node, path string, each func(key string, at, value *yaml.Node)) bool {
	if !d.plain(n, path) {
		return false
	}
	if n.Kind != yaml.MappingNode {
		d.wrong(n, path, "must be an object with fields, and is %s", described(n))
		return false
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode || key.ShortTag() != "!!str" {
			d.wrong(key, path, "a field's name must be a word")
			continue
		}
		if line, ok := seen[key.Value]; ok {
			d.wrong(key, join(path, key.Value), "is said twice; the first time in line %d", line)
			continue
		}
		seen[key.Value] = key.Line
		if d.plain(value, join(path, key.Value)) {
			each(key.Value, key, value)
		}
	}
	return true
}

// into reads a mapping into a struct of pointers.
func (d *decoder) into(n *yaml.Node, path string, to reflect.Value) {
	byName := map[string]int{}
	for i := range to.NumField() {
		byName[to.Type().Field(i).Tag.Get("json")] = i
	}
	if !d.fields(n, path, func(key string, at, value *yaml.Node) {
		i, ok := byName[key]
		if !ok {
			d.wrong(at, join(path, key), "unknown field%s", meant(key, byName))
			return
		}
		d.value(value, join(path, key), to.Type().Field(i).Tag, to.Field(i))
	}) {
		return
	}
	for i := range to.NumField() {
		f := to.Type().Field(i)
		if f.Tag.Get("required") == "true" && to.Field(i).IsNil() && !d.stands(n, f.Tag.Get("json")) {
			d.wrong(n, join(path, f.Tag.Get("json")), "is missing")
		}
	}
}

// stands tells whether a field is said, rightly or wrongly.
func (*decoder) stands(n *yaml.Node, name string) bool {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return true
		}
	}
	return false
}

// value reads a node into a field, which is a pointer, and checks it by the field's tag.
func (d *decoder) value(n *yaml.Node, path string, tag reflect.StructTag, to reflect.Value) {
	made := reflect.New(to.Type().Elem())
	switch v := made.Interface().(type) {
	case *string:
		if !d.scalar(n, path, "!!str", "a text") {
			return
		}
		*v = n.Value
		d.check(n, path, tag, n.Value)
	case *bool:
		if !d.scalar(n, path, "!!bool", "true or false") {
			return
		}
		*v = strings.EqualFold(n.Value, "true")
		if !*v && !strings.EqualFold(n.Value, "false") {
			d.wrong(n, path, "must be true or false, and is %s", described(n))
			return
		}
	case *int:
		if n.ShortTag() != "!!float" && !d.scalar(n, path, "!!int", "a whole number") {
			return
		}
		number, err := strconv.Atoi(n.Value)
		if err != nil {
			d.wrong(n, path, "must be a whole number in digits")
			return
		}
		*v = number
		d.bounds(n, path, tag, number)
	case *[]string:
		if n.Kind != yaml.SequenceNode {
			d.wrong(n, path, "must be a list, and is %s", described(n))
			return
		}
		if len(n.Content) > listMost {
			d.wrong(n, path, "has %d items; at most %d are allowed", len(n.Content), listMost)
			return
		}
		*v = []string{}
		for i, item := range n.Content {
			at := fmt.Sprintf("%s[%d]", path, i)
			if !d.plain(item, at) || !d.scalar(item, at, "!!str", "a text") {
				continue
			}
			if slices.Contains(*v, item.Value) {
				d.wrong(item, at, "stands in the list already")
				continue
			}
			d.check(item, at, tag, item.Value)
			*v = append(*v, item.Value)
		}
	default:
		d.into(n, path, made.Elem())
	}
	to.Set(made)
}

func (d *decoder) scalar(n *yaml.Node, path, tag, must string) bool {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == tag {
		return true
	}
	hint := ""
	if n.Kind == yaml.ScalarNode && tag == "!!str" && n.ShortTag() != "!!null" {
		hint = "; put it in quotes"
	}
	d.wrong(n, path, "must be %s, and is %s%s", must, described(n), hint)
	return false
}

// described is what a node is, for people. Its value is left out: it may be a secret that somebody put in the wrong place.
func described(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "an object"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!null":
		return "empty"
	case "!!bool":
		return "true or false"
	case "!!int", "!!float":
		return "a number"
	case "!!timestamp":
		return "a date"
	}
	return "a text"
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// meant names the field that somebody may have had in mind: the same letters, or one slip away.
func meant(typed string, known map[string]int) string {
	var names []string
	for name := range known {
		if slip(strings.ToLower(typed), strings.ToLower(name)) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "; is " + slices.Min(names) + " meant?"
}

// slip tells whether two words are at most two letters apart, by Levenshtein's distance.
func slip(a, b string) bool {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := last
			if a[i] != b[j] {
				cost++
			}
			last, row[j+1] = row[j+1], min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)] <= 2
}
