package chrome

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// faults collects what went wrong in a page without anyone looking: errors on the console, exceptions that nobody
// caught, breaches of the content security policy, styles, scripts, fonts and pictures that did not come. The status of
// a page or of a form's answer is no fault: a test looks at those by itself.
type faults struct {
	mu       sync.Mutex
	found    []string
	expected []string
	asked    int // how often the page asked whether to leave it
}

// watch makes violations of the policy speak on the console, where script may run.
const watch = `addEventListener("securitypolicyviolation", (e) => console.error("policy", e.violatedDirective, e.blockedURI, e.sourceFile ?? "", e.sample ?? ""))`

func (f *faults) hear(event any) {
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
			f.add("console: %s", said(e.Args))
		}
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if x := e.ExceptionDetails.Exception; x != nil {
			text += " " + x.Description
		}
		f.add("exception: %s", text)
	case *log.EventEntryAdded:
		answered := e.Entry.Source == log.EntrySourceNetwork && strings.Contains(e.Entry.Text, "the server responded with a status of")
		if e.Entry.Level == log.EntryLevelError && !answered {
			f.add("log: %s %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *network.EventResponseReceived:
		switch e.Type {
		case network.ResourceTypeStylesheet, network.ResourceTypeScript, network.ResourceTypeImage, network.ResourceTypeFont:
			if e.Response.Status >= 400 {
				f.add("missing: %d %s", e.Response.Status, e.Response.URL)
			}
		}
	case *inspector.EventTargetCrashed:
		f.add("the page crashed")
	case *page.EventJavascriptDialogOpening:
		f.mu.Lock()
		f.asked++
		f.mu.Unlock()
	}
}

func said(args []*runtime.RemoteObject) string {
	var words []string
	for _, a := range args {
		if a.Description != "" {
			words = append(words, a.Description)
		} else {
			words = append(words, strings.Trim(string(a.Value), `"`))
		}
	}
	return strings.Join(words, " ")
}

func (f *faults) add(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.found = append(f.found, fmt.Sprintf(format, args...))
}

// take removes and returns the faults whose text holds part.
func (f *faults) take(part string) (taken []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var left []string
	for _, text := range f.found {
		if strings.Contains(text, part) {
			taken = append(taken, text)
		} else {
			left = append(left, text)
		}
	}
	f.found = left
	return taken
}

// report fails the test on every fault that nobody expected.
func (f *faults) report(t testing.TB) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, text := range f.found {
		known := false
		for _, part := range f.expected {
			known = known || strings.Contains(text, part)
		}
		if !known {
			t.Error(text)
		}
	}
	f.found = nil
}

// Expect lets faults pass whose text holds part, for this page from now on.
func (p *Page) Expect(part string) *Page {
	p.faults.mu.Lock()
	defer p.faults.mu.Unlock()
	p.faults.expected = append(p.faults.expected, part)
	return p
}

// Faults takes away and returns what has gone wrong so far and holds part: those no longer fail the test.
func (p *Page) Faults(part string) []string { return p.faults.take(part) }

// Settle fails the test on the faults so far, so that they are told beside the page they came from.
func (p *Page) Settle() {
	p.t.Helper()
	p.faults.report(p.t)
}

// Asked tells how often the page asked whether to leave it with unsaved changes. It was always told yes.
func (p *Page) Asked() int {
	p.faults.mu.Lock()
	defer p.faults.mu.Unlock()
	return p.faults.asked
}
