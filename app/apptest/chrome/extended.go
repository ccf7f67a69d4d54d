package chrome

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// Extended opens a blank page in a Chromium of its own, with the unpacked extension of a folder, and returns the address of that
// extension's pages. Extensions live in a browser's own context and in no other, so the page is in that one; it is gone with the
// test, which fails on what went wrong in it.
func Extended(t testing.TB, base, folder string, opts ...Option) (p *Page, extension string) {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		Require(t, "chromium is not installed (apt-get install chromium)")
	}
	if folder, err = filepath.EvalSymlinks(folder); err != nil {
		t.Fatal(err)
	}
	alloc, end := chromedp.NewExecAllocator(context.Background(), append(options(program), chromedp.Flag("disable-extensions", false),
		chromedp.Flag("disable-features", "Translate,DisableLoadExtensionCommandLineSwitch"),
		chromedp.Flag("load-extension", folder), chromedp.Flag("disable-extensions-except", folder))...)
	f := &faults{}
	ctx, cancel := chromedp.NewContext(alloc, chromedp.WithListener(f.hear))
	p = &Page{t: t, ctx: ctx, base: base, script: true, faults: f}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("in the end: %s", p.state())
		}
		cancel()
		end()
		f.report(t)
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start chromium with an extension: %v", err)
	}
	if err := chromedp.Listen(ctx, p.leave); err != nil {
		t.Fatal(err)
	}
	p.Become(opts...)
	call(p, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watch})
	extension = "chrome-extension://" + idOf(t, folder)
	p.welcomed(extension)
	return p, extension
}

// welcomed waits for the page that an extension opens once it is installed: it may come in the blank page of the test, and would break off a visit of that.
func (p *Page) welcomed(extension string) {
	p.t.Helper()
	here := false
	p.await("the page that the extension opens", func(ctx context.Context) (bool, error) {
		all, err := chromedp.Targets(ctx)
		at := slices.IndexFunc(all, func(one *target.Info) bool { return one.Type == "page" && strings.HasPrefix(one.URL, extension+"/") })
		here = at >= 0 && all[at].TargetID == chromedp.FromContext(p.ctx).Target.TargetID
		return at >= 0, err
	})
	if here {
		p.Until(`location.href.startsWith(` + Quote(extension) + `)`).Ready()
	}
}

// idOf is what Chromium calls an extension: the first half of its public key's SHA-256, in the letters a to p.
func idOf(t testing.TB, folder string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct{ Key []byte }
	if err := json.Unmarshal(text, &manifest); err != nil || len(manifest.Key) == 0 {
		t.Fatalf("an extension without a key has another id in each folder: %v", err)
	}
	sum := sha256.Sum256(manifest.Key)
	id := make([]byte, 0, 32)
	for _, b := range sum[:16] {
		id = append(id, 'a'+b>>4, 'a'+b&15)
	}
	return string(id)
}

// Elsewhere is the same page with paths relative to another base.
func (p *Page) Elsewhere(base string) *Page {
	part := *p
	part.base = base
	return &part
}

// Front brings the page before what an extension has opened by itself: a page behind another is not drawn.
func (p *Page) Front() *Page {
	p.t.Helper()
	call(p, page.BringToFront, cdp.Empty{})
	return p
}
