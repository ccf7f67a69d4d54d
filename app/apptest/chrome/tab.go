package chrome

import (
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Tab opens another blank page on the same device: with its cookies, beside this one.
func (p *Page) Tab() *Page {
	p.t.Helper()
	f := &faults{}
	ctx, cancel := chromedp.NewContext(p.ctx, chromedp.WithListener(f.hear))
	tab := &Page{t: p.t, ctx: ctx, base: p.base, script: p.script, touch: p.touch, faults: f}
	p.t.Cleanup(func() {
		cancel()
		f.report(p.t)
	})
	if err := chromedp.Do(ctx); err != nil {
		p.t.Fatalf("open a tab: %v", err)
	}
	if err := chromedp.Listen(ctx, tab.leave); err != nil {
		p.t.Fatal(err)
	}
	if p.script {
		call(tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watch})
	}
	return tab
}
