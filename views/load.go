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

// readSources reads every template but the mails.
func readSources(files fs.FS) ([]source, error) {
	var all []source
	err := fs.WalkDir(files, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(p) != ".html" && path.Ext(p) != ".txt" {
			return err
		}
		text, err := fs.ReadFile(files, p)
		if err != nil {
			return err
		}
		f := source{path: p, name: strings.TrimSuffix(p, path.Ext(p)), text: string(text)}
		if f.folder() != "mail" && f.page() {
			m := layoutLine.FindStringSubmatch(f.text)
			if m == nil {
				return fmt.Errorf(`%s:1: a page begins with {{/* layout: app */}}, door or none`, p)
			}
			f.layout = m[1]
		}
		all = append(all, f)
		return nil
	})
	return all, err
}

var layoutLine = regexp.MustCompile(`^\{\{/\* layout: (app|door|none) \*/\}\}`)

// speak folds all sources for one language and has the engine parse them.
func speak(sources []source, texts *catalogue, assets AssetPaths) (*spoken, error) {
	folded := make(map[string]string, 2*len(sources))
	mail := make(map[string]string)
	var wrong []error
	names := make(map[string]bool, len(sources))
	for _, f := range sources {
		names[f.name] = true
	}
	for _, f := range sources {
		text, err := folder{assets: assets, texts: texts, names: names, plain: path.Ext(f.path) == ".txt"}.fold(f.path, f.text)
		switch {
		case err != nil:
			wrong = append(wrong, err)
		case f.folder() == "mail":
			mail[f.path] = text
		case f.folder() == "layouts" && strings.Contains(text, content):
			top, bottom, _ := strings.Cut(text, content)
			folded[f.name+"/top.html"] = top
			// The bottom half keeps its line numbers.
			folded[f.name+"/bottom.html"] = "{{/*" + strings.Repeat("\n", strings.Count(top, "\n")) + "*/}}" + bottom
		default:
			folded[f.path] = text
			if f.layout != "" {
				folded["page/"+f.path] = framed(f)
			}
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	in := &spoken{texts: texts, parts: make(map[string]*program), pages: make(map[string]*program)}
	engine, err := parseAll(folded, functions(texts, assets))
	if err != nil {
		return nil, err
	}
	if err := escapeAll(engine.Templates); err != nil {
		return nil, err
	}
	programs := compileAll(engine.Templates, functions(texts, assets))
	for _, f := range sources {
		if f.folder() == "mail" || f.folder() == "layouts" {
			continue
		}
		in.parts[f.name] = programs[f.name]
		if f.layout != "" {
			in.pages[f.name] = programs["page/"+f.name]
		}
	}
	in.mails, err = parseMails(mail, texts, assets)
	return in, err
}

// content is where a layout has its page.
const content = "{{content .}}"

// framed is a page with its layout round it. The layout gets the page's common fields alone as its dot: a field found
// directly costs a fraction of one promoted from an embedded struct.
func framed(f source) string {
	page := `{{template "` + f.name + `" .}}`
	if f.layout == "none" {
		return page
	}
	layout := "layouts/" + f.layout
	return `{{template "` + layout + `/top" .Page}}` + page + `{{template "` + layout + `/bottom" .Page}}`
}

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

// escapeAll has html/template work out its escaping now, so that a page whose markup it refuses stops the start and not
// the first visitor. That happens on first execution, before any data is looked at; how the execution itself ends
// without data does not matter.
func escapeAll(set *template.Template) error {
	for _, t := range set.Templates() {
		if t.Tree == nil {
			continue
		}
		var refused *template.Error
		if err := t.Execute(io.Discard, nil); errors.As(err, &refused) {
			return refused
		}
	}
	return nil
}

// functions are those that remain at run time.
func functions(texts *catalogue, assets AssetPaths) template.FuncMap {
	return template.FuncMap{
		"t": func(key string, pairs ...any) (string, error) {
			args := make(map[string]any, len(pairs)/2)
			for i := 0; i+1 < len(pairs); i += 2 {
				args[fmt.Sprint(pairs[i])] = pairs[i+1]
			}
			return texts.say(key, args, nil)
		},
		"icon":  func(name string) template.HTML { return iconMarkup(assets, name) },
		"asset": assets.Path,
		"lang":  func() string { return texts.lang },
	}
}
