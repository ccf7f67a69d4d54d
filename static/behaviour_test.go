package static_test

import (
	"fmt"
	"testing"

	"chancery/app/apptest/chrome"
)

// The scripts are tried in a real Chromium, under the product's Content-Security-Policy, on pages that use them as the
// contract in src/app.js says. The files under testdata are those pages; practice is the server that answers. Whatever
// breaks the policy or ends on the console fails the test (apptest/chrome).

func TestBehaviour(t *testing.T) {
	p := newPractice(t)
	run := func(name string, fn func(t *testing.T, b *chrome.Page)) {
		t.Run(name, func(t *testing.T) {
			p.reset()
			fn(t, chrome.Open(t, p.url).Visit("/me"))
		})
	}

	// S0-6: pick, crop, send at once; the answer replaces the form.
	run("a picture is cropped to a square and sent with one Enter", func(t *testing.T, b *chrome.Page) {
		b.Pick("#file", "wide.png", halves(900, 600))
		b.Until(`document.querySelector("dialog:modal cropper-selection")?.width > 0 && document.activeElement.matches("[data-crop-use]")`)
		b.Press(chrome.Enter)
		b.Until(`document.querySelector("#shown").textContent === "1" && !document.querySelector("dialog")`)
		sent := p.lastPicture(t)
		if sent.Bounds().Dx() != 600 || sent.Bounds().Dy() != 600 {
			t.Errorf("sent %v, want the 600 square in the middle", sent.Bounds())
		}
		if !red(sent.At(30, 300)) || red(sent.At(570, 300)) {
			t.Error("the middle of the picture is half red, half blue")
		}
		b.Until(`document.activeElement.id === "file"`)
	})

	run("keys move the picture to its edge and no further", func(t *testing.T, b *chrome.Page) {
		b.Pick("#file", "wide.png", halves(900, 600))
		b.Until(`document.querySelector("dialog:modal cropper-selection")?.width > 0 && document.activeElement.matches("[data-crop-use]")`)
		for range 60 {
			b.Press(chrome.ArrowLeft)
		}
		b.Press(chrome.Enter)
		b.Until(`document.querySelector("#shown").textContent === "1"`)
		if sent := p.lastPicture(t); sent.Bounds().Dx() != 600 || !red(sent.At(130, 300)) || red(sent.At(170, 300)) {
			t.Error("the right 600 of 900 pixels turn blue at 150")
		}
	})

	run("Escape keeps the old picture and sends nothing", func(t *testing.T, b *chrome.Page) {
		b.Pick("#file", "wide.png", halves(90, 60))
		b.Until(`document.querySelector("dialog:modal cropper-selection")`)
		b.Press(chrome.Escape)
		b.Until(`!document.querySelector("dialog") && document.activeElement.id === "file"`)
		if n := p.count("POST /me/picture"); n != 0 {
			t.Errorf("%d uploads", n)
		}
	})

	// S0-7.
	run("what is no picture is refused before it is sent, in the server's words", func(t *testing.T, b *chrome.Page) {
		for _, c := range []struct {
			name    string
			content []byte
			want    string
		}{
			{"large.png", make([]byte, 5242881), "Demasiado grande"},
			{"moving.gif", []byte("GIF89a"), "No es una imagen"},
			{"lie.png", []byte("not a picture"), "No es una imagen"},
		} {
			b.Pick("#file", c.name, c.content)
			b.Until(fmt.Sprintf(`document.querySelector("[data-picture-error]").textContent === %q && !document.querySelector("dialog")`, c.want))
		}
		if n := p.count("POST /me/picture"); n != 0 {
			t.Errorf("%d uploads", n)
		}
	})

	run("a refused upload says why and the old picture stays", func(t *testing.T, b *chrome.Page) {
		for _, status := range []int{413, 422, 503} {
			b.Visit("/me")
			p.set(func(p *practice) { p.pictureStatus = status })
			b.Pick("#file", "square.png", halves(200, 200))
			b.Until(`document.querySelector("dialog:modal cropper-selection")?.width > 0 && document.activeElement.matches("[data-crop-use]")`)
			b.Press(chrome.Enter)
			b.Until(fmt.Sprintf(`document.querySelector("[data-picture-error]").textContent === "Respuesta %d" && !document.querySelector("dialog")`, status))
			b.Until(`document.querySelector("#shown").textContent === "0" && !document.querySelector("#toasts .alert")`)
		}
	})

	run("an upload can be stopped", func(t *testing.T, b *chrome.Page) {
		release := make(chan struct{})
		p.set(func(p *practice) { p.hold = release })
		b.Pick("#file", "square.png", halves(200, 200))
		b.Until(`document.querySelector("dialog:modal cropper-selection")?.width > 0 && document.activeElement.matches("[data-crop-use]")`)
		b.Press(chrome.Enter)
		b.Until(`document.querySelector("dialog[data-sending] progress")`)
		b.Click("[data-crop-cancel]")
		b.Until(`!document.querySelector("dialog") && !document.body.hasAttribute("aria-busy") && document.querySelector("#shown").textContent === "0"`)
		close(release)
	})

	// B-15: expiry keeps what was typed and returns to it.
	run("an expired session keeps what was typed, and never a password", func(t *testing.T, b *chrome.Page) {
		b.Eval(`sessionStorage.clear()`)
		b.Type("#bio", " y ahora")
		b.Type("#new", "Secreto-123")
		b.Click("#edit-phone")
		b.Until(`document.activeElement.id === "phone"`)
		b.Type("#phone", "9")
		p.set(func(p *practice) { p.expired = true })
		b.Click("#save")
		b.Until(`location.pathname === "/sign-in" && new URLSearchParams(location.search).get("next") === "/me"`)
		b.Until(`JSON.stringify(sessionStorage).includes("y ahora") && !JSON.stringify(sessionStorage).includes("Secreto")`)
		p.set(func(p *practice) { p.expired = false })
		b.Visit("/me")
		b.Until(`document.querySelector("#bio").value.includes(" y ahora") && document.querySelector("#new").value === ""`)
		b.Until(`document.querySelector("#phone")?.value.includes("9")`)
		b.Until(`document.querySelector("#toasts").textContent.includes("Lo escrito ha vuelto.") && sessionStorage.length === 0`)
	})

	run("a refused form gets the focus on its summary and stays guarded", func(t *testing.T, b *chrome.Page) {
		b.Type("#bio", "!")
		b.Click("#save")
		b.Until(`document.activeElement.id === "errors"`)
		b.Until(`!window.dispatchEvent(new Event("beforeunload", { cancelable: true }))`)
	})

	// B-15: double submit is harmless.
	run("an impatient second click sends nothing", func(t *testing.T, b *chrome.Page) {
		release := make(chan struct{})
		p.set(func(p *practice) { p.hold = release })
		b.Click("#slow")
		b.Click("#slow")
		b.Press(chrome.Enter)
		close(release)
		b.Until(`document.querySelector("#answer").textContent === "hecho" && document.activeElement.id === "slow"`)
		p.set(func(p *practice) { p.hold = nil })
		b.Click("#slow") // and once it is answered, it may be sent again
		b.Until(`document.querySelector("#answer").textContent === "hechohecho"`)
		if n := p.count("POST /slow"); n != 2 {
			t.Errorf("%d requests, want 2", n)
		}
	})

	run("a failure is said in a toast with the number to quote", func(t *testing.T, b *chrome.Page) {
		b.Click("#broken")
		b.Until(`document.querySelector("#toasts .alert-error")?.textContent.startsWith("Algo ha fallado") && document.querySelector("#toasts code").textContent === "r-1"`)
		b.Click("[data-dismiss]")
		b.Until(`!document.querySelector("#toasts .alert-error")`)
	})

	run("a zone is found by any word of its name, without accents", func(t *testing.T, b *chrome.Page) {
		b.Until(`document.querySelector("#zone").value === "Toronto (Canadá)" && document.querySelector("label[for=zone]").control.id === "zone"`)
		b.Click("#zone")
		b.Until(`document.querySelectorAll("[role=option]").length === 3`)
		b.Press("b", "r", "a", "s", "i", "l", " ", "s", "a", "o")
		b.Until(`document.querySelectorAll("[role=option]").length === 1 && document.querySelector("#zone").getAttribute("aria-activedescendant")`)
		b.Press(chrome.Enter)
		b.Until(`new FormData(document.querySelector("#profile")).get("zone") === "America/Sao_Paulo" && document.querySelector("#zone").value === "São Paulo (Brasil)"`)
		b.Press("x", "y")
		b.Until(`document.querySelector("[role=option]").textContent === "Ninguna zona"`)
		b.Press(chrome.Escape)
		b.Until(`document.querySelector("#zone").value === "São Paulo (Brasil)" && document.querySelector("#zone").ariaExpanded === "false"`)
	})

	run("the checklist follows the password and its repetition", func(t *testing.T, b *chrome.Page) {
		b.Type("#new", "12345678")
		b.Until(`document.querySelector("#long .sr-only").textContent === "sí: " && document.querySelector("#long use").getAttribute("href").endsWith("/icons.svg#circle-check")`)
		b.Until(`document.querySelector("#same .sr-only").textContent === "no: "`)
		b.Type("#again", "12345678")
		b.Until(`document.querySelector("#same").hasAttribute("data-met")`)
		b.Click("[data-peek]")
		b.Until(`document.querySelector("#new").type === "text" && document.querySelector("[data-peek] span").textContent === "Ocultar"`)
	})

	run("Escape gives up an inline edit, the slash goes to the search", func(t *testing.T, b *chrome.Page) {
		b.Click("#edit-phone")
		b.Until(`document.activeElement.id === "phone"`)
		b.Press(chrome.Escape)
		b.Until(`!document.querySelector("#phone")`)
		b.Eval(`document.activeElement.blur()`)
		b.Press("/")
		b.Until(`document.activeElement.id === "q" && document.querySelector("#q").value === ""`)
	})

	run("a dialog gives the focus back and leaves nothing behind", func(t *testing.T, b *chrome.Page) {
		b.Click("#ask")
		b.Until(`document.querySelector("dialog:modal")`)
		b.Click("#no")
		b.Until(`!document.querySelector("dialog") && document.activeElement.id === "ask" && location.pathname === "/me"`)
	})
}
