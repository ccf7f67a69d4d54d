package chrome_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"chancery/app/apptest/chrome"
)

func TestMain(m *testing.M) { os.Exit(chrome.Main(m)) }

func site(t *testing.T, pages map[string]string) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := pages[r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
		}
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Security-Policy", "script-src 'self' 'unsafe-inline'; style-src 'self'")
		_, _ = io.WriteString(w, "<!doctype html><title>x</title>"+body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestWhatGoesWrongUnseenIsFound(t *testing.T) {
	p := chrome.Open(t, site(t, map[string]string{
		"/console":   `<script>console.error("so bad")</script>`,
		"/exception": `<script>nothing.there()</script>`,
		"/promise":   `<script>Promise.reject(new Error("broken word"))</script>`,
		"/policy":    `<p style="color:red">x</p>`,
		"/picture":   `<img src="/none.png" alt="">`,
	}))
	for path, want := range map[string]string{
		"/console": "so bad", "/exception": "nothing is not defined", "/promise": "broken word", "/policy": "style-src", "/picture": "404",
	} {
		p.Visit(path)
		if found := p.Faults(want); len(found) == 0 {
			t.Errorf("%s: nothing was found", path)
		}
		p.Faults("") // whatever else the browser says about the same
	}
}

func TestWithoutScriptNothingRunsAndTheTestStillLooks(t *testing.T) {
	p := chrome.Open(t, site(t, map[string]string{"/": `<p id="p">before</p><script>document.querySelector("p").textContent = "after"</script><noscript><b id="plain">plain</b></noscript><a id="a" href="/next">go</a>`, "/next": "<h1>next</h1>"}), chrome.NoScript())
	p.Visit("/").Sees("#p", "before").Sees("#plain", "plain").Click("#a").At("/next")
}

func TestEveryPageIsADeviceOfItsOwn(t *testing.T) {
	base := site(t, map[string]string{"/": "<p>x</p>"})
	one, other := chrome.Open(t, base), chrome.Open(t, base, chrome.Phone(), chrome.Dark())
	one.Visit("/").Eval(`document.cookie = "a=1"; localStorage.setItem("a", "1")`)
	other.Visit("/").Until(`document.cookie === "" && localStorage.getItem("a") === null`)
	one.Until(`innerWidth === 1280 && matchMedia("(prefers-color-scheme: light)").matches`)
	other.Until(`matchMedia("(prefers-color-scheme: dark)").matches && matchMedia("(pointer: coarse)").matches && !matchMedia("(hover: hover)").matches`)
}
