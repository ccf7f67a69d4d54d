package static_test

import (
	"bytes"
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
	"sync"
	"testing"

	"chancery/app/apptest/chrome"
	"chancery/static"
)

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// practice answers as the product does, as far as the scripts can tell.
type practice struct {
	url    string
	assets *static.Assets
	pages  *template.Template

	mu            sync.Mutex
	requests      []string
	picture       []byte
	pictureStatus int
	expired       bool
	hold          chan struct{} // unsafe answers wait for it
}

func TestMain(m *testing.M) { os.Exit(chrome.Main(m)) }

func newPractice(t *testing.T) *practice {
	t.Helper()
	assets, err := static.Load()
	if err != nil {
		t.Fatal(err)
	}
	if missing := assets.Missing(); len(missing) > 0 {
		chrome.Require(t, "the assets are not built (make assets): %v", missing)
	}
	pages := template.Must(template.New("").Funcs(template.FuncMap{"asset": assets.Path}).ParseGlob("testdata/*.html"))
	p := &practice{assets: assets, pages: pages}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	p.url = server.URL
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
	case "GET /sign-in":
		show(200, "<!doctype html><title>x</title><body></body>", view{})
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
