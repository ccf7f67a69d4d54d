package static_test

import (
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"chancery/static"
)

// browser is one Chromium with one page.
type browser struct {
	ctx      context.Context
	base     string
	practice *practice
}

func browse(t *testing.T) *browser {
	t.Helper()
	require := func(format string, args ...any) {
		if os.Getenv("CI") == "true" || os.Getenv("CHANCERY_TEST_REQUIRE") == "1" {
			t.Fatalf(format, args...)
		}
		t.Skipf(format, args...)
	}
	assets, err := static.Load()
	if err != nil {
		t.Fatal(err)
	}
	if missing := assets.Missing(); len(missing) > 0 {
		require("the assets are not built (make assets): %v", missing)
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		require("chromium is not installed (apt-get install chromium)")
	}
	p := newPractice(assets)
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &browser{ctx, server.URL, p}
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil { // starts it; a timeout here would end it
		t.Fatal(err)
	}
	return b
}

func (b *browser) do(t *testing.T, what string, action chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, action); err != nil {
		state, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
		t.Fatalf("%s: %v\n%s", what, err, state)
	}
}

// open begins afresh: the practice forgets, the page is new and ready.
func (b *browser) open(t *testing.T) {
	t.Helper()
	b.practice.reset()
	b.visit(t, "/blank") // away first: the guard of the last page must not ask
	b.visit(t, "/me")
}

func (b *browser) visit(t *testing.T, path string) {
	t.Helper()
	b.eval(t, `document.querySelectorAll("form[data-guard]").forEach((form) => form.remove())`)
	b.do(t, "visit "+path, chromedp.Navigate(b.base+path))
	if path == "/me" {
		b.until(t, `document.querySelector("#slow")?.hasAttribute("data-htmx-powered")`)
	}
}

func (b *browser) until(t *testing.T, condition string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	for {
		met, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`!!(`+condition+`)`)) // survives a navigation, as Poll does not
		if err == nil && met {
			return
		}
		if ctx.Err() != nil {
			state, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`location.href + " focus: " + document.activeElement?.outerHTML.slice(0, 120) + "\n" + document.body.innerText`))
			t.Fatalf("never: %s (%v)\n%s", condition, err, state)
		}
	}
}

func (b *browser) eval(t *testing.T, script string) {
	t.Helper()
	b.do(t, script, chromedp.Evaluate[chromedp.Void](script))
}

func (b *browser) click(t *testing.T, selector string) {
	t.Helper()
	b.do(t, "click "+selector, chromedp.Click(chromedp.CSS(selector)))
}

func (b *browser) typeInto(t *testing.T, selector, text string) {
	t.Helper()
	b.do(t, "type into "+selector, chromedp.SendKeys(chromedp.CSS(selector), text))
}

// press sends keys as a keyboard does: the character comes from the browser, unless a script prevents it.
// (chromedp.KeyEvent sends the character apart, past any preventDefault.)
func (b *browser) press(t *testing.T, keys ...string) {
	t.Helper()
	for _, name := range keys {
		key := kb.Keys[[]rune(name)[0]]
		event := input.DispatchKeyEventParams{
			Type: input.DispatchKeyEventTypeKeyDown, Key: key.Key, Code: key.Code, Text: key.Text, UnmodifiedText: key.Unmodified,
			WindowsVirtualKeyCode: key.Windows, NativeVirtualKeyCode: key.Native,
		}
		b.do(t, "press "+key.Key, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			if _, err := cdp.Call(ctx, target, input.DispatchKeyEvent, event); err != nil {
				return err
			}
			event.Type, event.Text, event.UnmodifiedText = input.DispatchKeyEventTypeKeyUp, "", ""
			_, err := cdp.Call(ctx, target, input.DispatchKeyEvent, event)
			return err
		}))
	}
}

func (b *browser) pick(t *testing.T, name string, content []byte) {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	b.do(t, "pick "+name, chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{file}))
}
