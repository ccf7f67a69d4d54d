// Promql reads expressions of Prometheus, one a line, and says of each in a line of JSON whether it can be read, and which metrics it asks for by which labels.
// The charts' tests hold alerts and dashboard against what the program exports.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

type said struct {
	Error   string              `json:"error,omitempty"`
	Metrics map[string][]string `json:"metrics"`
}

func main() {
	in, out := bufio.NewScanner(os.Stdin), json.NewEncoder(os.Stdout)
	for in.Scan() {
		if err := out.Encode(read(in.Text())); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if err := in.Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(text string) said {
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		return said{Error: err.Error()}
	}
	all := said{Metrics: map[string][]string{}}
	parser.Inspect(expr, func(node parser.Node, above []parser.Node) error {
		metric, ok := node.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		by := []string{}
		for _, m := range metric.LabelMatchers {
			if m.Name != labels.MetricName {
				by = append(by, m.Name)
			}
		}
		for _, n := range above {
			if a, ok := n.(*parser.AggregateExpr); ok && !a.Without {
				by = append(by, a.Grouping...)
			}
		}
		all.Metrics[metric.Name] = append(all.Metrics[metric.Name], by...)
		return nil
	})
	return all
}
