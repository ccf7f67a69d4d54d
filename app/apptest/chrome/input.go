package chrome

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Keys that have no character, for Press.
const (
	Enter      = kb.Enter
	Escape     = kb.Escape
	Tab        = kb.Tab
	ArrowDown  = kb.ArrowDown
	ArrowLeft  = kb.ArrowLeft
	ArrowRight = kb.ArrowRight
	ArrowUp    = kb.ArrowUp
	PageDown   = kb.PageDown
	PageUp     = kb.PageUp
)

// Click waits until the element that matches can be hit in its middle, then clicks there; a phone taps. What is hidden,
// covered or still moving cannot be hit by a reader either.
func (p *Page) Click(selector string) *Page {
	p.t.Helper()
	x, y := p.middle(selector)
	p.hit(selector, x, y, 1)
	return p
}

// DoubleClick clicks twice, as fast as a nervous hand.
func (p *Page) DoubleClick(selector string) *Page {
	p.t.Helper()
	x, y := p.middle(selector)
	p.hit(selector, x, y, 2)
	return p
}

// Hover brings the mouse over the middle of the element that matches.
func (p *Page) Hover(selector string) *Page {
	p.t.Helper()
	x, y := p.middle(selector)
	return p.Mouse(x, y)
}

// Mouse brings the mouse to a point of the screen and waits until the page has been told: a browser tells once a frame where the mouse is, so that of
// two moves within one the first would be lost.
func (p *Page) Mouse(x, y float64) *Page {
	p.t.Helper()
	p.do("move the mouse", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: input.DispatchMouseEventTypeMouseMoved, X: x, Y: y})
		return err
	}))
	if p.script {
		Value[bool](p, `new Promise((told) => requestAnimationFrame(() => requestAnimationFrame(() => told(true))))`)
	}
	return p
}

func (p *Page) hit(selector string, x, y float64, times int64) {
	p.t.Helper()
	if p.touch {
		p.do("tap "+selector, chromedp.TapXY(x, y))
		return
	}
	p.do("click "+selector, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		for n := int64(1); n <= times; n++ {
			for _, kind := range []input.DispatchMouseEventType{input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased} {
				event := input.DispatchMouseEventParams{Type: kind, X: x, Y: y, Button: input.MouseButtonLeft, ClickCount: n}
				if _, err := cdp.Call(ctx, target, input.DispatchMouseEvent, event); err != nil {
					return err
				}
			}
		}
		return nil
	}))
}

// place finds the first visible element that matches, brings it into view and tells its middle; or what stands in the
// way, as a text.
const place = `((selector) => {
	const all = [...document.querySelectorAll(selector)], e = all.find((e) => e.checkVisibility({ visibilityProperty: true }));
	if (!e) return { why: all.length ? "hidden" : "not there" };
	e.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
	const box = [...e.getClientRects()].find((r) => r.width > 0 && r.height > 0);
	if (!box) return { why: "without size" };
	const x = box.x + box.width / 2, y = box.y + box.height / 2, hit = document.elementFromPoint(x, y);
	if (!hit || !(e.contains(hit) || hit.contains(e) && hit.closest("label") || hit.closest("label")?.control === e))
		return { why: "covered by " + (hit?.outerHTML.slice(0, 100) ?? "nothing") + " at " + x + "," + y };
	return { x, y, why: "" };
})`

func (p *Page) middle(selector string) (x, y float64) {
	p.t.Helper()
	type spot struct {
		X, Y float64
		Why  string
	}
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	look := time.NewTicker(15 * time.Millisecond)
	defer look.Stop()
	var last spot
	for {
		now, err := chromedp.Run(ctx, chromedp.Evaluate[spot](place+`(`+Quote(selector)+`)`))
		if err == nil && now.Why == "" && now == last {
			return now.X, now.Y
		}
		last = now
		select {
		case <-ctx.Done():
			p.t.Fatalf("click %s: %s (%v)\n%s", selector, last.Why, err, p.state())
		case <-look.C:
		}
	}
}

// Type types a text at the end of the field that matches.
func (p *Page) Type(selector, text string) *Page {
	p.t.Helper()
	p.Sees(selector, "").Eval(fmt.Sprintf(`{ const e = document.querySelector(%s); e.focus(); try { e.setSelectionRange(e.value.length, e.value.length); } catch {} }`, Quote(selector)))
	return p.Write(text)
}

