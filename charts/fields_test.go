package charts_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"chancery/app/access"
	"chancery/app/manifest"
)

// What a manifest may say stands in the README, in the definitions' own words, which are those of the fields that the program reads.
func TestTheReadmeListsTheFieldsOfManifests(t *testing.T) {
	var said strings.Builder
	specs := map[manifest.Kind]reflect.Type{manifest.Organization: reflect.TypeFor[manifest.OrganizationSpec](), manifest.Department: reflect.TypeFor[manifest.DepartmentSpec](),
		manifest.Profile: reflect.TypeFor[manifest.ProfileSpec](), manifest.Role: reflect.TypeFor[manifest.RoleSpec](), manifest.User: reflect.TypeFor[manifest.UserSpec]()}
	for _, kind := range manifest.Kinds() {
		schema := definition(t, kind)
		fmt.Fprintf(&said, "### %s\n\n| field | holds | what it is |\n| --- | --- | --- |\n", kind)
		fields(t, &said, "", specs[kind], schema.at("properties.spec").(map[string]any))
		said.WriteString("\n")
		for _, rule := range schema.list("x-kubernetes-validations") {
			fmt.Fprintf(&said, "- %s\n", rule["message"])
		}
		if kind == manifest.Role {
			fmt.Fprintf(&said, "- base roles, which are there already, are called %s\n", listed(access.BaseRoles()))
		}
		if len(schema.list("x-kubernetes-validations")) > 0 {
			said.WriteString("\n")
		}
	}
	fmt.Fprintf(&said, "### Permissions\n\n%s.\n\n", listed(access.All()))
	stands(t, "fields", said.String())
}

// fields writes a line a field, in the order in which they are told in the source; one without a sentence is a fault.
func fields(t *testing.T, to *strings.Builder, path string, spec reflect.Type, schema object) {
	t.Helper()
	needed, _ := schema["required"].([]any)
	if properties := schema["properties"].(map[string]any); len(properties) != spec.NumField() {
		t.Errorf("%s has %d fields, and %d in its definition", spec, spec.NumField(), len(properties))
	}
	for f := range spec.Fields() {
		name := f.Tag.Get("json")
		field := object(schema.at("properties." + name).(map[string]any))
		doc, _ := field["description"].(string)
		if doc == "" {
			t.Errorf("%s%s has no sentence", path, name)
		}
		holds := held(field)
		if slices.Contains(needed, any(name)) {
			holds += "; needed"
		}
		fmt.Fprintf(to, "| `%s%s` | %s | %s |\n", path, name, strings.ReplaceAll(holds, "|", "\\|"), strings.ReplaceAll(doc, "|", "\\|"))
		if field["properties"] != nil {
			fields(t, to, path+name+".", f.Type.Elem(), field)
		}
	}
}

// held is what a field may hold, in words.
func held(field object) string {
	switch enum, _ := field["enum"].([]any); {
	case len(enum) > 10:
		return "permissions (below)"
	case len(enum) > 0:
		return listed(enum)
	}
	switch field["type"] {
	case "boolean":
		return "`true`, `false`"
	case "integer":
		return fmt.Sprintf("%v to %v", field["minimum"], field["maximum"])
	case "object":
		return "the fields below"
	case "array":
		return fmt.Sprintf("a list, at most %v, each once: %s", field["maxItems"], held(field["items"].(map[string]any)))
	}
	if field["maxLength"] == 253 && field["pattern"] == nil { // only what refers to another object is bounded so
		if field["minLength"] == nil {
			return "a `metadata.name`, or `\"\"`"
		}
		return "a `metadata.name`"
	}
	said := fmt.Sprintf("text, at most %v characters", field["maxLength"])
	if pattern, ok := field["pattern"]; ok {
		said += fmt.Sprintf(", as `%v`", pattern)
	}
	return said
}

// listed are words as they are written in a manifest.
func listed[T any](words []T) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = fmt.Sprintf("`%v`", word)
	}
	return strings.Join(quoted, ", ")
}
