package views

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strings"

	"github.com/gofiber/template/html/v2"
)

// source is one template file as it is written.
type source struct {
	path   string // layouts/app.html
	name   string // layouts/app
	text   string
	layout string // of a page: app, door or none
}

// page: a file that can be asked for by itself. Layouts, shared parts and files with an underscore cannot.
func (f source) page() bool {
	return !strings.HasPrefix(path.Base(f.path), "_") && f.folder() != "layouts" && f.folder() != "shared"
}

func (f source) folder() string { folder, _, _ := strings.Cut(f.path, "/"); return folder }

// readSource reads the template of that name; fs.ErrNotExist when there is none.
func readSource(files fs.FS, name string) (source, error) {
	f := source{path: name + ".html", name: name}
	text, err := fs.ReadFile(files, f.path)
	if err != nil {
		return f, err
	}
	f.text = string(text)
	if f.folder() != "mail" && f.page() {
		m := layoutLine.FindStringSubmatch(f.text)
		if m == nil {
			return f, fmt.Errorf(`%s:1: a page begins with {{/* layout: app */}}, door or none`, f.path)
		}
		f.layout = m[1]
	}
	return f, nil
}

// readSources reads every template that is HTML, sorted by path. The error joins what is wrong with each.
func readSources(files fs.FS) ([]source, error) {
	var all []source
	var wrong []error
	err := fs.WalkDir(files, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(p) != ".html" {
			return err
		}
		f, err := readSource(files, strings.TrimSuffix(p, ".html"))
		if err != nil {
			wrong = append(wrong, err)
			return nil
		}
		all = append(all, f)
		return nil
	})
	return all, errors.Join(append(wrong, err)...)
}

var layoutLine = regexp.MustCompile(`^\{\{/\* layout: (app|door|none) \*/\}\}`)

// parseAll hands the folded texts to Fiber's engine, which names each template by its path without the extension.
func parseAll(folded map[string]string, functions template.FuncMap) (*html.Engine, error) {
	tree, err := memory(folded)
	if err != nil {
		return nil, err
	}
	engine := html.NewFileSystem(http.FS(tree), ".html")
	engine.AddFuncMap(functions)
	return engine, engine.Load()
}

// memory is a file system in memory; a zip archive is the one that the standard library has.
func memory(texts map[string]string) (fs.FS, error) {
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for name, text := range texts {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			return nil, err
		}
		if _, err := io.WriteString(f, text); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return zip.NewReader(bytes.NewReader(buf.Bytes()), int64(buf.Len()))
}

// escape has html/template work out its escaping now, so that a page whose markup it refuses is refused before any data
// is seen. That happens on first execution; how the execution itself ends without data does not matter.
func escape(t *template.Template) error {
	var refused *template.Error
	if err := t.Execute(io.Discard, nil); errors.As(err, &refused) {
		return refused
	}
	return nil
}

// functions are those that remain at run time.
func functions(texts *catalogue, assets AssetPaths) template.FuncMap {
	return template.FuncMap{
		"t": func(key string, pairs ...any) (string, error) {
			args := make(map[string]any, len(pairs)/2)
			for i := 0; i+1 < len(pairs); i += 2 {
				name, ok := pairs[i].(string)
				if !ok {
					name = fmt.Sprint(pairs[i])
				}
				args[name] = pairs[i+1]
			}
			return texts.say(key, args, nil)
		},
		"icon":  func(name string) template.HTML { return iconMarkup(assets, name) },
		"asset": assets.Path,
		"lang":  func() string { return texts.lang },
	}
}
