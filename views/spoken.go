package views

import (
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"text/template/parse"
)

// spoken is the set in one language: what was asked for so far.
type spoken struct {
	lang   string
	files  fs.FS
	assets AssetPaths
	texts  func() (*catalogue, error)

	mu       sync.RWMutex
	programs map[string]*program // by name; a page with its layout is laidOut + name
	letters  map[string]*letter  // by name
}

func newSpoken(lang string, files fs.FS, assets AssetPaths, texts func() (*catalogue, error)) *spoken {
	return &spoken{lang: lang, files: files, assets: assets, texts: texts, programs: make(map[string]*program), letters: make(map[string]*letter)}
}

// laidOut is put before the name of a page to name it with its layout round it.
const laidOut = "page/"

// program returns a template, or a page with its layout, made when it is first asked for.
func (in *spoken) program(name string, page bool) (*program, error) {
	key := name
	if page {
		key = laidOut + name
	}
	in.mu.RLock()
	p := in.programs[key]
	in.mu.RUnlock()
	if p != nil {
		return p, nil
	}
	f, err := readSource(in.files, name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && (f.folder() == "layouts" || f.folder() == "mail" || page && f.layout == "") {
		return nil, fmt.Errorf("no template %q (as a page: %t)", name, page)
	}
	if err != nil {
		return nil, err
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if page {
		return in.framed(f)
	}
	return in.compiled(name)
}

// compiled returns the program of a template, with those of all that it includes. The lock is held.
func (in *spoken) compiled(name string) (*program, error) {
	if p := in.programs[name]; p != nil {
		return p, nil
	}
	set, err := in.parse(name)
	if err != nil {
		return nil, err
	}
	functions, err := in.functions()
	if err != nil {
		return nil, err
	}
	compiler{programs: in.programs, functions: functions}.add(set, in.parse)
	return in.programs[name], nil
}

// framed returns the program of a page with its layout, put together from theirs: html/template lets a template end
// only in the text between tags, so that each half is escaped alone as it is with the other. The lock is held.
func (in *spoken) framed(f source) (*program, error) {
	name := laidOut + f.name
	if p := in.programs[name]; p != nil {
		return p, nil
	}
	tree, err := parse.New(name).Parse(laid(f.name, f.layout), "", "", map[string]*parse.Tree{})
	if err != nil {
		return nil, err
	}
	for _, n := range tree.Root.Nodes {
		if _, err := in.compiled(n.(*parse.TemplateNode).Name); err != nil {
			return nil, err
		}
	}
	p := &program{plain: sync.OnceValues(func() (executor, error) { return in.parse(name) })}
	if p.body, err = (compiler{programs: in.programs}).list(tree.Root); err != nil {
		return nil, err
	}
	in.programs[name] = p
	return p, nil
}

// laid is the text of a page with its layout round it. The layout gets the page's common fields alone as its dot: a
// field found directly costs a fraction of one promoted from an embedded struct. A mail is its layout's own dot.
func laid(name, layout string) string {
	page := `{{template "` + name + `" .}}`
	dot := ".Page"
	switch layout {
	case "none":
		return page
	case "":
		layout, dot = "mail/layout/letter", "."
	default:
		layout = "layouts/" + layout
	}
	return `{{template "` + layout + top + `" ` + dot + `}}` + page + `{{template "` + layout + bottom + `" ` + dot + `}}`
}

// The halves of a layout, which is cut at content.
const (
	top     = "/top"
	bottom  = "/bottom"
	content = "{{content .}}"
)

// parse has html/template parse and escape a template with all that it includes, in a set of their own.
func (in *spoken) parse(name string) (*template.Template, error) {
	folded := make(map[string]string)
	if err := in.gather(name, folded); err != nil {
		return nil, err
	}
	functions, err := in.functions()
	if err != nil {
		return nil, err
	}
	engine, err := parseAll(folded, functions)
	if err != nil {
		return nil, err
	}
	t := engine.Templates.Lookup(name)
	if mail := strings.TrimPrefix(name, laidOut); strings.HasPrefix(mail, "mail/") {
		t.Option("missingkey=error")
	}
	return t, escape(t)
}

// gather folds a template and all that it includes into a set of texts by path.
func (in *spoken) gather(name string, into map[string]string) error {
	if _, done := into[name+".html"]; done {
		return nil
	}
	if own, ok := strings.CutPrefix(name, laidOut); ok {
		f, err := readSource(in.files, own)
		if err != nil {
			return err
		}
		text := laid(own, f.layout)
		into[name+".html"] = text
		tree, err := parse.New(name).Parse(text, "", "", map[string]*parse.Tree{})
		if err != nil {
			return err
		}
		for _, n := range tree.Root.Nodes {
			if err := in.gather(n.(*parse.TemplateNode).Name, into); err != nil {
				return err
			}
		}
		return nil
	}
	half := ""
	for _, end := range []string{top, bottom} {
		if layout, ok := strings.CutSuffix(name, end); ok && in.has(layout) {
			name, half = layout, end
		}
	}
	f, err := readSource(in.files, name)
	if err != nil {
		return err
	}
	text, includes, err := in.fold(f.path, f.text)
	if err != nil {
		return err
	}
	above, below, _ := strings.Cut(text, content)
	switch half {
	case top:
		text = above
	case bottom:
		// The bottom half keeps its line numbers.
		text = "{{/*" + strings.Repeat("\n", strings.Count(above, "\n")) + "*/}}" + below
	}
	into[name+half+".html"] = text
	for _, name := range includes {
		if err := in.gather(name, into); err != nil {
			return err
		}
	}
	return nil
}

// has tells whether there is a template of that name, HTML or text.
func (in *spoken) has(name string) bool {
	for _, ext := range []string{".html", ".txt"} {
		if _, err := fs.Stat(in.files, name+ext); err == nil {
			return true
		}
	}
	return false
}

// fold folds a file, and names what it includes.
func (in *spoken) fold(file, text string) (folded string, includes []string, err error) {
	texts, err := in.texts()
	if err != nil {
		return "", nil, err
	}
	return folder{assets: in.assets, texts: texts, exists: in.has, plain: path.Ext(file) == ".txt"}.fold(file, text)
}

func (in *spoken) functions() (template.FuncMap, error) {
	texts, err := in.texts()
	if err != nil {
		return nil, err
	}
	return functions(texts, in.assets), nil
}

// check makes all that there is.
func (in *spoken) check() error {
	sources, err := readSources(in.files)
	if err != nil {
		return err
	}
	var wrong []error
	for _, f := range sources {
		for _, ext := range []string{".html", ".txt"} {
			text, err := fs.ReadFile(in.files, f.name+ext)
			if ext == ".txt" && errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err == nil {
				_, _, err = in.fold(f.name+ext, string(text))
			}
			wrong = append(wrong, err)
		}
	}
	if slices.ContainsFunc(wrong, func(err error) bool { return err != nil }) {
		return errors.Join(wrong...)
	}
	for _, f := range sources {
		var err error
		switch {
		case f.folder() == "layouts" || strings.HasPrefix(f.name, "mail/layout/"):
		case f.folder() == "mail":
			_, err = in.letter(strings.TrimPrefix(f.name, "mail/"))
		case f.layout != "":
			_, err = in.program(f.name, true)
		default:
			_, err = in.program(f.name, false)
		}
		wrong = append(wrong, err)
	}
	return errors.Join(wrong...)
}
