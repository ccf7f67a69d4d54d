// Package static holds what browsers load besides pages: stylesheet, scripts, icons, fonts and the default pictures.
//
// Sources lie in src/, those of the browser extension in extension/, and are written by hand; build.mjs makes dist/ from them and
// from the packages of package.json
// (npm install --ignore-scripts && npm run build). Nothing of other people's is committed. A binary built before the
// assets still compiles and runs; Missing says what it lacks.
//
// What never comes in: a web framework, templates, anything about a user. web serves what Find returns and puts
// "Cache-Control: public, max-age=31536000, immutable" and "Vary: Accept-Encoding" on it.
//
// Decisions:
//   - A file's address is /static/FINGERPRINT/NAME, the fingerprint being the file's own: a release that touches only
//     the script leaves font and style in everybody's cache.
//   - Compression happens once, in the build (brotli 11, gzip 9); a request costs one map lookup and no allocation.
//   - A file is read when it is first asked for: browsers ask for a fifth of what lies here (one encoding of three), and
//     the rest would be half a megabyte of memory, twice, for nobody.
//   - What the scripts expect of the templates stands at the top of src/app.js.
package static

import (
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
)

//go:embed all:dist
var dist embed.FS

// Prefix is where every address of this package begins.
const Prefix = "/static/"

// needed are the files without which the pages look or work wrong.
var needed = [...]string{"app.css", "app.js", "crop.js", "icons.svg", "inter-latin.woff2", "inter-latin-ext.woff2", "inter-vietnamese.woff2", "logo.svg", "mark.svg"}

// Assets is the built dist folder in memory. It is read-only and safe for concurrent use.
type Assets struct {
	names     map[string]string // "app.css" → "/static/FINGERPRINT/app.css"
	files     map[string]file   // "/static/FINGERPRINT/app.css" → its bytes
	icons     []string          // sorted
	passwords passwords
}

type file struct {
	contentType string
	plain       variant
	brotli      variant // not there: not smaller than plain
	gzip        variant
}

// variant is a file in one encoding; body is nil when there is none.
type variant struct {
	body func() []byte
	etag string
}

// Load reads what the asset build left in this binary. No build at all is no error: see Missing. A build that
// contradicts itself is one.
func Load() (*Assets, error) {
	root, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, fmt.Errorf("static: %w", err)
	}
	return load(root)
}

// Path is the address of an asset, "app.css" → "/static/FINGERPRINT/app.css". For a name that was not built it is
// an address that answers 404, never an empty one: an empty href would make the browser load the page itself.
func (a *Assets) Path(name string) string {
	if p, ok := a.names[name]; ok {
		return p
	}
	return Prefix + "missing/" + name
}

// HasIcon reports whether the sprite has an icon of this name. It has those that the templates and scripts name
// (see iconNames in build.mjs); before the first build it has none.
func (a *Assets) HasIcon(name string) bool {
	_, ok := slices.BinarySearch(a.icons, name)
	return ok
}

// Missing names the needed files that were not built, for the message at start; empty means all is well.
func (a *Assets) Missing() []string {
	var missing []string
	for _, name := range needed {
		if _, ok := a.names[name]; !ok {
			missing = append(missing, name)
		}
	}
	if a.passwords.size == 0 {
		missing = append(missing, passwordsName)
	}
	return missing
}

// Find returns the asset at a URL path in the best encoding that the Accept-Encoding header allows: brotli, then
// gzip, then plain, unless its q-values say otherwise. encoding is "" for plain. etag is strong, quoted, and differs
// by encoding (RFC 9110 §8.8.3.3). The body is shared: do not write to it. Only the first request for a file copies it.
func (a *Assets) Find(urlPath, acceptEncoding string) (body []byte, contentType, encoding, etag string, ok bool) {
	f, ok := a.files[urlPath]
	if !ok {
		return nil, "", "", "", false
	}
	encoding = negotiate(acceptEncoding, f.brotli.body != nil, f.gzip.body != nil)
	v := f.plain
	switch encoding {
	case "br":
		v = f.brotli
	case "gzip":
		v = f.gzip
	}
	return v.body(), f.contentType, encoding, v.etag, true
}

func load(root fs.FS) (*Assets, error) {
	a := &Assets{names: map[string]string{}, files: map[string]file{}}
	text, err := fs.ReadFile(root, "manifest.json")
	if err != nil { // not built: dist holds the marker only
		return a, nil
	}
	var manifest struct {
		Files map[string]string `json:"files"` // name → FINGERPRINT/name
		Icons []string          `json:"icons"`
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		return nil, fmt.Errorf("static: manifest.json: %w", err)
	}
	for name, at := range manifest.Files {
		f, err := find(root, at)
		if err != nil {
			return nil, fmt.Errorf("static: %s: %w", name, err)
		}
		a.names[name] = Prefix + at
		a.files[Prefix+at] = f
	}
	a.icons = slices.Sorted(slices.Values(manifest.Icons))
	if a.passwords, err = openPasswords(root); err != nil {
		return nil, fmt.Errorf("static: %s: %w", passwordsName, err)
	}
	return a, nil
}

func find(root fs.FS, at string) (file, error) {
	contentType, ok := contentTypes[path.Ext(at)]
	if !ok {
		return file{}, fmt.Errorf("no content type for %q", at)
	}
	if _, err := fs.Stat(root, at); err != nil {
		return file{}, err
	}
	fingerprint, _, _ := strings.Cut(at, "/")
	f := file{contentType: contentType, plain: variant{reader(root, at), `"` + fingerprint + `"`}}
	if _, err := fs.Stat(root, at+".br"); err == nil {
		f.brotli = variant{reader(root, at+".br"), `"` + fingerprint + `-br"`}
	}
	if _, err := fs.Stat(root, at+".gz"); err == nil {
		f.gzip = variant{reader(root, at+".gz"), `"` + fingerprint + `-gz"`}
	}
	return f, nil
}

// reader reads a file once, when it is needed. It is part of the program and was found, so it can be read.
func reader(root fs.FS, at string) func() []byte {
	return sync.OnceValue(func() []byte {
		body, err := fs.ReadFile(root, at)
		if err != nil {
			panic(fmt.Errorf("static: %w", err))
		}
		return body
	})
}

// contentTypes are spelt out: the host's MIME tables must not change what we serve.
var contentTypes = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".txt":   "text/plain; charset=utf-8",
	".png":   "image/png",
	".woff2": "font/woff2",
	".zip":   "application/zip",
}

// openPasswords takes the list where it lies; a missing one is reported by Missing.
func openPasswords(root fs.FS) (passwords, error) {
	f, err := root.Open(passwordsName)
	if err != nil {
		return passwords{}, nil
	}
	info, err := f.Stat()
	if err != nil {
		return passwords{}, err
	}
	at, ok := f.(io.ReaderAt)
	if !ok {
		return passwords{}, fmt.Errorf("%T cannot be read at an offset", f)
	}
	return passwords{at, info.Size()}, nil
}
