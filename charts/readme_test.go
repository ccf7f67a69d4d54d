package charts_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "write the tables of the chart's README, its schema and its definitions")

const readme = "chancery/README.md"

// The README's table of values is written from values.yaml, so that it says what is true.
func TestTheReadmeListsTheValues(t *testing.T) {
	values, err := os.ReadFile("chancery/values.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(values, &doc); err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	table.WriteString("| value | default | what it is |\n| --- | --- | --- |\n")
	rows(t, &table, "", doc.Content[0], "")
	stands(t, "values", table.String())
}

// stands holds a part of the README, between two comments that name it, against what it has to say, and writes it where that is asked for.
func stands(t *testing.T, part, want string) {
	t.Helper()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	begins, ends := "<!-- "+part+": written by go test ./charts -update -->\n", "<!-- /"+part+" -->\n"
	before, rest, ok := strings.Cut(string(text), begins)
	was, after, ended := strings.Cut(rest, ends)
	if !ok || !ended {
		t.Fatalf("the README has no place for %s", part)
	}
	if was == want {
		return
	}
	if !*update {
		t.Fatalf("what the README says of %s is not so any more: go test ./charts -update", part)
	}
	if err := os.WriteFile(readme, []byte(before+begins+want+ends+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// rows writes a line a value; one without a sentence is a fault.
func rows(t *testing.T, to *strings.Builder, path string, n *yaml.Node, above string) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		name := strings.TrimPrefix(path+"."+key.Value, ".")
		said := strings.TrimSpace(strings.ReplaceAll(strings.TrimPrefix(key.HeadComment, "#"), "\n#", ""))
		if value.Kind == yaml.MappingNode && len(value.Content) > 0 && name != "resources" && !strings.HasSuffix(name, ".labels") {
			rows(t, to, name, value, said)
			continue
		}
		if said == "" {
			t.Errorf("%s has no sentence", name)
		}
		if above != "" && i == 0 {
			said = above + " " + said
		}
		shown, err := yaml.Marshal(flow(value))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(to, "| `%s` | `%s` | %s |\n", name, strings.TrimSpace(string(shown)), strings.ReplaceAll(said, "|", "\\|"))
	}
}

// flow is a value in one line.
func flow(n *yaml.Node) *yaml.Node {
	c := *n
	c.Style, c.HeadComment, c.LineComment, c.FootComment = yaml.FlowStyle, "", "", ""
	if n.Kind == yaml.ScalarNode {
		c.Style = n.Style
	}
	return &c
}
