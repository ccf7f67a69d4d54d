package static

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// built is a dist folder as build.mjs lays it out, small enough to read.
func built() fstest.MapFS {
	return fstest.MapFS{
		"manifest.json":          {Data: []byte(`{"files": {"app.css": "f00d/app.css", "inter-latin.woff2": "beef/inter-latin.woff2"}, "icons": ["bell", "x"]}`)},
		"f00d/app.css":           {Data: []byte("body{color:black}")},
		"f00d/app.css.br":        {Data: []byte("BR")},
		"f00d/app.css.gz":        {Data: []byte("GZ")},
		"beef/inter-latin.woff2": {Data: []byte("FONT")},
		"passwords.txt":          {Data: []byte("11111111\niloveyou\npassword\nqwertyui\nzzzzzzzz\n")},
	}
}

func open(t testing.TB, root fstest.MapFS) *Assets {
	t.Helper()
	a, err := load(root)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAddressesCarryTheFingerprintOfTheFile(t *testing.T) {
	a := open(t, built())
	if got := a.Path("app.css"); got != "/static/f00d/app.css" {
		t.Errorf("app.css is at %q", got)
	}
	if got := a.Path("nonsense.css"); got != "/static/missing/nonsense.css" {
		t.Errorf("an unknown name must lead to a 404, got %q", got)
	}
	if _, _, _, _, ok := a.Find(a.Path("nonsense.css"), ""); ok {
		t.Error("an unknown name is served")
	}
}

func TestFindAnswersInTheBestEncodingWithItsOwnTag(t *testing.T) {
	a := open(t, built())
	for _, c := range []struct{ path, accept, body, contentType, encoding, etag string }{
		{"/static/f00d/app.css", "gzip, deflate, br, zstd", "BR", "text/css; charset=utf-8", "br", `"f00d-br"`},
		{"/static/f00d/app.css", "gzip", "GZ", "text/css; charset=utf-8", "gzip", `"f00d-gz"`},
		{"/static/f00d/app.css", "", "body{color:black}", "text/css; charset=utf-8", "", `"f00d"`},
		{"/static/beef/inter-latin.woff2", "br, gzip", "FONT", "font/woff2", "", `"beef"`},
	} {
		body, contentType, encoding, etag, ok := a.Find(c.path, c.accept)
		if !ok || string(body) != c.body || contentType != c.contentType || encoding != c.encoding || etag != c.etag {
			t.Errorf("%s with %q: %q %q %q %q %v", c.path, c.accept, body, contentType, encoding, etag, ok)
		}
	}
}

func TestOnlyWhatTheManifestNamesIsServed(t *testing.T) {
	a := open(t, built())
	for _, path := range []string{
		"/static/passwords.txt", "/static/manifest.json", "/static/f00d/app.css.br", "/static/app.css",
		"/static/", "", "/static/f00d/../f00d/app.css", "/static/f00d/app.css/",
	} {
		if _, _, _, _, ok := a.Find(path, "br"); ok {
			t.Errorf("%q is served", path)
		}
	}
}

func TestFindAllocatesNothing(t *testing.T) {
	a := open(t, built())
	if n := testing.AllocsPerRun(100, func() { a.Find("/static/f00d/app.css", "gzip;q=0.8, br;q=0.9, *;q=0.1") }); n != 0 {
		t.Errorf("%v allocations per request", n)
	}
}

func TestBeforeTheFirstBuildEverythingNeededIsMissing(t *testing.T) {
	a := open(t, fstest.MapFS{".keep": {}})
	if got := a.Missing(); len(got) != len(needed)+1 {
		t.Errorf("missing: %v", got)
	}
	if a.IsCommonPassword("password") || a.HasIcon("bell") {
		t.Error("knows what was never built")
	}
}

func TestABuildThatContradictsItselfIsAnError(t *testing.T) {
	for name, root := range map[string]fstest.MapFS{
		"a file that is not there": {"manifest.json": {Data: []byte(`{"files": {"app.css": "f00d/app.css"}}`)}},
		"no JSON":                  {"manifest.json": {Data: []byte(`{`)}},
		"a kind nobody serves":     {"manifest.json": {Data: []byte(`{"files": {"a.exe": "f00d/a.exe"}}`)}, "f00d/a.exe": {Data: []byte("MZ")}},
	} {
		if _, err := load(root); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestIconsAreThoseOfTheSprite(t *testing.T) {
	a := open(t, built())
	if !a.HasIcon("bell") || a.HasIcon("belly") {
		t.Error("bell is in the sprite, belly is not")
	}
}

// TestTheRealBuildIsWholeAndSmall needs the assets: npm install --ignore-scripts && npm run build in static/.
func TestTheRealBuildIsWholeAndSmall(t *testing.T) {
	a, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if missing := a.Missing(); len(missing) > 0 {
		needsBuild(t, missing)
	}
	// The first page cold may take 110 KB, of which 25 KB are left to the page itself.
	wire := 0
	for _, name := range []string{"app.css", "app.js", "icons.svg", "inter-latin.woff2", "logo.svg", "mark.svg"} {
		body, _, _, _, ok := a.Find(a.Path(name), "br")
		if !ok {
			t.Fatalf("%s is not at its address %s", name, a.Path(name))
		}
		wire += len(body)
	}
	if t.Logf("style, script, icons, font and pictures: %d bytes", wire); wire > 85_000 {
		t.Errorf("%d bytes on the wire before the page itself", wire)
	}
	css, _, _, _, _ := a.Find(a.Path("app.css"), "")
	for _, font := range []string{"inter-latin.woff2", "inter-latin-ext.woff2", "inter-vietnamese.woff2"} {
		if at := ".." + strings.TrimPrefix(a.Path(font), "/static"); !strings.Contains(string(css), at) {
			t.Errorf("app.css does not name %s", at)
		}
	}
	js, _, _, _, _ := a.Find(a.Path("app.js"), "")
	if at := ".." + strings.TrimPrefix(a.Path("crop.js"), "/static"); !strings.Contains(string(js), at) {
		t.Errorf("app.js does not name %s", at)
	}
	for _, word := range []string{"password", "iloveyou", "P@ssw0rd", "Password2024!"} {
		if !a.IsCommonPassword(word) {
			t.Errorf("%s is common", word)
		}
	}
	for line := range strings.Lines(allPasswords(t)) {
		if line = strings.TrimSuffix(line, "\n"); len(line) > longestPassword || !a.passwords.contain(line) {
			t.Fatalf("%q stands in the list and is not found", line)
		}
	}
}

func needsBuild(t *testing.T, missing []string) {
	t.Helper()
	if os.Getenv("CI") == "true" || os.Getenv("CHANCERY_TEST_REQUIRE") == "1" {
		t.Fatalf("the assets are not built: %v", missing)
	}
	t.Skipf("the assets are not built (make assets): %v", missing)
}

func allPasswords(t *testing.T) string {
	t.Helper()
	text, err := dist.ReadFile("dist/" + passwordsName)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if !slices.IsSorted(lines) || len(slices.Compact(slices.Clone(lines))) != len(lines) {
		t.Fatal("the list is not sorted, or a line stands twice")
	}
	return string(text)
}
