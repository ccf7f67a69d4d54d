// Package chrome drives a real Chromium for tests: it visits, clicks, types and looks, and it fails the test on
// whatever a reader's console would complain about (faults.go). It knows nothing of the product; static tries its
// scripts with it, app/browser the whole app. Imported by tests only.
//
// One Chromium serves a test binary: it starts with the first Open and ends with Main. Each Page has a browser context
// of its own, so cookies and storage are those of a new device. Where Chromium's headless shell is installed it is taken:
// the same engine without windows, tabs and toolbars (app/browser -run Matrix: 16.7 s with them, 6.3 s without). Only extensions need the whole
// browser (extended.go).
//
// Where there is no Chromium, tests skip and say so; with CI=true or CHANCERY_TEST_REQUIRE=1 they fail.
package chrome

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// Main runs a package's tests and then ends their Chromium:
//
//	func TestMain(m *testing.M) { os.Exit(chrome.Main(m)) }
func Main(m *testing.M) int {
	code := m.Run()
	shared.end()
	return code
}

// Require ends a test that lacks something: where everything must be there it fails, elsewhere it skips.
func Require(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" || os.Getenv("CHANCERY_TEST_REQUIRE") == "1" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// shared is the Chromium of this test binary.
var shared chromium

type chromium struct {
	once    sync.Once
	ctx     context.Context
	cancel  []context.CancelFunc
	err     error
	missing bool
}

// get starts the Chromium, once.
func (c *chromium) get(t testing.TB) context.Context {
	t.Helper()
	c.once.Do(c.start)
	if c.missing {
		Require(t, "chromium is not installed (apt-get install chromium)")
	}
	if c.err != nil {
		t.Fatalf("start chromium: %v", c.err)
	}
	return c.ctx
}

func (c *chromium) start() {
	program, err := exec.LookPath("chromium-headless-shell")
	if err != nil {
		program, err = exec.LookPath("chromium")
	}
	if err != nil {
		c.missing = true
		return
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options(program)...)
	c.cancel = append(c.cancel, cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	c.cancel = append(c.cancel, cancel)
	if c.err = chromedp.Do(ctx); c.err != nil {
		c.err = fmt.Errorf("%s: %w", program, c.err)
	}
	c.ctx = ctx
}

// end ends the process that start started, by its id, and removes its profile.
func (c *chromium) end() {
	for i := len(c.cancel) - 1; i >= 0; i-- {
		c.cancel[i]()
	}
}

// options: a browser that says nothing to anyone, in a new profile each time. The sandbox goes only where it cannot
// work, which is for root.
func options(program string) []chromedp.ExecAllocatorOption {
	o := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(program),
		chromedp.Flag("headless", "new"),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("mute-audio", true),
		chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("no-first-run", true),
		chromedp.Flag("no-default-browser-check", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-default-apps", true),
		chromedp.Flag("disable-extensions", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-breakpad", true),
		chromedp.Flag("disable-dev-shm-usage", true), // small in many containers
		chromedp.Flag("disable-background-timer-throttling", true),
		chromedp.Flag("disable-backgrounding-occluded-windows", true),
		chromedp.Flag("disable-renderer-backgrounding", true),
		chromedp.Flag("disable-prompt-on-repost", true),
		chromedp.Flag("disable-features", "Translate,PasswordManagerOnboarding,AutofillServerCommunication"),
		chromedp.Flag("force-color-profile", "srgb"),
		chromedp.Flag("password-store", "basic"),
		chromedp.Flag("enable-automation", true),
	}
	if os.Geteuid() == 0 {
		o = append(o, chromedp.NoSandbox)
	}
	return o
}
