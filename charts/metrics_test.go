package charts_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Alerts and dashboard can be read by Prometheus, and ask for metrics and labels that there are.
func TestAlertsAndDashboardAskForWhatThereIs(t *testing.T) {
	known := exported(t)
	for _, name := range []string{"up", "process_resident_memory_bytes", "process_cpu_seconds_total"} { // of the scrape, and of every Go program
		known[name] = nil
	}
	var all []string
	from := map[string]int{}
	for _, o := range rendered(t, "release", "--values", "chancery/ci/postgres-values.yaml") {
		switch o["kind"] {
		case "PrometheusRule":
			for _, g := range o.list("spec.groups") {
				for _, r := range g.list("rules") {
					all = append(all, r["expr"].(string))
					from["rules"]++
				}
			}
		case "ConfigMap":
			if text, ok := o["data"].(map[string]any)["chancery.json"].(string); ok {
				var board any
				if err := json.Unmarshal([]byte(text), &board); err != nil {
					t.Fatalf("the dashboard is no JSON: %v", err)
				}
				found := expressions(board)
				from["dashboard"] = len(found)
				all = append(all, found...)
			}
		}
	}
	if from["rules"] < 5 || from["dashboard"] < 10 || len(known) < 8 {
		t.Fatalf("expressions: %v, metrics: %d", from, len(known))
	}
	of := regexp.MustCompile(`_(bucket|sum|count)$`)
	for i, is := range promql(t, all) {
		if is.Error != "" || len(is.Metrics) == 0 {
			t.Errorf("%s: %s", all[i], is.Error)
		}
		for name, labels := range is.Metrics {
			has, there := known[of.ReplaceAllString(name, "")]
			if !there {
				t.Errorf("%s asks for %s, which there is not", all[i], name)
			}
			for _, label := range labels {
				ofScrape := slices.Contains([]string{"namespace", "job", "instance", "pod"}, label) || label == "le" && strings.HasSuffix(name, "_bucket")
				if !ofScrape && !slices.Contains(has, label) {
					t.Errorf("%s asks for %s by %s, and it has %v", all[i], name, label, has)
				}
			}
		}
	}
}

// exported are the metrics that the program has, with their labels, as its source makes them.
func exported(t *testing.T) map[string][]string {
	t.Helper()
	known := map[string][]string{}
	named := regexp.MustCompile(`Name:\s*"(chancery_[a-z_]+)"`)
	labelled := regexp.MustCompile(`\}, \[\]string\{("[a-z", ]+)\}`)
	word := regexp.MustCompile(`[a-z]+`)
	for _, room := range []string{"../app", "../jobs"} {
		err := filepath.WalkDir(room, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || filepath.Ext(path) != ".go" {
				return err
			}
			text, err := os.ReadFile(path)
			at := named.FindAllSubmatchIndex(text, -1)
			for i, m := range at {
				end := len(text)
				if i+1 < len(at) {
					end = at[i+1][0]
				}
				own := string(text[m[0]:end])
				labels := []string{}
				if found := labelled.FindStringSubmatch(own); found != nil {
					labels = word.FindAllString(found[1], -1)
				}
				if strings.Contains(own, "ConstLabels: label") {
					labels = append(labels, "loop")
				}
				known[string(text[m[2]:m[3]])] = labels
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return known
}

// expressions are all of a dashboard, with what Grafana puts in for its own variables.
func expressions(board any) (all []string) {
	switch v := board.(type) {
	case map[string]any:
		for key, below := range v {
			if text, ok := below.(string); ok && key == "expr" {
				all = append(all, strings.ReplaceAll(text, "$__rate_interval", "1m"))
			}
			all = append(all, expressions(below)...)
		}
	case []any:
		for _, below := range v {
			all = append(all, expressions(below)...)
		}
	}
	return all
}

type read struct {
	Error   string
	Metrics map[string][]string
}

// promql reads expressions by Prometheus's own parser, the program from .ci/tools that CHANCERY_PROMQL names.
func promql(t *testing.T, expressions []string) []read {
	t.Helper()
	program := os.Getenv("CHANCERY_PROMQL")
	if program == "" {
		missing := "no promql: set CHANCERY_PROMQL to what .ci/tools.sh promql prints"
		if os.Getenv("CI") != "" || os.Getenv("CHANCERY_TEST_REQUIRE") != "" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	var said, wrong bytes.Buffer
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(strings.Join(expressions, "\n")), &said, &wrong
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, wrong.String())
	}
	all := make([]read, 0, len(expressions))
	for docs := json.NewDecoder(&said); docs.More(); {
		var one read
		if err := docs.Decode(&one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	if len(all) != len(expressions) {
		t.Fatalf("%d of %d expressions were read", len(all), len(expressions))
	}
	return all
}
