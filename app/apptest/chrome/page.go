package chrome

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// patience is how long a condition may take. A machine under load is slow; a broken page never gets there.
const patience = 2 * time.Minute

// Page is one page in a browser context of its own: a device that nobody has used yet.
type Page struct {
	t      testing.TB
	ctx    context.Context
	base   string
	script bool
	touch  bool
	faults *faults
}

// Open opens a blank page on a new device; paths are relative to base. It is closed with the test, which fails on what
// went wrong in it (faults.go).
func Open(t testing.TB, base string, opts ...Option) *Page {
	t.Helper()
	d := newDevice(opts)
	f := &faults{}
	ctx, cancel := chromedp.NewContext(shared.get(t), chromedp.WithNewBrowserContext(), chromedp.WithListener(f.hear))
	p := &Page{t: t, ctx: ctx, base: base, script: !d.plain, faults: f}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("in the end: %s", p.state())
		}
		cancel()
		f.report(t)
	})
	if err := chromedp.Do(ctx); err != nil { // attaches, without a time limit: one would end the page
		t.Fatalf("open a page: %v", err)
	}
	if err := chromedp.Listen(ctx, p.leave); err != nil {
		t.Fatal(err)
	}
	p.Become(opts...)
	if d.plain {
		call(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	} else {
		call(p, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watch})
	}
	return p
}

// For is the same page for a part of the test: what fails, fails there.
func (p *Page) For(t testing.TB) *Page {
	part := *p
	part.t = t
	t.Cleanup(func() { part.faults.report(t) })
	return &part
}

// leave answers a page that asks whether to leave it: yes.
func (p *Page) leave(event any) {
	if _, ok := event.(*page.EventJavascriptDialogOpening); ok {
		go func() { // a listener must not run commands itself
			_ = chromedp.Do(p.ctx, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
				_, err := cdp.Call(ctx, target, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
				return err
			}))
		}()
	}
}

// Visit goes to a path by the address bar and waits until the page is there and its script has looked at it.
func (p *Page) Visit(path string) *Page {
	p.t.Helper()
	p.do("visit "+path, chromedp.Navigate(p.base+path))
	return p.Ready()
}

// Reload is the reload button.
func (p *Page) Reload() *Page {
	p.t.Helper()
	p.do("reload", chromedp.Reload())
	return p.Ready()
}

// Ready waits until the page is whole and htmx, where the page uses it, has looked at it.
func (p *Page) Ready() *Page {
	p.t.Helper()
	condition := `document.readyState === "complete"`
	if p.script {
		condition += ` && (!document.querySelector("[hx-get],[hx-post]") || document.querySelector("[data-htmx-powered]"))`
	}
	return p.Until(condition)
}

// Load does what leads to another page, or to the same one anew, and waits until that is there.
func (p *Page) Load(act func()) *Page {
	p.t.Helper()
	p.Eval(`window.left = true`)
	act()
	return p.Until(`!window.left`).Ready()
}

// Until waits for an expression to be true, also over navigations. It fails the test after a while.
func (p *Page) Until(condition string) *Page {
	p.t.Helper()
	p.await(condition, func(ctx context.Context) (bool, error) {
		return chromedp.Run(ctx, chromedp.Evaluate[bool](`!!(`+condition+`)`))
	})
	return p
}

// await asks again and again, until it is met.
func (p *Page) await(what string, met func(context.Context) (bool, error)) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	look := time.NewTicker(15 * time.Millisecond)
	defer look.Stop()
	for {
		yes, err := met(ctx)
		if err == nil && yes {
			return
		}
		select {
		case <-ctx.Done():
			p.t.Fatalf("never: %s (%v)\n%s", what, err, p.state())
		case <-look.C:
		}
	}
}

// At waits until the page is at a path (without its query) and ready.
func (p *Page) At(path string) *Page {
	p.t.Helper()
	return p.Until(`location.pathname === ` + Quote(path)).Ready()
}

// Sees waits until an element that matches is there and visible, and its text holds text.
func (p *Page) Sees(selector, text string) *Page {
	p.t.Helper()
	return p.Until(fmt.Sprintf(`[...document.querySelectorAll(%s)].some((e) => e.checkVisibility() && e.textContent.replace(/\s+/g, " ").includes(%s))`, Quote(selector), Quote(text)))
}

// Gone waits until no element that matches is visible.
func (p *Page) Gone(selector string) *Page {
	p.t.Helper()
	return p.Until(fmt.Sprintf(`![...document.querySelectorAll(%s)].some((e) => e.checkVisibility())`, Quote(selector)))
}

// Focused waits until the focus is on an element that matches.
func (p *Page) Focused(selector string) *Page {
	p.t.Helper()
	return p.Until(`document.activeElement?.matches(` + Quote(selector) + `)`)
}

// Eval runs a script for what it does.
func (p *Page) Eval(script string) {
	p.t.Helper()
	p.do(script, chromedp.Evaluate[chromedp.Void](script))
}

// Value is what an expression comes to, awaited if it is a promise.
func Value[T any](p *Page, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%s: %v\n%s", clip(expression), err, p.state())
	}
	return v
}

// Text is what an element says, white space folded.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	return Value[string](p, fmt.Sprintf(`(document.querySelector(%s)?.innerText ?? "").replace(/\s+/g, " ").trim()`, Quote(selector)))
}

// Shot writes a picture of the whole page into a file.
func (p *Page) Shot(file string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.MkdirAll(filepath.Dir(file), 0o755)
	}
	if err == nil {
		err = os.WriteFile(file, png, 0o600)
	}
	if err != nil {
		p.t.Fatalf("screenshot: %v", err)
	}
}

func (p *Page) do(what string, action chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, action); err != nil {
		p.t.Fatalf("%s: %v\n%s", clip(what), err, p.state())
	}
}

func (p *Page) state() string {
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	state, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\nfocus: " + document.activeElement?.outerHTML.slice(0, 160) + "\n" + document.body?.innerText`))
	if err != nil {
		return err.Error()
	}
	return state
}

func call[P, R any](p *Page, c cdp.Command[P, R], params P) {
	p.t.Helper()
	p.do(c.Method, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, c, params)
		return err
	}))
}

// Quote writes a text as a JavaScript string.
func Quote(text string) string {
	b, _ := json.Marshal(text) // never fails for a string
	return string(b)
}

func clip(s string) string {
	if len(s) > 200 {
		return s[:200] + "…"
	}
	return s
}