// Fill replaces what stands in the field that matches.
func (p *Page) Fill(selector, text string) *Page {
	p.t.Helper()
	p.Sees(selector, "").Eval(fmt.Sprintf(`{ const e = document.querySelector(%s); e.focus(); e.select(); }`, Quote(selector)))
	if text == "" {
		return p.Press(kb.Delete)
	}
	return p.Write(text)
}

// Write types a text wherever the focus is.
func (p *Page) Write(text string) *Page {
	p.t.Helper()
	call(p, input.InsertText, input.InsertTextParams{Text: text})
	return p
}

// Choose takes the option with that value, as the select's own list does, as soon as there is one: a page may still be on its way.
func (p *Page) Choose(selector, value string) *Page {
	p.t.Helper()
	p.Until(fmt.Sprintf(`[...document.querySelector(%s)?.options ?? []].some((o) => o.value === %s) || document.querySelector(%[1]s)?.matches(":not(select)")`, Quote(selector), Quote(value)))
	done := Value[bool](p, fmt.Sprintf(`(() => { const e = document.querySelector(%s); if (!e) return false; e.value = %s;
		for (const type of ["input", "change"]) e.dispatchEvent(new Event(type, { bubbles: true })); return e.value === %[2]s; })()`, Quote(selector), Quote(value)))
	if !done {
		p.t.Fatalf("%s has no option %q", selector, value)
	}
	return p
}

// Press presses keys as a keyboard does: the character comes from the browser, unless a script prevents it.
// (chromedp.KeyEvent sends the character apart, past any preventDefault.) Each is a character or a constant of above.
func (p *Page) Press(keys ...string) *Page {
	p.t.Helper()
	return p.press(0, keys)
}

// Control presses a key while Control is held.
func (p *Page) Control(key string) *Page {
	p.t.Helper()
	return p.press(2, []string{key})
}

// held is what is held with each key, in bits: 1 Alt, 2 Control, 4 Command, 8 Shift.
func (p *Page) press(held int64, keys []string) *Page {
	p.t.Helper()
	for _, name := range keys {
		key := kb.Keys[[]rune(name)[0]]
		if key == nil {
			p.t.Fatalf("no key writes %q", name)
		}
		event := input.DispatchKeyEventParams{
			Type: input.DispatchKeyEventTypeKeyDown, Key: key.Key, Code: key.Code, Text: key.Text, UnmodifiedText: key.Unmodified,
			WindowsVirtualKeyCode: key.Windows, NativeVirtualKeyCode: key.Native, Modifiers: held,
		}
		if held != 0 {
			event.Text, event.UnmodifiedText = "", ""
		}
		p.do("press "+key.Key, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			if _, err := cdp.Call(ctx, target, input.DispatchKeyEvent, event); err != nil {
				return err
			}
			event.Type, event.Text, event.UnmodifiedText = input.DispatchKeyEventTypeKeyUp, "", ""
			_, err := cdp.Call(ctx, target, input.DispatchKeyEvent, event)
			return err
		}))
	}
	return p
}

// TabTo presses Tab until the focus is on an element that matches, as someone without a mouse must.
func (p *Page) TabTo(selector string) *Page {
	p.t.Helper()
	var seen []string
	for range 80 {
		p.Press(Tab)
		if Value[bool](p, `!!document.activeElement?.matches(`+Quote(selector)+`)`) {
			return p
		}
		seen = append(seen, Value[string](p, `document.activeElement?.outerHTML.slice(0, 60) ?? ""`))
	}
	p.t.Fatalf("Tab never comes to %s, only to\n%s", selector, strings.Join(seen, "\n"))
	return p
}

// Pick picks a file in the file field that matches.
func (p *Page) Pick(selector, name string, content []byte) *Page {
	p.t.Helper()
	file := filepath.Join(p.t.TempDir(), name)
	if err := os.WriteFile(file, content, 0o600); err != nil {
		p.t.Fatal(err)
	}
	p.do("pick "+name, func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		done, err := chromedp.SetUploadFiles(chromedp.CSS(selector), []string{file})(ctx, target)
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("no file field is %s: %w", selector, err)
		}
		return done, err
	})
	return p
}

// Tap taps at a point of the screen.
func (p *Page) Tap(x, y float64) *Page {
	p.t.Helper()
	p.do("tap", chromedp.TapXY(x, y))
	return p
}
