package static_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// The scripts are tried in a real Chromium, under the product's Content-Security-Policy, on pages that use them as the
// contract in src/app.js says. The files under testdata are those pages; practice, below, is the server that answers.

func TestBehaviour(t *testing.T) {
	b := browse(t)

	// S0-6: pick, crop, send at once; the answer replaces the form.
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

	// S0-7.
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

	// B-15: double submit is harmless.
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
