package static_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"chancery/static"
)

// The scripts are tried in a real Chromium, under the product's Content-Security-Policy, on pages that use them as the
// contract in src/app.js says. The files under testdata are those pages; practice, below, is the server that answers.

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; report-uri /violations"

func TestBehaviour(t *testing.T) {
	b := browse(t)

	// S2-13 and the picture rows: pick, crop, send; the answer replaces the form.
	t.Run("a picture is cropped to a square and sent with one Enter", func(t *testing.T) {
		b.open(t)
		b.pick(t, "wide.png", halves(900, 600))
		b.until(t, `document.querySelector("dialog:modal cropper-selection") && document.activeElement.matches("[data-crop-use]")`)
		b.press(t, kb.Enter)
		b.until(t, `document.querySelector("#shown").textContent === "1" && !document.querySelector("dialog")`)
		sent := b.practice.lastPicture(t)
		if sent.Bounds().Dx() != 600 || sent.Bounds().Dy() != 600 {
			t.Errorf("sent %v, want the 600 square in the middle", sent.Bounds())
		}
		if !red(sent.At(30, 300)) || red(sent.At(570, 300)) {
			t.Error("the middle of the picture is half red, half blue")
		}
		b.until(t, `document.activeElement.id === "file"`)
	})

	t.Run("keys move the picture to its edge and no further", func(t *testing.T) {
		b.open(t)
		b.pick(t, "wide.png", halves(900, 600))
		b.until(t, `document.querySelector("dialog:modal cropper-selection") && document.activeElement.matches("[data-crop-use]")`)
		for range 60 {
			b.press(t, kb.ArrowLeft)
		}
		b.press(t, kb.Enter)
		b.until(t, `document.querySelector("#shown").textContent === "1"`)
		if sent := b.practice.lastPicture(t); sent.Bounds().Dx() != 600 || !red(sent.At(130, 300)) || red(sent.At(170, 300)) {
			t.Error("the right 600 of 900 pixels turn blue at 150")
		}
	})

	t.Run("Escape keeps the old picture and sends nothing", func(t *testing.T) {
		b.open(t)
		b.pick(t, "wide.png", halves(90, 60))
		b.until(t, `document.querySelector("dialog:modal cropper-selection")`)
		b.press(t, kb.Escape)
		b.until(t, `!document.querySelector("dialog") && document.activeElement.id === "file"`)
		if n := b.practice.count("POST /me/picture"); n != 0 {
			t.Errorf("%d uploads", n)
		}
	})

	t.Run("what is no picture is refused before it is sent, in the server's words", func(t *testing.T) {
		b.open(t)
		for _, c := range []struct {
			name    string
			content []byte
			want    string
		}{
			{"large.png", make([]byte, 5242881), "Demasiado grande"},
			{"moving.gif", []byte("GIF89a"), "No es una imagen"},
			{"lie.png", []byte("not a picture"), "No es una imagen"},
		} {
			b.pick(t, c.name, c.content)
			b.until(t, fmt.Sprintf(`document.querySelector("[data-picture-error]").textContent === %q && !document.querySelector("dialog")`, c.want))
		}
		if n := b.practice.count("POST /me/picture"); n != 0 {
			t.Errorf("%d uploads", n)
		}
	})

	t.Run("a refused upload says why and the old picture stays", func(t *testing.T) {
		for _, status := range []int{413, 422, 503} {
			b.open(t)
			b.practice.set(func(p *practice) { p.pictureStatus = status })
			b.pick(t, "square.png", halves(200, 200))
			b.until(t, `document.querySelector("dialog:modal cropper-selection") && document.activeElement.matches("[data-crop-use]")`)
			b.press(t, kb.Enter)
			b.until(t, fmt.Sprintf(`document.querySelector("[data-picture-error]").textContent === "Respuesta %d" && !document.querySelector("dialog")`, status))
			b.until(t, `document.querySelector("#shown").textContent === "0" && !document.querySelector("#toasts .alert")`)
		}
	})

	t.Run("an upload can be stopped", func(t *testing.T) {
		b.open(t)
		release := make(chan struct{})
		b.practice.set(func(p *practice) { p.hold = release })
		b.pick(t, "square.png", halves(200, 200))
		b.until(t, `document.querySelector("dialog:modal cropper-selection") && document.activeElement.matches("[data-crop-use]")`)
		b.press(t, kb.Enter)
		b.until(t, `document.querySelector("dialog[data-sending] progress")`)
		b.click(t, "[data-crop-cancel]")
		b.until(t, `!document.querySelector("dialog") && !document.body.hasAttribute("aria-busy") && document.querySelector("#shown").textContent === "0"`)
		close(release)
	})

	// B-15: expiry keeps what was typed and returns to it.
	t.Run("an expired session keeps what was typed, and never a password", func(t *testing.T) {
		b.open(t)
		b.eval(t, `sessionStorage.clear()`)
		b.typeInto(t, "#bio", " y ahora")
		b.typeInto(t, "#new", "Secreto-123")
		b.click(t, "#edit-phone")
		b.until(t, `document.activeElement.id === "phone"`)
		b.typeInto(t, "#phone", "9")
		b.practice.set(func(p *practice) { p.expired = true })
		b.click(t, "#save")
		b.until(t, `location.pathname === "/sign-in" && new URLSearchParams(location.search).get("next") === "/me"`)
		b.until(t, `JSON.stringify(sessionStorage).includes("y ahora") && !JSON.stringify(sessionStorage).includes("Secreto")`)
		b.practice.set(func(p *practice) { p.expired = false })
		b.visit(t, "/me")
		b.until(t, `document.querySelector("#bio").value.includes(" y ahora") && document.querySelector("#new").value === ""`)
		b.until(t, `document.querySelector("#phone")?.value.includes("9")`)
		b.until(t, `document.querySelector("#toasts").textContent.includes("Lo escrito ha vuelto.") && sessionStorage.length === 0`)
	})

	t.Run("a refused form gets the focus on its summary and stays guarded", func(t *testing.T) {
		b.open(t)
		b.typeInto(t, "#bio", "!")
		b.click(t, "#save")
		b.until(t, `document.activeElement.id === "errors"`)
		b.until(t, `!window.dispatchEvent(new Event("beforeunload", { cancelable: true }))`)
	})

	t.Run("an impatient second click sends nothing", func(t *testing.T) {
		b.open(t)
		release := make(chan struct{})
		b.practice.set(func(p *practice) { p.hold = release })
		b.click(t, "#slow")
		b.click(t, "#slow")
		b.press(t, kb.Enter)
		close(release)
		b.until(t, `document.querySelector("#answer").textContent === "hecho" && document.activeElement.id === "slow"`)
		b.practice.set(func(p *practice) { p.hold = nil })
		b.click(t, "#slow") // and once it is answered, it may be sent again
		b.until(t, `document.querySelector("#answer").textContent === "hechohecho"`)
		if n := b.practice.count("POST /slow"); n != 2 {
			t.Errorf("%d requests, want 2", n)
		}
	})

	t.Run("a failure is said in a toast with the number to quote", func(t *testing.T) {
		b.open(t)
		b.click(t, "#broken")
		b.until(t, `document.querySelector("#toasts .alert-error")?.textContent.startsWith("Algo ha fallado") && document.querySelector("#toasts code").textContent === "r-1"`)
		b.click(t, "[data-dismiss]")
		b.until(t, `!document.querySelector("#toasts .alert-error")`)
	})

	t.Run("a zone is found by any word of its name, without accents", func(t *testing.T) {
		b.open(t)
		b.until(t, `document.querySelector("#zone").value === "Toronto (Canadá)" && document.querySelector("label[for=zone]").control.id === "zone"`)
		b.click(t, "#zone")
		b.until(t, `document.querySelectorAll("[role=option]").length === 3`)
		b.press(t, "b", "r", "a", "s", "i", "l", " ", "s", "a", "o")
		b.until(t, `document.querySelectorAll("[role=option]").length === 1 && document.querySelector("#zone").getAttribute("aria-activedescendant")`)
		b.press(t, kb.Enter)
		b.until(t, `new FormData(document.querySelector("#profile")).get("zone") === "America/Sao_Paulo" && document.querySelector("#zone").value === "São Paulo (Brasil)"`)
		b.press(t, "x", "y")
		b.until(t, `document.querySelector("[role=option]").textContent === "Ninguna zona"`)
		b.press(t, kb.Escape)
		b.until(t, `document.querySelector("#zone").value === "São Paulo (Brasil)" && document.querySelector("#zone").ariaExpanded === "false"`)
	})

	t.Run("the checklist follows the password and its repetition", func(t *testing.T) {
		b.open(t)
		b.typeInto(t, "#new", "12345678")
		b.until(t, `document.querySelector("#long .sr-only").textContent === "sí: " && document.querySelector("#long use").getAttribute("href").endsWith("/icons.svg#circle-check")`)
		b.until(t, `document.querySelector("#same .sr-only").textContent === "no: "`)
		b.typeInto(t, "#again", "12345678")
		b.until(t, `document.querySelector("#same").hasAttribute("data-met")`)
		b.click(t, "[data-peek]")
		b.until(t, `document.querySelector("#new").type === "text" && document.querySelector("[data-peek] span").textContent === "Ocultar"`)
	})

	t.Run("Escape gives up an inline edit, the slash goes to the search", func(t *testing.T) {
		b.open(t)
		b.click(t, "#edit-phone")
		b.until(t, `document.activeElement.id === "phone"`)
		b.press(t, kb.Escape)
		b.until(t, `!document.querySelector("#phone")`)
		b.eval(t, `document.activeElement.blur()`)
		b.press(t, "/")
		b.until(t, `document.activeElement.id === "q" && document.querySelector("#q").value === ""`)
	})

	t.Run("a dialog gives the focus back and leaves nothing behind", func(t *testing.T) {
		b.open(t)
		b.click(t, "#ask")
		b.until(t, `document.querySelector("dialog:modal")`)
		b.click(t, "#no")
		b.until(t, `!document.querySelector("dialog") && document.activeElement.id === "ask" && location.pathname === "/me"`)
	})

	// Last: the page /inline breaks the policy on purpose; its report closes the list.
	t.Run("nothing broke the content security policy", func(t *testing.T) {
		b.visit(t, "/inline")
		b.practice.waitFor(t, func(p *practice) bool {
			return slices.ContainsFunc(p.violations, func(v string) bool { return strings.Contains(v, "/inline") })
		})
		for _, v := range b.practice.violations {
			if !strings.Contains(v, "/inline") {
				t.Error(v)
			}
		}
	})
}

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

