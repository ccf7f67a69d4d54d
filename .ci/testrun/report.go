package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

type count struct{ Passed, Failed, Skipped int }

func (c count) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", c.Passed, c.Failed, c.Skipped)
}

func (c *count) add(other count) {
	c.Passed, c.Failed, c.Skipped = c.Passed+other.Passed, c.Failed+other.Failed, c.Skipped+other.Skipped
}

// event is one line of `go test -json` (go doc cmd/test2json).
type event struct {
	Action     string
	Package    string
	ImportPath string // of a build's output
	Test       string
	Output     string
	Elapsed    float64 // seconds
}

// report turns the stream of events into what a person wants to read, and counts.
type report struct {
	out      io.Writer
	w        bytes.Buffer // what is to be said at one go: another report may say something meanwhile
	total    count
	packages map[string]*pkg
	skipped  []string
}

type pkg struct {
	tests  map[string]*test
	output []string // said outside of any test
	cached bool
}

type test struct {
	action string // pass, fail, skip; "" while it runs
	output []string
}

func newReport(w io.Writer) *report { return &report{out: w, packages: map[string]*pkg{}} }

// say says what has gathered.
func (r *report) say() {
	_, _ = r.w.WriteTo(r.out)
}

// read takes events until the stream ends. A line that is no event is printed as it is.
func (r *report) read(stream io.Reader) error {
	lines := bufio.NewReader(stream)
	for {
		line, err := lines.ReadString('\n')
		var e event
		switch {
		case line == "":
		case json.Unmarshal([]byte(line), &e) == nil && e.Action != "":
			r.take(e)
		default:
			fmt.Fprint(&r.w, line)
		}
		r.say()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *report) take(e event) {
	if e.Action == "build-output" {
		fmt.Fprint(&r.w, e.Output)
		return
	}
	if e.Package == "" {
		return // the start or end of a build; the package's own failure follows
	}
	p := r.packages[e.Package]
	if p == nil {
		p = &pkg{tests: map[string]*test{}}
		r.packages[e.Package] = p
	}
	if e.Test == "" {
		r.takePackage(e, p)
		return
	}
	t := p.tests[e.Test]
	if t == nil {
		t = &test{}
		p.tests[e.Test] = t
	}
	switch e.Action {
	case "output":
		t.output = append(t.output, e.Output)
	case "pass":
		t.action, t.output = e.Action, nil
	case "fail", "skip":
		t.action = e.Action
	}
}

func (r *report) takePackage(e event, p *pkg) {
	switch e.Action {
	case "output":
		p.output = append(p.output, e.Output)
		p.cached = p.cached || strings.Contains(e.Output, "\t(cached)")
	case "pass", "fail", "skip":
		r.finish(e, p)
		delete(r.packages, e.Package)
	}
}

// end counts the packages of which the end was never heard.
func (r *report) end() {
	for _, name := range sorted(r.packages) {
		r.finish(event{Action: "fail", Package: name}, r.packages[name])
	}
	for _, line := range r.skipped {
		fmt.Fprintln(&r.w, line)
	}
	r.say()
}

func (r *report) finish(e event, p *pkg) {
	var c count
	var failed []string
	for _, name := range sorted(p.tests) {
		t := p.tests[name]
		// A test that has not ended in a package that has was cut off: by a panic, a timeout, os.Exit.
		fails := t.action == "fail" || t.action == ""
		if parent := hasSubtests(p, name); parent && (!fails || subtestFails(p, name)) {
			if fails {
				failed = append(failed, name)
			}
			continue
		}
		switch {
		case fails:
			c.Failed++
			failed = append(failed, name)
		case t.action == "skip":
			c.Skipped++
			r.skipped = append(r.skipped, fmt.Sprintf("skipped: %s %s: %s", e.Package, name, reason(t.output)))
		default:
			c.Passed++
		}
	}
	if e.Action == "fail" && c.Failed == 0 {
		c.Failed = 1
	}
	r.print(e, p, c, failed)
	r.total.Passed += c.Passed
	r.total.Failed += c.Failed
	r.total.Skipped += c.Skipped
}

func (r *report) print(e event, p *pkg, c count, failed []string) {
	if e.Action == "fail" {
		for _, name := range failed {
			fmt.Fprint(&r.w, strings.Join(p.tests[name].output, ""))
		}
		fmt.Fprint(&r.w, strings.Join(p.output, ""))
	}
	if c == (count{}) {
		return // no tests in there
	}
	verdict := map[bool]string{true: "FAIL", false: "ok  "}[e.Action == "fail"]
	took := fmt.Sprintf("%.1f s", e.Elapsed)
	if p.cached {
		took = "cached"
	}
	fmt.Fprintf(&r.w, "%s %-40s %8s  %s\n", verdict, e.Package, took, c)
}

func hasSubtests(p *pkg, name string) bool {
	for other := range p.tests {
		if strings.HasPrefix(other, name+"/") {
			return true
		}
	}
	return false
}

func subtestFails(p *pkg, name string) bool {
	for other, t := range p.tests {
		if strings.HasPrefix(other, name+"/") && (t.action == "fail" || t.action == "") {
			return true
		}
	}
	return false
}

// reason is what the test said when it skipped: its last line that is not the framework's.
func reason(output []string) string {
	for _, line := range slices.Backward(output) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "---") && !strings.HasPrefix(line, "===") {
			return line
		}
	}
	return "no reason given"
}

func sorted[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
