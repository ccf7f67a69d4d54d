package views

import (
	"bytes"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"reflect"
	"sort"
	"sync"
)

// Up to three folders deep is where templates live; a test finds one that stands elsewhere and is not embedded.
//
//go:embed */*.html */*/*.html */*/*/*.html */*.txt */*/*.txt locales/*/*.json
//go:embed zones.tsv zones_names.tsv
var files embed.FS

// AssetPaths tells under which path a built asset is served: Path("app.css") is "/static/5f3a…/app.css". An unknown
// name gives "". A value that also has HasIcon(name string) bool lets Load refuse icons that the sprite lacks.
type AssetPaths interface{ Path(name string) string }

// Set holds every template of every language, folded and parsed. It does not change after Load and may be used by
// any number of goroutines.
type Set struct {
	languages map[string]*spoken
	names     []string
	buffers   sync.Pool
	zones     zoneLists
}

// spoken is the set in one language.
type spoken struct {
	texts *catalogue
	parts map[string]*program // by name, without layout
	pages map[string]*program // by name, with the layout that the file asks for
	mails mails
}

// Load folds and parses the embedded templates, once per language. The error names each thing wrong, by file and line.
func Load(assets AssetPaths) (*Set, error) {
	texts, err := embedded()
	if err != nil {
		return nil, err
	}
	return load(files, texts, assets)
}

// LoadFrom is Load from another tree of the same shape, for tests and for trying a page without building.
func LoadFrom(files fs.FS, assets AssetPaths) (*Set, error) {
	texts, err := readCatalogues(files)
	if err != nil {
		return nil, err
	}
	return load(files, texts, assets)
}

func load(files fs.FS, texts map[string]*catalogue, assets AssetPaths) (*Set, error) {
	sources, err := readSources(files)
	if err != nil {
		return nil, err
	}
	s := &Set{languages: make(map[string]*spoken), buffers: sync.Pool{New: func() any { return new(bytes.Buffer) }}}
	for _, l := range Languages() {
		if s.languages[l.Code], err = speak(sources, texts[l.Code], assets); err != nil {
			return nil, fmt.Errorf("views in %s: %w", l.Code, err)
		}
	}
	for name := range s.languages["en"].parts {
		s.names = append(s.names, name)
	}
	sort.Strings(s.names)
	return s, nil
}

// Render writes the template of that name in that language: with the layout round it when page is set, else as a
// fragment. A language that is not spoken becomes English. On an error nothing has been written.
func (s *Set) Render(w io.Writer, lang, name string, page bool, data any) error {
	return s.render(w, lang, name, page, func(p *program, buf *bytes.Buffer) error {
		r := &run{out: buf}
		p.execute(r, reflect.ValueOf(data))
		return r.err
	})
}

// RenderPlain is Render by html/template alone: what Render has to equal. For tests and the bench.
func (s *Set) RenderPlain(w io.Writer, lang, name string, page bool, data any) error {
	return s.render(w, lang, name, page, func(p *program, buf *bytes.Buffer) error { return p.plain.Execute(buf, data) })
}

func (s *Set) render(w io.Writer, lang, name string, page bool, execute func(*program, *bytes.Buffer) error) error {
	in := s.in(lang)
	p := in.parts[name]
	if page {
		p = in.pages[name]
	}
	if p == nil {
		return fmt.Errorf("views: no template %q (as a page: %t)", name, page)
	}
	buf := s.buffers.Get().(*bytes.Buffer)
	defer s.release(buf)
	if err := execute(p, buf); err != nil {
		return fmt.Errorf("views: %w", err)
	}
	_, err := w.Write(buf.Bytes())
	return err
}

// release gives a buffer back. A huge one is dropped: one export must not stay in memory for ever.
func (s *Set) release(buf *bytes.Buffer) {
	if buf.Cap() > 1<<20 {
		return
	}
	buf.Reset()
	s.buffers.Put(buf)
}

func (s *Set) in(lang string) *spoken {
	if in, ok := s.languages[lang]; ok {
		return in
	}
	return s.languages["en"]
}

// Names lists all templates that can be rendered, sorted: "me/_fields", "me/index", … Layouts and mails are not among them.
func (s *Set) Names() []string { return append([]string(nil), s.names...) }

// IsPage tells whether the template of that name can be rendered as a page.
func (s *Set) IsPage(name string) bool { return s.languages["en"].pages[name] != nil }
