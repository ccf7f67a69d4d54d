package charts_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"chancery/app/manifest"
)

// definition is the schema that the cluster keeps of a kind.
func definition(t *testing.T, kind manifest.Kind) object {
	t.Helper()
	text, err := manifest.CRD(kind)
	if err != nil {
		t.Fatal(err)
	}
	var crd map[string]any
	if err := yaml.Unmarshal(text, &crd); err != nil {
		t.Fatal(err)
	}
	return object(object(crd).list("spec.versions")[0].at("schema.openAPIV3Schema").(map[string]any))
}

// What a manifest among the values may say is told by the fields themselves, so that a slip stops at render and not in the cluster.
func TestTheSchemaKnowsTheFieldsOfManifests(t *testing.T) {
	const file, begins = "chancery/values.schema.json", "  \"definitions\": "
	kinds := make([]string, 0, 5)
	specs := object{}
	byKind := make([]object, 0, 5)
	for _, kind := range manifest.Kinds() {
		spec := definition(t, kind).at("properties.spec").(map[string]any)
		specs[string(kind)] = closed(spec)
		kinds = append(kinds, string(kind))
		byKind = append(byKind, object{"if": object{"properties": object{"kind": object{"const": kind}}}, "then": object{"properties": object{"spec": object{"$ref": "#/definitions/" + string(kind)}}}})
	}
	specs["manifest"] = object{"type": "object", "additionalProperties": false, "required": []string{"apiVersion", "kind", "metadata", "spec"}, "allOf": byKind,
		"properties": object{"apiVersion": object{"const": manifest.APIVersion}, "kind": object{"enum": kinds}, "spec": object{"type": "object"},
			"metadata": object{"type": "object", "required": []string{"name"}, "properties": object{"name": object{"type": "string"}}}}}
	written, err := json.MarshalIndent(specs, "  ", "  ")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, _, ok := strings.Cut(string(text), begins)
	if !ok {
		t.Fatal("the schema has no definitions")
	}
	want := before + begins + string(written) + "\n}\n"
	if want == string(text) {
		return
	}
	if !*update {
		t.Fatal("the schema's definitions are not the fields that the program reads: go test ./charts -update")
	}
	if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// closed is a schema of Kubernetes as one of values: objects take no other fields, which Kubernetes knows by itself, and its own words are left out.
func closed(schema map[string]any) map[string]any {
	out := object{}
	for word, of := range schema {
		switch word {
		case "description", "format":
		case "x-kubernetes-list-type":
			out["uniqueItems"] = true
		case "properties":
			fields := object{}
			for name, field := range of.(map[string]any) {
				fields[name] = closed(field.(map[string]any))
			}
			out["properties"], out["additionalProperties"] = fields, false
		case "items":
			out["items"] = closed(of.(map[string]any))
		default:
			out[word] = of
		}
	}
	return out
}
