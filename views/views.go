package views

import (
	"bytes"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"reflect"
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

// Set gives the pages and mails of every language. It may be used by any number of goroutines.
type Set struct {
	languages map[string]*spoken
	buffers   sync.Pool
	zones     zoneLists
}

// Load is the embedded templates. Nothing of them is read before somebody asks for it: see the package comment. That
// all are sound, TestTheEmbeddedTemplatesAreSound has seen by Check.
func Load(assets AssetPaths) *Set { return newSet(files, assets, embedded) }

// LoadFrom is Load from another tree of the same shape, for tests and for trying a page without building. It is checked
// at once.
func LoadFrom(files fs.FS, assets AssetPaths) (*Set, error) {
	catalogues := make(map[string]func() (*catalogue, error))
	for _, l := range Languages() {
		catalogues[l.Code] = sync.OnceValues(func() (*catalogue, error) { return readCatalogue(files, l.Code) })
	}
	s := newSet(files, assets, func(lang string) (*catalogue, error) { return catalogues[lang]() })
	return s, s.Check()
}

func newSet(files fs.FS, assets AssetPaths, texts func(lang string) (*catalogue, error)) *Set {
	s := &Set{languages: make(map[string]*spoken), buffers: sync.Pool{New: func() any { return new(bytes.Buffer) }}}
	for _, l := range Languages() {
		s.languages[l.Code] = newSpoken(l.Code, files, assets, func() (*catalogue, error) { return texts(l.Code) })
	}
	return s
}

// Check makes every page, part and mail in each language. The error names each thing wrong, by file and line.
func (s *Set) Check() error {
	for _, l := range Languages() {
		if err := s.languages[l.Code].check(); err != nil {
			return fmt.Errorf("views in %s: %w", l.Code, err)
		}
	}
	return nil
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
	return s.render(w, lang, name, page, func(p *program, buf *bytes.Buffer) error {
		plain, err := p.plain()
		if err != nil {
			return err
		}
		return plain.Execute(buf, data)
	})
}

func (s *Set) render(w io.Writer, lang, name string, page bool, execute func(*program, *bytes.Buffer) error) error {
	p, err := s.in(lang).program(name, page)
	if err != nil {
		return fmt.Errorf("views: %w", err)
	}
	buf := s.buffers.Get().(*bytes.Buffer)
	defer s.release(buf)
	if err := execute(p, buf); err != nil {
		return fmt.Errorf("views: %w", err)
	}
	_, err = w.Write(buf.Bytes())
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
func (s *Set) Names() []string {
	var names []string
	for _, f := range s.sources() {
		if f.folder() != "layouts" && f.folder() != "mail" {
			names = append(names, f.name)
		}
	}
	return names
}

// IsPage tells whether the template of that name can be rendered as a page.
func (s *Set) IsPage(name string) bool {
	f, err := readSource(s.languages["en"].files, name)
	return err == nil && f.layout != ""
}

// sources reads every template, sorted; of those that cannot be read, Check tells.
func (s *Set) sources() []source {
	all, _ := readSources(s.languages["en"].files)
	return all
}