// practice answers as the product does, as far as the scripts can tell.
type practice struct {
	assets *static.Assets
	pages  *template.Template

	mu            sync.Mutex
	changed       *sync.Cond
	requests      []string
	picture       []byte
	violations    []string
	pictureStatus int
	expired       bool
	hold          chan struct{} // unsafe answers wait for it
}

func newPractice(assets *static.Assets) *practice {
	pages := template.Must(template.New("").Funcs(template.FuncMap{"asset": assets.Path}).ParseGlob("testdata/*.html"))
	p := &practice{assets: assets, pages: pages}
	p.changed = sync.NewCond(&p.mu)
	p.reset()
	return p
}

func (p *practice) reset() {
	p.set(func(p *practice) {
		p.requests, p.picture, p.pictureStatus, p.expired, p.hold = nil, nil, 200, false, nil
	})
}

func (p *practice) set(change func(*practice)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
	p.changed.Broadcast()
}

func (p *practice) waitFor(t *testing.T, condition func(*practice) bool) {
	t.Helper()
	deadline := time.AfterFunc(10*time.Second, func() { p.set(func(*practice) {}) })
	defer deadline.Stop()
	began := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	for !condition(p) {
		if time.Since(began) > 10*time.Second {
			t.Fatal("waited in vain")
		}
		p.changed.Wait()
	}
}

