package manifest

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"chancery/app/access"
)

// Group of the custom resources.
const Group = "chancery.dev"

// resourceOf is what a kind is called as a custom resource, which columns kubectl prints of it, and which rules hold between its fields (CEL).
type resourceOf struct {
	plural, short string
	columns       []map[string]any
	rules         []map[string]any
	status        map[string]any
}

// object is a node of a schema.
type object = map[string]any

func column(name, kind, path string) object {
	return object{"name": name, "type": kind, "jsonPath": path}
}

func rule(cel, message string) object { return object{"rule": cel, "message": message} }

// ready is the column that every kind ends with.
func ready() object {
	return column("Ready", "string", `.status.conditions[?(@.type=="Ready")].status`)
}

func resources() map[Kind]resourceOf {
	name, age := column("Shown as", "string", ".spec.name"), column("Age", "date", ".metadata.creationTimestamp")
	quoted := make([]string, 0, 8)
	for _, id := range access.BaseRoles() {
		quoted = append(quoted, "'"+id+"'")
	}
	return map[Kind]resourceOf{
		Organization: {plural: "organizations", short: "practice", columns: []map[string]any{name, ready(), age}, rules: []map[string]any{
			rule(`!has(self.spec.policies) || !has(self.spec.policies.idleMinutes) || !has(self.spec.policies.lifetimeHours) || self.spec.policies.idleMinutes <= self.spec.policies.lifetimeHours * 60`,
				"policies.lifetimeHours must not be shorter than policies.idleMinutes"),
		}},
		Department: {plural: "departments", short: "depts", columns: []map[string]any{name, ready(), age}},
		Profile:    {plural: "profiles", short: "staffprofiles", columns: []map[string]any{name, ready(), age}},
		Role: {plural: "roles", short: "staffroles", columns: []map[string]any{name, column("Parent", "string", ".spec.parent"), ready(), age}, rules: []map[string]any{
			rule(`!has(self.spec.parent) || self.spec.parent != self.metadata.name`, "a role cannot be its own parent"),
			rule(`has(self.spec.name) || self.metadata.name in [`+strings.Join(quoted, ", ")+`]`, "name is missing; only a base role has one already"),
		}},
		User: {plural: "users", short: "staff", columns: []map[string]any{column("E-mail", "string", ".spec.email"), column("Role", "string", ".spec.role"),
			column("Status", "string", ".status.state"), ready(), column("Last sign-in", "date", ".status.lastSignInAt"), age},
			status: object{
				"state":        object{"type": "string", "enum": []string{"PENDING", "ACTIVE", "INACTIVE"}, "description": "How the person is in the practice; PENDING has not signed in yet."},
				"lastSignInAt": object{"type": "string", "format": "date-time", "description": "When they last signed in, to the minute."},
			}},
	}
}

// Plural is what the path of a kind's custom resources calls them.
func Plural(kind Kind) string { return resources()[kind].plural }

// CRD is the definition of a kind as a custom resource, as YAML: a structural schema that is written from the tags of its fields, and the rules between them,
// so that a cluster refuses what a directory refuses. What only all objects together can tell (references, cycles, one address twice) is refused by the
// reconciler, in the object's conditions.
func CRD(kind Kind) ([]byte, error) {
	r, ok := resources()[kind]
	if !ok {
		return nil, fmt.Errorf("no custom resource of kind %s", kind)
	}
	status := object{
		"observedGeneration": object{"type": "integer", "format": "int64", "description": "The metadata.generation that what is said here is about."},
		"conditions": object{"type": "array", "description": "Whether the practice is as the object states, and why not.", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": []string{"type"}, "items": object{
			"type": "object", "required": []string{"type", "status", "lastTransitionTime", "reason", "message"}, "properties": object{
				"type":               object{"type": "string", "maxLength": 316, "description": "What is told of."},
				"status":             object{"type": "string", "enum": []string{"True", "False", "Unknown"}, "description": "Whether it is so."},
				"observedGeneration": object{"type": "integer", "format": "int64", "minimum": 0, "description": "The metadata.generation of which it is told."},
				"lastTransitionTime": object{"type": "string", "format": "date-time", "description": "Since when it is so."},
				"reason":             object{"type": "string", "maxLength": 1024, "minLength": 1, "description": "Why, in a word for programs."},
				"message":            object{"type": "string", "maxLength": 32768, "description": "Why, in words for people."},
			},
		}},
	}
	for name, s := range r.status {
		status[name] = s
	}
	schema := object{"type": "object", "required": []string{"spec"}, "properties": object{
		"apiVersion": object{"type": "string"}, "kind": object{"type": "string"}, "metadata": object{"type": "object"},
		"spec": schemaOf(reflect.TypeOf(newSpec(kind)).Elem()), "status": object{"type": "object", "properties": status},
	}}
	if len(r.rules) > 0 {
		schema["x-kubernetes-validations"] = r.rules
	}
	return yaml.Marshal(object{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": object{"name": r.plural + "." + Group},
		"spec": object{
			"group": Group, "scope": "Namespaced",
			"names": object{"kind": string(kind), "listKind": string(kind) + "List", "plural": r.plural, "singular": strings.ToLower(string(kind)), "shortNames": []string{r.short}, "categories": []string{"chancery"}},
			"versions": []object{{"name": strings.TrimPrefix(APIVersion, Group+"/"), "served": true, "storage": true, "subresources": object{"status": object{}},
				"additionalPrinterColumns": r.columns, "schema": object{"openAPIV3Schema": schema}}},
		},
	})
}

// schemaOf is the schema of a struct of pointers.
func schemaOf(t reflect.Type) object {
	properties, required := object{}, []string{}
	for f := range t.Fields() {
		name := f.Tag.Get("json")
		properties[name] = fieldSchema(f)
		if f.Tag.Get("required") == "true" {
			required = append(required, name)
		}
	}
	s := object{"type": "object", "properties": properties}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

func fieldSchema(f reflect.StructField) object {
	s := object{}
	switch t := f.Type.Elem(); t.Kind() {
	case reflect.Bool:
		s["type"] = "boolean"
	case reflect.Int:
		least, _ := strconv.Atoi(f.Tag.Get("min"))
		most, _ := strconv.Atoi(f.Tag.Get("most"))
		s["type"], s["format"], s["minimum"], s["maximum"] = "integer", "int32", least, most
	case reflect.Slice:
		s["type"], s["x-kubernetes-list-type"], s["maxItems"], s["items"] = "array", "set", listMost, textSchema(f.Tag)
	case reflect.Struct:
		s = schemaOf(t)
	default:
		s = textSchema(f.Tag)
	}
	s["description"] = f.Tag.Get("doc")
	return s
}

// listMost bounds lists, so that what rules cost can be told beforehand.
const listMost = 200

func textSchema(tag reflect.StructTag) object {
	s := object{"type": "string"}
	if most, _ := strconv.Atoi(tag.Get("max")); most > 0 {
		s["maxLength"] = most
	}
	if enum := tag.Get("enum"); enum != "" {
		s["enum"] = strings.Split(enum, ",")
	}
	if p := tag.Get("pattern"); p != "" {
		s["pattern"] = p
	}
	if tag.Get("required") == "true" {
		s["minLength"] = 1
	}
	switch refs := tag.Get("refs"); {
	case refs == "permission":
		s["enum"] = access.All()
	case refs != "":
		s["maxLength"] = nameMax
		if tag.Get("empty") == "" {
			s["minLength"] = 1
		}
	}
	return s
}