func (p *practice) count(request string) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.requests {
		if r == request {
			n++
		}
	}
	return n
}

func (p *practice) lastPicture(t *testing.T) image.Image {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	img, err := jpeg.Decode(bytes.NewReader(p.picture))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

type view struct {
	Shown           int
	Refused, Errors string
}

func (p *practice) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if body, contentType, encoding, etag, ok := p.assets.Find(r.URL.Path, r.Header.Get("Accept-Encoding")); ok {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("ETag", etag)
		if encoding != "" {
			w.Header().Set("Content-Encoding", encoding)
		}
		_, _ = w.Write(body)
		return
	}
	fragment := r.Header.Get("HX-Request") == "true"
	p.mu.Lock()
	p.requests = append(p.requests, r.Method+" "+r.URL.Path)
	hold, expired, pictureStatus := p.hold, p.expired, p.pictureStatus
	p.mu.Unlock()
	show := func(status int, page string, v view) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		if t := p.pages.Lookup(page); t != nil {
			_ = t.Execute(w, v)
		} else {
			_, _ = io.WriteString(w, page)
		}
	}
	if fragment && expired {
		w.Header().Set("HX-Redirect", "/sign-in")
		show(http.StatusUnauthorized, "", view{})
		return
	}
	if fragment && r.Header.Get("X-CSRF-Token") != "token" {
		show(http.StatusForbidden, "", view{})
		return
	}
	if hold != nil && r.Method == http.MethodPost {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-hold:
		case <-r.Context().Done():
			return
		}
	}
	switch r.Method + " " + r.URL.Path {
	case "GET /me":
		show(200, "page.html", view{})
	case "GET /sign-in", "GET /blank":
		show(200, "<!doctype html><title>x</title><body></body>", view{})
	case "GET /inline":
		show(200, `<!doctype html><title>x</title><body><p style="color:red">x</p></body>`, view{})
	case "POST /violations":
		var report json.RawMessage
		_ = json.NewDecoder(r.Body).Decode(&report)
		p.set(func(p *practice) { p.violations = append(p.violations, string(report)) })
	case "POST /me":
		show(422, "form.html", view{Errors: "No se guardó nada"})
	case "POST /me/picture":
		if pictureStatus != 200 {
			show(pictureStatus, "picture.html", view{Refused: fmt.Sprint("Respuesta ", pictureStatus)})
			return
		}
		file, _, err := r.FormFile("picture")
		if err != nil || r.FormValue("_csrf") != "token" {
			show(400, "", view{})
			return
		}
		picture, _ := io.ReadAll(file)
		p.set(func(p *practice) { p.picture = picture })
		show(200, "picture.html", view{Shown: 1})
	case "GET /me/fields/phone/edit":
		show(200, "phone-edit.html", view{})
	case "GET /me/fields/phone":
		show(200, "phone.html", view{})
	case "GET /dialog":
		show(200, "dialog.html", view{})
	case "POST /slow":
		show(200, "hecho", view{})
	case "POST /broken":
		w.Header().Set("X-Request-ID", "r-1")
		show(500, "", view{})
	default:
		show(404, "", view{})
	}
}

// halves is a picture whose left half is red and whose right half is blue.
func halves(width, height int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			if x < width/2 {
				img.Set(x, y, color.RGBA{R: 255, A: 255})
			} else {
				img.Set(x, y, color.RGBA{B: 255, A: 255})
			}
		}
	}
	var b bytes.Buffer
	_ = png.Encode(&b, img)
	return b.Bytes()
}

func red(c color.Color) bool { r, _, b, _ := c.RGBA(); return r > b }
